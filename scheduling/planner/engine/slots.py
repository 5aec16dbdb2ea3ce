"""Every start that the hard rules leave to a visit, and what it costs by itself: wishes, and its price. PURE."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduling.planner.engine.daygrid import DAY_MINUTES, HOUR, QUARTER, STEP, STRIDE, Grid, whole_days
from scheduling.planner.engine.problem import Problem, Visit
from scheduling.planner.engine.rules import minutes_outside, rests, sieve

Ints = NDArray[np.int64]
Keys = NDArray[Any]  # int32 or int64
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
NEVER = 2**40  # the points of a start that is not free
PLACES = 512  # more than the marks of a day
AT_ONCE = 2**20  # cells of a table that are worked out at once, so that memory stays small
CACHED = 2**17  # cells that a processor keeps at hand


class Open:
    """The allowed starts of one kind of visit. Days without any are left out: `day` (days,) are grid days, `midnight`
    minutes since the epoch; a day's starts are its `marks` from `first_mark` on."""

    def __init__(self, problem: Problem, visit: Visit) -> None:
        grid, people = problem.grid, problem.practitioners
        *_, (_last_rule, starts) = sieve(problem, visit, whole_days(grid))
        packed = _packed(grid, starts)
        anyone: Bytes = np.bitwise_or.reduce(packed, axis=0)
        used = np.flatnonzero(anyone.any(axis=0))
        low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
        self.problem, self.visit = problem, visit
        self.day: Ints = np.flatnonzero(anyone.any(axis=1))
        self.midnight: Ints = np.array(grid.midnights, dtype=np.int64)[self.day]
        self.first_mark, self.marks = low * 8, (high - low) * 8
        self._anyone = anyone[self.day, low:high]
        self._free = packed[:, self.day, low:high]
        around = zip(*(rests(one.free, visit) for one in people), strict=True) if problem.weights.hole else ()
        self._rests = [_packed(grid, side)[:, self.day, low:high] for side in around]
        self._walls, self._clock = _walls(grid, self.day, range(self.first_mark, self.first_mark + self.marks))
        shown = [wall // 60 for row in self._walls for wall in row]
        self.first_hour, self.hours = min(shown), max(shown) - min(shown) + 1
        parts = (
            _by_clock(problem, visit, self._walls),
            _by_day(problem, self.day),
            _by_mark(problem, self.first_mark, self.marks),
        )
        most = sum(int(part.max(initial=0)) for part in parts) + 2 * problem.weights.hole + 1
        small = (most + 1) * PLACES < 2**31
        self.never = most if small else NEVER
        keys: list[Keys] = [(part * PLACES).astype(np.int32 if small else np.int64) for part in parts]
        self._by_clock, self._by_day, self._by_mark = keys
        self._by_clock += np.arange(self.marks, dtype=self._by_clock.dtype)

    def points(self, first: int, end: int) -> Ints:
        """(practitioners, days, marks) of the days in the places `first` to `end` (not included); NEVER: not free."""
        points = self.keys(first, end).astype(np.int64) // PLACES
        return np.where(points < self.never, points, NEVER)

    def keys(self, first: int, end: int) -> Keys:
        """The same points times PLACES, with the mark added, so that the least of them is also the first; in the
        smallest integers that hold them."""
        dtype = self._by_clock.dtype
        keys: Keys = self._by_clock[self._clock[first:end]] + self._by_day[:, first:end, None]
        keys += self._by_mark[:, None, :]
        for side in self._rests:
            keys += _unpacked(side[:, first:end]) * dtype.type(self.problem.weights.hole * PLACES)
        keys[_unpacked(~self._free[:, first:end]).view(np.bool_)] = self.never * PLACES
        return keys

    def parts(self) -> Iterator[tuple[int, int]]:
        """Places of days that are worked out at once."""
        size = max(CACHED // (len(self.problem.practitioners) * self.marks), 1)
        yield from pairwise([*range(0, len(self.day), size), len(self.day)])

    def starts(self, first_day: int, last_day: int) -> tuple[Ints, Ints]:
        """Grid days and starts (minutes since the epoch), one each, of the grid days `first_day` to `last_day`."""
        low, high = np.searchsorted(self.day, [first_day, last_day + 1]).tolist()
        place, mark = np.nonzero(_unpacked(self._anyone[low:high]))
        return self.day[low:high][place], self.midnight[low:high][place] + (mark + self.first_mark) * STEP

    def clocks(self, first: int, end: int) -> Iterator[tuple[Ints, Ints, Ints]]:
        """For each clock that the days in the places `first` to `end` have: which of them (counted from `first`), the
        hours it shows (counted from `first_hour`), and the mark with which each begins."""
        for number, row in enumerate(self._walls):
            days = np.flatnonzero(self._clock[first:end] == number)
            hours = np.array(row) // 60 - self.first_hour
            begins = np.flatnonzero(np.diff(hours, prepend=-1))
            if len(days):
                yield days, hours[begins], begins

    def hour_of(self, place: Ints, mark: Ints) -> Ints:
        """The hour on the clock, counted from `first_hour`, of marks on the days in these places."""
        hours: Ints = np.array(self._walls)[self._clock[place], mark] // 60 - self.first_hour
        return hours


def _walls(grid: Grid, days: Ints, marks: range) -> tuple[list[list[int]], Ints]:
    """The minutes that clocks on the wall show at `marks`, the usual one first and one for each day on which the clock
    changes, and which of them each of `days` has. After the end of a day its last minute stays."""
    walls = [[min(mark * STEP, DAY_MINUTES - STEP) for mark in marks]]
    which = np.zeros(len(days), dtype=np.int64)
    for place in np.flatnonzero(np.diff(grid.midnights)[days] != DAY_MINUTES).tolist():
        day = int(days[place])
        which[place] = len(walls)
        walls.append([grid.wall_minute(day, min(mark, grid.length(day) - 1)) for mark in marks])
    return walls, which


def _packed(grid: Grid, strips: Sequence[int]) -> Bytes:
    """(strips, days, bytes of a day)."""
    whole = (1 << grid.days * STRIDE) - 1
    joined = b"".join((one & whole).to_bytes(grid.days * STRIDE // 8, "little") for one in strips)
    return np.frombuffer(joined, np.uint8).reshape(len(strips), grid.days, STRIDE // 8)


def _unpacked(packed: Bytes) -> Bytes:
    return np.unpackbits(packed, axis=-1, bitorder="little")


def _by_clock(problem: Problem, visit: Visit, walls: list[list[int]]) -> Ints:
    """Points for the time of day, (clocks, marks)."""
    wishes, weights, minutes = problem.wishes, problem.weights, visit.chair_minutes

    def points(wall: int) -> int:
        return minutes_outside(wishes, wall, minutes) * weights.minute + (wall % QUARTER > 0) * weights.off_quarter

    return np.array([[points(wall) for wall in row] for row in walls], dtype=np.int64)


def _by_day(problem: Problem, days: Ints) -> Ints:
    """Points for the weekday, the person and the load of the day, (practitioners, days)."""
    wishes, weights, grid, people = problem.wishes, problem.weights, problem.grid, problem.practitioners
    unwished = np.array([bool(wishes.weekdays) and weekday not in wishes.weekdays for weekday in range(7)])
    strangers = np.array([wishes.practitioner not in (None, one.id) for one in people])
    points: Ints = strangers[:, None] * np.int64(weights.other_practitioner)
    points = points + (unwished * weights.weekday)[(days + grid.first.weekday()) % 7]
    if _priced(problem):
        opened, booked = ((np.bitwise_count(each[:, days]).sum(axis=2, dtype=np.int64)) for each in _loads(problem))
        points = points + _price(weights.busy, booked, opened)
    return points


def _by_mark(problem: Problem, first: int, marks: int) -> Ints:
    """Points for the load of the hour in all days, (practitioners, marks)."""
    if not _priced(problem):
        return np.zeros((len(problem.practitioners), marks), np.int64)
    opened, booked = (np.stack([_hours(one) for one in each]) for each in _loads(problem))
    of_hour = _price(problem.weights.busy, booked, opened)
    return of_hour[:, [mark // HOUR for mark in range(first, first + marks)]]


def _priced(problem: Problem) -> bool:
    return problem.weights.busy > 0 and any(one.open for one in problem.practitioners)


def _loads(problem: Problem) -> tuple[Bytes, Bytes]:
    """(practitioners, days, bytes) of what is open, and of what is booked of it."""
    people, grid = problem.practitioners, problem.grid
    return _packed(grid, [one.open for one in people]), _packed(grid, [one.open & ~one.free for one in people])


def _hours(packed: Bytes) -> Ints:
    """Bits in each hour since midnight, in all days together. An hour is a byte and a half."""
    halves = np.stack([packed & 15, packed >> 4], axis=2).reshape(len(packed), -1)
    counts = np.bitwise_count(halves).sum(axis=0, dtype=np.int64)
    return np.add.reduceat(counts, np.arange(0, len(counts), HOUR // 4))


def _price(busy: int, booked: Ints, opened: Ints) -> Ints:
    """As `rules.busy_day` and `rules.busy_hour` have it."""
    return busy * (booked * 100 // np.maximum(opened, 1)) // 100
