"""The demonstration: everybody is in it, and its calendar is well booked and never full."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from clinic.models import Location, User
from patients.models import Patient, Screening
from protocols.models import Formulation
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.demo.build import build
from scheduling.demo.journeys import DAY
from scheduling.models import (
    AdverseEvent,
    Booking,
    Course,
    Message,
    Practitioner,
    Proposal,
    PublicHoliday,
    Session,
)
from tests.databases import shared_rows
from tests.factories import NOW, TODAY
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("demonstration of eight weeks")]

Minutes = float
WEEKS, PATIENTS = 8, 20
NEXT_MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        assert list(build(now=NOW, patients=PATIENTS))[-1] == PATIENTS
        yield


class TestWhoIsThere:
    def test_every_kind_of_patient_and_one_of_each_trouble_is_there(self, demonstration: None) -> None:
        assert {place.timezone for place in Location.objects.all()} == {"Europe/Rome", "Europe/Lisbon"}
        assert Practitioner.objects.count() == 6
        assert User.objects.get(email="practitioner@demo.test").staff.prescriber
        assert Patient.objects.get(user__email="patient@demo.test").courses.filter(status="active").exists()
        assert {"eligible"} < set(Screening.objects.values_list("verdict", flat=True))
        assert {"active", "draft"} <= set(Course.objects.values_list("status", flat=True))
        assert {"completed", "booked", "planned"} <= set(Session.objects.values_list("status", flat=True))
        assert Message.objects.filter(status="failed").exists()
        assert Booking.objects.filter(kind="block", absence__isnull=False).exists()
        reaction = AdverseEvent.objects.get()
        assert (reaction.closed_at, reaction.session.status, reaction.owner.role) == (None, "completed", "practitioner")
        assert reaction.reported_at < NOW < reaction.answer_by

    @pytest.mark.usefixtures("at_ten")
    def test_somebody_by_name_waits_for_her_first_course(
        self, demonstration: None, browser_of: Callable[[User], Client]
    ):
        """The README's first five minutes begin with her."""
        patient = Patient.objects.get(given_name="Lia", family_name="Nuova")
        browser = browser_of(User.objects.get(email="practitioner@demo.test"))
        page = browser.get(reverse("patients:detail", args=[patient.pk]))
        assert page.context["step"].label == "Plan a course"

    def test_what_the_calendar_has_reached_was_booked_last_night(self, demonstration: None) -> None:
        assert advance_horizon(now=NOW - DAY) == 0


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
