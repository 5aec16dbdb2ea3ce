"""Small random problems that use everything a problem can say, each from a seed. They meet clock changes (Europe in
March and October, Lord Howe's half hour), 29 February and the ends of short months."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from protocols.outline.intervals import Interval, Span, Unit, Window
from scheduling.planner.engine.daygrid import Grid, strip, to_instant
from scheduling.planner.engine.problem import (
    CONVENIENCE_FIRST,
    Anchor,
    Placement,
    Problem,
    Resource,
    Visit,
    Weights,
    Wishes,
)

FIRST_DAYS = (date(2026, 3, 26), date(2026, 10, 22), date(2024, 2, 20), date(2026, 1, 28), date(2026, 6, 1))
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "UTC")
NO_WEIGHTS = Weights(**dict.fromkeys((each.name for each in fields(Weights)), 0))
ALIKE = Weights(**dict.fromkeys((each.name for each in fields(Weights)), 1))


def days(amount: int) -> Span:
    return Span(amount, Unit.DAY)


def gap(floor: int, ideal: int, latest: int, early_limit: int | None = None) -> Interval:
    return Interval(days(floor if early_limit is None else early_limit), days(floor), days(ideal), days(latest))


def hours(amount: int, latest_days: int) -> Interval:
    wait = Span(amount, Unit.HOUR)
    return Interval(wait, wait, wait, days(latest_days))


def month(tolerance: int) -> Interval:
    return Interval(days(28), Span(1, Unit.MONTH), Span(1, Unit.MONTH), Span(1, Unit.MONTH, tolerance))


def instance(seed: int) -> Problem:
    random = Random(seed)
    gaps = [_gap(random) for _ in range(random.randint(1, 4))]
    monthly = any(one.floor.unit is Unit.MONTH for one in gaps)
    gaps = gaps[:3] if monthly else gaps  # as many as can be tried out
    grid = Grid(random.choice(ZONES), random.choice(FIRST_DAYS), random.choice([45, 75] if monthly else [7, 10, 14]))
    opens = random.choice([100, 20])  # marks: about 8:20, and 1:40 where the clock changes
    chance = random.choice([0.5, 0.7, 0.95])

    def people(prefix: str, most: int, open_days: float, tag: str) -> tuple[Resource, ...]:
        tags = (frozenset([tag]) if random.random() < 0.8 else frozenset[str]() for _ in range(most))
        free = [_calendar(random, grid, open_days, opens) for _number in range(most)]
        asked = random.random() < 0.6
        booked = [_calendar(random, grid, 0.5, opens) if asked else 0 for _number in range(most)]
        return tuple(
            Resource(f"{prefix}{number}", free[number], some, free[number] | booked[number] if asked else 0)
            for number, some in enumerate(tags)
        )

    practitioners = people("p", random.randint(1, 2), chance, "prescriber")
    rooms, devices = people("r", random.randint(1, 2), 0.95, "cream"), people("d", random.randint(0, 2), 0.95, "gun")
    anchor = _anchor(random, grid) if random.random() < 0.4 else None
    visits = [_visit(random, grid, number, opens, bool(devices)) for number in range(1, len(gaps) + 1)]
    visits = [replace(visit, gap=one) for visit, one in zip(visits, gaps, strict=True)]
    if anchor is None or random.random() < 0.3:
        visits[0] = replace(visits[0], gap=None, window=_window(random, grid.first))
    return Problem(
        grid=grid,
        now=datetime.combine(grid.first, time(), UTC) + timedelta(seconds=random.choice([-9000, 0, 6001, 30900])),
        visits=tuple(visits),
        practitioners=practitioners,
        rooms=rooms,
        devices=devices,
        patient=None if random.random() < 0.6 else _calendar(random, grid, 0.9, opens),
        anchor=anchor,
        wishes=_wishes(random, opens),
        weights=random.choice(
            [
                *[Weights()] * 2,
                CONVENIENCE_FIRST,
                replace(Weights(), moved=30, moved_settled=90, moved_person=20, day=3),
                ALIKE,
                replace(NO_WEIGHTS, minute=5, other_practitioner=1, hour=2),
                NO_WEIGHTS,
            ]
        ),
    )


def _gap(random: Random) -> Interval:
    low = random.randint(0, 3)
    ideal = low + random.randint(0, 2)
    usual = gap(low, ideal, ideal + random.randint(0, 4), early_limit=max(low - 1, 0))
    week = Span(1, Unit.WEEK)
    weekly = Interval(week, week, week, Span(1, Unit.WEEK, random.randint(0, 4)))
    return random.choice([usual, usual, usual, weekly, month(random.randint(0, 6)), hours(24, random.randint(1, 4))])


def _calendar(random: Random, grid: Grid, open_days: float, opens: int) -> int:
    """A few marks a day, most of them free; at times a long stretch."""
    masks = []
    for _day in range(grid.days):
        marks = [opens + n for n in range(5) if random.random() < 0.6]
        if random.random() < 0.03:
            marks = [opens + n for n in range(random.randint(4, 7))]
        masks.append(sum(1 << mark for mark in marks) if random.random() < open_days else 0)
    return strip(masks)


def _anchor(random: Random, grid: Grid) -> Anchor:
    hour, minute = random.randrange(24), random.randrange(60)
    ended = datetime.combine(grid.first, time(hour, minute, 30 * (minute % 2)), UTC)  # an act ends when it ends
    ended -= timedelta(days=random.choice([0, 1, 2]))
    began = random.choice([None, ended - timedelta(minutes=30)])
    return Anchor(ended, random.choice([None, "p0", "left"]), began)


def _window(random: Random, first: date) -> Window:
    floor = first + timedelta(days=random.randint(0, 2))
    ideal = floor + timedelta(days=random.randint(0, 2))
    return Window(first, floor, ideal, ideal + timedelta(days=random.randint(0, 5)))


def _visit(random: Random, grid: Grid, number: int, opens: int, any_device: bool) -> Visit:
    def sometimes(chance: float) -> bool:
        return random.random() < chance

    begins = grid.first + timedelta(days=random.randrange(grid.days))
    visit = Visit(number, 1, "treatment", random.choice([5, 5, 5, 10, 7, 16]), session=f"s{number}")
    if sometimes(0.05):
        visit = replace(visit, not_before=begins)
    if sometimes(0.05):
        visit = replace(visit, deadline=begins + timedelta(days=grid.days // 2))
    if sometimes(0.15):
        visit = replace(visit, blocked=((begins, begins + timedelta(days=random.randrange(4))),))
    if sometimes(0.3):
        visit = replace(visit, preparation_minutes=random.choice([0, 3]), turnover_minutes=random.choice([0, 5]))
    if sometimes(0.3):
        visit = replace(visit, early_approved=sometimes(0.5), late_days=random.randrange(3))
    if sometimes(0.3):
        tag = frozenset(["prescriber"]) if sometimes(0.3) else frozenset[str]()
        visit = replace(visit, practitioner_tags=tag, room_tags=frozenset(["cream"] if sometimes(0.5) else []))
    if sometimes(0.2):
        visit = replace(visit, device_tag="gun" if any_device else None, practitioners=frozenset(["p0"]))
    if sometimes(0.3):
        start = to_instant(grid.minutes(random.randrange(grid.days), opens + random.randrange(5)))
        kept = Placement(
            start, random.choice(["p0", "p1", "left"]), random.choice(["r0", "r1"]), visit.device_tag and "d1"
        )
        visit = replace(visit, kept=kept, fixed=sometimes(0.1), settled=sometimes(0.3))
    return visit


def _wishes(random: Random, opens: int) -> Wishes:
    weekdays = frozenset(random.sample(range(7), random.choice([0, 3, 5])))
    opening = time(opens * 5 // 60, opens * 5 % 60 + 10)
    earliest, latest = random.choice([(None, None), (opening, None), (None, opening), (opening, time(23))])
    return Wishes(weekdays, earliest, latest, random.choice([None, "p0", "p1"]))
