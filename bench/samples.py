"""Which rows of a stored clinic the addresses of bench.pages name, and the ways in which a list is asked for.

The patient has courses over, running and to come, and visits behind and ahead, all at House 0.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bench.calendars import ZONE
from clinic.models import Location, Role, User
from patients.models import AllergyTest, AllergyTestReading, Patient
from scheduling.calendar.actions.feeds import make_feed
from scheduling.desk.queries.worklists import LISTS
from scheduling.models import AdverseEvent, Booking, Course, Message, Practitioner, Session

# Parts of addresses whose rows the stored clinic does not hold: those pages are named as not measured.
NOT_STORED = (
    *("proposal_id", "replan_id", "absence_id", "letter_id", "token_id", "secret", "photo_id", "person_id", "offer_id"),
    *("request_id", "import_id", "export_id", "season_id", "injury_id", "emergency_id", "deviation_id", "alert_id"),
    *("lot_id", "product_id", "name", "key"),
)


class Stored:
    """The rows that are asked for, read once."""

    def __init__(self, now: datetime) -> None:
        self.now, self.today = now, now.astimezone(ZoneInfo(ZONE)).date()
        self.location = Location.objects.get(name="House 0")

    @cached_property
    def visit(self) -> Session:
        """The next visit of a running course that has begun."""
        begun = Course.objects.filter(status="active", sessions__status="completed", location=self.location)
        ahead = Booking.objects.filter(active=True, start__gt=self.now, session__course__in=begun.values("pk"))
        return ahead.order_by("start", "id").select_related("session")[0].session

    @cached_property
    def patient(self) -> Patient:
        return self.visit.patient

    @cached_property
    def practitioner(self) -> Practitioner:
        return Practitioner.objects.filter(staff__location=self.location).earliest("pk")

    @cached_property
    def busy_day(self) -> date:
        """The next day with visits."""
        ahead = Booking.objects.filter(session__location=self.location, start__gt=self.now, active=True)
        return ahead.earliest("start").start.astimezone(ZoneInfo(ZONE)).date()

    def people(self) -> dict[str, User]:
        """Who signs in, by role."""
        by_role = {role.value: User.objects.filter(email=f"{role.value}@bench.test").first() for role in Role}
        own = {Role.PATIENT.value: self.patient.user, Role.PRACTITIONER.value: self.practitioner.staff.user}
        return {role: user for role, user in (by_role | own).items() if user is not None}

    def secret(self, role: str) -> str:
        """An address of the calendar of this role's person; "" for those who have none."""
        owners: dict[str, Patient | Practitioner] = {
            Role.PATIENT.value: self.patient,
            Role.PRACTITIONER.value: self.practitioner,
        }
        return make_feed(owner=owners[role], by=self.people()[role]) if role in owners else ""


def parameters(stored: Stored) -> dict[str, Any]:
    """The parts of addresses: each named row is the sample patient's where there is one. None: the store has none."""
    place, patient = stored.location, stored.patient
    event = AdverseEvent.objects.filter(session__location=place).first()
    found: dict[str, Any] = {
        "patient_id": patient.pk,
        "session_id": stored.visit.pk,
        "course_id": stored.visit.course_id,
        "formulation_id": stored.visit.course.formulation_id,
        "consent_id": patient.consents.values_list("pk", flat=True).first(),
        "test_id": AllergyTest.objects.filter(patient=patient).values_list("pk", flat=True).first(),
        "reading_id": AllergyTestReading.objects.filter(test__patient=patient).values_list("pk", flat=True).first(),
        "allergy_id": first(patient.allergies.all()),
        "event_id": event.pk if event else None,
        "message_id": first(Message.objects.filter(patient=patient)),
        "location_id": place.pk,
        "room_id": first(place.rooms.all()),
        "device_id": first(place.devices.all()),
        "holiday_id": first(place.holidays.all()),
        "practitioner_id": stored.practitioner.pk,
        "staff_id": stored.practitioner.staff_id,
        "topic": "allergies",
        "act": 1,
        "link_id": "diabetes",
        "way": "hold",
        "number": 1,
    }
    return found | dict.fromkeys(NOT_STORED)


def first(rows: Any) -> int | None:
    found: int | None = rows.values_list("pk", flat=True).first()
    return found


# `code` means another catalogue on every page.
CODES: Mapping[str, str] = {
    "protocols:fact": "F001",
    "protocols:rule": "diabetes",
    "settings:rule_tighten": "diabetes",
    "settings:rule_withdraw": "diabetes",
    "settings:policy": "test_repeat_days",
    "patients:decide": "diabetes",
}
PROTOCOL = "P07"
ACTS = {"portal:consent_sign": "treatment"}  # elsewhere an act is a number


def queries(stored: Stored) -> dict[str, list[str]]:
    """The query strings a route is asked with, where the plain address is not the only way it is used."""
    patient, session, day = stored.patient.pk, stored.visit.pk, stored.busy_day
    week = {"start": f"{day}T00:00", "end": f"{day + timedelta(days=7)}T00:00"}
    one_day = {"start": f"{day}T00:00", "end": f"{day + timedelta(days=1)}T00:00"}
    chosen = {"patient": patient, "areas": "thigh", "indication": "cellulite", "protocol": "P07"}
    chosen |= {"formulation": stored.visit.course.formulation_id}
    instants = {"from": f"{day}T00:00:00Z", "to": f"{day + timedelta(days=1)}T00:00:00Z"}
    states = ("", "no_intake", "bookable", "decide", "reading_due", "not_bookable")
    asked: dict[str, list[dict[str, Any]]] = {
        "desk:today": [{}, {"date": day}, {"date": day, "who": "all"}],
        "desk:worklists": [{"tab": name} for name in LISTS],
        "desk:board": [{}, {"date": day}],
        "desk:board_events": [one_day, week, week | {"by": "room"}],
        "desk:board_slot": [{"start": f"{day}T10:00", "resource": stored.practitioner.pk}],
        "desk:book": [{}, {"q": "rossi"}, {"patient": patient}],
        "patients:list": [*({"state": state} for state in states), {"q": "rossi"}, {"page": 20}],
        "courses:list": [{}, {"status": "all"}, {"status": "completed"}, {"status": "draft"}, {"page": 20}],
        "courses:new": [{"patient": patient}, chosen],
        "protocols:compare": [{"a": "P07", "b": "P03"}],
        "api:patients": [{}, {"page_size": 200}, {"q": "rossi"}],
        "api:courses": [{}, {"page_size": 200}, {"status": "active"}, {"patient": patient}],
        "api:sessions": [
            {},
            {"page_size": 200},
            instants,
            instants | {"practitioner": stored.practitioner.pk},
            {"from": instants["from"]},
            *({"status": status} for status in ("booked", "planned", "displaced", "completed", "cancelled")),
            {"patient": patient},
        ],
        "api:slots": [{"session": session, "limit": 20}],
        "api:messages": [{}, {"page_size": 200}, {"patient": patient}, {"session": session}],
    }
    return {name: [urlencode(each) for each in ways] for name, ways in asked.items()}
