"""The emergency kit of the day: by name, with contents and expiries (D54)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Session
from scheduling.treatment.actions.visits import check_in
from tests.factories import NOW, TODAY
from tests.steps import BORN, SENT, clear_answers
from tests.stock import as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]


@pytest.fixture
def arrived(clinic: Location, patient: Patient, practitioner: User, desk: User) -> Session:
    """The first treatment of a P07 is today; its patient is here."""
    first = patient.courses.get().sessions.get(sequence=1)
    return check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)


def checked(browser: Client, expires: date) -> int:
    form = {"adrenaline_expires_on": str(expires), "contents": "adrenaline 2, cortisone, oxygen 2027-01"}
    return browser.post(reverse("desk:kit"), form).status_code


@pytest.mark.parametrize(("expires", "code"), [(TODAY - timedelta(days=1), 422), (TODAY, 200)])
def test_expired_adrenaline_stops_every_needle_there(
    expires: date, code: int, arrived: Session, practitioner: User, browser_of: Browser, api_of: Api
):
    assert checked(browser_of(practitioner), expires) == 302
    given = SENT | {"drawn_up": as_json(drawn_for(arrived, practitioner))}
    answer = api_of(practitioner).post(f"/api/v1/sessions/{arrived.pk}/start/", given)
    assert answer.status_code == code
    if code == 422:
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["kit_expired"]
        assert "adrenaline has expired" in browser_of(practitioner).get(reverse("desk:today")).content.decode()


def test_the_check_of_the_day_carries_a_name_and_counts_for_the_day(
    arrived: Session, clinic: Location, practitioner: User, browser_of: Browser, api_of: Api
):
    checked(browser_of(practitioner), TODAY + timedelta(days=100))
    clinic.refresh_from_db()
    assert (clinic.kit_checked_by, clinic.kit_checked_at) == (practitioner, NOW)
    page = browser_of(practitioner).get(reverse("desk:visit_chair", args=[arrived.pk])).content.decode()
    assert "The emergency kit was checked today at 10:00 by Bianchi." in page
    assert "emergency_kit" not in page
    given = SENT | {"emergency_kit": False, "drawn_up": as_json(drawn_for(arrived, practitioner))}
    answer = api_of(practitioner).post(f"/api/v1/sessions/{arrived.pk}/start/", given)
    assert answer.status_code == 200


def test_without_the_expiry_of_the_adrenaline_it_is_no_check(practitioner: User, browser_of: Browser):
    answer = browser_of(practitioner).post(reverse("desk:kit"), {"contents": "adrenaline"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["adrenaline_expires_on"])


def test_the_desk_does_not_check_it(desk: User, browser_of: Browser):
    assert browser_of(desk).get(reverse("desk:kit")).status_code == 403


def test_a_check_without_a_name_is_refused_by_the_database(clinic: Location):
    with pytest.raises(IntegrityError), transaction.atomic():
        Location.objects.filter(pk=clinic.pk).update(kit_checked_at=NOW)
