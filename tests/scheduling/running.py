"""A course that runs: taken through the real actions up to its acceptance."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.models import Booking, Course
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.steps import make_ready


def accepted(
    patient: Patient, clinic: Location, by: User, code: str = "P07", *, now: datetime = NOW, **chosen: Any
) -> Course:
    """A course of a patient whose test was negative, planned by the worker and accepted."""
    mix = FormulationFactory(substances=MIX)
    make_ready(patient, mix, by=by, location=clinic, now=now)
    course = make_course(patient, clinic, by, code, formulation=mix, **chosen)
    proposal = build_proposal(proposal_id=request_proposal(course=course, by=by, now=now).pk, now=now)
    accept_proposal(proposal=proposal, by=by, now=now)
    course.refresh_from_db()
    return course


def booked_days(course: Course) -> list[date]:
    """Local dates of the booked visits, in order."""
    rows = Booking.objects.filter(session__course=course, active=True).order_by("start")
    return [row.start.astimezone(ZoneInfo(course.location.timezone)).date() for row in rows]


def shape(course: Course) -> list[tuple[Any, ...]]:
    """Everything a change of a course could touch: status, number, window and place of each visit."""
    rows = course.sessions.order_by("sequence", "pk")
    places = {
        row.session_id: (row.start, row.practitioner_id, row.room_id)
        for row in Booking.objects.filter(session__course=course, active=True)
    }
    return [(row.pk, row.sequence, row.status, row.floor, row.latest, row.version, places.get(row.pk)) for row in rows]
