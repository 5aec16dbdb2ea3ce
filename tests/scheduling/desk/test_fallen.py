"""Decisions on the day of a visit and when planning: who is told that one fell, and where it is made."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.actions.decisions import decide_finding
from patients.actions.intake import save_answers
from patients.models import FindingDecision, Patient
from scheduling.courses.queries.plans import plan_of
from scheduling.desk.queries.fallen import fallen_on
from scheduling.models import Course
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.course_steps import book_treatment, make_course
from tests.steps import take_intake

Browsers = Callable[[User | None], Client]
TOLD = "Decisions that have fallen for today"


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def approved(patient: Patient, location: Location, by: User, hour: int, day: date = TODAY) -> Course:
    """A running course with a visit, today or on `day`, and an approved list of medicines."""
    take_intake(patient, by=by, now=NOW, takes_medicines=True, medicine_names="vitamin D", silicon_long_term=False)
    course = make_course(patient, location, by, status="active")
    book_treatment(course, day, hour)
    decide_finding(
        patient=patient,
        code="medicines-declared",
        decision="approve",
        reason="Read.",
        plan=plan_of(course),
        by=by,
        now=NOW,
    )
    return course


def adds_a_medicine(patient: Patient, by: User) -> None:
    save_answers(
        patient=patient,
        occasion="plan",
        answers={"medicine_names": "vitamin D, Xyzzolin since today"},
        by=by,
        now=NOW + timedelta(minutes=1),
    )


def test_d34_a_prescriber_sees_today_that_a_decision_fell_and_where_it_is_made_anew(
    clinic: Location, patient: Patient, practitioner: User, desk: User, browser_of: Browsers
):
    approved(patient, clinic, practitioner, 15)
    browser = browser_of(practitioner)
    assert TOLD not in browser.get(reverse("desk:today")).content.decode()
    adds_a_medicine(patient, patient.user)
    answer = browser.get(reverse("desk:today"))
    assert TOLD in answer.content.decode()
    (told,) = answer.context["fallen"]
    page = browser.get(told["url"]).content.decode()
    assert "vitamin D, Xyzzolin since today" in page
    assert "Thigh" in page
    assert TOLD not in browser_of(desk).get(reverse("desk:today")).content.decode(), "not a desk matter (D17)"


def test_d34_a_decision_for_a_visit_of_another_day_waits(
    clinic: Location, patient: Patient, practitioner: User, browser_of: Browsers
):
    approved(patient, clinic, practitioner, 15, TODAY + timedelta(days=1))
    adds_a_medicine(patient, patient.user)
    assert TOLD not in browser_of(practitioner).get(reverse("desk:today")).content.decode()


def test_the_day_takes_as_many_queries_for_one_fallen_decision_as_for_several(clinic: Location, practitioner: User):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            fallen_on(clinic, TODAY)
        return len(seen)

    counted = []
    for hour in range(9, 15):
        patient = PatientFactory()
        approved(patient, clinic, practitioner, hour)
        adds_a_medicine(patient, practitioner)
        fallen_on(clinic, TODAY)
        counted.append(queries())
    assert len(fallen_on(clinic, TODAY)) == 6
    assert len(set(counted)) == 1


def test_d34_the_planning_page_leads_to_the_decisions_for_its_own_plan_and_back(
    patient: Patient, practitioner: User, browser_of: Browsers
):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True, cancer_past=True)
    browser = browser_of(practitioner)
    chosen = f"patient={patient.pk}&areas=thigh&areas=hip&indication=cellulite&start_on=2026-05-05"
    planning = browser.get(reverse("courses:new") + f"?{chosen}")
    deciding = planning.context["deciding"]
    assert deciding["count"] == 2
    page = browser.get(deciding["url"]).content.decode()
    assert "Thigh" in page
    assert "Hip" in page
    codes = ("herpes-past", "cancer-past")
    sent = {f"{code}-{name}": value for code in codes for name, value in (("decision", "approve"), ("reason", "Seen."))}
    answer = browser.post(deciding["url"], sent)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("courses:new"))
    after = browser.get(answer.headers["Location"])
    assert (after.context["deciding"], str(after.context["verdict"].status)) == (None, "eligible")
    assert FindingDecision.objects.count() == 2


def test_d34_a_draft_s_page_leads_to_what_is_still_open_for_it_and_decides_nothing_twice(
    clinic: Location, patient: Patient, practitioner: User, browser_of: Browsers
):
    approved(patient, clinic, practitioner, 15)
    take_intake(
        patient,
        by=practitioner,
        now=NOW,
        takes_medicines=True,
        medicine_names="vitamin D",
        silicon_long_term=False,
        herpes_past=True,
    )
    course = Course.objects.get()
    answer = browser_of(practitioner).get(reverse("courses:detail", args=[course.pk]))
    assert answer.context["deciding"]["count"] == 1, "the list of medicines is decided already"
    page = browser_of(practitioner).get(answer.context["deciding"]["url"])
    assert [row["form"].prefix for row in page.context["rows"]] == ["herpes-past"]
