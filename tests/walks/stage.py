"""What the walks need beside the demonstration, whose days depend on the day of the week."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from clinic.models import User
from protocols.models import Formulation
from scheduling.models import Session
from scheduling.setup.actions.first_director import issue_link
from tests.factories import PatientFactory
from tests.scheduling.course_steps import book_treatment, make_course
from tests.steps import make_ready

PRACTITIONER, ZONE = "practitioner@demo.test", "Europe/Rome"
LATE = 23  # o'clock: ahead at every hour, and nobody of the demonstration comes then


def somebody_comes_today(by: User, *, now: datetime) -> Session:
    """A visit of today at which everything is as it should be, also when this practitioner has no other."""
    place, mix = by.staff.location, Formulation.objects.get(name="Body mix")
    patient = PatientFactory(given_name="Agata", family_name="Zanella")
    make_ready(patient, mix, by=by, location=place, now=now - timedelta(hours=1))
    today = now.astimezone(ZoneInfo(ZONE)).date()
    course = make_course(
        patient, place, by, start_on=today, status="active", formulation=mix, practitioner=by.staff.practitioner
    )
    return book_treatment(course, today, LATE)


def link_of(*, now: datetime) -> str:
    """What the terminal of an empty clinic shows, without the host."""
    return reverse("desk:first_director", args=[issue_link(now=now)])
