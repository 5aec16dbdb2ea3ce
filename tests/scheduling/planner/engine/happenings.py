"""What befalls a course, as the problem that is left: what the product reads from its rows after it has happened."""

from dataclasses import replace
from datetime import date, datetime

from scheduling.planner.engine.daygrid import between, whole_days
from scheduling.planner.engine.problem import Anchor, Problem, Resource


def performed(problem: Problem, sequence: int, ended: datetime, practitioner: str) -> Problem:
    """The visit happened, early, late or as planned (D03): what follows counts from its real end."""
    rest = tuple(visit for visit in problem.visits if visit.sequence > sequence)
    return replace(problem, visits=rest, anchor=Anchor(ended, practitioner))


def practitioner_away(problem: Problem, practitioner: str, start: datetime, end: datetime) -> Problem:
    return replace(problem, practitioners=_closed(problem, problem.practitioners, practitioner, start, end))


def room_closed(problem: Problem, room: str, start: datetime, end: datetime) -> Problem:
    return replace(problem, rooms=_closed(problem, problem.rooms, room, start, end))


def device_broken(problem: Problem, device: str, start: datetime, end: datetime) -> Problem:
    return replace(problem, devices=_closed(problem, problem.devices, device, start, end))


def patient_away(problem: Problem, first: date, last: date) -> Problem:
    """The patient's holidays, both dates included."""
    free = whole_days(problem.grid) if problem.patient is None else problem.patient
    return replace(problem, patient=free & ~between(problem.grid, first, last))


def _closed(
    problem: Problem, resources: tuple[Resource, ...], gone: str, start: datetime, end: datetime
) -> tuple[Resource, ...]:
    grid = problem.grid
    low, high = grid.position(start), grid.position(end, up=True)
    taken = whole_days(grid) & ((1 << high) - (1 << low))
    return tuple(replace(one, free=one.free & ~taken) if one.id == gone else one for one in resources)
