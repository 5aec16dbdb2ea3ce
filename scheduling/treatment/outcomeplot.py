"""A measurement over the months of a course, with the sessions below it and the reviews marked. Pure geometry, drawn
by `templates/_components/outcome_plot.html`. x is a percentage of the width, y pixels from the top."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from scheduling.courses.timeaxis import MonthTick, TimeAxis, place_labels

TOP, BOTTOM, SESSION_Y, AXIS_Y, HEIGHT = 34, 176, 196, 226, 236
MIN_WIDTH = 480
VALUE_LABEL = 62  # pixels that "104.5 cm" needs
MARGIN, LETTER = 70, 7  # beside the readings, and what a letter of a word there needs
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value, in the plot's unit. `word`: how it is said, where it is no number."""

    on: date
    value: float
    note: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A reading as drawn."""

    reading: Reading
    x: float
    y: float
    show_value: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A straight piece between two readings."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal gridline with its value."""

    y: float
    value: float
    word: str


@dataclass(frozen=True, slots=True)
class DayMark:
    """A session or a review on the time axis."""

    x: float
    on: date
    number: int


@dataclass(frozen=True, slots=True)
class OutcomePlot:
    """Everything the template draws."""

    label: str
    unit: str
    min_width: int
    height: int
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    months: tuple[MonthTick, ...]
    sessions: tuple[DayMark, ...]
    reviews: tuple[DayMark, ...]
    change: float | None  # last reading minus first, None with fewer than two and for words


def build_plot(
    *,
    readings: Sequence[Reading],
    sessions: Sequence[date] = (),
    reviews: Sequence[date] = (),
    label: str,
    unit: str,
    words: Mapping[float, str] | None = None,
) -> OutcomePlot:
    """The geometry of one measurement; readings in any order, none at all allowed. `words`: those of every value that
    there can be, where they are no numbers."""
    ordered = sorted(readings, key=lambda reading: reading.on)
    words = words or {}
    margin = max(MARGIN, *(LETTER * len(word) for word in words.values()), 0)
    axis = _axis([*(reading.on for reading in ordered), *sessions, *reviews], margin)
    levels = sorted(words) or _levels([reading.value for reading in ordered])
    points = _points(ordered, axis, levels)
    return OutcomePlot(
        label=label,
        unit=unit,
        min_width=MIN_WIDTH,
        height=HEIGHT,
        points=points,
        lines=tuple(Line(a.x, a.y, b.x, b.y) for a, b in pairwise(points)),
        levels=tuple(Level(_y(value, levels), value, words.get(value, "")) for value in levels),
        months=axis.months(),
        sessions=tuple(DayMark(axis.x(day), day, n) for n, day in enumerate(sorted(sessions), start=1)),
        reviews=tuple(DayMark(axis.x(day), day, n) for n, day in enumerate(sorted(reviews), start=1)),
        change=round(ordered[-1].value - ordered[0].value, 2) if len(ordered) > 1 and not words else None,
    )


def _axis(days: Sequence[date], margin: int) -> TimeAxis:
    first, last = (min(days), max(days)) if days else (date.min, date.min)
    return TimeAxis(first, max(last, first + timedelta(days=28)), MIN_WIDTH, margin=margin)


def _levels(values: Sequence[float]) -> list[float]:
    """Three to six round values that enclose the readings."""
    if not values:
        return []
    low, high = min(values), max(values)
    spread = max(high - low, abs(high) * 0.02, 1e-9)
    power = 10.0 ** math.floor(math.log10(spread / 3))
    step = next(power * n for n in STEPS if spread / (power * n) <= 4)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return [round(n * step, 6) for n in range(first, last + 1)]


def _y(value: float, levels: Sequence[float]) -> float:
    share = (value - levels[0]) / (levels[-1] - levels[0])
    return round(BOTTOM - share * (BOTTOM - TOP), 2)


def _points(ordered: Sequence[Reading], axis: TimeAxis, levels: Sequence[float]) -> tuple[Point, ...]:
    """The last and the first value are always written, the others where there is room."""
    order = sorted(range(len(ordered)), key=lambda i: (i != len(ordered) - 1, i != 0, i))
    half = axis.percent(VALUE_LABEL) / 2
    xs = [axis.x(reading.on) for reading in ordered]
    shown = dict(zip(order, place_labels([(xs[i] - half, xs[i] + half) for i in order]), strict=True))
    return tuple(Point(r, xs[i], _y(r.value, levels), shown[i]) for i, r in enumerate(ordered))
