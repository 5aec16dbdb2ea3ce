"""As days pass the calendar opens further, and visits that waited beyond it get a time. Nightly, and as often as anyone
likes: a course is looked at under its own lock, so any number of workers share the work and none does it twice."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.refusals import Refusal
from clinic.base.retry import with_retry
from clinic.models import Location
from patients.queries.eligibility import evaluate
from protocols.eligibility import Occasion, Status
from scheduling.courses.changing.actions.cascade import as_it_is
from scheduling.courses.changing.actions.cascade_run import Computed, CourseChange, compute, write
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Course, Proposal, Session, SessionStatus
from scheduling.planner.engine.cascade import Fate

logger = logging.getLogger(__name__)

MAKING = (Proposal.Status.QUEUED, Proposal.Status.RUNNING, Proposal.Status.READY)
NOT_NOW = frozenset({Status.CONTRAINDICATED, Status.DEFERRED, Status.NEEDS_REVIEW})


def advance_horizon(*, now: datetime | None = None, limit: int = 200) -> int:
    """Book what has come inside the horizon of its location; how many visits got a time.

    Left to people: a course in which a visit needs a new time or would move, one whose new visits have no free time,
    and a patient who may not be treated now, or whom a prescriber must see first (C43). `limit`: courses looked at in
    one run.
    """
    now = now or clock.now()
    return sum(advance_course(course=pk, now=now) for pk in list(_due(now, limit)))


def _due(now: datetime, limit: int) -> Iterator[int]:
    """Courses with a planned visit that has no time and ideally is inside the horizon, the most urgent first; none for
    which a schedule is being made or looked at."""
    asked = Proposal.objects.filter(course=OuterRef("course"), course_version=OuterRef("course__version"))
    for location in Location.objects.order_by("pk"):
        last = local_date(now, location.timezone) + timedelta(days=location.horizon_days)
        fresh = Session.objects.filter(
            ~Exists(asked.filter(status__in=MAKING)),
            location=location,
            status=SessionStatus.PLANNED,
            ideal__lte=last,
            course__status=Course.Status.ACTIVE,
        )
        found = dict.fromkeys(fresh.order_by("latest").values_list("course", flat=True))
        yield from (pk for pk in list(found)[:limit] if pk is not None)


@with_retry
@transaction.atomic
def advance_course(*, course: int, now: datetime) -> int:
    """Book the new visits of one course, unless another worker has it; how many got a time."""
    rows = Course.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    row = rows.select_related("location", "patient").filter(pk=course, status=Course.Status.ACTIVE).first()
    if row is None:
        return 0
    wanted = CourseChange(course=row, change=as_it_is, by=None, now=now, fill=True)
    try:
        done = compute(wanted)
    except Refusal as refusal:
        logger.info("course %s cannot be planned further: %s", course, refusal.extra)
        return 0
    placed = done.diff.of(Fate.PLACED)
    if not placed or not _may_book(row, done):
        return 0
    write(row, done, wanted)
    row.version += 1
    row.save(update_fields=["version"])
    logger.info("course %s: %s visits booked", course, len(placed))
    return len(placed)


def _may_book(course: Course, done: Computed) -> bool:
    """Only what is planned gets a time by itself: nothing moves, nobody who gave a time back is sent another."""
    sessions = [step.session for step in done.state.steps if step.session]
    lost = {str(each.pk) for each in sessions if each.status != SessionStatus.PLANNED}
    returned = any(change.visit.session in lost for change in done.diff.of(Fate.PLACED))
    if returned or done.diff.moved or done.diff.unplaceable:
        return False
    return may_go_on(course, local_date(done.state.now, course.location.timezone))


def may_go_on(course: Course, today: date) -> bool:
    """Whether nothing is known against the plan now, so that it is booked without a word of a practitioner."""
    return evaluate(course.patient, today, Occasion.PLAN, plan_of(course)).status not in NOT_NOW
