"""Who is away, and whom that hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from clinic.base.zones import day_begins
from clinic.models import Location
from scheduling.models import Absence, Booking
from scheduling.models.booking import LONGEST

HERE = ("checked_in", "in_progress")


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as people say it: from a day to a day, or from a time to a time."""

    absence: Absence
    whole_days: bool
    last: date


def at_location(absences: QuerySet[Absence], location: Location, *, now: datetime) -> list[Away]:
    """Absences that are not over, of the people, rooms and devices of a location, soonest first."""
    here = (
        Q(practitioner__staff__location=location)
        | Q(practitioner__hours__location=location)
        | Q(room__location=location)
        | Q(device__location=location)
    )
    rows = absences.filter(here, end__gt=now, cancelled_at=None).select_related("created_by")
    return [away(row, ZoneInfo(location.timezone)) for row in rows.distinct().order_by("start", "id")]


def away(row: Absence, zone: ZoneInfo) -> Away:
    start, end = row.start.astimezone(zone), row.end.astimezone(zone)
    whole = all(moment == day_begins(moment.date(), zone) for moment in (start, end))
    return Away(row, whole, (end - timedelta(days=1)).date() if whole else end.date())


def hits(*, start: datetime, end: datetime, statuses: Sequence[str] = ("booked",), **thing: Any) -> QuerySet[Booking]:
    """Booked visits that an absence of `thing` (practitioner=, room= or device=) would displace, soonest first; with
    HERE those that it leaves, since the patient has arrived."""
    rows = Booking.objects.filter(
        **thing,
        active=True,
        session__status__in=statuses,
        occupied_start__gt=start - LONGEST,
        occupied_start__lt=end,
        occupied_end__gt=start,
    )
    return rows.select_related(
        "practitioner", "room", "session__patient", "session__course__protocol_version__protocol"
    ).order_by("start")
