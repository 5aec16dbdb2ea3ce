"""The starts that a visit may take, reduced to what its neighbours can see. PURE.

A gap in days sees only on which day, with whom and in which hour a visit stands, so of all starts of an hour with one
practitioner the cheapest (then earliest) is enough: one row a day. A gap by the instant sees every start: one row a
start.
"""

from dataclasses import dataclass

import numpy as np

from scheduling.planner.engine.daygrid import STEP, to_minutes
from scheduling.planner.engine.problem import Problem, Visit
from scheduling.planner.engine.rules import KEPT_PLACE, place_at
from scheduling.planner.engine.slots import NEVER, PLACES, Bools, Ints, Keys, Open

FAR = 2**60  # the points of what cannot be


@dataclass(frozen=True, slots=True)
class States:
    """Rows in order of time. `day` (rows,) are grid days; `start` (rows, practitioners, hours) minutes since the epoch;
    `cost` beside it the visit's own points, FAR where nothing fits. The hours are those from `first_hour` on; where a
    row is one start, `hour` (rows,) is the one it has, and there is one column."""

    day: Ints
    start: Ints
    cost: Ints
    first_hour: int = 0
    hour: Ints | None = None

    def at(self, rows: Ints | Bools) -> "States":
        hour = None if self.hour is None else self.hour[rows]
        return States(self.day[rows], self.start[rows], self.cost[rows], self.first_hour, hour)

    def days(self) -> tuple[Ints, Ints]:
        """The grid days, each once, and the first row of each."""
        if self.hour is None:
            return self.day, np.arange(len(self.day))
        return np.unique(self.day, return_index=True)

    def least(self) -> Ints:
        """(rows,) the fewest points of each."""
        least: Ints = self.cost.min(axis=(1, 2))
        return least


def by_day(these: Open) -> States:
    """One row a day: with each practitioner and in each hour the cheapest start, and of equal ones the earliest."""
    parts = [_by_hour(these, these.keys(first, end), first) for first, end in these.parts()]
    keys = np.concatenate([np.empty((0, len(these.problem.practitioners), these.hours), np.int64), *parts])
    return _states(these, keys, these.day, these.midnight, these.never)


def by_start(these: Open, days: Ints, starts: Ints) -> States:
    """One row for each of `starts` (minutes since the epoch, in order) on the grid days `days`."""
    place = np.searchsorted(these.day, days)
    mark = (starts - these.midnight[place]) // STEP - these.first_mark
    cost = np.empty((len(starts), len(these.problem.practitioners)), np.int64)
    for first in np.unique(place).tolist():
        rows = place == first
        cost[rows] = these.points(first, first + 1)[:, 0, mark[rows]].T
    cost = np.where(cost < NEVER, cost, FAR)[:, :, None]
    return States(
        days, np.broadcast_to(starts[:, None, None], cost.shape), cost, these.first_hour, these.hour_of(place, mark)
    )


def keeping(states: States, these: Open, problem: Problem, visit: Visit) -> States:
    """The states of a visit that is booked: every other start costs a move."""
    kept, weights = visit.kept, problem.weights
    if kept is None:
        return states
    at = to_minutes(kept.start)
    day, mark = problem.grid.locate(at)
    mark -= these.first_mark
    moved = weights.moved_settled if visit.settled else weights.moved
    cost, start = np.minimum(states.cost + moved, FAR), states.start.copy()
    rows, place = np.flatnonzero(states.day == day), int(np.searchsorted(these.day, day))
    if len(rows) and 0 <= mark < these.marks:
        points = these.points(place, place + 1)
        there = points[:, 0, mark].copy()
        points = np.where(points < NEVER, points + moved, NEVER)
        points[:, 0, mark] = np.where(there < NEVER, there + _people_points(problem, visit), NEVER)
        if states.hour is None:
            keys = points * PLACES + np.arange(these.marks)
            own = _states(these, _by_hour(these, keys, place), these.day[[place]], these.midnight[[place]], NEVER)
            cost[rows], start[rows] = own.cost, own.start
        elif len(row := rows[states.start[rows, 0, 0] == at]):
            cost[row] = np.where(points[:, 0, mark] < NEVER, points[:, 0, mark], FAR)[:, None]
    return States(states.day, start, cost, states.first_hour, states.hour)


def _by_hour(these: Open, keys: Keys, first: int) -> Ints:
    """(days, practitioners, hours) the least of `keys`; the days are those from place `first` on."""
    found = np.full((keys.shape[1], keys.shape[0], these.hours), NEVER * PLACES, np.int64)
    for days, hours, begins in these.clocks(first, first + keys.shape[1]):
        own = keys if len(days) == keys.shape[1] else keys[:, days]
        found[days[:, None], :, hours[None, :]] = np.minimum.reduceat(own, begins, axis=2).transpose(1, 2, 0)
    return found


def _states(these: Open, keys: Ints, day: Ints, midnight: Ints, never: int) -> States:
    points, mark = np.divmod(keys, PLACES)
    cost = np.where(points < never, points, FAR)
    return States(day, midnight[:, None, None] + (mark + these.first_mark) * STEP, cost, these.first_hour)


def _people_points(problem: Problem, visit: Visit) -> Ints:
    """Points at the booked start for each practitioner: another than the booked one, or another room or device."""
    assert visit.kept
    room, device = place_at(problem, visit, to_minutes(visit.kept.start))
    moved = KEPT_PLACE * ((room != visit.kept.room) + (device != visit.kept.device))
    people = [problem.weights.moved_person * (one.id != visit.kept.practitioner) for one in problem.practitioners]
    return np.array(people, dtype=np.int64) + moved
