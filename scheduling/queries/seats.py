"""The two questions every booking asks, as plain statements: they stand on the path that must stay under 10 ms."""

from datetime import date, datetime, time

from django.db import connection

from clinic.base.clock import local_date
from clinic.models import Location
from scheduling.duetimes import at_wall
from scheduling.models.booking import LONGEST

HOURS = """
SELECT h.start, h."end" FROM scheduling_workinghours h
WHERE h.practitioner_id = %(practitioner)s AND h.location_id = %(location)s AND h.weekday = %(weekday)s
  AND h.valid_from <= %(day)s AND (h.valid_until IS NULL OR h.valid_until >= %(day)s)
  AND NOT EXISTS (SELECT FROM scheduling_publicholiday p WHERE p.location_id = h.location_id AND p.date = %(day)s)
ORDER BY h.start
"""
FREE_ROOM = """
SELECT r.id FROM scheduling_room r WHERE r.location_id = %(location)s AND r.active AND NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.room_id = r.id AND b.active AND b.occupied_start > %(since)s AND b.occupied_start < %(end)s
      AND b.occupied_end > %(start)s AND b.session_id IS DISTINCT FROM %(session)s)
ORDER BY r.id LIMIT 1
"""
FREE_DEVICE = """
SELECT d.id FROM scheduling_device d
WHERE d.location_id = %(location)s AND d.kind_id = %(kind)s AND d.active AND NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.device_id = d.id AND b.active AND b.occupied_start > %(since)s AND b.occupied_start < %(end)s
      AND b.occupied_end > %(start)s AND b.session_id IS DISTINCT FROM %(session)s)
ORDER BY d.id LIMIT 1
"""


Given = dict[str, int | date | None]


def works_then(practitioner: int, location: Location, start: datetime, end: datetime) -> bool:
    """Whether the working hours at `location` hold the whole of `start` to `end`, and it is no holiday."""
    day, zone = local_date(start, location.timezone), location.timezone
    given: Given = {"practitioner": practitioner, "location": location.pk, "weekday": day.weekday(), "day": day}
    with connection.cursor() as cursor:
        cursor.execute(HOURS, given)
        stretches: list[tuple[time, time]] = cursor.fetchall()
    reached = start
    for opens, closes in stretches:
        if at_wall(day, opens, zone) <= reached:
            reached = max(reached, at_wall(day, closes, zone))
    return bool(stretches) and reached >= end


def free_room(location: int, start: datetime, end: datetime, session: int | None) -> int | None:
    """The lowest id among the rooms that no visit but `session` has from `start` to `end`."""
    return first(FREE_ROOM, start, location=location, end=end, session=session)


def free_device(location: int, kind: int, start: datetime, end: datetime, session: int | None) -> int | None:
    """The same among the devices of a kind."""
    return first(FREE_DEVICE, start, location=location, kind=kind, end=end, session=session)


def first(statement: str, start: datetime, **given: int | datetime | None) -> int | None:
    values: Given = {**given, "since": start - LONGEST, "start": start}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return int(row[0]) if row else None
