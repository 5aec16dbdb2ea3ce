"""Somebody rings up: they will be late. What the desk reads, and when."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from scheduling.models import Session
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def visit(patient: Patient, practitioner: User, desk: User) -> Session:
    return a_visit(patient, at(15), practitioner, desk)


def read(browser: Client, visit: Session, arrives: str = "") -> str:
    return browser.get(
        reverse("desk:visit_late", args=[visit.pk]), {"arrives": arrives} if arrives else {}
    ).content.decode()


def test_who_rings_up_before_their_time_is_not_told_that_it_no_longer_fits(
    visit: Session, desk: User, browser_of: Browser
):
    said = read(browser_of(desk), visit)
    assert "no longer fits" not in said
    assert 'value="2026-05-06T15:00"' in said
    for early in ("2026-05-06T14:10", "2026-05-05T11:00"):
        assert "Nothing changes: the visit begins at 15:00." in read(browser_of(desk), visit, early)


def test_who_comes_once_the_next_patient_is_there_reads_of_no_room(
    visit: Session, other_patient: Patient, practitioner: User, desk: User, browser_of: Browser
):
    a_visit(other_patient, at(15, 45), practitioner, desk)
    assert "Room until 15:35: 25 of the 30 minutes." in read(browser_of(desk), visit, "2026-05-06T15:10")
    said = read(browser_of(desk), visit, "2026-05-06T15:50")
    assert "nothing is free at that time" in said
    assert "there is room until" not in said
