"""The board: a location's bookings as the calendar in the browser wants them. Times are wall times without offset."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.limits import whole
from clinic.models import Location
from scheduling.courses.queries.numbering import SERIES
from scheduling.desk.queries import agenda
from scheduling.desk.queries.worklists import BOOKABLE, Waiting, in_running_course, sessions, upkeep_later, waiting
from scheduling.models import Booking, PublicHoliday, Session, WorkingHours
from scheduling.models.booking import LONGEST
from scheduling.planner.hours import on_day, read_hours
from scheduling.setup import queries as setup

PRACTITIONER, ROOM = "practitioner", "room"
SIDES = (PRACTITIONER, ROOM)
MOVABLE = frozenset({"booked", "displaced"})
QUEUE = 12
MIDNIGHT, A_MOMENT = "24:00", timedelta(microseconds=1)
OPENS, CLOSES = time(8), time(19)  # shown when nobody has hours yet

Event = dict[str, Any]


def resources(location: Location, by: str) -> list[dict[str, str]]:
    """The columns: who treats here, or the rooms in use."""
    rows = setup.rooms(location).filter(active=True) if by == ROOM else setup.practitioners_at(location)
    return [{"id": str(row.pk), "title": row.name} for row in rows]


def events(location: Location, first: datetime, last: datetime, by: str) -> list[Event]:
    """Visits that begin in [first, last), holds and absences that touch it, and the hours in which nobody is there."""
    zone = ZoneInfo(location.timezone)
    return [
        *(
            visit_event(row, by, zone)
            for row in agenda.visits(location, first - timedelta(days=1), last)
            if row.end > first
        ),
        *(block_event(row, by, zone) for row in blocks(location, first, last, by)),
        *shades(location, first.astimezone(zone).date(), (last - A_MOMENT).astimezone(zone).date(), by),
    ]


def visit_event(row: "agenda.Numbered", by: str, zone: ZoneInfo) -> Event:
    session = row.visit
    return placed(row, by, zone) | {
        "id": str(session.pk),
        "title": title(session, row.number, row.total),
        "status": session.status,
        "url": reverse("desk:visit", args=[session.pk]),
        "movable": session.status in MOVABLE,
        "windowStart": session.floor.isoformat() + "T00:00" if session.floor else None,
        "windowEnd": (session.latest + timedelta(days=1)).isoformat() + "T00:00" if session.latest else None,
    }


def title(session: Session, number: int | None, total: int | None) -> str:
    """Who, and how far along: nothing clinical stands on a board that everybody passes (D17)."""
    if session.course and session.kind in SERIES:
        return f"{session.patient} · {session.course.protocol_version.protocol.code} {number}/{total}"
    return f"{session.patient} · {session.get_kind_display()}"


def blocks(location: Location, first: datetime, last: datetime, by: str) -> QuerySet[Booking]:
    """Absences and holds of the people or rooms in the columns."""
    mine = Q(practitioner__in=setup.practitioners_at(location)) if by == PRACTITIONER else Q(room__location=location)
    kinds = (Booking.Kind.BLOCK, Booking.Kind.HOLD)
    touching = {"start__gt": first - LONGEST, "start__lt": last, "end__gt": first}
    return Booking.objects.filter(mine, active=True, kind__in=kinds, **touching)


def block_event(row: Booking, by: str, zone: ZoneInfo) -> Event:
    hold = row.kind == Booking.Kind.HOLD
    title = _("Not available")
    if row.held_until:
        title = _("Offered until %(time)s") % {"time": date_format(row.held_until.astimezone(zone), "H:i")}
    return placed(row, by, zone) | {
        "id": f"booking-{row.pk}",
        "title": title,
        "status": "hold" if hold else "block",
        "url": None,
        "movable": False,
    }


def placed(row: Booking, by: str, zone: ZoneInfo) -> Event:
    column = row.room_id if by == ROOM else row.practitioner_id
    return {"start": wall(row.start, zone), "end": wall(row.end, zone), "resourceId": str(column)}


def shades(location: Location, first: date, last: date, by: str) -> Iterator[Event]:
    """Days on which the clinic is closed and, in the columns of people, the hours in which they do not work."""
    closed = dict(
        PublicHoliday.objects.filter(location=location, date__range=(first, last)).values_list("date", "name")
    )
    weeks = read_hours(location, first, last) if by == PRACTITIONER else {}
    columns = resources(location, by)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for column in columns:
            free = [] if day in closed else on_day(weeks.get(int(column["id"]), ()), day)
            if day in closed or by == PRACTITIONER:
                yield from (shade(day, span, column["id"], closed.get(day, "")) for span in between(free))


def between(stretches: Iterable[tuple[time, time]]) -> Iterator[tuple[str, str]]:
    """What is left of a day around sorted stretches of it, as wall times; the day ends at 24:00."""
    since = "00:00"
    for start, end in stretches:
        if f"{start:%H:%M}" > since:
            yield since, f"{start:%H:%M}"
        since = MIDNIGHT if end == time() else f"{end:%H:%M}"
    if since < MIDNIGHT:
        yield since, MIDNIGHT


def shade(day: date, span: tuple[str, str], column: str, title: str) -> Event:
    start, end = span
    after = f"{day + timedelta(days=1)}T00:00" if end == MIDNIGHT else f"{day}T{end}"
    return {
        "id": f"off-{column}-{day}T{start}",
        "title": title,
        "start": f"{day}T{start}",
        "end": after,
        "resourceId": column,
        "status": "off",
        "url": None,
        "movable": False,
    }


def wall(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def opening_hours(location: Location) -> tuple[str, str]:
    """From the earliest beginning to the latest end of anybody's day here, in whole hours."""
    late = Count("pk", filter=Q(end=time()))
    span = WorkingHours.objects.filter(location=location).aggregate(first=Min("start"), last=Max("end"), late=late)
    first, last = span["first"] or OPENS, span["last"] or CLOSES
    return f"{first.hour:02d}:00", MIDNIGHT if span["late"] else f"{last.hour + bool(last.minute):02d}:00"


@dataclass(frozen=True, slots=True)
class Queue:
    """The most urgent visits without a time, and how many there are in all."""

    first: list[Waiting]
    total: int


def queue(location: Location, today: date) -> Queue:
    """Who needs a time: visits without one, displaced ones included, the soonest latest day first."""
    reach = today + timedelta(days=location.horizon_days)
    needed = Q(status="displaced") | Q(status__in=BOOKABLE, floor__lte=reach)
    rows = sessions(location).filter(needed, in_running_course(today)).exclude(upkeep_later(today))
    return Queue(waiting(rows.order_by(F("latest").asc(nulls_first=True), "id")[:QUEUE], today), rows.count())


def column_of(location: Location, by: str, resource: str) -> Any:
    """The practitioner or room of a column; None when it is not one of this board."""
    rows: QuerySet[Any] = setup.rooms(location) if by == ROOM else setup.practitioners_at(location)
    return rows.filter(pk=whole(resource)).first()
