"""A patient goes away for months: the course is paused until about a date, the desk sees when and not why, nobody is
forgotten, and it goes on when the health answers allow."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.refusals import Conflict
from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.changing.actions.course_states import decide_on_reactions, expect_back, hold_course
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.models import Course, Message
from scheduling.treatment.actions.reactions import report_reaction
from tests.factories import NOW, TODAY
from tests.scheduling.running import accepted, booked_days
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
SEPTEMBER = date(2026, 9, 1)
WHY = "Expects a child"


@pytest.fixture
def course(course: Course) -> Course:
    Location.objects.update(phone="+39 06 555 0000")
    return course


def page(course: Course, way: str) -> str:
    return reverse("courses:stop", args=[course.pk, way])


def on(day: date) -> Any:
    return time_machine.travel(NOW + (day - TODAY), tick=False)


def listed(browser: Client, tab: str = "returning") -> list[Course]:
    return list(browser.get("/work/", {"tab": tab}).context["rows"])


def read(browser: Client, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()))


def pause(course: Course, by: User, until: date | None = SEPTEMBER) -> None:
    hold_course(course=course, reason=WHY, until=until, by=by, now=NOW)
    course.refresh_from_db()


class TestAsking:
    def test_the_desk_says_until_when_and_sees_the_date_and_not_the_reason(
        self, course: Course, desk: User, practitioner: User, browser_of: Browser
    ):
        browser = browser_of(desk)
        given = {"reason": WHY, "until": SEPTEMBER.isoformat()}
        browser.post(page(course, "hold"), given)
        shown = browser.get(reverse("courses:detail", args=[course.pk]))
        assert "Expected back about 1 Sep 2026" in shown.content.decode()
        assert WHY not in shown.content.decode()
        assert "around" not in read(browser, reverse("courses:detail", args=[course.pk]))
        assert (shown.context["timeline"].marks, booked_days(course)) == ((), [])
        assert "no time while on hold" in shown.content.decode()
        assert "back about 1 Sep 2026" in read(browser, reverse("patients:detail", args=[course.patient_id]))
        assert WHY in browser_of(practitioner).get(reverse("courses:detail", args=[course.pk])).content.decode()

    @pytest.mark.parametrize(
        "given",
        [{}, {"until": "2026-05-05"}, {"until": "2025-09-01"}, {"until": "2028-05-06"}, {"until": "2026-02-30"},
         {"until": "2026-09-01", "unknown": "on"}],
    )  # fmt: skip
    def test_a_slip_is_said_at_its_field_and_nothing_is_freed(
        self, given: dict[str, str], course: Course, desk: User, browser_of: Browser
    ):
        before = booked_days(course)
        answer = browser_of(desk).post(page(course, "hold"), {"reason": WHY, **given})
        assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"until"})
        course.refresh_from_db()
        assert (course.status, booked_days(course)) == ("active", before)

    def test_a_caller_says_it_too(self, course: Course, desk: User, api_of: Api):
        address, caller = f"/api/v1/courses/{course.pk}/hold/", api_of(desk)
        wrong = caller.post(address, {"reason": WHY, "until": "2026-05-05"})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "until")
        answer = caller.post(address, {"reason": WHY, "until": "2026-09-01"}).json()
        assert (answer["status"], answer["back_on"], "status_reason" in answer) == ("on_hold", "2026-09-01", False)
        assert caller.post(address, {"reason": WHY}).status_code == 409
        assert caller.post(f"/api/v1/courses/{course.pk}/resume/", {}).json()["back_on"] is None

    def test_the_patient_hears_once_and_reads_when_and_what_to_do(
        self, course: Course, desk: User, patient: Patient, browser_of: Browser
    ):
        Message.objects.all().delete()
        pause(course, desk)
        assert Message.objects.filter(channel="email", status="scheduled").count() == 1
        home = reverse("portal:home")
        shown = read(browser_of(patient.user), home)
        assert "Your course is paused. We expect you about 1 September 2026." in shown
        assert "Please call us. +39 06 555 0000" in shown
        assert WHY not in shown
        assert "the last around" not in shown
        assert "between" not in read(browser_of(patient.user), reverse("portal:visits"))
        with on(SEPTEMBER + timedelta(days=1)):
            assert "We expected you about 1 September 2026." in read(browser_of(patient.user), home)
        Course.objects.update(back_on=None)
        assert "Please call us when you know" in read(browser_of(patient.user), home)

    def test_a_session_that_took_place_stays_in_the_picture(
        self, course: Course, desk: User, patient: Patient, browser_of: Browser
    ):
        course.sessions.filter(sequence=1).update(status="completed", performed_at=NOW)
        pause(course, desk)
        shown = browser_of(desk).get(reverse("courses:detail", args=[course.pk]))
        assert [mark.look for mark in shown.context["timeline"].marks] == ["done"]
        own = browser_of(patient.user).get(reverse("portal:home")).context["courses"][0]["timeline"]
        assert [mark.look for mark in own.marks] == ["done"]


class TestNobodyIsForgotten:
    def test_two_weeks_before_and_after_three_months_without_a_date(
        self,
        course: Course,
        clinic: Location,
        other_patient: Patient,
        desk: User,
        practitioner: User,
        browser_of: Browser,
    ):
        unknown = accepted(other_patient, clinic, practitioner)
        pause(course, desk)
        pause(unknown, desk, until=None)
        browser = browser_of(desk)
        assert listed(browser) == listed(browser, "stopped") == []
        with on(date(2026, 8, 4)):
            assert listed(browser_of(desk)) == []
        with on(date(2026, 8, 5)):
            assert listed(browser_of(desk)) == [unknown]
        with on(date(2026, 8, 18)):
            browser = browser_of(desk)
            assert listed(browser) == [course, unknown]
            todo = read(browser, "/work/?show=book")
            assert "Expected back about 1 Sep 2026" in todo
            assert "Nobody knows yet when the patient is back" in todo
            assert "Tue 1 Sep," not in todo, "a day has no hour"
            assert WHY not in todo
        with on(SEPTEMBER + timedelta(days=3)):
            assert "Was expected back about 1 Sep 2026" in read(browser_of(desk), "/work/?tab=returning")

    def test_another_date_takes_it_off_the_list_until_then_and_keeps_the_reason(
        self, course: Course, desk: User, browser_of: Browser
    ):
        pause(course, desk)
        with on(SEPTEMBER):
            browser = browser_of(desk)
            assert page(course, "until") in browser.get("/work/", {"tab": "returning"}).content.decode()
            assert browser.post(page(course, "until"), {"until": "2026-08-31"}).status_code == 422
            assert browser.post(page(course, "until"), {"until": "2026-11-02"}).status_code == 302
            assert listed(browser) == []
        course.refresh_from_db()
        assert (course.back_on, course.status_reason) == (date(2026, 11, 2), WHY)

    def test_what_waits_for_a_decision_has_no_date(self, course: Course, desk: User, browser_of: Browser):
        hold_course(course=course, reason="Positive allergy test", decide=True, by=desk, now=NOW)
        browser = browser_of(desk)
        assert listed(browser, "stopped") == [course]
        assert browser.post(page(course, "until"), {"until": "2026-09-01"}).status_code == 409
        with pytest.raises(Conflict):
            expect_back(course=course, until=SEPTEMBER, by=desk, now=NOW)


class TestGoingOn:
    def test_whoever_may_pause_may_resume_when_the_answers_allow(self, course: Course, desk: User, browser_of: Browser):
        pause(course, desk)
        browser = browser_of(desk)
        assert page(course, "resume") in browser.get(reverse("courses:detail", args=[course.pk])).content.decode()
        assert browser.post(page(course, "resume"), {"reason": "Is back"}).status_code == 302
        course.refresh_from_db()
        assert (course.status, course.back_on, course.ask_on) == ("active", None, None)
        assert course.proposals.filter(status="queued").exists()
        assert browser.post(page(course, "resume"), {"reason": "Twice"}).status_code == 409

    def test_and_hears_no_reason_when_they_do_not(
        self, course: Course, desk: User, practitioner: User, patient: Patient, browser_of: Browser, api_of: Api
    ):
        pause(course, desk)
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        answer = browser_of(desk).post(page(course, "resume"), {"reason": "Is back"})
        assert answer.status_code == 422
        assert "Not bookable, the practitioner will call." in answer.content.decode()
        refused = api_of(desk).post(f"/api/v1/courses/{course.pk}/resume/", {})
        for text in (answer.content.decode(), refused.content.decode()):
            assert "diabetes" not in text.lower()
        told = api_of(practitioner).post(f"/api/v1/courses/{course.pk}/resume/", {})
        assert (refused.status_code, told.status_code) == (422, 422)
        assert "diabetes" in told.content.decode().lower()

    def test_a_pause_that_a_reaction_overtook_is_not_undone_and_waits_for_the_prescriber(
        self, course: Course, desk: User, practitioner: User, patient: Patient, browser_of: Browser
    ):
        pause(course, desk)
        act = course.replans.latest("pk").pk
        report_reaction(
            patient=patient, text="Cannot breathe", onset_at=NOW, severity="severe", by=patient.user, now=NOW
        )
        with pytest.raises(Conflict):
            undo_cascade(course=course, act=act, by=desk, now=NOW)
        browser = browser_of(desk)
        assert listed(browser, "stopped") == [course]
        assert browser.post(page(course, "resume"), {"reason": "Is back"}).status_code == 409
        decide_on_reactions(patient=patient, decision="Harmless", by=practitioner, now=NOW)
