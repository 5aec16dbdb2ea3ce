"""One visit to another time, as a change of the course's problem: checked like any other time, then fixed there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, Conflict, FieldError, Reason, Refusal
from clinic.base.versions import check_version
from clinic.models import User
from scheduling.calendar.actions import checks
from scheduling.calendar.actions.booking import occupied
from scheduling.calendar.queries import search as calendar
from scheduling.calendar.queries.free_resources import read_free_resources
from scheduling.courses.queries.courses import why_moved
from scheduling.models import Device, Practitioner, Room, Session
from scheduling.planner.calendars import PRESCRIBER
from scheduling.planner.engine import changes
from scheduling.planner.engine.cascade import Diff, Fate
from scheduling.planner.engine.problem import Placement, Problem, Resource, Visit
from scheduling.planner.state import CourseState
from scheduling.planner.steps import Step

CHOSEN = "chosen"  # the tag of the one room or device that was asked for
TAKEN = {"practitioner_free": "practitioner", "room_free": "room", "device_free": "device", "patient_free": "patient"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a visit shall be. Without a practitioner whoever had it keeps it, without a room any free one does."""

    session: Session
    start: datetime
    practitioner: Practitioner | None
    room: Room | None
    device: Device | None
    reason: str
    by: User | None
    version: int | None

    def change(self, state: CourseState, problem: Problem) -> Problem:
        """The problem in which the visit must be there (D01). BadInput at start, practitioner, room or device;
        Refusal (422) outside the window."""
        step, visit = find(state, problem, self.session)
        row = row_of(state, step)
        check_version(row, self.version)
        start = checks.check_start(self.start, state.now)
        checks.check_horizon(row.location, start, state.now)
        doctor = self.practitioner or usual(state, step)
        end = start + timedelta(minutes=visit.chair_minutes)
        seat = read_free_resources(row, doctor.pk, *occupied(row.location, start, end))
        checks.check_practitioner(row, doctor, seat, prescribes=PRESCRIBER in visit.practitioner_tags)
        if visit.gap is not None:
            checks.check_window(row, start, by=self.by, reason=self.reason)
        checks.check_age(row, start)
        day = local_date(start, row.location.timezone)
        early, late = approved(row, visit, day)
        place = Placement(start, str(doctor.pk), str(step.booking.room_id) if step.booking else "")
        ready = self.with_things(opened(replace(problem, now=state.now), visit, day), visit)
        return changes.move(ready, visit.sequence, place, early_approved=early, late_days=late)

    def with_things(self, problem: Problem, visit: Visit) -> Problem:
        """The room and the device that were asked for are the only ones that will do."""
        if self.room is not None:
            rooms = tagged("room", problem.rooms, self.room.pk)
            problem = with_visit(replace(problem, rooms=rooms), visit, room_tags=frozenset({CHOSEN}))
        if self.device is not None:
            devices = tagged("device", problem.devices, self.device.pk)
            problem = with_visit(replace(problem, devices=devices), visit, device_tag=CHOSEN)
        return problem

    def check(self, state: CourseState, diff: Diff) -> None:
        """Conflict (409) with the next free start when the very place asked for is taken; Refusal (422) for a day that
        another rule forbids."""
        target = next(change for change in diff.changes if change.visit.session == str(self.session.pk))
        if target.fate is not Fate.UNPLACEABLE:
            return
        text = why_moved(target.why)
        if target.why not in TAKEN:
            raise Refusal(text, reasons=[Reason(target.why, text, cites=("D01", "D06"))])
        name = TAKEN[target.why]
        row = row_of(state, find_step(state, self.session))
        free = calendar.next_start(calendar.Search.for_session(row, now=state.now), after=self.start, now=state.now)
        clash = {"session": str(row.pk), "start": self.start.isoformat(), "taken": [name]}
        raise Conflict(text, errors=[FieldError(name, "taken", text)], extra={"conflicts": [clash]}, next=free)


def find(state: CourseState, problem: Problem, session: Session) -> tuple[Step, Visit]:
    """The visit of a session that is still to come; Conflict (409) when it is not."""
    step = find_step(state, session)
    visit = next((visit for visit in problem.visits if visit.session == str(session.pk)), None)
    if visit is None:
        text = _("This visit has begun, has taken place, or will not happen.")
        raise Conflict(text, extra={"state": session.status})
    return step, visit


def find_step(state: CourseState, session: Session) -> Step:
    for step in state.steps:
        if step.session is not None and step.session.pk == session.pk:
            return step
    raise Conflict(_("This visit is not planned any more."), extra={"state": session.status})


def row_of(state: CourseState, step: Step) -> Session:
    """The session of a step with course, place and patient at hand."""
    if step.session is None:
        raise TypeError("a running course has a session for every visit")
    row = step.session
    row.course, row.location, row.patient = state.course, state.course.location, state.course.patient
    return row


def usual(state: CourseState, step: Step) -> Practitioner:
    """Who has the visit now, else whose course it is."""
    pk = (step.booking and step.booking.practitioner_id) or state.course.practitioner_id
    return Practitioner.objects.select_related("staff").get(pk=pk)


def approved(row: Session, visit: Visit, day: date) -> tuple[bool, int]:
    """What the window check let through: before the floor, and days beyond latest."""
    if visit.gap is None or row.floor is None or row.latest is None:
        return False, 0
    return day < row.floor, max((day - row.latest).days, 0)


def opened(problem: Problem, visit: Visit, day: date) -> Problem:
    """Nothing clinical keeps a first visit, nor one that is given a time by hand, from the day asked for."""
    window = visit.window
    if window is not None:
        floor, latest = min(window.floor, day), max(window.latest, day)
        window = replace(window, early_limit=floor, floor=floor, latest=latest)
    return with_visit(problem, visit, window=window, not_before=None)


def with_visit(problem: Problem, visit: Visit, **fields: Any) -> Problem:
    """The problem with some fields of one visit changed; visits are told apart by their number."""
    visits = (replace(one, **fields) if one.sequence == visit.sequence else one for one in problem.visits)
    return replace(problem, visits=tuple(visits))


def tagged(name: str, resources: Iterable[Resource], pk: int) -> tuple[Resource, ...]:
    """The resources with the chosen one marked; BadInput when it is not at this location."""
    marked = tuple(replace(one, tags=one.tags | {CHOSEN}) if one.id == str(pk) else one for one in resources)
    if not any(CHOSEN in one.tags for one in marked):
        raise BadInput.at(name, _("This is not at the location of the course."), "elsewhere")
    return marked
