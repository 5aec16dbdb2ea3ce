"""Seeded clinics and courses, as large and as full as a busy practice. The same seed gives the same problem."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from protocols.outline.intervals import Interval, Span, Unit, Window
from scheduling.planner.engine.daygrid import Grid
from scheduling.planner.engine.problem import Problem, Resource, Visit, Wishes
from tests.protocols.outline.outlines import clinic_interval
from tests.scheduling.planner.engine.calendars import Calendar

ZONE = "Europe/Paris"
FIRST = date(2026, 1, 5)  # a Monday; the horizon of 800 days then holds two pairs of clock changes
MONTH = clinic_interval(Span(1, Unit.MONTH))
FIFTEEN_DAYS = clinic_interval(Span(15, Unit.DAY))
WEEK = clinic_interval(Span(1, Unit.WEEK))
LENGTHS = (20, 30, 30, 30, 45, 60)  # minutes of other people's bookings


def course(gaps: list[Interval], *, first: date = FIRST, within: int = 14) -> tuple[Visit, ...]:
    """One visit and then one a gap; the first may start within so many days, ideally at once."""
    opening = Window(first, first, first, first + timedelta(days=within))
    begin = Visit(1, 1, "treatment", 30, window=opening, turnover_minutes=10)
    later = [replace(begin, sequence=place, window=None, gap=gap) for place, gap in enumerate(gaps, start=2)]
    return (begin, *later)


def cellulite(sessions: int) -> tuple[Visit, ...]:
    """The first `sessions` of P01: 6 monthly, 10 every 15 days, 12 monthly; a month at both joints (D02)."""
    return course(([MONTH] * 6 + [FIFTEEN_DAYS] * 9 + [MONTH] * 12)[: sessions - 1])


def clinic(seed: int, visits: tuple[Visit, ...], *, days: int = 800, people: int = 10, full: float = 0.7) -> Problem:
    """Monday to Friday 9 to 17 in as many rooms as people; `full` of everybody's time is booked already."""
    random = Random(seed)
    grid = Grid(ZONE, FIRST, days)
    practitioners = tuple(_booked(f"p{number:02}", grid, random, full) for number in range(people))
    rooms = tuple(_booked(f"r{number:02}", grid, random, full / 2) for number in range(people))
    wishes = Wishes(
        weekdays=frozenset(random.sample(range(5), 3)),
        earliest=time(random.choice([9, 10, 13])),
        latest=time(random.choice([15, 16, 17])),
        practitioner=random.choice([None, *[one.id for one in practitioners]]),
    )
    return Problem(grid, datetime.combine(FIRST, time(), UTC), visits, practitioners, rooms, wishes=wishes)


def realistic(seed: int) -> Problem:
    """Three to eight sessions in a clinic of two or three, two thirds to six sevenths full; months up to four."""
    random = Random(seed)
    gap, width, most = random.choice([(WEEK, 14, 8), (WEEK, 14, 8), (FIFTEEN_DAYS, 22, 8), (MONTH, 46, 4)])
    sessions, people = random.randint(3, most), random.randint(2, 3)
    visits = course([gap] * (sessions - 1))
    return clinic(seed, visits, days=20 + sessions * width, people=people, full=random.uniform(0.65, 0.85))


def _booked(name: str, grid: Grid, random: Random, full: float) -> Resource:
    """A resource with its hours open and about `full` of them taken by other people's visits."""
    calendar, whole = Calendar(grid), Calendar(grid)
    for day in range(grid.days):
        if grid.date_of(day).weekday() < 5:
            opens, closes = grid.wall(day, time(9)), grid.wall(day, time(17))
            calendar.open(opens, closes)
            whole.open(opens, closes)
            taken = 0
            while taken < full * (closes - opens):
                length = random.choice(LENGTHS)
                start = opens + random.randrange(0, closes - opens - length, 5)
                free_before = calendar.masks[day].bit_count()
                calendar.close(start, start + length)
                taken += 5 * (free_before - calendar.masks[day].bit_count())
    return Resource(name, calendar.strip(), open=whole.strip())
