"""Courses that one clinic plans one after the other, as a desk does: how they spread, and what room they leave.

No wishes, everybody asks for a day of the first two weeks. The seeds are those given here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from statistics import mean, median
from zoneinfo import ZoneInfo

from bench.instances import FIRST, WEEK, ZONE, course
from bench.report import Row, row
from protocols.outline.intervals import Window
from scheduling.planner.engine.daygrid import STEP, Grid, whole_days
from scheduling.planner.engine.problem import Placement, Problem, Resource, Solution, Visit
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.calendars import Calendar

SEEDS = range(20)
DAYS, SESSIONS, CLEAN = 120, 10, timedelta(minutes=10)
QUARTER = 15


def rows() -> list[Row]:
    return [spread(), urgent()]


def during(grid: Grid, start: datetime, end: datetime) -> int:
    """The strip of every mark that the time from `start` to `end` touches."""
    low, high = grid.position(start), grid.position(end, up=True)
    return whole_days(grid) & ((1 << high) - (1 << low)) if low < high else 0


@dataclass
class Diary:
    """A clinic that books what it plans: Monday to Friday nine to five, as many rooms as people."""

    people: int
    grid: Grid
    taken: dict[str, int]

    @classmethod
    def empty(cls, people: int) -> "Diary":
        return cls(people, Grid(ZONE, FIRST, DAYS), {})

    def open(self) -> int:
        calendar = Calendar(self.grid)
        for day in range(DAYS):
            if self.grid.date_of(day).weekday() < 5:
                calendar.open(self.grid.wall(day, time(9)), self.grid.wall(day, time(17)))
        return calendar.strip()

    def problem(self, visits: tuple[Visit, ...]) -> Problem:
        opened, whole = self.open(), whole_days(self.grid)

        def free(kind: str, of: int) -> Iterator[Resource]:
            for number in range(self.people):
                name = f"{kind}{number}"
                yield Resource(name, of & ~self.taken.get(name, 0), open=of if kind == "p" else 0)

        asked = datetime.combine(FIRST, time(), UTC)
        return Problem(self.grid, asked, visits, tuple(free("p", opened)), tuple(free("r", whole)))

    def book(self, visits: tuple[Visit, ...]) -> Sequence[Placement]:
        outcome = solve(self.problem(visits))
        assert isinstance(outcome, Solution)
        for one, visit in zip(outcome.placed, visits, strict=False):
            end = one.start + timedelta(minutes=visit.chair_minutes) + CLEAN
            for name in (one.practitioner, one.room):
                self.taken[name] = self.taken.get(name, 0) | during(self.grid, one.start, end)
        return outcome.placed


def begun(diary: Diary, random: Random, courses: int) -> list[Sequence[Placement]]:
    """So many weekly courses of ten, each asked for from a day of the first two weeks on."""
    firsts = (FIRST + timedelta(days=random.randrange(14)) for _number in range(courses))
    return [diary.book(course([WEEK] * (SESSIONS - 1), first=first)) for first in firsts]


def spread() -> Row:
    """60 weekly courses of ten with four people."""
    plans = [plan for seed in SEEDS[:3] for plan in begun(Diary.empty(4), Random(seed), 60)]
    local = [[one.start.astimezone(ZoneInfo(ZONE)) for one in plan] for plan in plans]
    starts = [start for plan in local for start in plan]
    weekdays = Counter(start.weekday() for start in starts)
    busiest = max(weekdays.values()) / (len(starts) / 5)
    off = mean(start.minute % QUARTER > 0 for start in starts)
    minutes = [[start.hour * 60 + start.minute for start in plan] for plan in local]
    wander = median(max(each) - min(each) for each in minutes)
    told = f"busiest weekday {busiest:.2f} times the mean, {off:.1%} off the quarter, hour within {wander:.0f} min"
    bar = "busiest 1.3 times, off the quarter 10 %, hour 45 min"
    met = busiest <= 1.3 and off <= 0.1 and wander <= 45
    return row("60 weekly courses, no wishes", "first Monday 08:00; 67 % off; 160 min", told, None, bar, met)


def urgent() -> Row:
    """One visit that is wanted at once, beside 120 weekly courses with three people, on a day of the fifth week."""
    waits = []
    for seed in SEEDS:
        random, diary = Random(seed), Diary.empty(3)
        begun(diary, random, 120)
        first = FIRST + timedelta(days=28 + random.randrange(5))
        (visit,) = course([], first=first)
        visit = replace(visit, window=Window(first, first, first, first + timedelta(days=14)))
        (one,) = diary.book((visit,))
        waits.append((one.start.astimezone(ZoneInfo(ZONE)).date() - first).days)
    full = diary.taken["p0"].bit_count() * STEP / (diary.open().bit_count() * STEP)
    told = f"{mean(waits):.2f} days, mean of {len(SEEDS)} seeds; the clinic {full:.0%} full in all"
    return row("urgent visit beside 120 courses waits", "0.5 to 0.8 days", told, None, "0.3 days", mean(waits) <= 0.3)
