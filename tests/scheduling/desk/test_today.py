"""Everybody sees the day from where they stand: the practitioner their turn, the desk who comes, nobody too much."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.actions.allergies import record_allergy
from patients.models import Patient
from protocols.models import Substance
from scheduling.courses.changing.actions.judging import judge_patient
from scheduling.models import AdverseEvent, Booking, Course
from scheduling.treatment.actions.visits import arrive
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.running import accepted
from tests.scheduling.visits import a_visit, at
from tests.steps import BORN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
HERE = "/today/"


def names(answer: object) -> list[str]:
    return [str(row["entry"].session.patient) for row in answer.context["rows"]]


def someone(name: str) -> Patient:
    return PatientFactory(given_name=name, family_name="Verdi")


def test_a_practitioner_sees_their_own_day_in_order_and_everybodys_on_request(
    practitioner: User, colleague: User, desk: User, browser_of: Browser
):
    a_visit(someone("Late"), at(16, day=TODAY), practitioner, desk)
    a_visit(someone("Soon"), at(11, day=TODAY), practitioner, desk)
    a_visit(someone("Other"), at(12, day=TODAY), colleague, desk, kind="review")
    browser = browser_of(practitioner)
    assert names(browser.get(HERE)) == ["Soon Verdi", "Late Verdi"]
    assert names(browser.get(HERE, {"who": "all"})) == ["Soon Verdi", "Other Verdi", "Late Verdi"]


def test_another_day_has_its_own_address(practitioner: User, desk: User, patient: Patient, browser_of: Browser):
    a_visit(patient, at(10), practitioner, desk)
    browser = browser_of(practitioner)
    assert names(browser.get(HERE)) == []
    assert len(names(browser.get(HERE, {"date": "2026-05-06"}))) == 1
    assert browser.get(HERE, {"date": "gibberish"}).context["day"] == TODAY


def test_a_day_without_visits_leads_to_the_next_that_has_some_of_ones_own(
    practitioner: User, colleague: User, desk: User, browser_of: Browser
):
    browser = browser_of(practitioner)
    assert browser.get(HERE).context["following"] is None
    a_visit(someone("Other"), at(12), colleague, desk, kind="review")
    a_visit(someone("Mine"), at(11, day=TODAY + timedelta(days=2)), practitioner, desk)
    page = browser.get(HERE).content.decode()
    assert f'href="?date={TODAY + timedelta(days=2)}"' in page
    assert "Next visits: Thursday 7 May" in page
    everybody = browser.get(HERE, {"who": "all"}).content.decode()
    assert f"date={TODAY + timedelta(days=1)}" in everybody
    assert "Next visits: Wednesday 6 May" in everybody


def test_the_desk_sees_who_is_late_here_and_expected(practitioner: User, desk: User, browser_of: Browser):
    early = NOW - timedelta(hours=1)
    a_visit(someone("Late"), at(9, 30, day=TODAY), practitioner, desk, now=early)
    here = a_visit(someone("Here"), at(10, 30, day=TODAY), practitioner, desk)
    arrive(session=here, answers={}, born=BORN, by=desk, now=NOW, version=None)
    a_visit(someone("Expected"), at(15, day=TODAY), practitioner, desk)
    groups = browser_of(desk).get(HERE).context["groups"]
    found = {group["name"]: [str(row["entry"].session.patient) for row in group["rows"]] for group in groups}
    assert found == {"late": ["Late Verdi"], "here": ["Here Verdi"], "expected": ["Expected Verdi"]}


def test_the_one_next_step_is_the_right_one(practitioner: User, desk: User, browser_of: Browser):
    a_visit(someone("Late"), at(9, 30, day=TODAY), practitioner, desk, now=NOW - timedelta(hours=1))
    here = a_visit(someone("Here"), at(10, 30, day=TODAY), practitioner, desk)
    arrive(session=here, answers={}, born=BORN, by=desk, now=NOW, version=None)
    a_visit(someone("Expected"), at(15, day=TODAY), practitioner, desk)

    def steps(user: User) -> list[str | None]:
        rows = browser_of(user).get(HERE, {"who": "all"}).context["rows"]
        return [row["step"] and row["step"]["label"] for row in rows]

    assert steps(desk) == ["Late: what now?", None, "Check in"]
    assert steps(practitioner) == ["Late: what now?", "Start", "Check in"]


class TestTreatment:
    def test_shows_how_far_the_course_is(self, course: Course, practitioner: User, browser_of: Browser):
        page = browser_of(practitioner).get(HERE)
        (row,) = page.context["rows"]
        assert (row["entry"].number, row["entry"].total) == (1, course.sessions.count())
        assert "P07" in page.content.decode()

    def test_says_what_is_missing_before_the_needle(self, course: Course, practitioner: User, browser_of: Browser):
        course.patient.consents.filter(act="treatment").update(status="rejected")
        (row,) = browser_of(practitioner).get(HERE).context["rows"]
        assert [each.code for each in row["entry"].missing] == ["consent"]

    def test_says_what_was_found_against_a_visit_since_the_last_screening(
        self, course: Course, practitioner: User, browser_of: Browser
    ):
        told = {"substance": Substance.objects.get(code="vitamins"), "note": "Hives", "by": practitioner}
        record_allergy(patient=course.patient, now=NOW, **told)
        judge_patient(patient_id=course.patient_id, now=NOW)
        (row,) = browser_of(practitioner).get(HERE).context["rows"]
        assert "eligibility" in [each.code for each in row["entry"].missing]

    def test_with_nothing_missing_says_nothing(self, course: Course, practitioner: User, browser_of: Browser):
        page = browser_of(practitioner).get(HERE)
        assert page.context["rows"][0]["entry"].missing == ()
        assert page.context["need_you"] == 0


def test_reactions_are_told_to_clinicians_and_only_counted_for_the_desk(
    clinic: Location, patient: Patient, practitioner: User, desk: User, browser_of: Browser
):
    AdverseEvent.objects.create(
        patient=patient,
        text="Swelling of the left thigh",
        onset_at=NOW,
        reported_by=desk,
        reported_at=NOW,
        answer_by=NOW + timedelta(hours=4),
    )
    assert "Swelling of the left thigh" in browser_of(practitioner).get(HERE).content.decode()
    for_desk = browser_of(desk).get(HERE).content.decode()
    assert "Swelling" not in for_desk
    assert "Reactions to answer" in for_desk


def test_an_administrator_sees_the_house_and_no_patient(
    patient: Patient, practitioner: User, desk: User, administrator: User, browser_of: Browser
):
    a_visit(patient, at(15, day=TODAY), practitioner, desk)
    page = browser_of(administrator).get(HERE).content.decode()
    assert "Aventino" in page
    assert patient.family_name not in page


@pytest.mark.parametrize("who", ["practitioner", "desk"])
def test_a_full_day_is_read_in_as_many_queries_as_one_visit(
    who: str, practitioner: User, desk: User, clinic: Location, browser_of: Browser
):
    browser = browser_of({"practitioner": practitioner, "desk": desk}[who])

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("desk:today")).status_code == 200
        return len(captured)

    first = accepted(someone("First"), clinic, practitioner)
    assert first.sessions.filter(status="booked").exists()
    count()
    one = count()
    for number in range(6):
        accepted(someone(f"More{number}"), clinic, practitioner)
    firsts = Booking.objects.filter(session__sequence=1)
    firsts.update(active=False)
    for number, booking in enumerate(firsts):
        start, end = at(9 + number, day=TODAY), at(9 + number, 30, day=TODAY)
        times = {"start": start, "end": end, "occupied_start": start, "occupied_end": end}
        Booking.objects.filter(pk=booking.pk).update(active=True, **times)
    assert len(browser.get(reverse("desk:today"), {"who": "all"}).context["rows"]) > 5
    assert count() == one
