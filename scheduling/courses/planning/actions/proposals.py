"""A schedule is asked for, built by a worker, and accepted as a whole or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from scheduling.calendar.actions.checks import check_not_on_hold
from scheduling.courses.actions.courses import lock_course
from scheduling.courses.planning.actions import acceptance_checks
from scheduling.courses.planning.actions.plan_rows import write_plan
from scheduling.models import Course, Proposal, Session
from scheduling.planner.rows import PlanRow

MOST_LATE_DAYS = 365
Status = Proposal.Status
ALIVE = (Status.QUEUED, Status.RUNNING, Status.READY, Status.INFEASIBLE)


@transaction.atomic
def request_proposal(
    *, course: Course, by: User, allow_late: Sequence[Mapping[str, Any]] = (), now: datetime | None = None
) -> Proposal:
    """Queue a schedule and ring a worker; returns at once, whatever the broker does.

    `allow_late` [{"sequence": 3, "days": 5}]: visits that a practitioner lets stand so many days beyond latest (D04).
    A request that is already in the making and asks for the same comes back instead; older ones are out of date.
    Raises BadInput at allow_late, Forbidden when somebody else than a practitioner allows it, Conflict (409) unless the
    course is a draft or active.
    """
    late = clean_late(allow_late)
    if late and role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may allow a visit beyond its window."))
    row = lock_course(course)
    if row.status not in (Course.Status.DRAFT, Course.Status.ACTIVE):
        raise Conflict(_("This course is not being planned any more."), extra={"state": row.status})
    making = row.proposals.filter(status__in=[Status.QUEUED, Status.RUNNING]).first()
    if making is None or (making.course_version, making.allow_late) != (row.version, late):
        row.proposals.filter(status__in=ALIVE).update(status=Status.STALE)
        making = Proposal.objects.create(
            course=row, course_version=row.version, allow_late=late, requested_by=by, requested_at=now or clock.now()
        )
    doorbell.ring("scheduling.build_proposal", making.pk)
    return making


def clean_late(allowed: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    """[{sequence, days}], checked and in order."""
    for place, each in enumerate(allowed):
        if set(each) != {"sequence", "days"} or not all(type(value) is int for value in each.values()):
            raise BadInput.at(f"allow_late.{place}", _("Give the visit's number and the days."))
        if not 1 <= each["days"] <= MOST_LATE_DAYS:
            raise BadInput.at(f"allow_late.{place}.days", _("Choose between 1 and 365 days."), "out_of_range")
    return sorted(
        ({"sequence": each["sequence"], "days": each["days"]} for each in allowed), key=lambda each: each["sequence"]
    )


def accept_proposal(
    *, proposal: Proposal, by: User, now: datetime | None = None, version: int | None = None
) -> list[Session]:
    """Make every visit of the plan a session and book all that have a time, or nothing; the course becomes active.

    Refusal (422) unless the patient is eligible, and while a reaction holds (D38); the allergy test that leads the
    course may still be ahead. Conflict (409) names what somebody else took or what no longer holds, and `proposal`, the
    id of a fresh one that is queued. Stale (412) for another `version`.
    """
    now = now or clock.now()
    try:
        return _accept(proposal=proposal, by=by, now=now, version=version)
    except Conflict as conflict:
        if conflict.extra.get("state") is None:
            fresh = request_proposal(course=proposal.course, by=by, allow_late=proposal.allow_late, now=now)
            conflict.extra = {**conflict.extra, "proposal": str(fresh.pk)}
        raise


@with_retry
@transaction.atomic
def _accept(*, proposal: Proposal, by: User, now: datetime, version: int | None) -> list[Session]:
    course = lock_course(proposal.course)
    row = Proposal.objects.select_for_update().get(pk=proposal.pk)
    check_version(row, version)
    check_ready(row, course)
    rows = [PlanRow.read(each) for each in row.sessions]
    check_ahead(rows, now)
    check_not_on_hold(course.patient_id)
    acceptance_checks.check_eligible(course, rows, by)
    acceptance_checks.check_standing(course, rows, now)
    pairs = write_plan(course, rows, by=by, now=now, confirm="course")
    course.status, course.version = Course.Status.ACTIVE, course.version + 1
    course.save(update_fields=["status", "version"])
    row.status, row.accepted_by, row.accepted_at, row.version = Status.ACCEPTED, by, now, row.version + 1
    row.save(update_fields=["status", "accepted_by", "accepted_at", "version"])
    return [session for session, _row in pairs]


def check_ready(row: Proposal, course: Course) -> None:
    """Conflict with `state` for what cannot be accepted at all; without it for a plan that a fresh one can replace."""
    if row.status == Status.STALE or (row.status == Status.READY and row.course_version != course.version):
        raise Conflict(_("The course changed since this schedule was built."))
    if row.status != Status.READY:
        text = _("This schedule is “%(status)s” and cannot be accepted.") % {"status": row.get_status_display()}
        raise Conflict(text, extra={"state": row.status})


def check_ahead(rows: Sequence[PlanRow], now: datetime) -> None:
    """Conflict when a time of the plan is over; a fresh one can replace it."""
    if any(row.place and row.place.start <= now for row in rows):
        raise Conflict(_("The first of these times has passed."))
