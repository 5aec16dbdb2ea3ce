"""Whose calendar a secret address is, and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from clinic.base import scope
from clinic.base.tokens import digest
from patients.models import Patient
from scheduling.calendar.queries.arrivals import arrival_of
from scheduling.models import Booking, Practitioner, Session, SessionEvent, SessionStatus, arrivals

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
    """The patient's arrivals, what was cancelled for 30 days more, so that calendars strike it out. Two queries."""
    rows = timed(Booking.objects.filter(patient=patient, end__gt=now - KEPT_PAST))
    newest = list(rows.order_by("session_id", "-active", "-id").distinct("session_id"))
    gone = [(row,) for row in newest if not row.active and row.changed_at > now - KEPT_CANCELLED]
    once, changes = [*arrivals(row for row in newest if row.active), *gone], changes_of(patient.pk)
    return sorted((as_one(each, changes) for each in once), key=in_time)


def changes_of(patient: int) -> int:
    """How often any visit of a patient changed."""
    changes: int = Session.objects.filter(patient=patient).aggregate(all=Coalesce(Sum("revision"), 0))["all"]
    return changes


def as_one(arrival: "Sequence[Dated]", changes: int) -> Appointment:
    """The entry of an arrival: its first visit's, until the last one ends. The sequence rises with every change of any
    visit of the patient, so that a calendar takes it over when another visit joins or leaves."""
    changed = max(row.changed_at for row in arrival)
    return replace(appointment(arrival[0]), end=arrival[-1].end, sequence=changes, changed_at=changed)


def of_practitioner(practitioner: Practitioner, now: datetime) -> list[Appointment]:
    """The last week and the next three months of a practitioner. A subscribed calendar forgets by itself what is gone.
    One query."""
    near = {"occupied_start__gt": now - STAFF_BEHIND, "occupied_start__lt": now + STAFF_AHEAD}
    rows = timed(Booking.objects.filter(practitioner=practitioner, active=True, **near))
    return sorted(map(appointment, rows), key=in_time)


def of_session(session: Session) -> Appointment | None:
    """The arrival of one visit for a calendar file; None while it has no time."""
    rows = list(timed(Booking.objects.filter(pk__in=[each.pk for each in arrival_of(session)])).order_by("start", "pk"))
    return as_one(rows, changes_of(session.patient_id)) if rows else None


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


def in_time(appointment: Appointment) -> tuple[datetime, int]:
    return appointment.start, appointment.session_id


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
