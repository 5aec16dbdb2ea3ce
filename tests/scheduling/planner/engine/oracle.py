"""The planner written a second time, slowly: every start by asking every mark, every plan by trying all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bench.cpsat import Candidate, Task
from protocols.outline.intervals import Unit, shift
from scheduling.planner.engine.daygrid import STEP, STRIDE, to_instant
from scheduling.planner.engine.problem import Placement, Problem, Resource, Visit

LATE_DAY, KEPT_PLACE = 10**13, 10
HOUR = 12  # marks

Plan = tuple[Placement, ...]


@dataclass(frozen=True)
class Verdict:
    """`plan` of all visits that are to get a slot; or `stuck`, the first that cannot, and the best `late` plan."""

    cost: int = 0
    plan: Plan | None = None
    stuck: int | None = None
    late: Plan | None = None


def decide(problem: Problem) -> Verdict:
    wanted = visits_to_place(problem)
    best, over_horizon = _best_by_length(problem, wanted, late=False)
    reach = max(best)
    if reach == wanted or over_horizon[reach]:
        return Verdict(best[reach][0], best[reach][2])
    relaxed, _over = _best_by_length(problem, wanted, late=True)
    found = max(relaxed)
    sequence = problem.visits[reach].sequence
    return Verdict(relaxed[found][0], None, sequence, relaxed[found][2]) if found > reach else Verdict(stuck=sequence)


Bounds = tuple[date, date, date, datetime | None]
Order = tuple[datetime, int, int, int]
Rank = tuple[Order, ...]


def _best_by_length(
    problem: Problem, wanted: int, *, late: bool
) -> tuple[dict[int, tuple[int, Rank, Plan]], dict[int, bool]]:
    """For 0, 1, 2, … visits, as many as fit: the cheapest of all plans, equals told apart by rank, and whether some
    plan's next window reaches beyond the horizon."""
    starts = [list(candidates(problem, visit)) for visit in problem.visits[:wanted]]
    best: dict[int, tuple[int, Rank, Plan]] = {}
    over: dict[int, bool] = {}

    @cache
    def steps(place: int, before: Plan) -> list[tuple[int, Order, Placement]]:
        """Where the visit can go after the last placement of a plan, and what that costs."""
        window = bounds(problem, place, before)
        return [
            (step_cost(problem, place, window, before, one), order, one)
            for order, one in starts[place]
            if inside(problem, window, one, late=late)
        ]

    def extend(cost: int, rank: Rank, plan: Plan) -> None:
        place = len(plan)
        if place not in best or (cost, rank) < best[place][:2]:
            best[place] = (cost, rank, plan)
        if place < wanted:
            over[place] = over.get(place, False) or bounds(problem, place, plan[-1:])[2] > problem.grid.last
            for more, order, one in steps(place, plan[-1:]):
                extend(cost + more, (*rank, order), (*plan, one))

    extend(0, (), ())
    return best, over


def candidates(problem: Problem, visit: Visit) -> Iterator[tuple[Order, Placement]]:
    """Every (start, practitioner, room, device) that is possible on its own, with its place among equals."""
    grid = problem.grid
    for day, mark in _marks_of_anyone(problem):
        start = to_instant(grid.midnights[day] + mark * STEP)
        if not _date_allowed(visit, grid.first + timedelta(days=day)) or start < problem.now:
            continue
        if _patient_there(problem, visit, day, mark):
            yield from _with_people(problem, visit, day, mark, start)


def _marks_of_anyone(problem: Problem) -> list[tuple[int, int]]:
    """Day and mark wherever some practitioner is free, in order of time."""
    someone = 0
    for who in problem.practitioners:
        someone |= who.free
    return [divmod(place, STRIDE) for place, bit in enumerate(reversed(f"{someone:b}")) if bit == "1"]


def _with_people(
    problem: Problem, visit: Visit, day: int, mark: int, start: datetime
) -> Iterator[tuple[Order, Placement]]:
    kept = visit.kept
    for one, who in enumerate(problem.practitioners):
        if visit.fixed and kept and (start, who.id) != (kept.start, kept.practitioner):
            continue
        if _may(visit, who) and _free(who.free, day, mark, visit):
            for room, device in _places(problem, visit, day, mark):
                ids = (problem.rooms[room].id, None if device < 0 else problem.devices[device].id)
                yield (start, one, room, device), Placement(start, who.id, *ids)


def _places(problem: Problem, visit: Visit, day: int, mark: int) -> Iterator[tuple[int, int]]:
    devices = [-1]
    if visit.device_tag is not None:
        fitting = [one for one, device in enumerate(problem.devices) if visit.device_tag in device.tags]
        devices = [one for one in fitting if _free(problem.devices[one].free, day, mark, visit)]
    for one, room in enumerate(problem.rooms):
        if visit.room_tags <= room.tags and _free(room.free, day, mark, visit):
            yield from ((one, device) for device in devices)


