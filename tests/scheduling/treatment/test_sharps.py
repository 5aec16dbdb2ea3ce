"""A needle hurts somebody of the staff: the steps at once, and a record apart from the patient's (D55)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from scheduling.models import SharpsInjury
from scheduling.treatment.actions.sharps import report_injury
from tests.factories import NOW, TODAY
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
HURT = {"device": "blunt cannula, blood in it", "source": "known"}


@pytest.fixture
def injury(practitioner: User) -> SharpsInjury:
    return report_injury(location=practitioner.staff.location, **HURT, by=practitioner, now=NOW)


def test_the_steps_stand_first_and_what_is_written_is_not_the_patients(
    patient: Patient, practitioner: User, desk: User, director: User, browser_of: Browser
):
    a_visit(patient, at(11, day=TODAY), practitioner, desk)
    browser, page = browser_of(practitioner), reverse("desk:sharps")
    said = browser.get(page).content.decode()
    assert said.index("running water") < said.index("Which needle")
    assert browser.post(page, HURT | {"source_patient": patient.pk}).status_code == 302
    row = SharpsInjury.objects.get()
    assert (row.injured, row.source_patient, row.happened_at) == (practitioner.staff, patient, NOW)
    assert "blunt cannula" not in browser.get(reverse("patients:detail", args=[patient.pk])).content.decode()
    assert "blunt cannula" in browser.get(page).content.decode()
    assert "blunt cannula" in browser_of(director).get(page).content.decode()
    assert "blunt cannula" not in browser_of(desk).get(page).content.decode()
    assert page in browser.get(reverse("desk:today")).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"device": ""}, "device"),
        ({"source": ""}, "source"),
        ({"source": "unknown", "patient": True}, "source_patient"),
        ({"happened_at": "2027-01-01T10:00"}, "happened_at"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    change: dict[str, Any], field: str, patient: Patient, practitioner: User, desk: User, browser_of: Browser
):
    a_visit(patient, at(11, day=TODAY), practitioner, desk)
    given = HURT | change | ({"source_patient": patient.pk} if "patient" in change else {})
    page = browser_of(practitioner).post(reverse("desk:sharps"), given)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert not SharpsInjury.objects.exists()


def test_a_director_closes_it_once_with_words(injury: SharpsInjury, director: User, browser_of: Browser):
    browser, page = browser_of(director), reverse("desk:sharps_close", args=[injury.pk])
    assert list(browser.post(page, {}).context["form"].errors) == ["follow_up"]
    assert browser.post(page, {"follow_up": "Seen at 11:00, markers taken"}).status_code == 302
    injury.refresh_from_db()
    assert (injury.follow_up, injury.closed_by) == ("Seen at 11:00, markers taken", director)
    assert browser.post(page, {"follow_up": "again"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"device": ""}, "sharps_injury_names_device"),
        ({"source": "clean", "patient": True}, "sharps_injury_patient_is_the_source"),
        ({"closed_at": NOW + timedelta(hours=1)}, "sharps_injury_closed_with_words"),
    ],
)
def test_the_database_holds_it(change: dict[str, Any], constraint: str, injury: SharpsInjury, patient: Patient):
    given = {name: value for name, value in change.items() if name != "patient"}
    given |= {"source_patient": patient} if "patient" in change else {}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SharpsInjury.objects.filter(pk=injury.pk).update(**given)
