"""What a visit that took place, or never will, means for the course it belongs to. Windows count from what really
happened (D03); nobody's later visit is moved unasked: those that are now outside their window go to the work list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.versions import check_version
from clinic.models import User
from protocols.outline.phases import LatePolicy
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.checks import need_reason
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.transitions import add_event
from scheduling.courses.actions.course_growth import add_visits, next_upkeep
from scheduling.courses.actions.courses import lock_course
from scheduling.courses.queries.courses import LATE_ANSWER, late_question
from scheduling.models import Course, Session, SessionStatus
from scheduling.planner.state import CourseState, read_state
from scheduling.planner.windows import Due, windows_now

WINDOW = ("early_limit", "floor", "ideal", "latest")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a course stands now. `misfits` are booked outside their new windows; `asks`: the session that was late, for
    which a practitioner has to say what becomes of its phase."""

    course: Course
    misfits: Sequence[Session] = ()
    asks: Session | None = None

    @property
    def finished(self) -> bool:
        return self.course.status == Course.Status.COMPLETED


@transaction.atomic
def session_performed(*, session: Session, by: User, now: datetime) -> Progress:
    """The windows after a session just completed count from it. Beyond latest the phase's late policy adds visits or
    asks; upkeep without an end gets its next visit; a course with nothing left is completed. In one that is over
    already, the visit is only kept: it was called off with the course and entered since (D03)."""
    course = lock_course(_course(session))
    if course.status in (Course.Status.COMPLETED, Course.Status.REVOKED):
        return Progress(course)
    state = read_state(course.pk, now)
    step = next(step for step in state.steps if step.session and step.session.pk == session.pk)
    added = 0
    if days_late(state, session):
        added = add_visits(state, step.phase, visits_added(step.late_policy, performed_in(course, step.phase)))
    if added or next_upkeep(state):
        state = read_state(course.pk, now)
    return write_progress(course, state, by=by, now=now)


@transaction.atomic
def session_cancelled(*, session: Session, by: User, now: datetime) -> Progress:
    """The visits after one that will not happen count from the last one performed."""
    course = lock_course(_course(session))
    return write_progress(course, read_state(course.pk, now), by=by, now=now)


def performed_in(course: Course, phase: int) -> int:
    return course.sessions.filter(phase=phase, status=SessionStatus.COMPLETED).count()


def visits_added(policy: LatePolicy, done: int) -> int:
    """How many visits a late one adds to its phase, of which `done` were performed."""
    return {LatePolicy.ADD_SESSION: 1, LatePolicy.RESTART_PHASE: done}.get(policy, 0)


@transaction.atomic
def answer_late(
    *,
    session: Session,
    policy: str,
    reason: str,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Progress:
    """What becomes of a phase whose session came beyond latest: continue, add_session or restart_phase. Visits added
    are planned and get a time by replanning. `version` is the course's.

    Forbidden unless clinical, BadInput at policy or reason, Conflict (409) when nothing is asked.
    Stale (412) for another `version`.
    """
    now = now or clock.now()
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may decide this."))
    if policy not in (LatePolicy.CONTINUE, LatePolicy.ADD_SESSION, LatePolicy.RESTART_PHASE):
        raise BadInput.at("policy", _("Continue, add a session, or restart the phase."), "invalid_choice")
    reason = need_reason(reason)
    course = lock_course(_course(session))
    check_version(course, version)
    if late_question(course) != session:
        raise Conflict(_("Nothing is to be decided about this visit."), extra={"state": session.status})
    add_event(session=session, verb=LATE_ANSWER, at=now, by=by, reason=reason, detail={"policy": policy})
    state = read_state(course.pk, now)
    added = add_visits(state, session.phase, visits_added(LatePolicy(policy), performed_in(course, session.phase)))
    return write_progress(course, read_state(course.pk, now) if added else state, by=by, now=now)


def days_late(state: CourseState, session: Session) -> int:
    """Days beyond its latest date on which a session was performed. No interval counts before the first visit."""
    first = state.steps[0].session
    if session.performed_at is None or session.latest is None or (first and first.pk == session.pk):
        return 0
    return max((session.performed_at.astimezone(state.zone).date() - session.latest).days, 0)


def write_progress(course: Course, state: CourseState, *, by: User, now: datetime) -> Progress:
    """Write the windows as they are now, drop what no longer fits its phase, and end a course with nothing left."""
    due = list(windows_now(state))
    gone = placing.lock_sessions(each.step.session.pk for each in due if each.gone and each.step.session)
    leave_calendar(sessions=gone, verb="cancel", by=by, now=now, reason=_("The phase ends before it"), rebook=False)
    left = [each for each in due if not each.gone]
    save_windows(left)
    if not left and course.status == Course.Status.ACTIVE and state.last_done is not None:
        course.status = Course.Status.COMPLETED
    course.version += 1
    course.save(update_fields=["status", "version"])
    misfits = [each.step.session for each in left if each.step.session and each.stands_outside(state)]
    return Progress(course, misfits, late_question(course))


def save_windows(due: Sequence[Due]) -> None:
    """One statement, whatever the number of visits."""
    rows = []
    for each in due:
        if each.step.session is not None:
            for name in WINDOW:
                setattr(each.step.session, name, getattr(each.window, name))
            each.step.session.not_before = each.not_before
            rows.append(each.step.session)
    Session.objects.bulk_update(rows, [*WINDOW, "not_before"])


def _course(session: Session) -> Course:
    if session.course is None:
        raise TypeError("a visit without a course has no course to progress")
    return session.course
