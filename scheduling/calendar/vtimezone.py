"""A time zone as calendar programmes want it: VTIMEZONE with both observances, from the zone database. PURE.

Programmes misplace a visit whose TZID has no VTIMEZONE, or one of which only half is said. An observance begins at the
wall time that was in force until then (RFC 5545 3.6.5).
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
YEARS_BEFORE, YEARS_AFTER = 1, 3  # an observance must be in force at the first visit, and a yearly rule be seen as one
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # an observance begins at a wall time


@dataclass(frozen=True, slots=True)
class Change:
    """One move of the clocks: the wall time at which it happens, and the offsets on both sides."""

    wall: datetime
    before: timedelta
    after: timedelta
    daylight: bool
    name: str


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """The zone for visits between two instants."""
    component = Timezone()
    component.add("tzid", zone.key)
    since = datetime(first.year - YEARS_BEFORE, 1, 1, tzinfo=UTC)
    groups: dict[tuple[timedelta, timedelta, bool, str], list[datetime]] = defaultdict(list)
    for change in changes(zone, since, datetime(last.year + YEARS_AFTER, 1, 1, tzinfo=UTC)):
        groups[change.before, change.after, change.daylight, change.name].append(change.wall)
    if not groups:
        still = zone.utcoffset(since) or timedelta()
        groups[still, still, False, zone.tzname(since) or zone.key] = [EPOCH]
    for (before, after, daylight, name), walls in groups.items():
        component.add_component(observance(walls, before, after, daylight=daylight, name=name))
    return component


def changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Change]:
    """Every move of the clocks between two instants, to the minute."""
    days = [since + number * DAY for number in range((until - since).days + 1)]
    for left, right in pairwise(days):
        if offset(zone, left) != offset(zone, right):
            at = moment(zone, left, right)
            before, after = offset(zone, left), offset(zone, right)
            local = at.astimezone(zone)
            wall = (at + before).replace(tzinfo=None)
            yield Change(wall, before, after, bool(local.dst()), local.tzname() or zone.key)


def moment(zone: ZoneInfo, left: datetime, right: datetime) -> datetime:
    """The first minute of the new offset."""
    old = offset(zone, left)
    while right - left > MINUTE:
        middle = left + (right - left) // 2 // MINUTE * MINUTE
        left, right = (middle, right) if offset(zone, middle) == old else (left, middle)
    return right


def offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def observance(
    walls: Sequence[datetime], before: timedelta, after: timedelta, *, daylight: bool, name: str
) -> TimezoneDaylight | TimezoneStandard:
    """As a yearly rule where the dates follow one, else date by date."""
    part = TimezoneDaylight() if daylight else TimezoneStandard()
    part.add("dtstart", walls[0])
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", name)
    rule = yearly(walls)
    if rule:
        part.add("rrule", rule)
    elif len(walls) > 1:
        part.add("rdate", list(walls[1:]))
    return part


def yearly(walls: Sequence[datetime]) -> vRecur | None:
    """The rule behind dates of consecutive years on one weekday of one month: the last, or the nth."""
    years = [wall.year for wall in walls]
    alike = {(wall.month, wall.weekday(), wall.time()) for wall in walls}
    if len(walls) < 2 or len(alike) > 1 or years != list(range(years[0], years[0] + len(walls))):
        return None
    day = WEEKDAYS[walls[0].weekday()]
    if all(wall.day + 7 > monthrange(wall.year, wall.month)[1] for wall in walls):
        return vRecur({"freq": "yearly", "bymonth": walls[0].month, "byday": f"-1{day}"})
    nth = {(wall.day - 1) // 7 + 1 for wall in walls}
    if len(nth) > 1:
        return None
    return vRecur({"freq": "yearly", "bymonth": walls[0].month, "byday": f"{nth.pop()}{day}"})
