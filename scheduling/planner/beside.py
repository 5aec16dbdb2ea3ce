"""A course planned together with the patient's other ones: as windows given to the engine, its objective untouched.

The visits of the other courses stay where they are booked. Where the new one falls on such a day, it stands directly
before or after that visit, with the same practitioner, so that the patient comes once (D06).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from operator import or_

from scheduling.models import NEEDLE_KINDS, Booking
from scheduling.planner.engine.daygrid import Grid, between, marks, whole_days
from scheduling.planner.engine.problem import Problem, Solution
from scheduling.planner.state import CourseState


def bookings_beside(state: CourseState) -> list[Booking]:
    """Where the needle visits of the patient's other courses stand here, if the course is wanted together with them.
    Once it runs, they seek its visits too."""
    wish = [state.course, *(each for each in state.course.patient.courses.all() if not state.gate)]
    if not any(each.preferences.get("together") for each in wish):
        return []
    here = {"session__location": state.course.location_id, "session__kind__in": NEEDLE_KINDS}
    rows = Booking.objects.filter(patient=state.course.patient_id, active=True, start__gt=state.now, **here)
    return list(rows.exclude(session__course=None).exclude(session__course=state.course.pk).order_by("start"))


def bound_to(problem: Problem, rows: Sequence[Booking]) -> Iterator[Problem]:
    """What is tried first: every visit beside one of `rows` until the last of them is over; then at least on their
    days."""
    if rows:
        days = sorted({problem.grid.local_date(row.start) for row in rows})
        yield beside(problem, rows, between(problem.grid, problem.grid.first, days[-1]))
        yield beside(problem, rows, 0)


def beside(problem: Problem, rows: Sequence[Booking], closed: int) -> Problem:
    """`closed`: the strip of the days on which no visit stands alone, beside the days of `rows`."""
    grid, allowed = problem.grid, 0
    people: dict[date, set[str]] = defaultdict(set)
    for row in rows:
        allowed |= slots_beside(problem, row)
        people[grid.local_date(row.start)].add(str(row.practitioner_id))
    theirs = {day: between(grid, day, day) for day in people}
    closed |= reduce(or_, theirs.values(), 0)
    free = problem.patient if problem.patient is not None else whole_days(grid)
    not_with = {
        each.id: reduce(or_, (theirs[day] for day, who in people.items() if each.id not in who), 0)
        for each in problem.practitioners
    }
    practitioners = tuple(
        replace(each, free=each.free & ~not_with[each.id], open=each.open & ~not_with[each.id])
        for each in problem.practitioners
    )
    return replace(problem, patient=free & (allowed | ~closed), practitioners=practitioners)


def slots_beside(problem: Problem, row: Booking) -> int:
    """The strip of the time directly before and after a visit, as long as the longest visit that is planned."""
    visit, length = problem.visits[0], max(marks(each.chair_minutes) for each in problem.visits)
    after = problem.grid.position(row.occupied_end + timedelta(minutes=visit.preparation_minutes), up=True)
    before = problem.grid.position(row.occupied_start - timedelta(minutes=visit.turnover_minutes)) - length
    run = (1 << length) - 1
    day = problem.grid.local_date(row.start)
    return (run << after | run << max(before, 0)) & between(problem.grid, day, day)


def beside_count(grid: Grid, plan: Solution, rows: Sequence[Booking]) -> int:
    """How many placed visits share a day, and so an arrival, with one of `rows`."""
    days = {grid.local_date(row.start) for row in rows}
    return sum(grid.local_date(each.start) in days for each in plan.placed)
