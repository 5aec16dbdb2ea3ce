"""What no plan can be asked for. Each check is named after the rule it guards and says what is wrong, or None. PURE.

The limits also keep the two tiers of points in `rules` apart, so that nothing can outweigh a late day.
"""

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise

from protocols.outline.intervals import disordered, reach
from scheduling.planner.engine.daygrid import EPOCH, MINUTE, STEP, whole_days
from scheduling.planner.engine.problem import Problem, ProblemError, Visit

MOST_VISITS = 100
MOST_DAYS = 4000  # of the grid, eleven years
MOST_WINDOW_DAYS = 400  # from the early limit to the last day approved
MOST_MINUTES = 24 * 60
MOST_POINTS = {"minute": 100, "moved": 100_000, "moved_settled": 100_000, "moved_person": 100_000}
MOST_OTHER_POINTS = 5000


def refuse_nonsense(problem: Problem) -> None:
    """Raise ProblemError, named after the first check that finds something."""
    for check in PROBLEM_CHECKS:
        if message := check(problem):
            raise ProblemError(check.__name__, message)
    for visit in problem.visits:
        for check_visit in VISIT_CHECKS:
            if message := check_visit(visit):
                raise ProblemError(check_visit.__name__, f"Visit {visit.sequence}: {message}")


def number_of_visits(problem: Problem) -> str | None:
    if 1 <= len(problem.visits) <= MOST_VISITS:
        return None
    return f"{len(problem.visits)} visits were asked for; from 1 to {MOST_VISITS} can be planned at once."


def number_of_days(problem: Problem) -> str | None:
    if 1 <= problem.grid.days <= MOST_DAYS:
        return None
    return f"{problem.grid.days} days were asked for; from 1 to {MOST_DAYS} can be planned at once."


def empty_roster(problem: Problem) -> str | None:
    return None if problem.practitioners else "There is no practitioner to plan with."


def no_rooms(problem: Problem) -> str | None:
    return None if problem.rooms else "There is no room to plan with."


def ids(problem: Problem) -> str | None:
    for resources in (problem.practitioners, problem.rooms, problem.devices):
        if len({one.id for one in resources}) < len(resources):
            return "Two practitioners, rooms or devices have the same id."
    return None


def calendars(problem: Problem) -> str | None:
    """No calendar is free where the grid has no time."""
    nowhere = ~whole_days(problem.grid)
    for one in (*problem.practitioners, *problem.rooms, *problem.devices):
        if one.free & nowhere:
            return f"The calendar of {one.id} does not fit the days asked for."
    return "The patient's calendar does not fit the days asked for." if (problem.patient or 0) & nowhere else None


def instants(problem: Problem) -> str | None:
    anchor = problem.anchor
    known = [problem.now, *([anchor.at, anchor.start or anchor.at] if anchor else [])]
    kept = [visit.kept.start for visit in problem.visits if visit.kept]
    return None if all(at.utcoffset() is not None for at in known + kept) else "A time has no time zone."


def order(problem: Problem) -> str | None:
    rising = all(one.sequence < other.sequence for one, other in pairwise(problem.visits))
    return None if rising else "The visits do not stand in the order of their sequence."


def beginning(problem: Problem) -> str | None:
    """The first visit has dates, or a gap and a performed session to count from; the others have gaps."""
    first, *others = problem.visits
    if first.window is None and (first.gap is None or problem.anchor is None):
        return "The first visit has no window and nothing to count from."
    return None if all(visit.gap for visit in others) else "A visit after the first has no gap to the one before."


def points(problem: Problem) -> str | None:
    for name in (each.name for each in fields(problem.weights)):
        most = MOST_POINTS.get(name, MOST_OTHER_POINTS)
        if not 0 <= getattr(problem.weights, name) <= most:
            return f"The weight of {name} goes from 0 to {most}."
    return None


def wishes(problem: Problem) -> str | None:
    earliest, latest = problem.wishes.earliest, problem.wishes.latest
    if earliest and latest and earliest >= latest:
        return "The wished time ends before it begins."
    return None if problem.wishes.weekdays <= set(range(7)) else "A wished weekday is not a day of the week."


def contradictory_window(visit: Visit) -> str | None:
    if visit.gap and (wrong := disordered(visit.gap)):
        return f"the gap's {wrong[0]} lies after the bound that follows it."
    own = visit.window
    if own and not own.early_limit <= own.floor <= own.ideal <= own.latest:
        return "the window ends before it begins."
    return None


def contradictory_dates(visit: Visit) -> str | None:
    if visit.not_before and visit.deadline and visit.not_before > visit.deadline:
        return "it may not start before a date that lies after its deadline."
    backwards = any(first > last for first, last in visit.blocked)
    return "a blocked range ends before it begins." if backwards else None


def window_size(visit: Visit) -> str | None:
    """Also keeps a gap from reaching backwards."""
    if visit.late_days < 0:
        return "an approval cannot shorten the window."
    days = (visit.window.latest - visit.window.early_limit).days if visit.window else 0
    if visit.gap:
        if reach(visit.gap.early_limit)[0] < 0:
            return "the gap reaches back before the visit it counts from."
        days = max(days, reach(visit.gap.latest)[1] - reach(visit.gap.early_limit)[0])
    return None if days + visit.late_days <= MOST_WINDOW_DAYS else f"the window is over {MOST_WINDOW_DAYS} days wide."


def lengths(visit: Visit) -> str | None:
    around = (visit.preparation_minutes, visit.turnover_minutes)
    if 1 <= visit.chair_minutes <= MOST_MINUTES and all(0 <= minutes <= MOST_MINUTES for minutes in around):
        return None
    return f"chair time goes from 1 to {MOST_MINUTES} minutes, preparation and turnover from 0."


def kept_start(visit: Visit) -> str | None:
    if visit.kept is None:
        return "it cannot be fixed without a place." if visit.fixed else None
    on_mark = not (visit.kept.start - EPOCH) % (STEP * MINUTE)
    return None if on_mark else f"it is not booked at a multiple of {STEP} minutes."


PROBLEM_CHECKS: tuple[Callable[[Problem], str | None], ...] = (
    number_of_visits,
    number_of_days,
    empty_roster,
    no_rooms,
    ids,
    calendars,
    instants,
    order,
    beginning,
    points,
    wishes,
)
VISIT_CHECKS: tuple[Callable[[Visit], str | None], ...] = (
    contradictory_window,
    contradictory_dates,
    window_size,
    lengths,
    kept_start,
)
