"""Courses under each other on one scale of months: a dot a session, a band a phase. Pure geometry, no calendar.

Drawn by `templates/protocols/_rhythm.html`; x and width are percentages of the picture's width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MARGIN = 2.5
DAYS_OF_A_MONTH = 365.25 / 12
MOST_TICKS = 9
STEPS = (1, 2, 3, 4, 6, 12, 24, 36)  # months between two ticks
SHOWN_OPEN = 2  # visits of an upkeep without an end that are drawn at least


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase: `sessions` set apart by `gap_days` (the ideal interval), or as many as fit `lasts_days`, or without an
    end. `joint_days` lie before its first session."""

    gap_days: int
    sessions: int | None = None
    lasts_days: int | None = None
    joint_days: int = 0
    kind: str = "induction"
    review_after: int | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    kind: str
    review: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One course. `goes_on`: its upkeep has no end."""

    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    month: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """The days of one phase's sessions, from the first session of the course."""

    stretch: Stretch
    days: tuple[int, ...]


def build_rhythm(courses: Sequence[Sequence[Stretch]]) -> Rhythm:
    """All courses at their ideal pace from one start; upkeep without an end is drawn to the end of the picture."""
    horizon = max((end_of(course) for course in courses), default=0)
    span = max(horizon, 1)
    return Rhythm(tuple(lane(runs_of(course, horizon), span) for course in courses), ticks_for(span))


def end_of(course: Sequence[Stretch]) -> int:
    """The last day that must be seen of one course."""
    return max((run.days[-1] for run in runs_of(course, 0) if run.days), default=0)


def runs_of(course: Sequence[Stretch], horizon: int) -> list[Run]:
    runs: list[Run] = []
    last: int | None = None
    for stretch in course:
        first = 0 if last is None else last + (stretch.joint_days or stretch.gap_days)
        days = tuple(first + n * stretch.gap_days for n in range(count(stretch, first, horizon)))
        runs.append(Run(stretch, days))
        last = days[-1] if days else last
    return runs


def count(stretch: Stretch, first: int, horizon: int) -> int:
    if stretch.sessions is not None:
        return stretch.sessions
    if stretch.lasts_days is not None:
        return stretch.lasts_days // stretch.gap_days + 1
    return max(SHOWN_OPEN, (horizon - first) // stretch.gap_days + 1)


def lane(runs: Sequence[Run], span: int) -> Lane:
    dots = [
        Dot(at(day, span), run.stretch.kind, n == run.stretch.review_after)
        for run in runs
        for n, day in enumerate(run.days, start=1)
    ]
    bands = [Band(at(run.days[0], span), width(run.days, span), run.stretch.kind) for run in runs if run.days]
    goes_on = any(run.stretch.sessions is None and run.stretch.lasts_days is None for run in runs)
    return Lane(tuple(dots), tuple(bands), goes_on)


def at(day: int, span: int) -> float:
    return round(MARGIN + day / span * (100 - 2 * MARGIN), 2)


def width(days: Sequence[int], span: int) -> float:
    return round(at(days[-1], span) - at(days[0], span), 2)


def ticks_for(span: int) -> tuple[Tick, ...]:
    months = int(span / DAYS_OF_A_MONTH)
    step = next((step for step in STEPS if months / step <= MOST_TICKS), STEPS[-1])
    return tuple(Tick(at(round(month * DAYS_OF_A_MONTH), span), month) for month in range(0, months + 1, step))
