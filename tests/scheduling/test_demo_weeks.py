"""The demonstration's calendar is well booked and never full: a newcomer's first course fits at the first try."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from clinic.models import User
from patients.models import Patient
from protocols.models import Formulation
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.demo.build import build
from scheduling.models import Booking, Practitioner, Proposal, PublicHoliday, Session
from tests.databases import shared_rows
from tests.factories import NOW, TODAY
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("demonstration of eight weeks")]

Minutes = float
WEEKS = 8
NEXT_MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        list(build(now=NOW, patients=14))
        yield


def minutes(start: datetime, end: datetime) -> Minutes:
    return max((end - start).total_seconds() / 60, 0)


def works(practitioner: Practitioner, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of a practitioner's working day, as instants."""
    place = practitioner.staff.location
    if PublicHoliday.objects.filter(location=place, date=day).exists():
        return
    zone = ZoneInfo(place.timezone)
    for row in practitioner.hours.filter(weekday=day.weekday(), valid_from__lte=day):
        if row.valid_until is None or row.valid_until >= day:
            yield (
                datetime.combine(day, row.start, zone).astimezone(UTC),
                datetime.combine(day, row.end, zone).astimezone(UTC),
            )


def taken(practitioner: Practitioner, start: datetime, end: datetime, kind: str) -> Minutes:
    rows = Booking.objects.filter(
        practitioner=practitioner, active=True, kind=kind, occupied_start__lt=end, occupied_end__gt=start
    )
    return sum(minutes(max(row.occupied_start, start), min(row.occupied_end, end)) for row in rows)


def share(practitioner: Practitioner, monday: date) -> float | None:
    """Booked minutes by working minutes net of absences; None for a week in which nobody could be booked."""
    stretches = [each for n in range(7) for each in works(practitioner, monday + timedelta(days=n))]
    working = sum(minutes(*each) - taken(practitioner, *each, "block") for each in stretches)
    return sum(taken(practitioner, *each, "session") for each in stretches) / working if working else None


def test_everybody_is_booked_to_between_three_and_four_fifths_in_each_of_eight_weeks(demonstration: None):
    for practitioner in Practitioner.objects.select_related("staff__location"):
        found = [share(practitioner, NEXT_MONDAY + timedelta(weeks=n)) for n in range(WEEKS)]
        shares = [each for each in found if each is not None]
        assert len(shares) >= WEEKS - 1, practitioner
        assert all(0.6 <= each <= 0.8 for each in shares), (practitioner, shares)


NEWCOMERS = (
    ("practitioner@demo.test", {"areas": ["thigh"], "indication": "cellulite", "protocol": "P05"}),
    ("tomas@demo.test", {"areas": ["face"], "indication": "wrinkles", "protocol": "P02"}),
)


@pytest.mark.usefixtures("at_ten")
def test_a_newcomers_first_course_fits_at_the_first_try(demonstration: None, browser_of: Callable[[User], Client]):
    """Somebody registered a minute ago, no wishes, what the form suggests: the schedule is there and is booked."""
    for email, choices in NEWCOMERS:
        user = User.objects.get(email=email)
        browser = browser_of(user)
        patient = newcomer(browser, user)
        course = {
            **suggested(browser, patient, choices),
            **choices,
            "formulation": Formulation.objects.earliest("pk").pk,
        }
        browser.post(f"/courses/new/?patient={patient.pk}", course)
        proposal = build_proposal(proposal_id=Proposal.objects.latest("pk").pk, now=NOW)
        assert proposal is not None
        assert (proposal.status, proposal.reasons) == ("ready", [])
        browser.post(f"/courses/{proposal.course_id}/proposals/{proposal.pk}/accept/")
        assert Session.objects.filter(course=proposal.course_id, status="booked").count() > 1


def newcomer(browser: Client, user: User) -> Patient:
    """Nobody like anybody who is registered: each has a name, a phone and a birthday of their own."""
    days = 1 + user.pk % 28
    person = {"given_name": user.name.split()[-1], "family_name": "Comer", "birth_date": f"1990-03-{days:02}"}
    person |= {"phone": f"+39 333 12345{days:02}"}
    browser.post("/patients/register/", {**person, "sex": "female"})
    patient = Patient.objects.get(family_name="Comer", given_name=person["given_name"])
    take_intake(patient, by=user, now=NOW)
    return patient


def suggested(browser: Client, patient: Patient, choices: dict[str, object]) -> dict[str, object]:
    """What the form of a new course holds before anybody touches it."""
    form = browser.get("/courses/new/", {"patient": patient.pk, **choices}).context["form"]
    values = {name: getattr(form[name].value(), "pk", form[name].value()) for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, "", [])}
