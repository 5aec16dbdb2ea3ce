"""What a course costs is told with what it covers, by whom and when; a change adds a line (F233)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.prices import tell_price
from scheduling.models import Course, PriceTold, Session
from tests.factories import NOW, TODAY
from tests.scheduling.course_steps import book_treatment, make_course

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
TOLD = {"amount": "600", "currency": "eur", "covers": "ten sessions, test and reviews included"}


@pytest.fixture
def course(clinic: Location, patient: Patient, practitioner: User) -> Course:
    return make_course(patient, clinic, practitioner, status="active")


def test_it_is_told_on_the_plan_and_read_on_paper_and_in_the_portal(
    course: Course, desk: User, patient: Patient, browser_of: Browser
):
    page = reverse("courses:price", args=[course.pk])
    assert browser_of(desk).post(page, TOLD).status_code == 302
    assert browser_of(desk).post(page, TOLD | {"amount": "650", "covers": "twelve sessions"}).status_code == 302
    visits = [book_treatment(course, TODAY + timedelta(days=days), 12, sequence=days + 1) for days in range(3)]
    Session.objects.filter(pk=visits[2].pk).update(status="completed", performed_at=NOW)
    read = (
        (desk, reverse("courses:detail", args=[course.pk])),
        (desk, reverse("desk:visit_check_in", args=[visits[0].pk])),
        (patient.user, reverse("portal:documents")),
        (patient.user, reverse("portal:sheet")),
    )
    for who, where in read:
        said = browser_of(who).get(where).content.decode()
        assert said.index("600.00 EUR") < said.index("650.00 EUR")
        assert "ten sessions, test and reviews included" in said
        assert "told by Desk on 5 May 2026" in said
        if "check-in" in where or "sheet" in where:
            assert "1 of 3 sessions used, 2 left" in said


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "-1"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"currency": "€"}, "currency"),
        ({"currency": "EU"}, "currency"),
        ({"covers": "  "}, "covers"),
    ],
)
def test_what_it_cannot_be_is_said_at_its_field(
    change: dict[str, str], field: str, course: Course, desk: User, browser_of: Browser
):
    answer = browser_of(desk).post(reverse("courses:price", args=[course.pk]), TOLD | change)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not PriceTold.objects.exists()


def test_nobody_else_reads_or_tells_it(course: Course, other_patient: Patient, desk: User, browser_of: Browser):
    tell_price(course=course, amount=Decimal(600), currency="EUR", covers="all", by=desk, now=NOW)
    assert browser_of(other_patient.user).get(reverse("courses:price", args=[course.pk])).status_code in (403, 404)
    assert "600.00" not in browser_of(other_patient.user).get(reverse("portal:documents")).content.decode()


def test_what_was_told_is_never_rewritten(course: Course, desk: User):
    told = tell_price(course=course, amount=Decimal(600), currency="EUR", covers="all", by=desk, now=NOW)
    for change in (lambda: PriceTold.objects.update(amount=1), told.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("wrong", [{"amount": -1}, {"currency": "eur"}, {"covers": ""}])
def test_the_database_holds_it(wrong: dict[str, object], course: Course, desk: User):
    right = {"amount": 1, "currency": "EUR", "covers": "all", "told_at": NOW, "told_by": desk}
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceTold.objects.create(course=course, **(right | wrong))
