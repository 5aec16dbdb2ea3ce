"""The free time of one location: who and what is open when, less what is booked. Read once, then kept in step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Protocol

import numpy as np

from clinic.models import Location
from scheduling.models import Device, Practitioner, Room
from scheduling.planner.busy import NOTHING, RANGE, Owner, Ticks, busy_strip, read_busy, ticks, without
from scheduling.planner.engine.daygrid import Grid, between, to_instant, whole_days
from scheduling.planner.engine.problem import Resource
from scheduling.planner.hours import Ranges, days_in, open_strip, read_holidays, read_hours

PRESCRIBER = "prescriber"
Away = Iterable[tuple[date, date]]  # local dates, both included


class Taken(Protocol):
    """A stretch of the calendar: a Booking, or a Slot that is about to be one."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def occupied_start(self) -> datetime: ...
    @property
    def occupied_end(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """A person, room or device and the strip of when it could be used at all."""

    strip: int
    tags: frozenset[str] = frozenset()


class Timetable:
    """The free strips of everyone and everything at a location, and of some patients."""

    def __init__(self, grid: Grid, openings: Mapping[Owner, Opening], busy: dict[Owner, Ticks]) -> None:
        self.grid = grid
        self._openings = openings
        self._busy = busy
        self._free: dict[Owner, int] = {}

    def resources(self, name: str) -> tuple[Resource, ...]:
        """All practitioners, rooms or devices in the order of their keys."""
        return tuple(
            Resource(str(owner[1]), self._free_of(owner, opening.strip), opening.tags, opening.strip)
            for owner, opening in self._openings.items()
            if owner[0] == name
        )

    def patient(self, pk: int, away: Away = ()) -> int:
        """A patient's free strip: all but the bookings and the days away."""
        gone = reduce(or_, (between(self.grid, first, last) for first, last in away), 0)
        return self._free_of(("patient", pk), whole_days(self.grid)) & ~gone

    def give_back(self, rows: Iterable[Taken]) -> None:
        """Forget these bookings: their visits are being planned again."""
        for owner, (start, _end) in _stretches(rows):
            self._busy[owner] = without(self._busy.get(owner, NOTHING), [start])
            self._free.pop(owner, None)

    def take(self, rows: Iterable[Taken]) -> None:
        """Count these as booked."""
        for owner, stretch in _stretches(rows):
            self._busy[owner] = np.vstack([self._busy.get(owner, NOTHING), [stretch]])
            self._free.pop(owner, None)

    def snapshot(self) -> "tuple[dict[Owner, Ticks], dict[Owner, int]]":
        """What is taken and what is free now, for `restore`."""
        return dict(self._busy), dict(self._free)

    def restore(self, held: "tuple[dict[Owner, Ticks], dict[Owner, int]]") -> None:
        self._busy, self._free = dict(held[0]), dict(held[1])

    def leaves(self, practitioner: int, last: date) -> None:
        """Nobody plans with this practitioner after `last`."""
        owner = ("practitioner", practitioner)
        if opening := self._openings.get(owner):
            stays = opening.strip & between(self.grid, self.grid.first, last)
            self._openings = {**self._openings, owner: Opening(stays, opening.tags)}
            self._free.pop(owner, None)

    def _free_of(self, owner: Owner, opening: int) -> int:
        if owner not in self._free:
            self._free[owner] = opening & ~busy_strip(self.grid, self._busy.get(owner, NOTHING))
        return self._free[owner]


def read_timetable(*, location: Location, grid: Grid, ranges: Ranges, patients: Iterable[int] = ()) -> Timetable:
    """The timetable of a location on the days of `ranges` (local dates, ends included) that lie on the grid; on other
    days nobody works. A fixed number of queries, whatever the number of people, rooms, days and patients."""
    days = days_in(grid, ranges)
    openings = {**_people(location, grid, days), **_things(location, grid)}
    wanted = {name: [pk for owner, pk in openings if owner == name] for name in ("practitioner", "room", "device")}
    return Timetable(grid, openings, read_busy({**wanted, "patient": patients}, _spans(grid, days)))


def _people(location: Location, grid: Grid, days: Sequence[int]) -> dict[Owner, Opening]:
    closed = read_holidays(location, grid.first, grid.last)
    return {
        ("practitioner", pk): Opening(open_strip(grid, hours, days, closed), _tags(hours[0].practitioner))
        for pk, hours in sorted(read_hours(location, grid.first, grid.last).items())
    }


def _tags(practitioner: Practitioner) -> frozenset[str]:
    return frozenset({PRESCRIBER} if practitioner.staff.prescriber else ())


def _things(location: Location, grid: Grid) -> dict[Owner, Opening]:
    whole = whole_days(grid)
    rooms = Room.objects.filter(location=location, active=True).order_by("pk").values_list("pk", flat=True)
    devices = Device.objects.filter(location=location, active=True).order_by("pk").values_list("pk", "kind__code")
    return {
        **{("room", pk): Opening(whole) for pk in rooms},
        **{("device", pk): Opening(whole, frozenset({kind})) for pk, kind in devices},
    }


def _spans(grid: Grid, days: Sequence[int]) -> list[tuple[datetime, datetime]]:
    """Runs of consecutive grid days as instants, first included, last not."""
    begins = [day for place, day in enumerate(days) if not place or days[place - 1] != day - 1]
    ends = [day + 1 for place, day in enumerate(days) if place + 1 == len(days) or days[place + 1] != day + 1]
    midnights = grid.midnights
    return [
        (to_instant(midnights[first]), to_instant(midnights[last])) for first, last in zip(begins, ends, strict=True)
    ]


def _stretches(rows: Iterable[Taken]) -> Iterable[tuple[Owner, tuple[int, int]]]:
    for row in rows:
        for name, (start, end) in RANGE.items():
            if (pk := getattr(row, f"{name}_id")) is not None:
                yield (name, pk), (ticks(getattr(row, start)), ticks(getattr(row, end)))
