"""Who works when: the one source of weekly hours, for planner, slots, booking, board and messages.

A wall time is turned into elapsed minutes only on days with a clock change.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime, time, timedelta
from functools import lru_cache, reduce
from itertools import groupby, pairwise
from operator import attrgetter, or_
from typing import NamedTuple, Protocol

from django.db.models import Q, QuerySet

from clinic.models import Location
from scheduling.messages.duetimes import at_wall
from scheduling.models import PublicHoliday, WorkingHours
from scheduling.planner.engine.daygrid import DAY_MINUTES, STEP, STRIDE, Grid

Ranges = Iterable[tuple[date, date]]
DAY_BYTES = STRIDE // 8  # of a day in a strip
NO_TIME = bytes(DAY_BYTES)
MIDNIGHT = time()
# Of `scheduling_workinghours h`: the stretches at a location that hold on any of the dates `first` to `last`.
HOLDING = """h.location_id = %(location)s AND h.valid_from <= %(last)s
  AND (h.valid_until IS NULL OR h.valid_until >= %(first)s)"""


class Weekly(Protocol):
    """A weekly stretch of work, local wall time: a WorkingHours row, or as much of one as was read."""

    @property
    def weekday(self) -> int: ...
    @property
    def start(self) -> time: ...
    @property
    def end(self) -> time: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...


class Stretch(NamedTuple):
    """A weekly stretch that was read by a plain statement."""

    weekday: int
    start: time
    end: time
    valid_from: date
    valid_until: date | None


def not_over(on: date) -> Q:
    """The stretches that still hold on a date or begin to hold after it."""
    return Q(valid_until=None) | Q(valid_until__gte=on)


def hours_at(location: Location, first: date, last: date) -> QuerySet[WorkingHours]:
    """What `HOLDING` says, as a queryset."""
    return WorkingHours.objects.filter(not_over(first), location=location, valid_from__lte=last)


def read_hours(location: Location, first: date, last: date) -> dict[int, list[WorkingHours]]:
    """practitioner id -> the weekly stretches that hold between two dates, of every active person who works there."""
    rows = hours_at(location, first, last).filter(practitioner__active=True, practitioner__staff__active=True)
    rows = rows.select_related("practitioner__staff").order_by("practitioner_id", "weekday", "start")
    return {pk: list(group) for pk, group in groupby(rows, key=attrgetter("practitioner_id"))}


def read_holidays(location: Location, first: date, last: date) -> frozenset[date]:
    days = PublicHoliday.objects.filter(location=location, date__range=(first, last))
    return frozenset(days.values_list("date", flat=True))


def days_in(grid: Grid, ranges: Ranges) -> list[int]:
    """Grid days inside any of the date ranges, ends included, in order."""
    days: set[int] = set()
    for first, last in ranges:
        days.update(range(max(grid.index(first), 0), min(grid.index(last) + 1, grid.days)))
    return sorted(days)


def open_strip(grid: Grid, hours: Iterable[Weekly], days: Sequence[int], closed: Set[date]) -> int:
    """One person's free strip: `hours` on `days`, nothing on the dates `closed` and on all other days.

    Most days are like all others of their weekday; only the rest are looked at one by one.
    """
    rows = list(hours)
    steady = [row for row in rows if holds(row, grid.first) and holds(row, grid.last)]
    parts = [NO_TIME] * grid.days
    week = [(grid.first.weekday() + day) % 7 for day in range(7)]
    plain = [_plain_day(tuple([(row.start, row.end) for row in steady if row.weekday == on])) for on in week]
    for day in days:
        parts[day] = plain[day % 7]
    passing = len(steady) < len(rows)
    for day in days if passing else changed_days(grid) & set(days):
        parts[day] = _that_day(grid, day, rows)
    for day in (grid.index(on) for on in closed):
        if 0 <= day < grid.days:
            parts[day] = NO_TIME
    return int.from_bytes(b"".join(parts), "little")


@lru_cache(maxsize=256)
def _plain_day(hours: tuple[tuple[time, time], ...]) -> bytes:
    """A day of 24 hours, as a stretch of a strip. A clinic has few different ones."""
    spans = ((minute_of(start), minute_of_end(end)) for start, end in hours)
    return reduce(or_, (_inside(start, end) for start, end in spans), 0).to_bytes(DAY_BYTES, "little")


def _that_day(grid: Grid, day: int, hours: Iterable[Weekly]) -> bytes:
    """One date, by its own clock and by the hours that hold on it."""
    on, midnight = grid.date_of(day), grid.midnights[day]
    after = grid.midnights[day + 1]
    spans = (
        (grid.wall(day, start) - midnight, (after if end == MIDNIGHT else grid.wall(day, end)) - midnight)
        for start, end in on_day(hours, on)
    )
    return reduce(or_, (_inside(start, end) for start, end in spans), 0).to_bytes(DAY_BYTES, "little")


def _inside(start: int, end: int) -> int:
    """The marks wholly between two minutes of a day."""
    low, high = -(-start // STEP), end // STEP
    return (1 << high) - (1 << low) if high > low else 0


@lru_cache(maxsize=64)
def changed_days(grid: Grid) -> frozenset[int]:
    """The grid days on which the clock changes."""
    return frozenset(day for day, (start, end) in enumerate(pairwise(grid.midnights)) if end - start != DAY_MINUTES)


def holds(row: Weekly, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or on <= row.valid_until)


def minute_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def minute_of_end(closes: time) -> int:
    """The minute of the day at which a stretch ends: one that ends at midnight goes to the end of its day (1440)."""
    return minute_of(closes) or DAY_MINUTES


def on_day(rows: Iterable[Weekly], day: date) -> list[tuple[time, time]]:
    """The wall times between which somebody with these weekly stretches works on a local date, in order."""
    return sorted((row.start, row.end) for row in rows if row.weekday == day.weekday() and holds(row, day))


def covers(hours: Iterable[tuple[time, time]], day: date, location: Location, start: datetime, end: datetime) -> bool:
    """Whether stretches of wall time on `day`, in order, hold the whole of `start` to `end`."""
    reached, works = start, False
    for opens, closes in hours:
        works = True
        last_day = day + timedelta(days=closes == MIDNIGHT)
        if at_wall(day, opens, location.timezone) <= reached:
            reached = max(reached, at_wall(last_day, closes, location.timezone))
    return works and reached >= end
