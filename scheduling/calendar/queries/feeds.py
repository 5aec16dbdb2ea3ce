"""Whose calendar a secret address is, and what is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clinic.base import scope
from clinic.base.tokens import digest
from patients.models import Patient
from scheduling.models import Booking, Practitioner, Session, SessionEvent, SessionStatus

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

KEPT_PAST = timedelta(days=90)
KEPT_CANCELLED = timedelta(days=30)
# A practitioner's calendar is read again every few hours, so it needs no more than the next three months.
STAFF_BEHIND, STAFF_AHEAD = timedelta(days=7), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Appointment:
    """One entry of a calendar. `sequence` rises with every change of time, place or person; `changed_at`: the last."""

    session_id: int
    start: datetime
    end: datetime
    zone: ZoneInfo
    sequence: int
    changed_at: datetime
    cancelled: bool
    address: str


@scope.whole()
def owner_of(secret: str) -> Patient | Practitioner | None:
    """The person whose address this is, as long as they may sign in; None for a withdrawn one."""
    key = digest(secret)
    people = Patient.objects.filter(calendar_digest=key, user__is_active=True)
    staff = Practitioner.objects.filter(
        calendar_digest=key, active=True, staff__active=True, staff__user__is_active=True
    )
    return people.first() or staff.first()


@scope.whole()
def appointments_of(owner: Patient | Practitioner, now: datetime) -> list[Appointment]:
    return of_patient(owner, now) if isinstance(owner, Patient) else of_practitioner(owner, now)


def of_patient(patient: Patient, now: datetime) -> list[Appointment]:
    """The patient's visits, the cancelled ones for 30 days more, so that calendars strike them out. One query."""
    rows = timed(Booking.objects.filter(patient=patient, end__gt=now - KEPT_PAST))
    newest = rows.order_by("session_id", "-active", "-id").distinct("session_id")
    return in_order(row for row in newest if row.active or row.changed_at > now - KEPT_CANCELLED)


def of_practitioner(practitioner: Practitioner, now: datetime) -> list[Appointment]:
    """The last week and the next three months of a practitioner. A subscribed calendar forgets by itself what is gone.
    One query."""
    near = {"occupied_start__gt": now - STAFF_BEHIND, "occupied_start__lt": now + STAFF_AHEAD}
    return in_order(timed(Booking.objects.filter(practitioner=practitioner, active=True, **near)))


def of_session(session: Session) -> Appointment | None:
    """One visit for a calendar file; None while it has no time."""
    row = timed(Booking.objects.filter(session=session, active=True)).first()
    return appointment(row) if row else None


class Changed(TypedDict):
    """What `timed` reads beside a booking."""

    changed_at: datetime


if TYPE_CHECKING:
    Dated = WithAnnotations[Booking, Changed]


def timed(rows: QuerySet[Booking]) -> "QuerySet[Dated]":
    """Bookings of visits with `changed_at`; visits entered by mistake never were."""
    last = SessionEvent.objects.filter(session=OuterRef("session")).order_by("-at", "-id").values("at")[:1]
    visits = rows.filter(kind=Booking.Kind.SESSION).exclude(session__status=SessionStatus.ERROR)
    return visits.select_related("session__location").annotate(changed_at=Coalesce(Subquery(last), "created_at"))


def in_order(rows: "Iterable[Dated]") -> list[Appointment]:
    return sorted((appointment(row) for row in rows), key=lambda each: (each.start, each.session_id))


def appointment(row: "Dated") -> Appointment:
    session = row.visit
    return Appointment(
        session_id=session.pk,
        start=row.start,
        end=row.end,
        zone=ZoneInfo(session.location.timezone),
        sequence=session.revision,
        changed_at=row.changed_at,
        cancelled=not row.active,
        address=session.location.address,
    )