def _free(free: int, day: int, mark: int, visit: Visit) -> bool:
    """From preparation to the end of turnover, asked mark by mark."""
    first = mark + -visit.preparation_minutes // STEP
    end = mark - -visit.chair_minutes // STEP - -visit.turnover_minutes // STEP
    return first >= 0 and all(free >> (day * STRIDE + at) & 1 for at in range(first, end))


def _patient_there(problem: Problem, visit: Visit, day: int, mark: int) -> bool:
    marks = range(mark, mark - -visit.chair_minutes // STEP)
    length = (problem.grid.midnights[day + 1] - problem.grid.midnights[day]) // STEP
    if problem.patient is None:
        return marks.stop <= length
    return all(problem.patient >> (day * STRIDE + at) & 1 for at in marks)


def _may(visit: Visit, who: Resource) -> bool:
    return visit.practitioner_tags <= who.tags and (not visit.practitioners or who.id in visit.practitioners)


def _date_allowed(visit: Visit, day: date) -> bool:
    if (visit.not_before and day < visit.not_before) or (visit.deadline and day > visit.deadline):
        return False
    return not any(first <= day <= last for first, last in visit.blocked)


def bounds(problem: Problem, place: int, plan: Plan) -> Bounds:
    """Floor, ideal, latest and the instant before which nothing may start, approvals included. Of the plan so far only
    the last placement matters."""
    visit = problem.visits[place]
    before, ended = _before(problem, place, plan)
    late = timedelta(days=visit.late_days)
    if visit.gap is None or before is None or ended is None:
        own = visit.window
        assert own is not None
        return own.early_limit if visit.early_approved else own.floor, own.ideal, own.latest + late, None
    lower = visit.gap.early_limit if visit.early_approved else visit.gap.floor
    opens = None
    if visit.gap.floor.unit is Unit.HOUR:
        opens = ended + timedelta(hours=visit.gap.floor.amount)
    elif shift(before, visit.gap.floor) == before:
        opens = ended
    return shift(before, lower), shift(before, visit.gap.ideal), shift(before, visit.gap.latest) + late, opens


def _before(problem: Problem, place: int, plan: Plan) -> tuple[date | None, datetime | None]:
    if place:
        start = plan[-1].start
        return problem.grid.local_date(start), start + timedelta(minutes=problem.visits[place - 1].chair_minutes)
    return (problem.grid.local_date(problem.anchor.at), problem.anchor.at) if problem.anchor else (None, None)


def inside(problem: Problem, window: Bounds, one: Placement, *, late: bool = False) -> bool:
    floor, _ideal, latest, opens = window
    day = problem.grid.local_date(one.start)
    return floor <= day and (late or day <= latest) and (opens is None or one.start >= opens)


def step_cost(problem: Problem, place: int, window: Bounds, plan: Plan, one: Placement) -> int:
    """Points that the visit `place` costs at `one` after `plan`, which leaves it this window."""
    weights, wishes, visit = problem.weights, problem.wishes, problem.visits[place]
    _floor, ideal, latest, _opens = window
    local = one.start.astimezone(ZoneInfo(problem.grid.zone))
    last = problem.anchor.practitioner if problem.anchor else None
    before = plan[-1].practitioner if plan else last
    off = abs((local.date() - ideal).days)
    points = off**2 * weights.day if visit.gap else off * weights.wait
    points += max((local.date() - latest).days, 0) * LATE_DAY
    points += _outside(problem, visit, local) * weights.minute
    points += weights.weekday * (bool(wishes.weekdays) and local.weekday() not in wishes.weekdays)
    points += weights.other_practitioner * (wishes.practitioner not in (None, one.practitioner))
    points += weights.change * (before not in (None, one.practitioner) and one.practitioner != wishes.practitioner)
    points += _irregular(problem, place, plan, local) + price(problem, visit, one)
    return points + _moved(problem, visit, one)


def _irregular(problem: Problem, place: int, plan: Plan, local: datetime) -> int:
    """Another weekday, and another hour, than the visit before; not after a gap that is counted in hours."""
    weights, gap = problem.weights, problem.visits[place].gap
    began_on = date(2026, 1, 1)
    first = plan[-1].start if plan else (problem.anchor.start if problem.anchor else None)
    if gap is None or first is None or gap.floor.unit is Unit.HOUR or shift(began_on, gap.floor) == began_on:
        return 0
    began = first.astimezone(local.tzinfo)
    return weights.weekday_change * (began.weekday() != local.weekday()) + weights.hour * min(
        abs(began.hour - local.hour), 3
    )


def price(problem: Problem, visit: Visit, one: Placement) -> int:
    """What the slot costs: asked mark by mark."""
    weights, grid = problem.weights, problem.grid
    who = next(each for each in problem.practitioners if each.id == one.practitioner)
    day, mark = grid.locate(int(one.start.timestamp()) // 60)
    same_day = [day * STRIDE + at for at in range(STRIDE)]
    same_hour = [other * STRIDE + mark // HOUR * HOUR + at for other in range(grid.days) for at in range(HOUR)]
    points = sum(weights.busy * _booked(who, when) // 100 for when in (same_day, same_hour))
    points += weights.off_quarter * (one.start.astimezone(ZoneInfo(grid.zone)).minute % 15 != 0)
    return points + weights.hole * _holes(who.free, day * STRIDE + mark, visit)


def _booked(who: Resource, when: list[int]) -> int:
    opened = [at for at in when if who.open >> at & 1]
    return 100 * sum(not who.free >> at & 1 for at in opened) // len(opened) if opened else 0


def _holes(free: int, start: int, visit: Visit) -> int:
    """Sides on which the free marks up to what is taken are three or more, and fewer than the visit takes up."""
    first = start + -visit.preparation_minutes // STEP
    end = start - -visit.chair_minutes // STEP - -visit.turnover_minutes // STEP
    length = end - first
    before = next(rest for rest in range(length + 1) if rest == length or not _bit(free, first - rest - 1))
    after = next(rest for rest in range(length + 1) if rest == length or not _bit(free, end + rest))
    return (3 <= before < length) + (3 <= after < length)


def _bit(free: int, at: int) -> bool:
    return at >= 0 and bool(free >> at & 1)


def _moved(problem: Problem, visit: Visit, one: Placement) -> int:
    kept, weights = visit.kept, problem.weights
    if kept is None:
        return 0
    if kept.start != one.start:
        return weights.moved_settled if visit.settled else weights.moved
    places = (kept.room != one.room) + (kept.device != one.device)
    return places * KEPT_PLACE + (kept.practitioner != one.practitioner) * weights.moved_person


def _outside(problem: Problem, visit: Visit, local: datetime) -> int:
    wishes, begin = problem.wishes, local.hour * 60 + local.minute
    early = wishes.earliest.hour * 60 + wishes.earliest.minute - begin if wishes.earliest else 0
    late = begin + visit.chair_minutes - wishes.latest.hour * 60 - wishes.latest.minute if wishes.latest else 0
    return max(early, 0) + max(late, 0)


def visits_to_place(problem: Problem) -> int:
    """As many as have their whole window before the horizon, along ideal dates; all that come before a booked one."""
    grid = problem.grid
    day = grid.local_date(problem.anchor.at) if problem.anchor else None
    for place, visit in enumerate(problem.visits):
        if visit.kept:
            day = last = grid.local_date(visit.kept.start)
        else:
            floor, ideal, latest = _window(visit, day)
            if visit.deadline and floor <= visit.deadline:
                ideal, latest = min(ideal, visit.deadline), min(latest, visit.deadline)
            day = max(ideal, visit.not_before or ideal, grid.first)
            last = max(day, latest) if place else day
        later = [one.kept for one in problem.visits[place:] if one.kept]
        if last > grid.last and not any(grid.local_date(one.start) <= grid.last for one in later):
            return place
    return len(problem.visits)


def _window(visit: Visit, day: date | None) -> tuple[date, date, date]:
    if visit.gap and day:
        return shift(day, visit.gap.floor), shift(day, visit.gap.ideal), shift(day, visit.gap.latest)
    assert visit.window is not None
    return visit.window.floor, visit.window.ideal, visit.window.latest


def task(problem: Problem) -> Task:
    """The problem for CP-SAT, with the cheapest start of each day, practitioner and hour found here and not by the
    solver. The visits must be alike but for their gaps, and the gaps count days."""
    cheapest = _cheapest_by_hour(problem)
    visits: list[list[Candidate]] = []
    windows = []
    for place in range(len(problem.visits)):
        before = {one.day for one in visits[place - 1]} if place else {0}
        window = {day: _grid_bounds(problem, place, day) for day in before}
        within = {day for floor, _ideal, latest in window.values() for day in range(floor, latest + 1)}
        visits.append([Candidate(*key, points) for key, points in cheapest.items() if key[0] in within])
        windows.append(window)
    wished = [column for column, one in enumerate(problem.practitioners) if one.id == problem.wishes.practitioner]
    return Task(visits, windows, problem.weights, wished[0] if wished else None, origin=0)


def _cheapest_by_hour(problem: Problem) -> dict[tuple[int, int, int], int]:
    """The least points of the first visit's own for each grid day, practitioner and hour."""
    grid, far = problem.grid, date.max
    alone = replace(problem, weights=replace(problem.weights, wait=0))
    cheapest: dict[tuple[int, int, int], int] = {}
    for (start, who, *_place), one in candidates(problem, problem.visits[0]):
        points = step_cost(alone, 0, (far, far, far, None), (), one)
        local = start.astimezone(ZoneInfo(grid.zone))
        key = grid.index(local.date()), who, local.hour
        cheapest[key] = min(points, cheapest.get(key, points))
    return cheapest


def _grid_bounds(problem: Problem, place: int, day: int) -> tuple[int, int, int]:
    """Floor, ideal and latest as grid days after a visit on a grid day."""
    grid = problem.grid
    before = (Placement(to_instant(grid.midnights[day]), "", ""),) if place else ()
    floor, ideal, latest, _opens = bounds(problem, place, before)
    return grid.index(floor), grid.index(ideal), grid.index(latest)
