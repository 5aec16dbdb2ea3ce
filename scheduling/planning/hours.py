"""Weekly working hours as free time. A wall time is turned into elapsed minutes only on days with a clock change."""

from collections.abc import Iterable, Set
from datetime import date, time
from functools import reduce
from itertools import groupby
from operator import attrgetter, or_
from typing import Protocol

from clinic.models import Location
from scheduling.engine.daygrid import DAY_MINUTES, STEP, Grid, strip
from scheduling.models import PublicHoliday, WorkingHours

Ranges = Iterable[tuple[date, date]]


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


def read_hours(location: Location, last: date) -> dict[int, list[WorkingHours]]:
    """The weekly stretches at `location` that begin to hold by `last`, for every active person who works there."""
    rows = WorkingHours.objects.filter(
        location=location, practitioner__active=True, practitioner__staff__active=True, valid_from__lte=last
    )
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


def open_strip(grid: Grid, hours: Iterable[Weekly], days: Iterable[int], closed: Set[date]) -> int:
    """One person's free strip: `hours` on `days`, nothing on the dates `closed` and on all other days."""
    masks = [0] * grid.days
    weekly: list[list[Weekly]] = [[] for _weekday in range(7)]
    for stretch in hours:
        weekly[stretch.weekday].append(stretch)
    monday = grid.first.weekday()
    for day in days:
        stretches = weekly[(monday + day) % 7]
        if stretches and (on := grid.date_of(day)) not in closed:
            masks[day] = reduce(or_, (stretch_mask(grid, day, row) for row in stretches if holds(row, on)), 0)
    return strip(masks)


def holds(row: Weekly, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or on <= row.valid_until)


def stretch_mask(grid: Grid, day: int, row: Weekly) -> int:
    """The marks wholly inside one stretch of a day."""
    if grid.midnights[day + 1] - grid.midnights[day] == DAY_MINUTES:
        start, end = row.start.hour * 60 + row.start.minute, row.end.hour * 60 + row.end.minute
    else:
        start, end = (grid.wall(day, at) - grid.midnights[day] for at in (row.start, row.end))
    low, high = -(-start // STEP), end // STEP
    return (1 << high) - (1 << low) if high > low else 0
