"""A patient comes on another day than the visit's, or to the other place: the desk sees what fits now, one press moves
the visit and checks in, and it goes back within the day."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, Post, StaffMember, User
from patients.models import Patient
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.models import Booking, Course, Message, Session
from tests.factories import NOW, TODAY, LocationFactory, PractitionerFactory, RoomFactory
from tests.scheduling.visits import a_visit, at
from tests.steps import SAID, clear_answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
THURSDAY, FRIDAY, MONDAY = (TODAY + timedelta(days=number) for number in (16, 17, 20))


@pytest.fixture
def alone(patient: Patient, practitioner: User, desk: User) -> Session:
    """A consultation tomorrow at three."""
    return a_visit(patient, at(15), practitioner, desk)


@pytest.fixture
def second(course: Course, desk: User) -> Session:
    """The second of a course every two weeks; its window opens on the day before that Thursday."""
    session = course.sessions.get(sequence=2)
    place_session(session=session, start=at(15, day=MONDAY), by=desk, now=NOW)
    session.refresh_from_db()
    return session


def page(session: Session) -> str:
    return reverse("desk:visit_check_in", args=[session.pk])


def read(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def start(session: Session) -> datetime:
    return Booking.objects.get(session=session, active=True).start


def press(browser: Client, session: Session, **changes: Any) -> Any:
    """The button of the page as it is shown, every question of the day answered."""
    shown = browser.get(page(session)).context["here"]
    clear = {link: "no" if value is False else "none" for link, value in clear_answers("same_day").items()}
    answers = {f"q-{link}": value for link, value in clear.items()} if session.course_id else {}
    return browser.post(page(session), {"here": shown.who if shown else "", **answers, **SAID, **changes})


def not_here_after_all(browser: Client, session: Session) -> None:
    shown = browser.get(reverse("desk:visit", args=[session.pk])).content.decode()
    undo = re.search(r'action="([^"]*/undo/[^"]*)"', shown)
    assert undo
    assert browser.post(undo[1]).status_code == 302


def others_of(session: Session) -> list[Any]:
    rows = Booking.objects.filter(session__course=session.course_id, active=True).exclude(session=session)
    return list(rows.order_by("start").values_list("session", "start"))


class TestOnAnotherDay:
    def test_one_press_moves_it_to_now_and_checks_in_and_the_day_takes_it_back(
        self, alone: Session, desk: User, browser_of: Browser
    ):
        browser = browser_of(desk)
        assert page(alone) in browser.get(reverse("patients:detail", args=[alone.patient_id])).content.decode()
        shown = read(browser.get(page(alone)))
        assert "Here now, booked Wednesday 6 May, 15:00" in shown
        assert "Free now: 10:00, Dr Bianchi" in shown
        assert "Move it to 10:00 and check in" in shown
        Message.objects.all().delete()
        press(browser, alone)
        alone.refresh_from_db()
        assert (alone.status, start(alone)) == ("checked_in", NOW)
        assert Message.objects.filter(channel="email", status="scheduled", kind="confirmation").count() <= 1
        assert browser.get(page(alone)).url == reverse("desk:visit", args=[alone.pk]), "twice"
        with time_machine.travel(NOW + timedelta(hours=3), tick=False):
            not_here_after_all(browser_of(desk), alone)
        alone.refresh_from_db()
        assert (alone.status, start(alone)) == ("booked", at(15))

    def test_a_visit_of_a_course_too_and_the_others_stay(self, second: Session, desk: User, browser_of: Browser):
        before = others_of(second)
        with time_machine.travel(at(10, day=THURSDAY), tick=False):
            browser = browser_of(desk)
            wrong = press(browser, second, birth_day=1)
            assert (wrong.status_code, start(second)) == (422, at(15, day=MONDAY)), "somebody else: nothing moves"
            press(browser, second)
            second.refresh_from_db()
            assert (second.status, start(second), others_of(second)) == ("checked_in", at(10, day=THURSDAY), before)
        with time_machine.travel(at(14, day=THURSDAY), tick=False):
            not_here_after_all(browser_of(desk), second)
        second.refresh_from_db()
        assert (second.status, start(second), others_of(second)) == ("booked", at(15, day=MONDAY), before)

    def test_when_the_old_time_is_taken_meanwhile_only_the_check_in_goes_back(
        self, second: Session, other_patient: Patient, practitioner: User, desk: User, browser_of: Browser
    ):
        with time_machine.travel(at(10, day=THURSDAY), tick=False):
            browser = browser_of(desk)
            press(browser, second)
            a_visit(other_patient, at(15, day=MONDAY), practitioner, desk, now=at(10, day=THURSDAY))
            not_here_after_all(browser, second)
        second.refresh_from_db()
        assert (second.status, start(second)) == ("booked", at(10, day=THURSDAY))

    def test_too_soon_is_said_and_nothing_is_checked_in(self, second: Session, desk: User, browser_of: Browser):
        browser, third = browser_of(desk), second.course.sessions.get(sequence=3)
        shown = read(browser.get(page(third)))
        assert "It cannot be moved to now. Too soon after the visit before it." in shown
        assert "and check in" not in shown
        assert "Next free" not in shown, "it is booked on its first day already"
        stands = start(third)
        assert press(browser, third).status_code == 422
        assert start(third) == stands

    def test_when_nobody_is_free_now_the_next_time_is_offered(
        self, patient: Patient, practitioner: User, desk: User, browser_of: Browser
    ):
        friday = a_visit(patient, at(15, day=TODAY + timedelta(days=3)), practitioner, desk)
        with time_machine.travel(NOW + timedelta(hours=9), tick=False):
            browser = browser_of(desk)
            answer = browser.get(page(friday))
            assert "Nobody is free now. Next free: Wednesday 6 May, 09:05, Dr Bianchi" in read(answer)
            place = str(answer.context["here"].offer.place)
            looked = browser.post(reverse("desk:visit_move", args=[friday.pk]), {"place": place, "look": "1"})
        assert looked.status_code == 200

    def test_when_others_would_move_they_are_looked_at_first(self, second: Session, desk: User, browser_of: Browser):
        third = second.course.sessions.get(sequence=3)
        place_session(session=third, start=at(15, day=TODAY + timedelta(days=41)), by=desk, now=NOW)
        before = others_of(second)
        with time_machine.travel(at(10, day=THURSDAY), tick=False):
            browser = browser_of(desk)
            shown = read(browser.get(page(second)))
            assert "1 more visit of the course gets another time then." in shown
            assert "See what follows" in shown
            assert press(browser, second).status_code == 422
        second.refresh_from_db()
        assert (second.status, others_of(second)) == ("booked", before)

    def test_a_day_late_it_is_first_noted_that_nobody_came(self, second: Session, desk: User, browser_of: Browser):
        with time_machine.travel(at(10, day=MONDAY + timedelta(days=1)), tick=False):
            browser = browser_of(desk)
            shown = browser.get(page(second))
            assert "Note first that the patient did not come then" in read(shown)
            browser.post(reverse("desk:visit_no_show", args=[second.pk]), {"reason": ""})
            booked = {"start": "2026-05-26T10:05", "apply": "1"}
            browser.post(reverse("desk:visit_move", args=[second.pk]), booked)
            press(browser, second)
        second.refresh_from_db()
        assert second.status == "checked_in"

    def test_what_is_next_free_changed_since_the_page_was_shown(
        self, alone: Session, practitioner: User, desk: User, other_patient: Patient, browser_of: Browser
    ):
        browser = browser_of(desk)
        shown = browser.get(page(alone)).context["here"]
        somebody = browser.post(page(alone), {"here": "0"})
        assert (somebody.status_code, start(alone)) == (422, at(15))
        assert "Another time is the next free one now." in read(somebody)
        a_visit(other_patient, at(10, day=TODAY), practitioner, desk)
        answer = browser.post(page(alone), {"here": shown.who})
        assert (answer.status_code, start(alone)) == (422, at(15))
        assert "Nobody is free now. Next free: Tuesday 5 May, 10:" in read(answer)

    def test_a_caller_hears_when_it_is_booked_and_what_is_free(self, alone: Session, desk: User, api_of: Api):
        caller, here = api_of(desk), f"/api/v1/sessions/{alone.pk}"
        refused = caller.post(f"{here}/check-in/", {})
        assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (422, "another_day")
        assert "booked for Wednesday 6 May, 15:00" in refused.json()["detail"]
        assert caller.post(f"{here}/move/", {"start": refused.json()["next"]}).status_code == 200
        assert caller.post(f"{here}/check-in/", {}).status_code == 200
        assert start(alone) == NOW


def test_at_the_other_place_it_is_named(alone: Session, desk: User, clinic: Location, browser_of: Browser):
    here = LocationFactory(name="Trastevere")
    StaffMember.objects.filter(user=desk).update(location=here, everywhere=True)
    shown = browser_of(User.objects.get(pk=desk.pk)).get(page(alone))
    assert "This visit is at Aventino" in read(shown)
    assert f"location={here.pk}" in shown.content.decode()
    assert "Book it at Trastevere" in read(shown)


class TestAtTheOtherPlace:
    @pytest.fixture
    def lisboa(self, desk: User) -> Location:
        """An hour behind Rome; Dr Tomás is there from nine, and the desk of Aventino works there too."""
        place: Location = LocationFactory(name="Lisboa", timezone="Europe/Lisbon")
        RoomFactory(location=place, name="Sala 1")
        PractitionerFactory(staff__location=place, name="Dr Tomás")
        Post.objects.create(staff=desk.staff, location=place, role=desk.staff.role)
        return place

    def press_there(self, browser: Client, session: Session, place: Location) -> Any:
        where = f"{page(session)}?location={place.pk}"
        shown = browser.get(where).context["here"]
        clear = {link: "no" if value is False else "none" for link, value in clear_answers("same_day").items()}
        answers = {f"q-{link}": value for link, value in clear.items()} if session.course_id else {}
        return browser.post(where, {"here": shown.who if shown else "", **answers, **SAID})

    def test_one_press_moves_a_visit_of_a_course_there_and_the_rest_stays(
        self, second: Session, lisboa: Location, clinic: Location, desk: User, browser_of: Browser
    ):
        before = others_of(second)
        with time_machine.travel(at(11, day=THURSDAY), tick=False):
            browser = browser_of(desk)
            shown = read(browser.get(f"{page(second)}?location={lisboa.pk}"))
            assert "Here now in Lisboa, booked Monday 25 May, 15:00 in Aventino" in shown
            assert "Free now: 10:00, Dr Tomás, Sala 1" in shown, "by the clock of Lisboa"
            assert "Move it to 10:00 and check in" in shown
            assert self.press_there(browser, second, lisboa).status_code == 302
            second.refresh_from_db()
            assert (second.status, second.location, start(second)) == ("checked_in", lisboa, at(11, day=THURSDAY))
            assert (others_of(second), Course.objects.get().location) == (before, clinic)
            assert browser.post(page(second), SAID).url == reverse("desk:visit", args=[second.pk]), "twice"
        with time_machine.travel(at(14, day=THURSDAY), tick=False):
            not_here_after_all(browser_of(desk), second)
        second.refresh_from_db()
        assert (second.status, second.location, start(second)) == ("booked", clinic, at(15, day=MONDAY))

    def test_a_single_visit_too_also_on_its_own_day(
        self, alone: Session, lisboa: Location, clinic: Location, desk: User, browser_of: Browser
    ):
        with time_machine.travel(at(11), tick=False):
            self.press_there(browser_of(desk), alone, lisboa)
            alone.refresh_from_db()
            assert (alone.status, alone.location, start(alone)) == ("checked_in", lisboa, at(11))
            not_here_after_all(browser_of(desk), alone)
        alone.refresh_from_db()
        assert (alone.status, alone.location, start(alone)) == ("booked", clinic, at(15))

    def test_when_nobody_is_free_there_one_press_takes_the_next_time(
        self, second: Session, lisboa: Location, clinic: Location, desk: User, colleague: User, browser_of: Browser
    ):
        with time_machine.travel(at(20, day=THURSDAY), tick=False):
            shown = browser_of(desk).get(f"{page(second)}?location={lisboa.pk}")
            assert "Next free in Lisboa: Friday 22 May, 09:05, Dr Tomás" in read(shown)
            assert f"{reverse('courses:elsewhere', args=[second.course_id])}?since=2" in shown.content.decode()
            assert browser_of(colleague).get(f"{page(second)}?location={lisboa.pk}").status_code == 404
            take = {"take": str(shown.context["here"].offer.place)}
            taken = browser_of(desk).post(f"{page(second)}?location={lisboa.pk}", take, follow=True)
            second.refresh_from_db()
            assert (second.location, second.status, start(second)) == (lisboa, "booked", at(10, 5, day=FRIDAY))
            assert Course.objects.get().location == clinic, "the rest of the course stays"
            undo = re.search(r'action="([^"]*/undo/[^"]*)"', taken.content.decode())
            assert undo
            assert browser_of(desk).post(undo[1]).status_code == 302
        second.refresh_from_db()
        assert (second.location, start(second)) == (clinic, at(15, day=MONDAY))
