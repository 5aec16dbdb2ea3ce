"""A patient's visits behind and ahead, numbered, their courses, and where they are treated."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

from clinic.models import Location
from patients.models import Patient
from scheduling.calendar.queries.places import current_booking, with_places
from scheduling.courses.queries.numbering import DROPPED, SERIES
from scheduling.models import Booking, Course, Session, SessionStatus, arrivals

OPEN = frozenset({SessionStatus.PLANNED, SessionStatus.BOOKED, SessionStatus.DISPLACED, SessionStatus.NO_SHOW})
PRESENT = frozenset({SessionStatus.CHECKED_IN, SessionStatus.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as the patient reads it; `number` of `total` in the series of its course."""

    session: Session
    start: datetime | None
    end: datetime | None
    practitioner: str
    number: int | None
    total: int | None
    ahead: bool
    parts: tuple["Visit", ...] = ()  # of the first visit of an arrival: all for which the patient comes once (D06)
    joins: bool = False  # it follows another visit of its arrival

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.session.location.timezone)

    @property
    def day(self) -> date | None:
        """The local day of the visit; None while it has no time."""
        return self.start.astimezone(self.zone).date() if self.start else None

    @property
    def status(self) -> str:
        return self.session.status

    @property
    def needs_time(self) -> bool:
        return self.status == SessionStatus.DISPLACED

    def in_days(self, today: date) -> int | None:
        return (self.day - today).days if self.day else None


def visits_of(sessions: QuerySet[Session], now: datetime) -> list[Visit]:
    """Every visit among `sessions` but those entered by mistake, in order of time; those without one last. Two
    queries."""
    rows = sessions.exclude(status=SessionStatus.ERROR).select_related("location", "course", "performed_by")
    found = list(with_places(rows))
    numbers = numbers_of(found)
    visits = {row.pk: visit(row, numbers.get(row.pk), now) for row in found}
    booked = [place for row in found if row.has_time and (place := current_booking(row))]
    for first, *others in (each for each in arrivals(booked) if len(each) > 1):
        parts = tuple(visits[row.visit.pk] for row in (first, *others))
        visits[first.visit.pk] = replace(parts[0], parts=parts)
        visits |= {row.visit.pk: replace(visits[row.visit.pk], joins=True) for row in others}
    return sorted(visits.values(), key=when)


def when(visit: Visit) -> tuple[bool, Any, int]:
    """Visits with a time by time, then the others by the day they ought to be."""
    return (visit.start is None, visit.start or visit.session.ideal or date.max, visit.session.pk)


def visit(session: Session, number: tuple[int, int] | None, now: datetime) -> Visit:
    booking = current_booking(session)
    performed = session.performed_at
    end = booking.end if booking else performed
    return Visit(
        session=session,
        start=performed or (booking.start if booking else None),
        end=end,
        practitioner=str(session.performed_by or (booking.practitioner if booking else "")),
        number=number[0] if number else None,
        total=number[1] if number else None,
        ahead=session.status in PRESENT or (session.status in OPEN and (booking is None or booking.end > now)),
    )


def numbers_of(sessions: Iterable[Session]) -> dict[int, tuple[int, int]]:
    """session -> (4, 8): which treatment of its course it is, and of how many."""
    series: dict[int, list[Session]] = {}
    for row in sessions:
        if row.course_id and row.kind in SERIES and row.status not in DROPPED:
            series.setdefault(row.course_id, []).append(row)
    return {
        row.pk: (place, len(rows))
        for rows in series.values()
        for place, row in enumerate(sorted(rows, key=lambda each: each.sequence), start=1)
    }


def courses_of(courses: QuerySet[Course]) -> list[Course]:
    """The courses a patient hears of, those that run or wait before those that are over, then the newest first; drafts
    are the clinic's own business."""
    rows = courses.exclude(status=Course.Status.DRAFT).prefetch_related("protocol_version__phases")
    order = [Course.Status.ACTIVE, Course.Status.ON_HOLD, Course.Status.COMPLETED, Course.Status.REVOKED]
    return sorted(rows, key=lambda course: (order.index(Course.Status(course.status)), -course.pk))


def location_of(patient: Patient, now: datetime) -> Location | None:
    """Where the patient is treated: of the next visit, else of the last, else the clinic's first location."""
    booked = Booking.objects.filter(patient=patient, active=True, end__gt=now).select_related("session__location")
    if following := booked.order_by("start").first():
        return following.visit.location
    been = Session.objects.filter(patient=patient).select_related("location")
    last = been.order_by(F("performed_at").desc(nulls_last=True), "-pk").first()
    return last.location if last else Location.objects.order_by("pk").first()
