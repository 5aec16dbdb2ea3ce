"""From one visit to the next: which rows lie inside the window, and the least points of going on from there. PURE."""

from dataclasses import dataclass

import numpy as np

from scheduling.planner.engine.rules import LATE_DAY
from scheduling.planner.engine.states import FAR, Bools, Ints, States


@dataclass(frozen=True, slots=True)
class Edge:
    """For each row of the earlier visit: rows `low` to `high` (not included) of the later one lie in the window, those
    from `turn` on not before the ideal day. `ideal` and `latest` are grid days."""

    low: Ints
    turn: Ints
    high: Ints
    ideal: Ints
    latest: Ints

    def within(self, first: int, end: int) -> "Edge":
        """The same edge once only the rows `first` to `end` (not included) of the later visit are left."""
        bounds = (self.low, self.turn, self.high)
        low, turn, high = (np.minimum(np.maximum(bound, first), end) - first for bound in bounds)
        return Edge(low, turn, high, self.ideal, self.latest)


def edge(later: States, floor: Ints, ideal: Ints, latest: Ints, opens: Ints | None) -> Edge:
    """`floor`, `ideal`, `latest` (rows of the earlier visit,) in grid days; `opens` in minutes since the epoch for a
    gap by the instant, which needs later rows of one start each."""
    low = np.searchsorted(later.day, floor)
    if opens is not None:
        low = np.maximum(low, np.searchsorted(later.start[:, 0], opens))
    high = np.maximum(np.searchsorted(later.day, latest, side="right"), low)
    turn = np.minimum(np.maximum(np.searchsorted(later.day, ideal), low), high)
    return Edge(low, turn, high, ideal, latest)


def reached(link: Edge, earlier: Bools, rows: int, *, late: bool) -> Bools:
    """Rows of the later visit, `rows` in all, that some reached row of the earlier one leads to."""
    high = np.full_like(link.high, rows) if late else link.high
    begun, ended = (np.bincount(bound[earlier], minlength=rows + 1) for bound in (link.low, high))
    return np.cumsum(begun - ended)[:-1] > 0


def onward(link: Edge, later: States, value: Ints, *, day: int, change: int, late: bool) -> Ints:
    """Least points of everything from the later visit on, (rows of the earlier visit, practitioners).

    `value` (rows, practitioners) are the points from each later state on, `day` the points of a day off the ideal,
    `change` those of another practitioner. |day - ideal| is linear on either side of the ideal, so the least over a
    window is two range minima; beyond latest, where `late` allows it, one minimum over all that follows.
    """
    arriving = np.minimum(value, value.min(axis=1, keepdims=True) + change)
    days, ideal, rows = later.day[:, None] * day, link.ideal[:, None] * day, len(later.day)
    both_sides = range_minimum(
        np.vstack([arriving - days, arriving + days]),
        np.concatenate([link.low, link.turn + rows]),
        np.concatenate([link.turn, link.high + rows]),
    )
    before, after = np.split(both_sides, 2)
    least = np.minimum(before + ideal, after - ideal)
    if late:
        rest = _minimum_from(arriving + days + later.day[:, None] * LATE_DAY, link.high)
        least = np.minimum(least, rest - ideal - link.latest[:, None] * LATE_DAY)
    return np.where(least < FAR // 2, least, FAR)


def range_minimum(values: Ints, low: Ints, high: Ints) -> Ints:
    """Column minima of the rows `low` to `high` (not included) of `values`, FAR for an empty range.

    A sparse table: level k holds the minima of 2**k rows, and two of those cover any range.
    """
    size, rows = high - low, len(values)
    levels = int(size.max(initial=1)).bit_length()
    table: Ints = np.full((levels, rows + 1, values.shape[1]), FAR)
    table[0, :rows] = values
    for level in range(1, levels):
        half = 2 ** (level - 1)
        np.minimum(table[level - 1, :-half], table[level - 1, half:], out=table[level, :-half])
    fitting = np.frexp(np.maximum(size, 1))[1] - 1
    least: Ints = np.minimum(table[fitting, low], table[fitting, np.maximum(high - 2**fitting, 0)])
    least[size <= 0] = FAR
    return least


def _minimum_from(values: Ints, low: Ints) -> Ints:
    """Column minima of all rows of `values` from `low` on, FAR when there are none."""
    falling = np.minimum.accumulate(values[::-1], axis=0)[::-1]
    return np.concatenate([falling, np.full((1, values.shape[1]), FAR)])[low]


def cheapest(
    link: Edge, row: int, later: States, value: Ints, *, person: int | None, day: int, change: int, late: bool
) -> tuple[int, int]:
    """The later state (row, practitioner) to go to from `row` with `person` (None: nobody known): of the cheapest the
    earliest start, then the first practitioner."""
    low, high = int(link.low[row]), len(later.day) if late else int(link.high[row])
    days = later.day[low:high, None]
    points = value[low:high] + np.abs(days - link.ideal[row]) * day
    points = points + np.maximum(days - link.latest[row], 0) * LATE_DAY
    if person is not None:
        points = points + np.where(np.arange(points.shape[1]) == person, 0, change)
    rows, people = np.nonzero(points == points.min())
    best = np.lexsort((people, later.start[low:high][rows, people]))[0]
    return low + int(rows[best]), int(people[best])
