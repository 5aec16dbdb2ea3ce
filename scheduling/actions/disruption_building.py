"""Planning a batch in the worker: the calendar of the location is read once and kept in step, so that each course sees
what those before it were given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic.base import clock
from scheduling.actions import leases
from scheduling.actions.booking import Slot
from scheduling.actions.cascade_run import placed
from scheduling.actions.cascade_steps import Cascade, cascade_of, steps_json
from scheduling.actions.plan_rows import slot_of
from scheduling.engine.cascade import replan
from scheduling.engine.daygrid import Grid
from scheduling.engine.explain import explain
from scheduling.engine.plan import windows_of
from scheduling.engine.problem import ProblemError, Solution
from scheduling.models import Course, Replan, Session, SessionStatus
from scheduling.planning.calendars import Timetable, read_timetable
from scheduling.planning.problem import grid_of, own_bookings, posed, visits_of
from scheduling.planning.rows import rows_of
from scheduling.planning.state import CourseState, read_states

MOST_SESSIONS = 200
Row = Mapping[str, Any]
Status = Replan.Status


@dataclass(frozen=True, slots=True)
class Planned:
    """One course of the batch: what happens to it, and the rows to apply when everything found its place."""

    state: CourseState
    cascade: Cascade
    rows: Sequence[Row]


def build_disruption(*, replan_id: int, now: datetime | None = None) -> Replan | None:
    """Plan one batch; None when it is done, given up, or in another worker's hands."""
    now = now or clock.now()
    claimed = leases.claim(Replan, replan_id, now, given_up={})
    return _save(claimed, list(plan_batch(claimed, now))) if claimed else None


def sweep_disruptions(*, now: datetime | None = None) -> int:
    """Build what nobody has built; how many."""
    now = now or clock.now()
    waiting = Replan.objects.filter(leases.waiting(now)).order_by("requested_at").values_list("pk", flat=True)
    return sum(build_disruption(replan_id=pk, now=now) is not None for pk in list(waiting))


def displaced(replan: Replan) -> list[Session]:
    """The visits of running courses that lost their time, the one whose window ends soonest first (D04)."""
    rows = Session.objects.filter(
        location=replan.location, status=SessionStatus.DISPLACED, course__status=Course.Status.ACTIVE
    )
    return list(rows.order_by("latest", "pk")[:MOST_SESSIONS])


def plan_batch(row: Replan, now: datetime) -> Iterator[Planned]:
    """Each course that lost a visit, the most urgent first."""
    urgent = list(dict.fromkeys(session.course_id for session in displaced(row) if session.course_id))
    states = {state.course.pk: state for state in read_states(urgent, now)}
    if not states:
        return
    timetable = whole_calendar(row, list(states.values()))
    for number, pk in enumerate(urgent, start=1):
        yield plan_course(states[pk], timetable)
        leases.report(row, min(number * 100 // len(urgent), 99), lease_until=clock.now() + leases.LEASE)


def whole_calendar(row: Replan, states: Sequence[CourseState]) -> Timetable:
    """Everybody's time from today to the last day that any of the courses reaches."""
    days = max(grid_of(state).days for state in states)
    grid = Grid(row.location.timezone, states[0].today, days)
    patients = {state.course.patient_id for state in states}
    return read_timetable(location=row.location, grid=grid, ranges=[(grid.first, grid.last)], patients=patients)


def plan_course(state: CourseState, timetable: Timetable) -> Planned:
    """One course on the calendar as it is now; what it is given is taken from those after it. A course that finds no
    place for everything is left as it stands and shown."""
    problem = posed(state, visits_of(state, {}), timetable)
    try:
        diff = replan(problem, problem)
    except ProblemError:
        timetable.take(own_bookings(state))
        return Planned(state, Cascade((), state.course.version), [])
    windows = dict(zip((visit.sequence for visit in problem.visits), windows_of(problem, placed(diff)), strict=True))
    cascade = cascade_of(state, diff, windows)
    if diff.unplaceable or not isinstance(diff.outcome, Solution):
        timetable.take(own_bookings(state))
        return Planned(state, cascade, [])
    rows = rows_of(state, problem, diff.outcome, explain(problem, diff.outcome))
    timetable.take(slots(state, rows))
    return Planned(state, cascade, rows)


def slots(state: CourseState, rows: Iterable[Row]) -> Iterator[Slot]:
    """The stretches of the calendar that a plan takes."""
    sessions = sessions_of(state)
    for row in rows:
        if row["start"]:
            session = sessions[row["session"]]
            session.location = state.course.location
            yield slot_of(session, row)


def sessions_of(state: CourseState) -> dict[str, Session]:
    return {str(step.session.pk): step.session for step in state.steps if step.session}


@transaction.atomic
def _save(claimed: Replan, plans: Sequence[Planned]) -> Replan | None:
    row = leases.still_mine(claimed)
    if row is None:
        return None
    row.steps = [step for plan in plans for step in steps_of(plan)]
    row.courses = {
        str(plan.state.course.pk): {
            "version": plan.state.course.version,
            "practitioner": plan.state.course.practitioner_id,
        }
        for plan in plans
        if plan.rows
    }
    row.status, row.progress, row.lease_until, row.version = Status.READY, 100, None, row.version + 1
    row.save()
    return row


def steps_of(plan: Planned) -> Iterator[dict[str, Any]]:
    """What a page shows of each visit, what will be written (`row`) and what undoing needs (`told`)."""
    sessions, rows = sessions_of(plan.state), {row["session"]: row for row in plan.rows}
    for step in steps_json([plan.cascade]):
        session = sessions[step["session"]]
        row = rows.get(step["session"])
        yield {**step, "told": session.why, "row": row and {**row, "version": session.version}}
