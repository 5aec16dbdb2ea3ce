"""The starts that a visit may take, reduced to what its neighbours can see. PURE.

A gap in days sees only on which day and with whom a visit stands, so of all starts of a day with one practitioner the
cheapest (then earliest) is enough: one row a day. A gap by the instant sees every start: one row a start.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.engine.daygrid import DAY_MINUTES, STEP, STRIDE, to_minutes, whole_days
from scheduling.planner.engine.problem import Placement, Problem, Visit
from scheduling.planner.engine.rules import KEPT_PLACE, KEPT_PRACTITIONER, KEPT_TIME, minutes_outside, place_at, sieve

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FAR = 2**60  # the points of what cannot be
NEVER = np.int32(2**31 - 1)


@dataclass(frozen=True, slots=True)
class States:
    """Rows in order of time. `day` (rows,) are grid days; `start` (rows, practitioners) minutes since the epoch;
    `cost` (rows, practitioners) the visit's own points, FAR where nothing fits."""

    day: Ints
    start: Ints
    cost: Ints

    def rows(self, low: int, high: int) -> "States":
        return States(self.day[low:high], self.start[low:high], self.cost[low:high])


@dataclass(frozen=True, slots=True)
class Open:
    """Every allowed start of one kind of visit and what it costs by itself; days without any are left out.

    `free` (practitioners, days, marks) from mark `first_mark` on; `day` (days,) grid days; `midnight` (days,) minutes
    since the epoch; `time_points` (days, marks); `other_points` (days, practitioners) for weekday and wished person.
    """

    free: Bools
    first_mark: int
    day: Ints
    midnight: Ints
    time_points: NDArray[np.int32]
    other_points: Ints


def open_starts(problem: Problem, visit: Visit) -> Open:
    grid = problem.grid
    *_, (_last_rule, starts) = sieve(problem, visit, whole_days(grid))
    joined = b"".join(one.to_bytes(grid.days * STRIDE // 8, "little") for one in starts)
    packed = np.frombuffer(joined, np.uint8).reshape(len(starts), grid.days, STRIDE // 8)
    anyone: NDArray[np.uint8] = np.bitwise_or.reduce(packed, axis=0)
    day, used = np.flatnonzero(anyone.any(axis=1)), np.flatnonzero(anyone.any(axis=0))
    low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
    free: Bools = np.unpackbits(packed[:, day, low:high], axis=2, bitorder="little").view(np.bool_)
    midnight = np.array(grid.midnights, dtype=np.int64)[day]
    time_points = _time_points(problem, visit, day, range(low * 8, high * 8))
    return Open(free, low * 8, day, midnight, time_points, _other_points(problem, day))


def _time_points(problem: Problem, visit: Visit, days: Ints, marks: range) -> NDArray[np.int32]:
    """Points for the wished time, (days, marks). Only a day with a clock change has values of its own."""
    grid = problem.grid

    def row(wall: list[int]) -> list[int]:
        return [minutes_outside(problem.wishes, at, visit.chair_minutes) * problem.weights.minute for at in wall]

    points = np.tile(np.array(row([mark * STEP for mark in marks]), dtype=np.int32), (len(days), 1))
    for place in np.flatnonzero(np.diff(grid.midnights)[days] != DAY_MINUTES).tolist():
        points[place] = row([grid.wall_minute(int(days[place]), mark) for mark in marks])
    return points


def _other_points(problem: Problem, days: Ints) -> Ints:
    """Points for the weekday and the person, (days, practitioners)."""
    wishes, weights = problem.wishes, problem.weights
    unwished = [bool(wishes.weekdays) and weekday not in wishes.weekdays for weekday in range(7)]
    strangers = [wishes.practitioner not in (None, one.id) for one in problem.practitioners]
    weekday_points = np.array(unwished, dtype=np.int64) * weights.weekday
    people_points = np.array(strangers, dtype=np.int64) * weights.other_practitioner
    return weekday_points[(days + problem.grid.first.weekday()) % 7][:, None] + people_points


def by_day(these: Open) -> States:
    """One row a day: with each practitioner the cheapest start, and of equal ones the earliest."""
    points = np.where(these.free, these.time_points, NEVER)
    mark, best = points.argmin(axis=2).T, points.min(axis=2).T
    cost = np.where(best == NEVER, FAR, best + these.other_points)
    return States(these.day, these.midnight[:, None] + (mark + these.first_mark) * STEP, cost)


def by_start(these: Open, first_day: int, last_day: int) -> States:
    """One row a start, of the grid days `first_day` to `last_day`."""
    low, high = np.searchsorted(these.day, [first_day, last_day + 1]).tolist()
    free = these.free[:, low:high]
    place, mark = np.nonzero(free.any(axis=0))
    start = these.midnight[low:high][place] + (mark + these.first_mark) * STEP
    points = these.time_points[low:high][place, mark][:, None] + these.other_points[low:high][place]
    cost = np.where(free[:, place, mark].T, points, FAR)
    return States(these.day[low:high][place], np.broadcast_to(start[:, None], cost.shape), cost)


def keeping(states: States, these: Open, problem: Problem, visit: Visit, kept: Placement) -> States:
    """The states of a visit that is booked: every other start costs a move, the booked one is in its row even
    where another of the day is cheaper. A fixed visit has no other start."""
    at = to_minutes(kept.start)
    day, mark = problem.grid.locate(at)
    cost = np.full_like(states.cost, FAR) if visit.fixed else states.cost + KEPT_TIME
    start, same_day = states.start.copy(), np.flatnonzero(states.day == day)
    row = same_day if len(same_day) <= 1 else same_day[states.start[same_day, 0] == at]
    column = mark - these.first_mark
    if len(row) and 0 <= column < these.free.shape[2]:
        place = int(np.searchsorted(these.day, day))
        points = these.time_points[place, column] + these.other_points[place] + _people_points(problem, visit, kept)
        fits = these.free[:, place, column]
        cost[row] = np.where(fits, points, cost[row])
        start[row] = np.where(fits, at, start[row])
    rows = (cost < FAR).any(axis=1)
    return States(states.day[rows], start[rows], cost[rows])


def _people_points(problem: Problem, visit: Visit, kept: Placement) -> Ints:
    """Points at the booked start for each practitioner: another than the booked one, or another room or device."""
    room, device = place_at(problem, visit, to_minutes(kept.start))
    moved = KEPT_PLACE * ((room != kept.room) + (device != kept.device))
    others = [KEPT_PRACTITIONER * (one.id != kept.practitioner) for one in problem.practitioners]
    return np.array(others, dtype=np.int64) + moved
