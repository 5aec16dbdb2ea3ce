"""A course stops, goes on, or ends: its times are freed, its messages stop, and why is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of
from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, Conflict, Refusal
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from patients.models import Patient
from patients.queries.eligibility import as_reasons, evaluate
from protocols.eligibility import Occasion, Status
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.calling_off import call_off
from scheduling.courses.actions.courses import lock_course
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.courses.queries.plans import plan_of
from scheduling.messages.actions import said as messages
from scheduling.models import Course, Proposal, SessionStatus
from scheduling.planner.engine.windows import window_of
from scheduling.planner.problem import FIRST_WITHIN, anchor_of, visits_of
from scheduling.planner.state import CourseState, read_state

DRAFT, ACTIVE, ON_HOLD = Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.ON_HOLD
COMPLETED, REVOKED = Course.Status.COMPLETED, Course.Status.REVOKED
HAS_A_TIME = frozenset({SessionStatus.BOOKED, SessionStatus.DISPLACED, SessionStatus.CHECKED_IN})
AHEAD = HAS_A_TIME | {SessionStatus.PLANNED, SessionStatus.NO_SHOW}


@with_retry
@transaction.atomic
def hold_course(
    *, course: Course, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Course:
    """Stop for a while: every time ahead is freed, the visits stay planned. Conflict (409) unless active.

    BadInput without a reason; Stale (412) for another `version`.
    """
    row = _opened(course, {ACTIVE}, version)
    _clear(row, verb="unbook", by=by, now=now or clock.now(), reason=_needed(reason))
    return _close(row, ON_HOLD, reason)


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
    """Go on after a hold. Screens again: Refusal (422) when the patient is ruled out, deferred or not fully answered.

    A fresh schedule is queued. Where a practitioner resumes, that is their word that the next visit may be as late as
    the hold made it (D01), with two weeks to find a time; where the desk does, they are asked when it does not fit.
    Conflict (409) unless on hold; Stale (412) for another `version`.
    """
    now = now or clock.now()
    row = _opened(course, {ON_HOLD}, version)
    today = local_date(now, row.location.timezone)
    verdict = evaluate(row.patient, today, Occasion.PLAN, plan_of(row))
    if verdict.status in (Status.CONTRAINDICATED, Status.DEFERRED, Status.INCOMPLETE):
        text = _("This patient cannot be treated now, so the course cannot go on yet.")
        raise Refusal(text, reasons=as_reasons(verdict.holding), next=verdict.until)
    started = row.sessions.exists()
    row = _close(row, ACTIVE if started else DRAFT, reason)
    if started:
        late = _overdue(read_state(row.pk, now)) if role_of(by) in CLINICAL else ()
        request_proposal(course=row, by=by, allow_late=late, now=now)
    return row


def _overdue(state: CourseState) -> Sequence[dict[str, int]]:
    """What the next visit needs beyond its latest date, so that it has two weeks from today."""
    visits, anchor = visits_of(state, {}), anchor_of(state)
    if not visits or anchor is None:
        return ()
    latest = window_of(visits[0], anchor.at.astimezone(state.zone).date()).latest
    days = (state.today + FIRST_WITHIN - latest).days if latest < state.today + timedelta(days=1) else 0
    return [{"sequence": visits[0].sequence, "days": days}] if days > 0 else ()


def close_for_consent(*, patient: Patient, reason: str, by: User, now: datetime) -> list[Course]:
    """Consent was refused or withdrawn: every course of the patient that has not ended closes (D23)."""
    open_courses = Course.objects.filter(patient=patient, status__in=[DRAFT, ACTIVE, ON_HOLD]).order_by("pk")
    return [revoke_course(course=course, reason=reason, by=by, now=now) for course in open_courses]


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
    row.save(update_fields=["status", "status_reason", "version"])
    return row


def _clear(row: Course, *, verb: str, by: User, now: datetime, reason: str) -> None:
    """Give every time ahead back, by `verb` "unbook" or "cancel", and stop what would lead to a visit."""
    keys = row.sessions.filter(status__in=AHEAD).values_list("pk", flat=True)
    sessions = placing.lock_sessions(keys)
    touched = [each for each in sessions if verb == "cancel" or each.status in HAS_A_TIME]
    call_off(sessions=touched, verb=verb, by=by, now=now, reason=reason, rebook=False)
    messages.supersede_course(course=row)
