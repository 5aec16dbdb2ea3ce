"""What every booking asks before it takes a time, in one statement: every booking waits for the answer."""

from dataclasses import dataclass
from datetime import date, datetime, time

from clinic.base.clock import local_date
from clinic.base.rows import Prepared
from clinic.models import Location
from scheduling.messages.duetimes import at_wall
from scheduling.models import Session
from scheduling.models.booking import LONGEST

SEAT = Prepared("""
SELECT 'hours', NULL::bigint, h.start, h."end" FROM scheduling_workinghours h
WHERE h.practitioner_id = %(practitioner)s AND h.location_id = %(location)s AND h.weekday = %(weekday)s
  AND h.valid_from <= %(day)s AND (h.valid_until IS NULL OR h.valid_until >= %(day)s)
  AND NOT EXISTS (SELECT FROM scheduling_publicholiday p WHERE p.location_id = h.location_id AND p.date = %(day)s)
UNION ALL (
SELECT 'room', r.id, NULL, NULL FROM scheduling_room r WHERE r.location_id = %(location)s AND r.active AND NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.room_id = r.id AND b.active AND b.occupied_start > %(since)s AND b.occupied_start < %(end)s
      AND b.occupied_end > %(start)s AND b.session_id IS DISTINCT FROM %(session)s)
ORDER BY r.id LIMIT 1)
UNION ALL (
SELECT 'device', d.id, NULL, NULL FROM scheduling_device d
WHERE d.location_id = %(location)s AND d.kind_id = %(kind)s AND d.active AND NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.device_id = d.id AND b.active AND b.occupied_start > %(since)s AND b.occupied_start < %(end)s
      AND b.occupied_end > %(start)s AND b.session_id IS DISTINCT FROM %(session)s)
ORDER BY d.id LIMIT 1)
ORDER BY 3
""")


@dataclass(frozen=True, slots=True)
class Seat:
    """Whether the practitioner works then, and the first room and device (ids) that no other visit has."""

    works: bool
    room: int | None
    device: int | None


def device_kind(session: Session) -> int | None:
    """The kind of device that the session's course is treated with; only a location that owns one has to book it."""
    needles = session.kind in (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE)
    return session.course.delivery_device_id if session.course and needles else None


def read_seat(session: Session, practitioner: int, start: datetime, end: datetime) -> Seat:
    """What there is for a session with a practitioner (id) in the occupied range `start` to `end`."""
    location = session.location
    day = local_date(start, location.timezone)
    given: dict[str, int | date | None] = {"practitioner": practitioner, "location": location.pk, "session": session.pk}
    given |= {"weekday": day.weekday(), "day": day, "kind": device_kind(session)}
    given |= {"since": start - LONGEST, "start": start, "end": end}
    hours, first = [], {}
    for what, pk, opens, closes in SEAT.rows(**given):
        if what == "hours":
            hours.append((opens, closes))
        else:
            first[what] = pk
    return Seat(covers(hours, day, location, start, end), first.get("room"), first.get("device"))


def covers(hours: list[tuple[time, time]], day: date, location: Location, start: datetime, end: datetime) -> bool:
    """Whether stretches of wall time on `day`, in order, hold the whole of `start` to `end`."""
    reached = start
    for opens, closes in hours:
        if at_wall(day, opens, location.timezone) <= reached:
            reached = max(reached, at_wall(day, closes, location.timezone))
    return bool(hours) and reached >= end
