"""Nothing that waits for somebody is forgotten, and everything on a list has one thing to do about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.models import AllergyTest, Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.actions.sessions import displace_session, move_session
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.desk.queries import worklists
from scheduling.desk.queries.todo import FILTERS
from scheduling.models import AdverseEvent, Course, Message, Practitioner, Replan, Session
from tests.factories import NOW, TODAY, FormulationFactory, LocationFactory, PatientFactory
from tests.scheduling.course_steps import MIX
from tests.scheduling.running import accepted
from tests.scheduling.visits import a_session, a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
HERE = "/work/"


@pytest.fixture
def browser(desk: User, browser_of: Browser) -> Client:
    return browser_of(desk)


def rows(browser: Client, tab: str) -> list[Any]:
    return browser.get(HERE, {"tab": tab}).context["rows"]


def a_message(patient: Patient, clinic: Location, number: int = 1, **given: Any) -> Message:
    usual = {"kind": "reminder", "channel": "email", "status": "failed", "due_at": NOW - timedelta(hours=1)}
    context = {"start": (NOW + timedelta(days=2)).isoformat()}
    return Message.objects.create(
        patient=patient, location=clinic, dedupe_key=f"test:{number}", context=context, **(usual | given)
    )


def a_reaction(patient: Patient, by: User, **given: Any) -> AdverseEvent:
    usual = {"text": "Swelling of the thigh", "onset_at": NOW, "reported_at": NOW}
    return AdverseEvent.objects.create(
        patient=patient, reported_by=by, answer_by=NOW + timedelta(hours=4), **(usual | given)
    )


def a_test(patient: Patient, by: User, hours: int) -> AllergyTest:
    return AllergyTest.objects.create(
        patient=patient,
        formulation=FormulationFactory(substances=MIX),
        administered_at=NOW - timedelta(hours=hours),
        injections=1,
        site="Left forearm",
        emergency_kit=True,
        administered_by=by,
    )


def test_an_empty_clinic_says_that_nothing_waits(browser: Client):
    page = browser.get(HERE).content.decode()
    assert "Nothing to do here" in page
    assert "Nothing is waiting." in page
    assert "Everybody whose turn has come has a time." in browser.get(HERE, {"tab": "to_book"}).content.decode()


def test_everything_is_one_list_by_what_expires_first_with_its_kind_its_why_and_its_action(
    browser: Client, patient: Patient, other_patient: Patient, clinic: Location, practitioner: User, desk: User
):
    late = a_session(
        other_patient, clinic, status="displaced", floor=TODAY, ideal=TODAY, latest=TODAY + timedelta(days=5)
    )
    a_message(patient, clinic)
    visit = a_visit(patient, at(10), practitioner, desk)
    page = browser.get(HERE)
    assert [item["tab"] for item in page.context["items"]] == ["messages", "to_confirm", "displaced"]
    words = page.content.decode()
    whys = ("its time was cancelled", "it is within two days", "nobody knows that it arrived")
    assert all(said in words for said in whys)
    assert reverse("desk:visit_move", args=[late.pk]) in words
    assert reverse("desk:visit_confirm", args=[visit.pk]) in words
    shown = {name: [item["tab"] for item in browser.get(HERE, {"show": name}).context["items"]] for name in FILTERS}
    assert (shown["call"], shown["book"], shown["clinical"]) == (["messages", "to_confirm"], ["displaced"], [])
    browser.post(reverse("desk:visit_confirm", args=[visit.pk]), {"back": "list"})
    assert [item["tab"] for item in browser.get(HERE).context["items"]] == ["messages", "displaced"]
    assert set(FILTERS["all"]) | {"upkeep"} == set(worklists.LISTS)


class TestVisits:
    def test_to_book_is_what_the_horizon_has_reached_and_upkeep_only_when_near(self, browser: Client, clinic: Location):
        soon, far = TODAY + timedelta(days=10), TODAY + timedelta(days=clinic.horizon_days + 10)
        for name, first, more in (
            ("Near", soon, {}),
            ("Far", far, {}),
            ("Upkeep", soon + timedelta(days=30), {"kind": "maintenance"}),
        ):
            last = first + timedelta(days=7)
            person = PatientFactory(given_name=name, family_name="Verdi")
            a_session(person, clinic, floor=first, ideal=first, latest=last, **({"kind": "review"} | more))
        assert [str(row.session.patient) for row in rows(browser, "to_book")] == ["Near Verdi"]

    def test_who_lost_the_time_is_on_the_list_until_all_have_new_ones(
        self, browser: Client, clinic: Location, patient: Patient, practitioner: User, desk: User
    ):
        course = accepted(patient, clinic, practitioner)
        report_absence(
            practitioner=practitioner.staff.practitioner,
            start=at(8, day=TODAY),
            end=at(19, day=TODAY),
            reason="Ill",
            by=desk,
            now=NOW,
        )
        assert [row.session.course for row in rows(browser, "displaced")] == [course]
        asked = browser.post(reverse("desk:batch_new"))
        replan = Replan.objects.get()
        assert asked.headers["Location"] == reverse("desk:batch", args=[replan.pk])
        assert browser.get(asked.headers["Location"]).context["making"]
        build_disruption(replan_id=replan.pk, now=NOW)
        ready = browser.get(asked.headers["Location"])
        assert str(patient) in ready.content.decode()
        assert (ready.context["batch"].new >= 1, ready.context["batch"].needs) == (True, 0)
        lines = [line for each in ready.context["people"] for line in each.lines]
        assert {line.fate for line in lines} <= {"placed", "moved"}  # upkeep has lost nothing
        assert "tel:" not in ready.content.decode()
        browser.post(reverse("desk:batch_apply", args=[replan.pk]), {"version": ready.context["replan"].version})
        assert rows(browser, "displaced") == []
        browser.post(reverse("desk:batch_undo", args=[replan.pk]))
        replan.refresh_from_db()
        assert replan.status == "undone"

    def test_who_stands_alone_and_finds_no_time_is_to_be_called(
        self, browser: Client, clinic: Location, patient: Patient, practitioner: User, desk: User
    ):
        a_visit(patient, at(11), practitioner, desk)
        for doctor in Practitioner.objects.filter(staff__prescriber=True):
            gone = {"start": NOW, "end": NOW + timedelta(days=60), "reason": "Ill"}
            report_absence(practitioner=doctor, **gone, by=desk, now=NOW)
        browser.post(reverse("desk:batch_new"))
        replan = Replan.objects.get()
        build_disruption(replan_id=replan.pk, now=NOW)
        page = browser.get(reverse("desk:batch", args=[replan.pk]))
        assert (page.context["batch"].new, page.context["others"]) == (0, 0)
        assert str(patient) in page.content.decode()
        assert f'href="tel:{patient.phone}"' in page.content.decode()

    def test_who_lost_the_time_after_the_plan_was_made_is_counted_beside_it(
        self, browser: Client, clinic: Location, patient: Patient, practitioner: User, desk: User
    ):
        browser.post(reverse("desk:batch_new"))
        replan = Replan.objects.get()
        build_disruption(replan_id=replan.pk, now=NOW)
        displace_session(session=a_visit(patient, at(11), practitioner, desk), reason="Ill", by=desk, now=NOW)
        assert browser.get(reverse("desk:batch", args=[replan.pk])).context["others"] == 1

    def test_what_stands_outside_its_window_is_told(
        self, browser: Client, clinic: Location, patient: Patient, practitioner: User
    ):
        course = accepted(patient, clinic, practitioner)
        third = course.sessions.get(sequence=3)
        Session.objects.filter(pk=third.pk).update(
            floor=third.floor + timedelta(days=30),
            ideal=third.ideal + timedelta(days=30),
            latest=third.latest + timedelta(days=30),
        )
        assert [row.session for row in rows(browser, "misfits")] == [third]

    def test_a_review_is_due_until_somebody_has_looked(self, browser: Client, clinic: Location, course_done: Session):
        assert [row.pk for row in rows(browser, "reviews")] == [course_done.pk]
        Session.objects.create(
            patient=course_done.patient, location=clinic, kind="review", status="completed", performed_at=NOW
        )
        assert list(rows(browser, "reviews")) == []

    @pytest.fixture
    def course_done(self, clinic: Location, patient: Patient, practitioner: User) -> Session:
        """A performed visit after which the course is to be reviewed."""
        first = accepted(patient, clinic, practitioner).sessions.get(sequence=1)
        Session.objects.filter(pk=first.pk).update(
            status="completed", performed_at=NOW - timedelta(days=1), review_due=True
        )
        return first


def test_visits_of_the_next_two_days_are_to_confirm_until_somebody_has(browser: Client, practitioner: User, desk: User):
    def somebody(name: str, days: int) -> Session:
        person = PatientFactory(given_name=name, family_name="Verdi")
        return a_visit(person, at(11, day=TODAY + timedelta(days=days)), practitioner, desk)

    soon, said, _later = somebody("Soon", 1), somebody("Said", 0), somebody("Later", 3)
    browser.post(reverse("desk:visit_confirm", args=[said.pk]))
    assert [row.session for row in rows(browser, "to_confirm")] == [soon]
    answer = browser.post(reverse("desk:visit_confirm", args=[soon.pk]), {"back": "list"})
    assert "tab=to_confirm" in answer.headers["Location"]
    assert list(rows(browser, "to_confirm")) == []
    assert "Confirmed" in browser.get("/today/").content.decode()


def test_a_visit_that_moved_is_to_confirm_again(browser: Client, patient: Patient, practitioner: User, desk: User):
    visit = a_visit(patient, at(11), practitioner, desk)
    browser.post(reverse("desk:visit_confirm", args=[visit.pk]))
    move_session(session=visit, start=at(12), by=desk, now=NOW)
    assert [row.session for row in rows(browser, "to_confirm")] == [visit]


class TestMessages:
    def test_a_call_is_made_or_comes_back(
        self, browser: Client, desk: User, browser_of: Browser, patient: Patient, clinic: Location
    ):
        call = a_message(patient, clinic, channel="call", status="scheduled")
        (row,) = rows(browser, "calls")
        assert row["text"].paragraphs
        browser.post(reverse("desk:call", args=[call.pk]), {"missed": "1"})
        assert rows(browser, "calls") == []
        with time_machine.travel(NOW + timedelta(hours=2, minutes=1), tick=False):
            browser = browser_of(desk)  # the first was away too long
            assert len(rows(browser, "calls")) == 1
            browser.post(reverse("desk:call", args=[call.pk]), {"reached": "1"})
            assert rows(browser, "calls") == []

    def test_a_failed_one_is_sent_again_or_let_go(self, browser: Client, patient: Patient, clinic: Location):
        again, gone = (a_message(patient, clinic, number) for number in (1, 2))
        browser.post(reverse("desk:send_again", args=[again.pk]))
        browser.post(reverse("desk:let_go", args=[gone.pk]))
        assert list(rows(browser, "messages")) == []
        again.refresh_from_db()
        gone.refresh_from_db()
        assert (again.status, gone.status) == ("retry", "expired")

    def test_one_that_was_sent_is_not_touched(self, browser: Client, patient: Patient, clinic: Location):
        sent = a_message(patient, clinic, status="sent", sent_at=NOW)
        for act in ("let_go", "send_again"):
            assert browser.post(reverse(f"desk:{act}", args=[sent.pk])).status_code == 409
        rung = a_message(patient, clinic, 2, channel="call", status="sent", sent_at=NOW)
        assert browser.post(reverse("desk:call", args=[rung.pk]), {"reached": "1"}).status_code == 409


class TestReactions:
    def test_the_desk_sees_that_and_not_what(self, browser: Client, patient: Patient, desk: User):
        a_reaction(patient, desk)
        page = browser.get(HERE, {"tab": "alerts"}).content.decode()
        assert str(patient) in page
        assert "Swelling" not in page

    def test_a_clinician_takes_it_and_closes_it_with_how_it_ended(
        self, patient: Patient, desk: User, practitioner: User, browser_of: Browser
    ):
        event, browser = a_reaction(patient, desk), browser_of(practitioner)
        here = reverse("desk:reaction", args=[event.pk])
        assert "Swelling of the thigh" in browser.get(here).content.decode()
        browser.post(reverse("desk:reaction_take", args=[event.pk]))
        event.refresh_from_db()
        assert event.owner == practitioner.staff
        assert "outcome" in browser.post(here, {"outcome": " "}).context["form"].errors
        browser.post(here, {"outcome": "Gone after two days"})
        assert list(rows(browser, "alerts")) == []

    def test_is_closed_to_the_desk(self, browser: Client, patient: Patient, desk: User):
        assert browser.get(reverse("desk:reaction", args=[a_reaction(patient, desk).pk])).status_code == 403


def test_a_test_is_to_be_read_after_24_elapsed_hours_and_for_a_week(
    browser: Client, clinic: Location, practitioner: User
):
    for name, hours in (("Early", 23), ("Due", 25), ("Old", 24 * 8)):
        a_test(PatientFactory(given_name=name, family_name="Verdi"), practitioner, hours)
    assert [str(test.patient) for test in rows(browser, "readings")] == ["Due Verdi"]


def test_a_course_on_hold_says_why_to_clinicians_only(
    browser: Client, browser_of: Browser, clinic: Location, patient: Patient, practitioner: User
):
    course = accepted(patient, clinic, practitioner)
    hold_course(course=course, reason="Pregnant", decide=True, by=practitioner, now=NOW)
    assert [row.pk for row in rows(browser, "stopped")] == [course.pk]
    assert "Pregnant" not in browser.get(HERE, {"tab": "stopped"}).content.decode()
    assert "Pregnant" in browser_of(practitioner).get(HERE, {"tab": "stopped"}).content.decode()


def test_thirty_rows_are_read_in_as_many_queries_as_one(
    browser: Client, clinic: Location, practitioner: User, desk: User
):
    def count(tab: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(HERE, {"tab": tab}).status_code == 200
        return len(captured)

    def one_more(number: int) -> None:
        person = PatientFactory()
        a_message(person, clinic, 2 * number)
        a_message(person, clinic, 2 * number + 1, channel="call", status="scheduled")
        a_reaction(person, desk)
        a_test(person, practitioner, 30)
        a_session(person, clinic, floor=TODAY, ideal=TODAY, latest=TODAY, kind="review")
        a_session(person, clinic, status="displaced")
        a_visit(person, at(10 + number % 8), practitioner, desk)
        course = Course.objects.create(
            patient=person,
            protocol_version_id=accepted_version,
            indication_id=indication,
            formulation=FormulationFactory(),
            start_on=TODAY,
            location=clinic,
            practitioner=practitioner.staff.practitioner,
            created_by=desk,
            status="on_hold",
            status_reason="x",
        )
        course.pk, course.back_on, course.ask_on = None, TODAY, TODAY
        course.save()
        a_session(
            person, clinic, course=course, review_due=True, status="completed", performed_at=NOW, kind="treatment"
        )

    running = accepted(PatientFactory(), clinic, practitioner)
    accepted_version, indication = running.protocol_version_id, running.indication_id
    one_more(0)
    tabs = [tab for tab in worklists.LISTS if tab != "misfits"]
    for tab in tabs:
        count(tab)
    one = {tab: count(tab) for tab in tabs}
    for number in range(1, 8):
        one_more(number)
    assert len(rows(browser, "messages")) == 8
    assert {tab: count(tab) for tab in tabs} == one


def test_another_locations_lists_are_their_own(browser: Client, patient: Patient, clinic: Location):
    a_message(patient, LocationFactory(name="Trastevere"))
    assert list(rows(browser, "messages")) == []
    assert browser.get(HERE, {"location": 999999}).status_code == 404
