"""The questions of the day on one screen: unanswered at each visit, with what was last told, nothing for the desk."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.actions.decisions import decide_finding
from patients.models import IntakeResponse, Patient
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Session
from tests.factories import NOW
from tests.scheduling.course_steps import book_treatment, make_course
from tests.steps import SAID, check_same_day, take_intake

Browsers = Callable[[User | None], Client]
NONE = {"none_of_these": "on", "q-health_changed": "no"}


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def visit(clinic: Location, patient: Patient, practitioner: User) -> Session:
    """A visit today of somebody who takes vitamin D and has answered the day's questions at the last visit."""
    take_intake(
        patient,
        by=practitioner,
        now=NOW - timedelta(days=15),
        takes_medicines=True,
        medicine_names="vitamin D",
        silicon_long_term=False,
    )
    check_same_day(patient, by=practitioner, now=NOW - timedelta(days=15))
    return book_treatment(make_course(patient, clinic, practitioner, status="active"), NOW.date(), 15)


def answered_now() -> list[IntakeResponse]:
    return list(IntakeResponse.objects.filter(occasion="same_day", answered_at=NOW))


def test_d46_what_was_answered_at_the_last_visit_is_no_answer_today(
    visit: Session, patient: Patient, browser_of: Browsers
):
    browser, page = browser_of(patient.user), reverse("portal:same_day")
    shown = browser.get(page)
    assert not [name for name, value in shown.context["form"].initial.items() if value]
    answer = browser.post(page, {"q-health_changed": "no"})
    assert {"q-pregnant", "q-infection", "q-aspirin_last_dose", "q-old_site", "q-unwell"} <= set(
        answer.context["form"].errors
    )
    assert not answered_now()


def test_c43_a_lump_told_at_home_is_not_taken_back_at_the_desk(
    visit: Session, patient: Patient, practitioner: User, browser_of: Browsers
):
    check_same_day(patient, by=patient.user, now=NOW - timedelta(minutes=9), old_site=["lump"], health_changed=True)
    assert browser_of(patient.user).post(reverse("portal:same_day"), NONE).status_code == 302
    (response,) = answered_now()
    assert (response.answers["old_site"], response.answers["health_changed"]) == (["lump"], True)
    seen = {"decision": "approve", "reason": "A scar", "plan": plan_of(visit.course), "occasion": "same_day"}
    for code in ("old-site", "health-changed"):
        decide_finding(patient=patient, code=code, by=practitioner, now=NOW, **seen)
    later = check_same_day(patient, by=patient.user, now=NOW + timedelta(days=9))
    assert (later.answers["old_site"], later.answers["health_changed"]) == ([], False)


def test_d46_none_of_these_and_nothing_new_are_two_taps(visit: Session, patient: Patient, browser_of: Browsers):
    assert browser_of(patient.user).post(reverse("portal:same_day"), NONE).status_code == 302
    (response,) = answered_now()
    assert (response.answers["pregnant"], response.answers["old_site"], response.answers["aspirin_last_dose"]) == (
        False,
        [],
        None,
    )
    assert response.answers["health_changed"] is False


def test_d46_each_item_is_readable_and_what_was_last_told_stands_beside(
    visit: Session, patient: Patient, practitioner: User, browser_of: Browsers
):
    for browser, page in (
        (browser_of(patient.user), reverse("portal:same_day")),
        (browser_of(practitioner), reverse("desk:visit_check_in", args=[visit.pk])),
    ):
        shown = browser.get(page).content.decode()
        assert "Are you pregnant, or might you be?" in shown
        assert "vitamin D" in shown
        assert "Nothing new since 20 Apr 2026" in shown


def test_d46_the_desk_asks_and_reads_nothing(visit: Session, desk: User, browser_of: Browsers):
    page = reverse("desk:visit_check_in", args=[visit.pk])
    shown = browser_of(desk).get(page).content.decode()
    assert "Nothing new since 20 Apr 2026" in shown
    assert "vitamin D" not in shown
    assert browser_of(desk).post(page, NONE | SAID).status_code == 302
    visit.refresh_from_db()
    assert visit.status == "checked_in"


def test_d46_none_of_these_beside_one_that_applies_is_asked_again(
    visit: Session, patient: Patient, browser_of: Browsers
):
    answer = browser_of(patient.user).post(reverse("portal:same_day"), NONE | {"q-pregnant": "yes"})
    assert list(answer.context["form"].errors) == ["none_of_these"]
    assert not answered_now()


def test_d46_none_of_these_says_nothing_about_what_is_new(visit: Session, patient: Patient, browser_of: Browsers):
    answer = browser_of(patient.user).post(reverse("portal:same_day"), {"none_of_these": "on"})
    assert list(answer.context["form"].errors) == ["q-health_changed"]


def test_d46_a_visit_moved_to_another_day_asks_again(
    visit: Session, patient: Patient, desk: User, browser_of: Browsers, time_machine: Any
):
    browser_of(patient.user).post(reverse("portal:same_day"), NONE)
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    page = reverse("desk:visit_check_in", args=[visit.pk])
    assert browser_of(desk).get(page).context["form"].questions
    assert browser_of(desk).post(page, {"checked": "in", **SAID}).context["form"].errors
