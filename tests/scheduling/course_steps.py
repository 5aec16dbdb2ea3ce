"""Courses for tests: the catalogue's own protocols, a plain mix, and a clinic's calendar filled to a wanted share."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import Location, User
from patients.models import Patient
from protocols.models import Indication, ProtocolVersion, TreatmentArea
from scheduling.models import Booking, Course, Practitioner, Room, Session
from tests.factories import TODAY, FormulationFactory

MIX = {"vitamins": "2.0", "organic_silicon": "1.5"}


def version_of(code: str) -> ProtocolVersion:
    """The active version of a catalogue protocol."""
    return ProtocolVersion.objects.get(protocol__code=code, status="active")


def make_course(
    patient: Patient,
    location: Location,
    by: User,
    code: str = "P07",
    *,
    areas: tuple[str, ...] = ("thigh",),
    start_on: date = TODAY,
    status: str = Course.Status.DRAFT,
    **fields: Any,
) -> Course:
    """A course as the database keeps it, without the checks of `create_course`."""
    course = Course.objects.create(
        patient=patient,
        protocol_version=version_of(code),
        indication=Indication.objects.get(code=fields.pop("indication", "cellulite")),
        formulation=fields.pop("formulation", None) or FormulationFactory(substances=MIX),
        start_on=start_on,
        location=location,
        practitioner=fields.pop("practitioner", None) or Practitioner.objects.filter(staff__location=location).first(),
        created_by=by,
        status=status,
        **fields,
    )
    course.areas.set(TreatmentArea.objects.filter(code__in=areas))
    return course


def local(location: Location, day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time at the location."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(location.timezone))


def book_treatment(course: Course, day: date, hour: int, *, phase: int = 1, sequence: int = 1) -> Session:
    """A treatment of `course` booked in room 1 with the first practitioner, as the calendar keeps it."""
    start = local(course.location, day, hour)
    session = Session.objects.create(
        patient=course.patient,
        course=course,
        location=course.location,
        sequence=sequence,
        phase=phase,
        kind="treatment",
        status="booked",
        revision=1,
        **dict.fromkeys(("early_limit", "floor", "ideal", "latest"), day),
    )
    end, around = start + timedelta(minutes=30), timedelta(minutes=5)
    Booking.objects.create(
        session=session,
        patient=course.patient,
        practitioner=course.practitioner,
        room=Room.objects.filter(location=course.location).first(),
        start=start,
        end=end,
        occupied_start=start - around,
        occupied_end=end + around,
    )
    return session
