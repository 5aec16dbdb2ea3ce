"""From one visit to the next: which rows lie inside the window, and the least points of going on from there. PURE."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from scheduling.planner.engine.problem import ProblemError, Weights
from scheduling.planner.engine.rules import LATE_DAY, MOST_HOURS
from scheduling.planner.engine.slots import AT_ONCE, Bools, Ints
from scheduling.planner.engine.states import FAR, States

MOST_PAIRS = 50 * AT_ONCE  # of a row, a later day, a practitioner and an hour, for one visit


@dataclass(frozen=True, slots=True)
class Edge:
    """For each row of the earlier visit, on the grid day `day`: the next one may stand on the days `floor` to `latest`,
    best on `ideal`, and where the gap counts by the instant from the minute `opens` on. `counts`: the days off the
    ideal count by their square, else (nothing clinical) each alike. `regular`: weekday and hour should follow."""

    day: Ints
    floor: Ints
    ideal: Ints
    latest: Ints
    opens: Ints | None
    counts: bool
    regular: bool

    def at(self, rows: Ints | Bools | slice) -> "Edge":
        opens = None if self.opens is None else self.opens[rows]
        cut = {name: getattr(self, name)[rows] for name in ("day", "floor", "ideal", "latest")}
        return replace(self, opens=opens, **cut)

    def parts(self, width: int) -> Iterator[slice]:
        """Rows that are worked out at once, each against `width` others."""
        rows = len(self.day)
        if rows * width > MOST_PAIRS:
            raise ProblemError("too_large", "These windows hold more choices than can be compared; narrow them.")
        size = max(AT_ONCE // max(width, 1), 1)
        yield from (slice(low, high) for low, high in pairwise([*range(0, rows, size), rows]))


def reached(edge: Edge, days: Ints, starts: Ints | None, *, late: bool) -> Bools:
    """Which of the later rows, on the grid days `days` (and at `starts`), some row of the earlier visit leads to."""
    low = np.searchsorted(days, edge.floor)
    if edge.opens is not None and starts is not None:
        low = np.maximum(low, np.searchsorted(starts, edge.opens))
    high = np.full_like(low, len(days)) if late else np.searchsorted(days, edge.latest, side="right")
    begun, ended = (np.bincount(bound, minlength=len(days) + 1) for bound in (low, np.maximum(high, low)))
    return np.cumsum(begun - ended)[:-1] > 0


def pairs(edge: Edge, days: Ints, weights: Weights, *, late: bool) -> tuple[Ints, Ints]:
    """For each row the places among `days` (the later visit's, each once) that it leads to, and what the way there
    costs: FAR for those that fill up the shorter rows. Hours and people come apart."""
    low = np.searchsorted(days, edge.floor)
    high = np.full_like(low, len(days)) if late else np.searchsorted(days, edge.latest, side="right")
    places = low[:, None] + np.arange(max(int((high - low).max(initial=0)), 1))
    fits = places < high[:, None]
    places = np.minimum(places, len(days) - 1)
    there = days[places]
    off = np.abs(there - edge.ideal[:, None])
    cost = off * off * weights.day if edge.counts else off * weights.wait
    if edge.regular:
        cost += weights.weekday_change * ((there - edge.day[:, None]) % 7 != 0)
    if late:
        cost += np.maximum(there - edge.latest[:, None], 0) * LATE_DAY
    return places, np.where(fits, cost, FAR)


def onward(
    edge: Edge, earlier: States, later: States, value: Ints, weights: Weights, wished: int | None, *, late: bool
) -> Ints:
    """Least points of everything from the later visit on for each row, practitioner and hour of `earlier`; `value` are
    those from each state of `later` on, `wished` the column of the practitioner to whom a change costs nothing."""
    arriving = _arriving(later, value, weights, wished, _hours_of(earlier, later), regular=edge.regular)
    days, begins = later.days()
    ends = np.append(begins[1:], len(later.day))
    if later.hour is not None:  # the cheapest start of the day from each start on
        for first, end in zip(begins.tolist(), ends.tolist(), strict=True):
            arriving[first:end] = np.minimum.accumulate(arriving[first:end][::-1], axis=0)[::-1]
    if earlier.hour is None:
        arriving = arriving[:, :, : earlier.cost.shape[2]]
    least: Ints = np.full(earlier.cost.shape, FAR)
    width = max(len(days) if late else int((edge.latest - edge.floor).max(initial=0)) + 1, 1)
    for part in edge.parts(min(width, len(days)) * earlier.cost.shape[1] * earlier.cost.shape[2]):
        own = edge.at(part)
        places, cost = pairs(own, days, weights, late=late)
        rows = begins[places]
        if own.opens is not None:
            rows = np.maximum(rows, np.searchsorted(later.start[:, 0, 0], own.opens)[:, None])
            cost = np.where(rows < ends[places], cost, FAR)
            rows = np.minimum(rows, len(later.day) - 1)
        if earlier.hour is None:
            least[part] = (arriving[rows] + cost[:, :, None, None]).min(axis=1)
        else:
            ways = arriving[rows, :, earlier.hour[part][:, None]] + cost[:, :, None]
            least[part] = ways.min(axis=1)[:, :, None]
    np.minimum(least, FAR, out=least)
    return least


def _hours_of(earlier: States, later: States) -> tuple[Ints, Ints]:
    """Hours on the clock of the columns of the earlier visit, and of those (or the rows) of the later one."""
    count = earlier.cost.shape[2] if earlier.hour is None else int(earlier.hour.max(initial=0)) + 1
    own = earlier.first_hour + np.arange(count)
    theirs = np.arange(later.cost.shape[2]) if later.hour is None else later.hour
    return own, later.first_hour + theirs


def _arriving(
    later: States, value: Ints, weights: Weights, wished: int | None, hours: tuple[Ints, Ints], *, regular: bool
) -> Ints:
    """(later rows, practitioners, hours of the earlier visit) least points of the later visit and all after it, once
    somebody comes to each row from this practitioner and hour."""
    least: Ints = np.minimum(value, value.min(axis=1, keepdims=True) + weights.change)
    if wished is not None:
        least = np.minimum(least, value[:, wished : wished + 1])
    own, theirs = hours
    if not regular:
        alike: Ints = np.repeat(least.min(axis=2, keepdims=True), len(own), axis=2)
        return alike
    if later.hour is not None:
        return least + _hour_points(own[None, :], theirs[:, None], weights)[:, None, :]
    spread: Ints = np.full((*least.shape[:2], len(own)), FAR)
    shift = int(theirs[0] - own[0])
    for apart in range(-MOST_HOURS + 1, MOST_HOURS):  # the hours of `own` begin `shift` before `theirs`
        low, high = max(0, shift + apart), min(len(own), shift + apart + len(theirs))
        if low < high:
            part = least[:, :, low - shift - apart : high - shift - apart] + abs(apart) * weights.hour
            np.minimum(spread[:, :, low:high], part, out=spread[:, :, low:high])
    np.minimum(spread, least.min(axis=2, keepdims=True) + MOST_HOURS * weights.hour, out=spread)
    return spread


def _hour_points(one: Ints, other: Ints, weights: Weights) -> Ints:
    apart: Ints = np.minimum(np.abs(one - other), MOST_HOURS) * weights.hour
    return apart


@dataclass(frozen=True, slots=True)
class Position:
    """Where a plan stands: the row of the visit before, its practitioner's column (None: nobody known, -1: somebody who
    is not on the roster any more) and its hour on the clock (None: none to follow)."""

    row: int
    person: int | None
    hour: int | None


def cheapest(
    edge: Edge, before: Position, later: States, value: Ints, weights: Weights, wished: int | None, *, late: bool
) -> tuple[int, int, int, int]:
    """Row, practitioner and column of the later state to go to, and the points from there on: of the cheapest the
    earliest start, then the first practitioner."""
    own = edge.at(np.array([before.row]))
    days, begins = later.days()
    places, cost = pairs(own, days, weights, late=late)
    by_day = np.full(len(days), FAR)
    by_day[places[0][cost[0] < FAR]] = cost[0][cost[0] < FAR]
    rows = np.repeat(by_day, np.diff(np.append(begins, len(later.day))))
    if own.opens is not None:
        rows = np.where(later.start[:, 0, 0] >= own.opens[0], rows, FAR)
    points = np.minimum(value + rows[:, None, None], FAR)
    if before.person is not None:
        change = np.full(value.shape[1], weights.change)
        change[[one for one in (before.person, wished) if one is not None and one >= 0]] = 0
        points = points + change[:, None]
    if edge.regular and before.hour is not None:
        theirs = _hours_of(later, later)[1]
        apart = _hour_points(np.array(before.hour), theirs, weights)
        points = points + (apart[None, None, :] if later.hour is None else apart[:, None, None])
    found = np.nonzero(points == points.min())
    best = np.lexsort((found[1], later.start[found]))[0]
    row, person, column = (int(axis[best]) for axis in found)
    return row, person, column, int(points[row, person, column])
