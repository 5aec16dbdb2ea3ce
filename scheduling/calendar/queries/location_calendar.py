"""Who works at a location when, what there is, when it is closed: one statement, for searches that must be quick."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from clinic.base.rows import Prepared
from scheduling.planner.hours import HOLDING, Stretch

LOCATION_CALENDAR = Prepared(f"""
SELECT 'hours' AS what, h.practitioner_id AS id, h.weekday, h.start, h."end", h.valid_from, h.valid_until,
    NULL::timestamptz, NULL::timestamptz
FROM scheduling_workinghours h
JOIN scheduling_practitioner p ON p.id = h.practitioner_id AND p.active
JOIN clinic_staffmember s ON s.id = p.staff_id AND s.active AND (s.prescriber OR NOT %(prescriber)s)
WHERE {HOLDING}
  AND (%(practitioner)s::bigint IS NULL OR p.id = %(practitioner)s)
UNION ALL
SELECT 'closed', c.id, NULL, NULL, NULL, c.date, NULL, NULL, NULL FROM scheduling_publicholiday c
WHERE c.location_id = %(location)s AND c.date BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT 'room', r.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM scheduling_room r
WHERE r.location_id = %(location)s AND r.active
UNION ALL
SELECT 'device', d.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM scheduling_device d
WHERE d.location_id = %(location)s AND d.active AND d.kind_id = %(kind)s
UNION ALL
SELECT 'own', b.id, NULL, NULL, NULL, NULL, NULL, b.start, b.occupied_start FROM scheduling_booking b
WHERE b.session_id = %(session)s AND b.active
ORDER BY 2
""")  # noqa: S608  # the condition is a constant


class Own(NamedTuple):
    """The time a session has now: when its patient comes, and when its preparation begins."""

    start: datetime
    occupied_start: datetime


@dataclass(slots=True)
class LocationCalendar:
    """Ids in order; `own` is the present time of the session that is looked for, if it has one."""

    hours: dict[int, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    closed: set[date] = field(default_factory=set)
    rooms: list[int] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
    own: Own | None = None


def read_location_calendar(
    *,
    location: int,
    first: date,
    last: date,
    prescriber: bool = False,
    practitioner: int | None = None,
    kind: int | None = None,
    session: int | None = None,
) -> LocationCalendar:
    """The resources of a location between two local dates. `kind` (of device), `practitioner` and `session` are ids."""
    given: dict[str, int | date | None] = {"location": location, "first": first, "last": last, "prescriber": prescriber}
    given |= {"practitioner": practitioner, "kind": kind, "session": session}
    calendar = LocationCalendar()
    for what, pk, weekday, opens, closes, since, until, start, occupied_start in LOCATION_CALENDAR.rows(**given):
        if what == "hours":
            calendar.hours[pk].append(Stretch(weekday, opens, closes, since, until))
        elif what == "closed":
            calendar.closed.add(since)
        elif what == "own":
            calendar.own = Own(start, occupied_start)
        else:
            (calendar.rooms if what == "room" else calendar.devices).append(pk)
    return calendar
