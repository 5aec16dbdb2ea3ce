"""A horizontal axis of days, shared by the course timeline and the outcome plot. Pure.

Positions are percentages of the picture's width, so that a picture fills any page without its text being stretched;
`min_width` (pixels) is the width below which it scrolls instead, and the only width for which overlaps are excluded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

MONTH_LABEL_WIDTH = 58  # pixels that "Jan 2027" needs at the axis' font size, with air
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60)


@dataclass(frozen=True, slots=True)
class MonthTick:
    """A gridline on the first of a month; `label` is the month to name there, or None where names would collide."""

    x: float
    label: date | None


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Days from `first` to `last`, drawn between two margins of `margin` pixels (at the smallest width)."""

    first: date
    last: date
    min_width: int
    margin: int = 40

    def x(self, day: date, part: float = 0.0) -> float:
        """Percent of the width where `day` begins; `part` moves into the day (0.5 = noon)."""
        share = ((day - self.first).days + part) / max((self.last - self.first).days, 1)
        margin = self.percent(self.margin)
        return round(margin + share * (100 - 2 * margin), 3)

    def pixels(self, percent: float) -> float:
        """The same length in pixels at the smallest width."""
        return percent * self.min_width / 100

    def percent(self, pixels: float) -> float:
        """Pixels at the smallest width as a percentage."""
        return pixels * 100 / self.min_width

    def covers(self, day: date) -> bool:
        """Whether `day` lies on the axis."""
        return self.first <= day <= self.last

    def months(self) -> tuple[MonthTick, ...]:
        """A tick on every month's first day, and names as often as they fit."""
        firsts = list(month_starts(self.first, self.last))
        month_width = self.pixels(self.x(self.last) - self.x(self.first)) / max((self.last - self.first).days, 1) * 28
        step = next((n for n in MONTH_STEPS if month_width * n >= MONTH_LABEL_WIDTH), MONTH_STEPS[-1])
        return tuple(MonthTick(self.x(day), day if self._names(day, step) else None) for day in firsts)

    def _names(self, day: date, step: int) -> bool:
        """Every `step`-th month is named, unless the name would stick out on the right."""
        return (day.year * 12 + day.month - 1) % step == 0 and self.x(day) <= 100 - self.percent(MONTH_LABEL_WIDTH)


def month_starts(first: date, last: date) -> Iterator[date]:
    """Every first of a month from `first` to `last`."""
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            yield day
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)


def place_labels(wanted: Iterable[tuple[float, float]], *, taken: Iterable[tuple[float, float]] = ()) -> list[bool]:
    """Which labels may be drawn, in order of importance: a later one gives way to those before it.

    `wanted` are spans (left, right) in any one unit; `taken` are spans already in use.
    """
    used = list(taken)
    drawn = []
    for left, right in wanted:
        fits = all(right <= other_left or left >= other_right for other_left, other_right in used)
        drawn.append(fits)
        if fits:
            used.append((left, right))
    return drawn
