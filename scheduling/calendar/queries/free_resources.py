"""What every booking asks before it takes a time, in one statement: every booking waits for the answer."""

from dataclasses import dataclass
from datetime import date, datetime

from clinic.base.clock import local_date
from clinic.base.rows import Prepared
from scheduling.models import Session
from scheduling.models.booking import LONGEST
from scheduling.planner.hours import HOLDING, Stretch, covers, on_day

FREE_RESOURCES = Prepared(f"""
SELECT 'hours', NULL::bigint, h.weekday, h.start, h."end", h.valid_from, h.valid_until FROM scheduling_workinghours h
WHERE h.practitioner_id = %(practitioner)s AND {HOLDING}
UNION ALL
SELECT 'closed', p.id, NULL, NULL, NULL, NULL, NULL FROM scheduling_publicholiday p
WHERE p.location_id = %(location)s AND p.date BETWEEN %(first)s AND %(last)s
UNION ALL (
SELECT 'room', r.id, NULL, NULL, NULL, NULL, NULL FROM scheduling_room r
WHERE r.location_id = %(location)s AND r.active AND NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.room_id = r.id AND b.active AND b.occupied_start > %(since)s AND b.occupied_start < %(end)s
      AND b.occupied_end > %(start)s AND b.session_id IS DISTINCT FROM %(session)s)
ORDER BY r.id LIMIT 1)
UNION ALL (
SELECT 'device', d.id, NULL, NULL, NULL, NULL, NULL FROM scheduling_device d
WHERE d.location_id = %(location)s AND d.kind_id = %(kind)s AND d.active AND NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.device_id = d.id AND b.active AND b.occupied_start > %(since)s AND b.occupied_start < %(end)s
      AND b.occupied_end > %(start)s AND b.session_id IS DISTINCT FROM %(session)s)
ORDER BY d.id LIMIT 1)
""")  # noqa: S608  # the condition is a constant


@dataclass(frozen=True, slots=True)
class FreeResources:
    """Whether the practitioner works then, and the first room and device (ids) that no other visit has."""

    works: bool
    room: int | None
    device: int | None


def device_kind(session: Session) -> int | None:
    """The kind of device that the session's course is treated with; only a location that owns one has to book it."""
    needles = session.kind in (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE)
    return session.course.delivery_device_id if session.course and needles else None


def read_free_resources(session: Session, practitioner: int, start: datetime, end: datetime) -> FreeResources:
    """What there is for a session with a practitioner (id) in the occupied range `start` to `end`."""
    location = session.location
    day = local_date(start, location.timezone)
    given: dict[str, int | date | None] = {"practitioner": practitioner, "location": location.pk, "session": session.pk}
    given |= {"first": day, "last": day, "kind": device_kind(session)}
    given |= {"since": start - LONGEST, "start": start, "end": end}
    week, there = [], {}
    for what, pk, *stretch in FREE_RESOURCES.rows(**given):
        if what == "hours":
            week.append(Stretch(*stretch))
        else:
            there[what] = pk
    works = "closed" not in there and covers(on_day(week, day), day, location, start, end)
    return FreeResources(works, there.get("room"), there.get("device"))
