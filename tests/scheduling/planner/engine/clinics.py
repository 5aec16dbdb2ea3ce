"""Small clinics for examples: everybody works nine to twelve, every day, unless a test says otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protocols.outline.intervals import Interval, Span, Unit, Window
from scheduling.planner.engine.daygrid import Grid, whole_days
from scheduling.planner.engine.problem import Placement, Problem, Resource, Visit, Weights
from tests.protocols.outline.outlines import clinic_interval
from tests.scheduling.planner.engine.calendars import Calendar

ZONE = "Europe/Paris"
MONDAY = date(2026, 6, 1)
WEEK = clinic_interval(Span(1, Unit.WEEK))
FIFTEEN_DAYS = clinic_interval(Span(15, Unit.DAY))
MONTH = clinic_interval(Span(1, Unit.MONTH))
# Days, wishes and people alone, for examples that a person can check: the course begins when asked for if it can, no
# weekday or hour is to be kept, and every slot is alike.
PLAIN = Weights(wait=5000, weekday_change=0, hour=0, busy=0, hole=0, off_quarter=0)


def at(day: date, hour: int, minute: int = 0, zone: str = ZONE) -> datetime:
    """A wall-clock time as an instant in UTC."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def hours(
    grid: Grid,
    opens: time = time(9),
    closes: time = time(12),
    *,
    weekdays: Iterable[int] = range(7),
    shut: Iterable[date] = (),
) -> int:
    """The strip of a calendar that is open at the same wall-clock time on some weekdays, `shut` dates excepted."""
    calendar, open_days, holidays = Calendar(grid), set(weekdays), set(shut)
    for day in range(grid.days):
        if grid.date_of(day).weekday() in open_days and grid.date_of(day) not in holidays:
            calendar.open(grid.wall(day, opens), grid.wall(day, closes))
    return calendar.strip()


def course(gaps: Sequence[Interval], *, first: date = MONDAY, within: int = 7, minutes: int = 30) -> tuple[Visit, ...]:
    """A first visit due on `first`, at the latest `within` days later, and one visit for each gap after it."""
    opening = Window(first, first, first, first + timedelta(days=within))
    begin = Visit(1, 1, "treatment", minutes, window=opening, session="s1")
    return (
        begin,
        *(
            replace(begin, sequence=number, window=None, gap=gap, session=f"s{number}")
            for number, gap in enumerate(gaps, start=2)
        ),
    )


def clinic(visits: tuple[Visit, ...], *, first: date = MONDAY, days: int = 60, zone: str = ZONE) -> Problem:
    """One practitioner "ana", one room "one" that is always free, an empty diary, asked on the first midnight."""
    grid = Grid(zone, first, days)
    ana, one = Resource("ana", hours(grid)), Resource("one", whole_days(grid))
    return Problem(grid, at(first, 0, zone=zone), visits, (ana,), (one,), weights=PLAIN)


def keeping(problem: Problem, placements: Sequence[Placement | None]) -> Problem:
    """The problem once its plan is booked."""
    visits = (replace(visit, kept=place) for visit, place in zip(problem.visits, placements, strict=True))
    return replace(problem, visits=tuple(visits))


def starts(placements: Iterable[Placement | None], zone: str = ZONE) -> list[str]:
    """Placements as "Mon 01 Jun 09:00", "-" for none."""
    local = ZoneInfo(zone)
    return [f"{one.start.astimezone(local):%a %d %b %H:%M}" if one else "-" for one in placements]
