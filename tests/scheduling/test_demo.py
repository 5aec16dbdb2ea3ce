"""The demonstration clinic: everybody is in it, it is the same every time, and it leaves a working clinic alone."""

from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from clinic.models import Location, StaffMember, User
from patients.models import Patient, Screening
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.demo.build import build
from scheduling.demo.journeys import DAY
from scheduling.models import AdverseEvent, Booking, Course, Message, Practitioner, Session
from tests.databases import shared_rows
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PATIENTS = 20


@pytest.fixture(scope="class")
def demonstration(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        assert list(build(now=NOW, patients=PATIENTS, weeks=0))[-1] == PATIENTS
        yield


@pytest.mark.xdist_group("demonstration without weeks")
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


def test_the_same_seed_gives_the_same_clinic(catalogue: None) -> None:
    stories = []
    for _turn in range(2):
        before = transaction.savepoint()
        list(build(now=NOW, patients=4, weeks=1))
        stories.append(story())
        transaction.savepoint_rollback(before)
    assert stories[0] == stories[1]
    assert stories[0]


def story() -> list[tuple[object, ...]]:
    """Who comes when, and who reacted: names and times, no keys."""
    rows = Booking.objects.filter(session__isnull=False, active=True).order_by("start", "practitioner__name")
    reactions = AdverseEvent.objects.values_list("patient__phone", "onset_at", "answer_by", "owner__user__name")
    return [
        *rows.values_list("start", "practitioner__name", "room__name", "patient__family_name", "patient__phone"),
        *reactions,
    ]


def test_a_clinic_where_somebody_works_is_left_alone(clinic: Location) -> None:
    before = StaffMember.objects.count()
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo")
    assert StaffMember.objects.count() == before
