"""One visit and what hangs on it: its time, its history, the visits around it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime

from clinic.base.access import CLINICAL, role_of
from clinic.base.clock import local_date
from clinic.base.zones import day_bounds
from clinic.models import Location
from protocols.models import Substance, TreatmentArea
from scheduling.courses.queries.numbering import DROPPED, SERIES
from scheduling.models import WITH_A_TIME, Addendum, Booking, Practitioner, Room, Session, SessionEvent, TreatmentRecord

OVER = timedelta(hours=12)  # after the end of its time a visit should have been closed


def coming(sessions: QuerySet[Session], *, now: datetime) -> QuerySet[Booking]:
    """Those of a patient's visits that have a time ahead, soonest first, each with its place: its time is on that
    clock."""
    rows = Booking.objects.filter(session__in=sessions.values("pk"), active=True, end__gt=now)
    rows = rows.select_related("session__location")
    return rows.order_by("start")[:3]


def seen_on_the_day(location: Location, now: datetime) -> QuerySet[Booking, int | None]:
    """Ids of the patients who have a visit at a place on its local day."""
    first, last = day_bounds(local_date(now, location.timezone), ZoneInfo(location.timezone))
    rows = Booking.objects.filter(active=True, session__location=location, start__gte=first, start__lt=last)
    return rows.values_list("patient", flat=True)


def start_of(session: Session) -> datetime:
    """When a booked visit begins."""
    return Booking.objects.get(session=session, active=True).start


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a visit's history, with the time it was given where it was given one."""

    event: SessionEvent
    start: datetime | None
    practitioner: str
    room: str
    reason: str


def history(session: Session, *, reads_conditions: bool) -> list[Step]:
    """What happened to the visit, newest first. Three queries."""
    events = list(session.history.select_related("by__staff").order_by("-at", "-id"))
    people = named(Practitioner.objects.all(), (event.detail.get("practitioner") for event in events))
    rooms = named(Room.objects.all(), (event.detail.get("room") for event in events))
    return [
        Step(
            event,
            parse_datetime(event.detail["start"]) if event.detail.get("start") else None,
            people.get(event.detail.get("practitioner"), ""),
            rooms.get(event.detail.get("room"), ""),
            reason_of(event, reads_conditions=reads_conditions),
        )
        for event in events
    ]


def reason_of(event: SessionEvent, *, reads_conditions: bool) -> str:
    """Why, as it was said. What a clinician wrote may name a condition, so the desk does not read it (D17)."""
    return event.reason if reads_conditions or role_of(event.by) not in CLINICAL else ""


def named(rows: QuerySet[Practitioner] | QuerySet[Room], ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {pk for pk in ids if pk}
    return dict(rows.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


@dataclass(frozen=True, slots=True)
class Written:
    """A treatment record with the names of what its codes stand for."""

    record: TreatmentRecord
    areas: list[TreatmentArea]
    substances: list[dict[str, str]]

    @property
    def placed(self) -> list[dict[str, Any]]:
        """What went where, the points of the body chart numbered as they were placed."""
        names = {area.code: area.name for area in self.areas}
        return [each | {"name": names.get(each["area"], each["area"])} for each in self.record.placed]


def written(session: Session) -> Written | None:
    """What was recorded of a visit; None when nothing was. Three queries."""
    record = (
        TreatmentRecord.objects.filter(session=session)
        .select_related("technique", "delivery_device", "signed_by")
        .first()
    )
    if record is None:
        return None
    areas = TreatmentArea.objects.filter(code__in=record.areas).select_related("parent").order_by("name")
    codes = [used["code"] for used in record.substances]
    names = dict(Substance.objects.filter(code__in=codes).values_list("code", "name"))
    used = [
        each | {"name": names.get(each["code"], each["code"]), "amount": plain(each["amount"])}
        for each in record.substances
    ]
    return Written(record, list(areas), used)


def addenda(session: Session) -> QuerySet[Addendum]:
    """What was added to the record after it was signed."""
    return Addendum.objects.filter(record__session=session).select_related("by")


def plain(amount: str | Decimal) -> str:
    """1.500 as 1.5, and 10 as 10."""
    return f"{Decimal(amount).normalize():f}"


def number_of(session: Session) -> tuple[int, int] | None:
    """Which of how many sessions of its course this is; None outside the series."""
    if session.course_id is None or session.kind not in SERIES:
        return None
    series = Session.objects.filter(course=session.course_id, kind__in=SERIES).exclude(status__in=DROPPED)
    found = series.aggregate(total=Count("pk"), number=Count("pk", filter=Q(sequence__lte=session.sequence)))
    return found["number"], found["total"]


def left_open(session: Session, now: datetime) -> Session | None:
    """The visit before this one in its course, when its time is over and nobody has said what happened."""
    if session.course_id is None:
        return None
    rows = Session.objects.filter(course=session.course_id, sequence__lt=session.sequence, status__in=WITH_A_TIME)
    return rows.filter(bookings__active=True, bookings__end__lt=now - OVER).order_by("-sequence").first()


def lost_time(session: Session, *, reads_conditions: bool) -> str:
    """Why a displaced visit has no time any more, as far as this reader may know."""
    events = session.history.filter(verb="displace").select_related("by__staff").order_by("-at", "-id")
    event = events.first() if session.status == "displaced" else None
    return reason_of(event, reads_conditions=reads_conditions) if event else ""
