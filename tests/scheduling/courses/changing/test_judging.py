"""Answers change and booked visits are judged again, each for its own day; who acts sees what may not happen (D16)."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from clinic.base import doorbell
from clinic.models import Location, User
from patients.actions.allergies import settle_allergy
from patients.actions.decisions import decide_finding
from patients.actions.intake import amend_answers
from patients.models import Allergy, IntakeResponse, Patient
from protocols.actions.rules import make_change, tightening
from protocols.models import ScreeningRule, Substance
from scheduling.courses.actions.sessions import move_session
from scheduling.courses.changing.actions.judging import judge_changed, judge_patient
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Course, CourseJudgement
from scheduling.tasks import judge_changed as sweep
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.course_steps import book_treatment, make_course
from tests.scheduling.portal.portal_cast import Running, running_course
from tests.scheduling.visits import at
from tests.steps import check_same_day, take_intake

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]

NEXT, LATER = date(2026, 5, 12), date(2026, 5, 27)  # the booked visits of the running course
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def intake(patient: Patient, practitioner: User) -> IntakeResponse:
    return take_intake(patient, by=practitioner, now=NOW - timedelta(days=10))


@pytest.fixture
def running(patient: Patient, clinic: Location, practitioner: User, intake: IntakeResponse) -> Running:
    return running_course(patient, clinic, practitioner)


def days_against(course: Course) -> list[tuple[date, str]]:
    """The days of the visits that may not take place, and what excludes them."""
    judge_patient(patient_id=course.patient_id, now=NOW)
    return [(each.on, each.verdict) for each in CourseJudgement.objects.get(course=course).visits]


class TestEachVisitForItsOwnDay:
    def test_with_nothing_against_it_nothing_is_listed(self, running: Running):
        assert days_against(running.course) == []

    def test_an_illness_answered_now_speaks_against_every_visit_ahead(
        self, running: Running, patient: Patient, practitioner: User
    ):
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        assert days_against(running.course) == [(NEXT, "contraindicated"), (LATER, "contraindicated")]

    def test_aspirin_yesterday_concerns_the_visit_within_two_weeks_and_not_the_one_after(
        self, running: Running, patient: Patient, practitioner: User
    ):
        take_intake(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-04")
        assert days_against(running.course) == [(NEXT, "deferred")]
        (visit,) = CourseJudgement.objects.get().visits
        assert visit.until == date(2026, 5, 18)

    def test_a_cough_concerns_its_day_only(self, running: Running, patient: Patient, practitioner: User):
        check_same_day(patient, by=practitioner, now=NOW, cough=True)
        assert days_against(running.course) == []

    def test_another_answer_of_the_same_day_check_concerns_the_visits_ahead(
        self, running: Running, patient: Patient, practitioner: User
    ):
        check_same_day(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-04")
        assert days_against(running.course) == [(NEXT, "deferred")]

    def test_a_corrected_answer_opens_the_visits_again(self, running: Running, patient: Patient, practitioner: User):
        wrong = take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        amend_answers(
            patient=patient, answers={"diabetes": False}, amends=wrong, reason="Years ago", by=practitioner, now=NOW
        )
        assert days_against(running.course) == []

    def test_a_review_a_prescriber_must_settle_is_listed_until_it_is_and_again_when_declined(
        self, running: Running, patient: Patient, practitioner: User
    ):
        take_intake(patient, by=practitioner, now=NOW, cancer_past=True)
        assert days_against(running.course) == [(NEXT, "needs_review"), (LATER, "needs_review")]
        settle = {"patient": patient, "code": "cancer-past", "reason": "Seen", "by": practitioner, "now": NOW}
        decide_finding(**settle, plan=plan_of(running.course), decision="approve")
        assert days_against(running.course) == []
        decide_finding(**settle, plan=plan_of(running.course), decision="decline")
        assert days_against(running.course) == [(NEXT, "contraindicated"), (LATER, "contraindicated")]

    def test_a_decision_that_only_has_to_be_renewed_later_is_not_listed(
        self, running: Running, patient: Patient, practitioner: User
    ):
        book_treatment(running.course, TODAY + timedelta(days=220), 10, sequence=9)
        classed = {"systemic_illness_class": "compatible", "systemic_illness_name": "Hashimoto"}
        classed |= {"systemic_illness": True, "systemic_illness_reason": "Stable for years."}
        take_intake(patient, by=practitioner, now=NOW, **classed)
        assert days_against(running.course) == []

    def test_a_confirmed_allergy_to_an_ingredient_speaks_against_the_visits(
        self, running: Running, patient: Patient, practitioner: User
    ):
        suspected = Allergy.objects.create(
            patient=patient,
            substance=Substance.objects.get(code="vitamins"),
            verification="unconfirmed",
            recorded_by=practitioner,
            recorded_at=NOW,
        )
        settle_allergy(allergy=suspected, confirmed=True, note="Hives", by=practitioner, now=NOW)
        assert [verdict for _, verdict in days_against(running.course)] == ["contraindicated", "contraindicated"]

    def test_a_course_on_hold_has_nothing_ahead_to_judge(self, running: Running, patient: Patient, practitioner: User):
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        Course.objects.update(status="on_hold", status_reason="Away")
        assert judge_patient(patient_id=patient.pk, now=NOW) == 0


class TestWhenItIsAskedAgain:
    """`judge_changed` finds by itself whatever was written, long after the last time it asked."""

    @pytest.fixture
    def later(self, running: Running) -> datetime:
        """Asked about once, and ten minutes have passed."""
        judge_changed(now=NOW)
        assert judge_changed(now=NOW + TEN_MINUTES) == 0
        return NOW + TEN_MINUTES

    def test_a_course_is_asked_about_once_and_then_daily(self, later: datetime):
        assert judge_changed(now=NOW + timedelta(days=1, minutes=1)) == 1

    def test_after_an_answer(self, later: datetime, patient: Patient, practitioner: User):
        take_intake(patient, by=practitioner, now=later, diabetes=True)
        assert judge_changed(now=later + TEN_MINUTES) == 1
        assert len(CourseJudgement.objects.get().against) == 2

    def test_after_a_decision(self, later: datetime, running: Running, patient: Patient, practitioner: User):
        take_intake(patient, by=practitioner, now=later, cancer_past=True)
        judge_changed(now=later + TEN_MINUTES)
        plan, since = plan_of(running.course), later + 2 * TEN_MINUTES
        decide_finding(
            patient=patient,
            code="cancer-past",
            decision="approve",
            reason="Seen",
            plan=plan,
            by=practitioner,
            now=since,
        )
        judge_changed(now=since + TEN_MINUTES)
        assert CourseJudgement.objects.get().against == []

    def test_after_a_suspicion_was_settled(self, later: datetime, patient: Patient, practitioner: User):
        Allergy.objects.create(
            patient=patient,
            substance=Substance.objects.get(code="vitamins"),
            recorded_by=practitioner,
            recorded_at=later,
        )
        assert judge_changed(now=later + TEN_MINUTES) == 1

    def test_after_a_visit_moved(self, later: datetime, running: Running, patient: Patient, practitioner: User):
        take_intake(patient, by=practitioner, now=later, aspirin_last_dose="2026-05-04")
        judge_changed(now=later + TEN_MINUTES)
        start, since = at(10, day=date(2026, 5, 19)), later + 2 * TEN_MINUTES
        running.following.refresh_from_db()
        move_session(session=running.following, start=start, by=practitioner, now=since)
        judge_changed(now=since + TEN_MINUTES)
        assert CourseJudgement.objects.get().against == []

    def test_after_a_rule_changed_for_everybody(self, later: datetime, director: User):
        old = ScreeningRule.objects.get(code="cancer-past").definition
        change = tightening(code="cancer-past", definition={**old, "effect": "blocks"})
        make_change(change=change, reason="Ours", by=director, now=later)
        assert judge_changed(now=later + TEN_MINUTES) == 1

    def test_others_answers_are_no_reason(self, later: datetime, other_patient: Patient, practitioner: User):
        take_intake(other_patient, by=practitioner, now=later, diabetes=True)
        assert judge_changed(now=later + TEN_MINUTES) == 0

    def test_whoever_writes_a_change_rings_for_the_patient(
        self,
        patient: Patient,
        practitioner: User,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Callable[..., Any],
    ):
        rung: list[tuple[Any, ...]] = []
        monkeypatch.setattr(doorbell, "_ring_now", lambda task, args: rung.append((task, *args)))
        with django_capture_on_commit_callbacks(execute=True):
            take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        assert rung == [("scheduling.judge_patient", patient.pk)]

    def test_the_sweep_does_it_by_itself(self, running: Running):
        sweep()
        assert CourseJudgement.objects.get().course == running.course

    def test_the_same_number_of_queries_for_many_patients(
        self,
        running: Running,
        clinic: Location,
        practitioner: User,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ):
        with django_assert_max_num_queries(30) as few:
            judge_changed(now=NOW)
        for number in range(5):
            someone = PatientFactory()
            take_intake(someone, by=practitioner, now=NOW, diabetes=True)
            course = running_course_on(someone, clinic, practitioner, NEXT + timedelta(days=number + 1))
            assert course.status == "active"
        with django_assert_max_num_queries(len(few)):
            assert judge_changed(now=NOW) == 5


def running_course_on(patient: Patient, clinic: Location, by: User, day: date) -> Course:
    course = make_course(patient, clinic, by, status="active")
    book_treatment(course, day, 16)
    return course


class TestWhoSeesIt:
    @pytest.fixture
    def diabetic(self, running: Running, patient: Patient, practitioner: User) -> Patient:
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        judge_changed(now=NOW)
        return patient

    def page(self, browser: Client, url: str, **query: str) -> str:
        answer = browser.get(url, query)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_the_clinician_finds_it_on_the_work_list_with_one_thing_to_do(
        self, diabetic: Patient, practitioner: User, browser_of: Browser
    ):
        page = self.page(browser_of(practitioner), "/work/", tab="not_allowed")
        assert "2 booked visits: 12 May 2026, 27 May 2026" in page
        assert reverse("patients:eligibility", args=[diabetic.pk]) in page
        assert "Must not be treated" in page

    def test_the_desk_reads_that_the_practitioner_will_call_and_no_condition(
        self, diabetic: Patient, desk: User, browser_of: Browser
    ):
        for url in ("/work/?tab=not_allowed", reverse("patients:detail", args=[diabetic.pk])):
            page = self.page(browser_of(desk), url)
            assert "ot bookable" in page
            assert "the practitioner will call" in page
            assert "iabet" not in page
            assert "Must not be treated" not in page

    def test_the_patients_page_says_why_to_those_who_treat_and_sends_them_there(
        self, diabetic: Patient, practitioner: User, browser_of: Browser
    ):
        page = self.page(browser_of(practitioner), reverse("patients:detail", args=[diabetic.pk]))
        assert "There is a finding against a booked visit on its day." in page
        assert "Diabetes of any type rules out treatment." in page
        assert "Look at the eligibility" in page

    def test_the_patients_page_asks_the_rules_itself_and_waits_for_no_sweep(
        self, running: Running, patient: Patient, practitioner: User, browser_of: Browser
    ):
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        assert not CourseJudgement.objects.exists()
        url = reverse("patients:detail", args=[patient.pk])
        assert len(browser_of(practitioner).get(url).context["not_allowed"]) == 2

    def test_a_closed_course_leaves_the_list(self, diabetic: Patient, practitioner: User, browser_of: Browser):
        Course.objects.update(status="revoked", status_reason="Diabetes")
        assert "No booked visit has a finding against it." in self.page(
            browser_of(practitioner), "/work/", tab="not_allowed"
        )
