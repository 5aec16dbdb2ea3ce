"""A course stops, goes on, or ends: its times are freed, its messages stop, and why is kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, is_prescriber, role_of
from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from patients.access import sees_conditions
from patients.models import Consent, Patient
from patients.queries.eligibility import as_reasons, evaluate
from protocols.eligibility import Occasion, Status, Verdict
from protocols.eligibility.dates import add_months
from protocols.queries import policies
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.courses.actions.courses import lock_course, lock_courses
from scheduling.courses.changing.actions.cascade_steps import Step, trace
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.courses.queries.plans import plan_of
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.messages.actions.said import Told
from scheduling.models import NEEDLE_KINDS, AdverseEvent, Booking, Course, Proposal, Replan, Session, SessionStatus
from scheduling.planner.engine.cascade import Fate
from scheduling.planner.engine.windows import window_of
from scheduling.planner.problem import FIRST_WITHIN, anchor_of, visits_of
from scheduling.planner.rows import Place
from scheduling.planner.state import CourseState, read_state

DRAFT, ACTIVE, ON_HOLD = Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.ON_HOLD
COMPLETED, REVOKED = Course.Status.COMPLETED, Course.Status.REVOKED
HAS_A_TIME = frozenset({SessionStatus.BOOKED, SessionStatus.DISPLACED, SessionStatus.CHECKED_IN})
VISIT = ("session__location", "session__patient__contact", "session__course")
CHECKED_IN = SessionStatus.CHECKED_IN
AHEAD = HAS_A_TIME | {SessionStatus.PLANNED, SessionStatus.NO_SHOW}
ASK_AHEAD, ASK_MONTHS = timedelta(weeks=2), 3  # before the day a paused patient is back; after a pause without one
MOST_MONTHS = 24  # of a pause


@with_retry
@transaction.atomic
def hold_course(
    *,
    course: Course,
    reason: str,
    until: date | None = None,
    decide: bool = False,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Course:
    """Stop for a while: every time ahead is freed, the visits stay planned. It can be taken back within the day (undo).
    Conflict (409) unless active.

    `until`: about when the patient is back, None when nobody knows. The desk asks two weeks before, or after three
    months; with `decide` it does not, since somebody has to decide now.
    BadInput without a reason, or at until; Stale (412) for another `version`.
    """
    now = now or clock.now()
    row = _opened(course, {ACTIVE}, version)
    reason, freed, said = _needed(reason), freed_by(row), row.status_reason
    row.back_on, row.ask_on = until, None if decide else _asked_on(until, row, now)
    _clear(row, verb="unbook", by=by, now=now, reason=reason)
    row = _close(row, ON_HOLD, reason)
    Replan.objects.create(
        location=row.location,
        course=row,
        status=Replan.Status.APPLIED,
        reason=reason[:200],
        courses={
            str(row.pk): {
                "version": row.version,
                "practitioner": row.practitioner_id,
                "status": ACTIVE.value,
                "status_reason": said,
            }
        },
        steps=freed,
        progress=100,
        requested_by=by,
        requested_at=now,
        applied_by=by,
        applied_at=now,
    )
    return row


@with_retry
@transaction.atomic
def expect_back(
    *, course: Course, until: date | None, by: User, now: datetime | None = None, version: int | None = None
) -> Course:
    """A paused patient is back at another time than was said. Conflict (409) unless paused; BadInput at until; Stale
    (412) for another `version`."""
    row = _opened(course, {ON_HOLD}, version)
    if row.ask_on is None:
        raise Conflict(_("It has to be decided first how this course goes on."), extra={"state": row.status})
    row.back_on, row.ask_on = until, _asked_on(until, row, now or clock.now())
    return _close(row, ON_HOLD, row.status_reason)


def _asked_on(until: date | None, row: Course, now: datetime) -> date:
    """From when on a list asks how a paused course goes on. BadInput unless `until` is ahead and near enough."""
    today = local_date(now, row.location.timezone)
    if until is None:
        return add_months(today, ASK_MONTHS)
    if until <= today:
        raise BadInput.at("until", _("This day is over. Choose one after today."), "out_of_range")
    if until > add_months(today, MOST_MONTHS):
        raise BadInput.at("until", _("Choose a day within two years, or stop the course for good."), "out_of_range")
    return until - ASK_AHEAD


def freed_by(row: Course) -> list[dict[str, Any]]:
    """The visits that lose their time to a pause, as steps that can be undone."""
    stands = Booking.objects.filter(active=True, session__course=row, session__status__in=HAS_A_TIME)
    found = []
    for booking in stands.select_related("session"):
        session = booking.session
        assert session is not None  # it was found by its session
        day = local_date(booking.start, row.location.timezone)
        place = Place(booking.start, booking.end, booking.practitioner_id or 0, booking.room_id or 0, booking.device_id)
        step = Step(
            course=str(row.pk),
            session=str(session.pk),
            sequence=session.sequence,
            kind=session.kind,
            fate=str(Fate.WAITING),
            before=place,
            after=None,
            floor=session.floor or day,
            ideal=session.ideal or day,
            latest=session.latest or day,
            why="",
            late_days=0,
        )
        found.append({**step.as_json({}), **trace(session)})
    return found


@transaction.atomic
def hold_for_reaction(*, event: AdverseEvent, now: datetime) -> list[Course]:
    """A severe or named reaction: every course of the patient is on hold at once and its reminders stop (D38).

    Times are kept for some hours (policy) and then freed by `free_held_times`. A course that was on hold already
    goes on only by a prescriber's decision too.
    """
    keys = Course.objects.filter(patient=event.patient_id, status__in=[DRAFT, ACTIVE, ON_HOLD]).values_list(
        "pk", flat=True
    )
    courses = lock_courses(keys)
    for row in courses:
        row.held_for = row.held_for or event
        if row.status == ON_HOLD:  # its pause can no longer be undone, and a decision comes before any date
            row.ask_on, row.version = None, row.version + 1
            row.save(update_fields=["held_for", "ask_on", "version"])
            continue
        row.times_kept_until = now + policies().times_kept_for
        _close(row, ON_HOLD, _("A reaction was reported"))
        messages.supersede_course(course=row)
    visits = Session.objects.filter(patient=event.patient_id, status__in=AHEAD)
    stopped = visits.filter(Q(course__isnull=False) | Q(kind__in=NEEDLE_KINDS))
    messages.supersede(sessions=stopped.values_list("pk", flat=True))
    arm_aspirin(sessions=stopped.select_related("location", "patient__contact", "course"), now=now)
    return courses


def free_held_times(*, now: datetime | None = None, limit: int = 50) -> int:
    """Courses on hold whose times were kept long enough give them back; how many courses (D38)."""
    now = now or clock.now()
    due = Course.objects.filter(status=ON_HOLD, times_kept_until__lte=now).values_list("pk", flat=True)[:limit]
    return sum(free_times(course=key, now=now) for key in due)


@with_retry
@transaction.atomic
def free_times(*, course: int, now: datetime) -> bool:
    row = next(iter(lock_courses([course])))
    if row.status != ON_HOLD or row.times_kept_until is None or row.times_kept_until > now:
        return False
    _clear(row, verb="unbook", by=None, now=now, reason=_("On hold after a reaction"))
    row.times_kept_until, row.version = None, row.version + 1
    row.save(update_fields=["times_kept_until", "version"])
    return True


@with_retry
@transaction.atomic
def revoke_course(
    *, course: Course, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Course:
    """Close early: visits ahead are cancelled, messages stop. Conflict (409) when the course has ended already.

    BadInput without a reason; Stale (412) for another `version`.
    """
    row = _opened(course, {DRAFT, ACTIVE, ON_HOLD}, version)
    _clear(row, verb="cancel", by=by, now=now or clock.now(), reason=_needed(reason))
    return _close(row, REVOKED, reason)


@with_retry
@transaction.atomic
def finish_course(
    *, course: Course, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Course:
    """Upkeep without an end is over, or the result is reached: visits ahead are cancelled, the course is completed.

    Conflict (409) when it has ended already, BadInput without a reason, Stale (412) for another `version`.
    """
    row = _opened(course, {ACTIVE, ON_HOLD}, version)
    _clear(row, verb="cancel", by=by, now=now or clock.now(), reason=_needed(reason))
    return _close(row, COMPLETED, reason)


@with_retry
@transaction.atomic
def resume_course(
    *, course: Course, reason: str = "", by: User, now: datetime | None = None, version: int | None = None
) -> Course:
    """Go on after a hold. Screens again: Refusal (422) when the patient is ruled out, deferred or not fully answered,
    with the reasons for those who read conditions (D17).

    After a reaction only a prescriber resumes, in writing (D38): Forbidden, BadInput at reason. Times that are still
    kept stand, and their reminders are armed again. Else a fresh schedule is queued. Where a practitioner resumes, that
    is their word that the next visit may be as late as the hold made it (D01), with two weeks to find a time; where the
    desk does, they are asked when it does not fit.
    Conflict (409) unless on hold; Stale (412) for another `version`.
    """
    now = now or clock.now()
    row = _opened(course, {ON_HOLD}, version)
    kept = row.times_kept_until is not None
    if row.held_for_id is not None:
        decide_on_reactions(patient=row.patient, decision=reason, by=by, now=now)
    today = local_date(now, row.location.timezone)
    verdict = evaluate(row.patient, today, Occasion.PLAN, plan_of(row))
    if verdict.status in (Status.CONTRAINDICATED, Status.DEFERRED, Status.INCOMPLETE):
        raise _not_yet(verdict, by)
    started = row.sessions.exists()
    row = _close(row, ACTIVE if started else DRAFT, reason)
    if kept:
        remind_again(Booking.objects.filter(session__course=row), now)
    elif started:
        late = _overdue(read_state(row.pk, now)) if role_of(by) in CLINICAL else ()
        request_proposal(course=row, by=by, allow_late=late, now=now)
    return row


def _not_yet(verdict: Verdict, by: User) -> Refusal:
    """Those who read no conditions hear that and from when, not why (D17)."""
    if sees_conditions(by):
        text = _("This patient cannot be treated now, so the course cannot go on yet.")
        return Refusal(text, reasons=as_reasons(verdict.holding), next=verdict.until)
    text = _("Not bookable, the practitioner will call.")
    if verdict.until:
        text += " " + _("Possible from %(day)s on.") % {"day": date_format(verdict.until, "j M Y")}
    return Refusal(text, next=verdict.until)


@transaction.atomic
def decide_on_reactions(*, patient: Patient, decision: str, by: User, now: datetime | None = None) -> int:
    """A prescriber's written decision on every reaction that stops this patient's treatment; how many (D38). A test
    that is booked alone is reminded of again; each course waits to be resumed."""
    if not is_prescriber(by):
        raise Forbidden(_("After a reaction only a prescriber may decide how it goes on."))
    decision = _needed(decision)
    now = now or clock.now()
    waiting = AdverseEvent.objects.filter(patient=patient, stops=True, decided_at=None)
    decided = waiting.update(decision=decision, decided_by=by, decided_at=now, version=F("version") + 1)
    alone = {"session__patient": patient, "session__course": None, "session__kind__in": NEEDLE_KINDS}
    if decided:
        remind_again(Booking.objects.filter(**alone), now)
    return decided


def remind_again(bookings: QuerySet[Booking], now: datetime) -> None:
    """Visits that kept their times are reminded of again, and asked about aspirin."""
    ahead = bookings.filter(active=True, start__gt=now).select_related(*VISIT)
    placed = [(each.session, each.start) for each in ahead if each.session is not None]
    messages.say_again(sessions=[session.pk for session, _start in placed], now=now)
    messages.arm_booked(visits=placed, now=now, confirm="")


def _overdue(state: CourseState) -> Sequence[dict[str, int]]:
    """What the next visit needs beyond its latest date, so that it has two weeks from today."""
    visits, anchor = visits_of(state, {}), anchor_of(state)
    if not visits or anchor is None:
        return ()
    latest = window_of(visits[0], anchor.at.astimezone(state.zone).date()).latest
    days = (state.today + FIRST_WITHIN - latest).days if latest < state.today + timedelta(days=1) else 0
    return [{"sequence": visits[0].sequence, "days": days}] if days > 0 else ()


def close_for_consent(*, patient: Patient, act: str, reason: str, by: User, now: datetime) -> list[Course]:
    """Consent was refused or withdrawn: every course of the patient that has not ended closes, and without one to the
    test so does a test that is booked alone (D23)."""
    open_courses = Course.objects.filter(patient=patient, status__in=[DRAFT, ACTIVE, ON_HOLD]).order_by("pk")
    closed = [revoke_course(course=course, reason=reason, by=by, now=now) for course in open_courses]
    if act == Consent.Act.TEST:
        alone = Session.objects.filter(patient=patient, course=None, kind=Session.Kind.ALLERGY_TEST)
        tests = placing.lock_sessions(alone.filter(status__in=AHEAD - {CHECKED_IN}).values_list("pk", flat=True))
        leave_calendar(sessions=tests, verb="cancel", by=by, now=now, reason=reason, rebook=False)
    return closed


def _opened(course: Course, states: set[Course.Status], version: int | None) -> Course:
    """The locked course, in one of `states`."""
    row = lock_course(course)
    check_version(row, version)
    if row.status not in states:
        text = _("This course is “%(status)s”: that is not possible.") % {"status": row.get_status_display()}
        raise Conflict(text, extra={"state": row.status})
    return row


def _needed(reason: str) -> str:
    if not reason.strip():
        raise BadInput.at("reason", _("Please give a reason."), "required")
    return reason.strip()


def _close(row: Course, status: Course.Status, reason: str) -> Course:
    """Schedules asked for or built before are out of date with the new version."""
    row.proposals.filter(status__in=["queued", "running", "ready", "infeasible"]).update(status=Proposal.Status.STALE)
    row.status, row.status_reason, row.version = status, reason.strip(), row.version + 1
    if status != ON_HOLD:
        row.held_for = row.times_kept_until = row.back_on = row.ask_on = None
    row.save(update_fields=["status", "status_reason", "held_for", "times_kept_until", "back_on", "ask_on", "version"])
    return row


def _clear(row: Course, *, verb: str, by: User | None, now: datetime, reason: str) -> None:
    """Give every time ahead back, by `verb` "unbook" or "cancel", and stop what would lead to a visit."""
    keys = row.sessions.filter(status__in=AHEAD).values_list("pk", flat=True)
    sessions = placing.lock_sessions(keys)
    touched = [each for each in sessions if verb == "cancel" or each.status in HAS_A_TIME]
    had = dict(Booking.objects.filter(session__in=touched, active=True).values_list("session", "start"))
    leave_calendar(sessions=touched, verb=verb, by=by, now=now, reason=reason, rebook=False, told=True)
    messages.supersede_course(course=row)
    messages.tell(changes=[Told(each, None, had=had[each.pk]) for each in touched if each.pk in had], now=now)
