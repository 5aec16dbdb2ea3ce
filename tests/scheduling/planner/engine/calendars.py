"""Free masks written down as hours, for problems that come from no database."""

from bisect import bisect_right
from collections.abc import Iterator

from scheduling.planner.engine.daygrid import STEP, Grid, strip


class Calendar:
    """Builds the free masks of one resource: open it for working hours, close it for blocks and bookings.

    Openings are rounded inwards to the marks, closings outwards, so what is free is really free.
    """

    def __init__(self, grid: Grid, *, free: bool = False) -> None:
        self.grid = grid
        self.masks = [(1 << grid.length(day)) - 1 if free else 0 for day in range(grid.days)]

    def open(self, start: int, end: int) -> None:
        """Free from `start` to `end`, minutes since the epoch."""
        for day, bits in self._bits(-(-start // STEP) * STEP, end // STEP * STEP):
            self.masks[day] |= bits

    def close(self, start: int, end: int) -> None:
        """Taken from `start` to `end`, minutes since the epoch."""
        for day, bits in self._bits(start // STEP * STEP, -(-end // STEP) * STEP):
            self.masks[day] &= ~bits

    def strip(self) -> int:
        """The whole calendar, ready for the planner."""
        return strip(self.masks)

    def _bits(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        midnights = self.grid.midnights
        start, end = max(start, midnights[0]), min(end, midnights[-1])
        day = bisect_right(midnights, start) - 1
        while start < end:
            until = min(end, midnights[day + 1])
            low, high = (start - midnights[day]) // STEP, (until - midnights[day]) // STEP
            yield day, (1 << high) - (1 << low)
            start, day = until, day + 1
