"""A patient who cannot come frees the time alone, books what is due alone, and asks the desk for the rest."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.base.clock import local_date
from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.requests import ask_the_desk
from scheduling.courses.actions.sessions import move_session
from scheduling.models import Booking, Course, Message, Session, VisitRequest
from tests.factories import NOW, TODAY
from tests.scheduling.visits import a_visit, at
from tests.steps import take_intake

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def course() -> Course:
    Booking.objects.update(created_at=NOW - timedelta(days=1))  # the database's clock does not travel
    return Course.objects.get()


@pytest.fixture
def mine(patient: Patient, browser_of: Browser) -> Client:
    return browser_of(patient.user)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def second(course: Course) -> Session:
    return course.sessions.get(sequence=2)


class TestCannotCome:
    def test_frees_the_time_at_once_moves_nothing_else_and_leads_to_another_time(
        self, course: Course, mine: Client, desk: User, browser_of: Browser
    ):
        visit, page = second(course), reverse("portal:cannot_come", args=[second(course).pk])
        stands = set(Booking.objects.filter(active=True).exclude(session=visit).values_list("session", "start"))
        assert page in mine.get(reverse("portal:visit", args=[visit.pk])).content.decode()
        assert "Free my time" in words(mine.get(page))
        said = Message.objects.filter(channel="portal", kind="cancellation").count()
        freed = mine.post(page, {"version": visit.version})
        day = local_date(visit.bookings.get().start, visit.location.timezone)
        assert freed.headers["Location"] == f"{reverse('portal:visit_move', args=[visit.pk])}?not_on={day}"
        visit.refresh_from_db()
        assert (visit.status, visit.bookings.filter(active=True).exists()) == ("displaced", False)
        assert set(Booking.objects.filter(active=True).values_list("session", "start")) == stands
        assert Message.objects.filter(channel="portal", kind="cancellation").count() == said + 1, "one message"
        listed = browser_of(desk).get("/work/", {"tab": "displaced"}).context["rows"]
        assert [row.session for row in listed] == [visit]
        assert mine.post(page, {"version": 1}).headers["Location"] == freed.headers["Location"], "pressed twice"
        times = mine.get(freed.headers["Location"])
        assert "Choose a time" in words(times)
        assert "after all" in words(times)
        assert day not in [each for each, _offers in times.context["days"]], "the patient cannot come that day"
        again = mine.get(reverse("portal:visit_move", args=[visit.pk]))
        assert day in [each for each, _offers in again.context["days"]], "or can after all"

    def test_what_somebody_moved_meanwhile_is_not_freed(self, patient, practitioner, desk, mine: Client):
        alone = a_visit(patient, at(15), practitioner, desk)
        seen = alone.version
        move_session(session=alone, start=at(16), by=desk, now=NOW)
        answer = mine.post(reverse("portal:cannot_come", args=[alone.pk]), {"version": seen})
        assert answer.status_code == 412
        assert alone.bookings.get(active=True).start == at(16)

    def test_a_visit_that_has_begun_or_is_of_somebody_else_is_not_there(
        self, course: Course, mine: Client, other_patient: Patient, browser_of: Browser
    ):
        page = reverse("portal:cannot_come", args=[second(course).pk])
        assert browser_of(other_patient.user).post(page).status_code == 404
        start = Booking.objects.get(session=second(course), active=True).start
        with time_machine.travel(start + timedelta(minutes=1), tick=False):
            assert browser_of(course.patient.user).post(page).status_code == 404
        assert second(course).status == "booked"


class TestWhatIsDue:
    @pytest.fixture
    def due(self, course: Course) -> Session:
        """The second visit never had a time, and its turn has come."""
        Booking.objects.filter(session=second(course)).delete()
        Session.objects.filter(pk=second(course).pk).update(status="planned", revision=0)
        return second(course)

    def test_is_booked_by_the_patient_from_the_first_page_on(self, due: Session, mine: Client):
        page = reverse("portal:visit_move", args=[due.pk])
        home = mine.get(reverse("portal:home"))
        assert page in home.content.decode()
        assert "has no time yet" in words(home)
        days = mine.get(page).context["days"]
        first, last = days[0][0], days[-1][0]
        assert due.floor <= first <= last <= due.latest, "nothing outside the window is offered"
        mine.post(page, {"place": str(days[0][1][0].place), "version": due.version})
        due.refresh_from_db()
        assert (due.status, due.bookings.get(active=True).start) == ("booked", days[0][1][0].start)
        assert "has no time yet" not in words(mine.get(reverse("portal:home")))

    def test_is_not_offered_where_the_rules_would_refuse_it(self, due: Session, mine: Client, practitioner: User):
        take_intake(due.patient, by=practitioner, now=NOW + timedelta(minutes=1), pregnant=True)
        assert mine.get(reverse("portal:visit_move", args=[due.pk])).status_code == 404
        assert "has no time yet" not in words(mine.get(reverse("portal:home")))

    def test_is_not_offered_while_the_course_rests_or_before_its_turn(self, due: Session, course, mine: Client):
        page = reverse("portal:visit_move", args=[due.pk])
        far = TODAY + timedelta(days=course.location.horizon_days + 1)
        Session.objects.filter(pk=due.pk).update(floor=far, ideal=far, latest=far)
        assert mine.get(page).status_code == 404
        Session.objects.filter(pk=due.pk).update(floor=TODAY, ideal=TODAY, latest=far)
        assert mine.get(page).status_code == 200
        Course.objects.filter(pk=course.pk).update(status="on_hold", status_reason="Travels")
        assert mine.get(page).status_code == 404


class TestAsking:
    def test_stands_on_the_desks_list_until_it_is_answered(
        self, course: Course, mine: Client, desk: User, browser_of: Browser, clinic: Location
    ):
        page = reverse("portal:visit_ask", args=[second(course).pk])
        assert page in mine.get(reverse("portal:visit_move", args=[second(course).pk])).content.decode()
        refused = mine.post(page, {"text": "  "})
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["text"])
        mine.post(page, {"text": "Only in June"})
        mine.post(page, {"text": "Only in June, evenings"})
        (asked,) = VisitRequest.objects.all()
        assert "Only in June, evenings" in words(mine.get(reverse("portal:home")))
        theirs = browser_of(desk)
        todo = theirs.get("/work/", {"show": "call"})
        assert [item["tab"] for item in todo.context["items"]] == ["requests", "to_confirm"]
        assert ("Only in June, evenings" in words(todo), "the patient asked" in words(todo)) == (True, True)
        assert reverse("desk:visit_move", args=[asked.session_id]) in todo.content.decode()
        answered = reverse("desk:request_answered", args=[asked.pk])
        assert (theirs.post(answered).status_code, theirs.post(answered).status_code) == (302, 409)
        assert theirs.get("/work/", {"tab": "requests"}).context["rows"] == []
        assert "Only in June" not in words(mine.get(reverse("portal:home")))

    def test_leaves_the_list_when_the_visit_gets_another_time(self, patient, practitioner, desk, clinic, browser_of):
        alone = a_visit(patient, at(15), practitioner, desk)
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            Booking.objects.update(created_at=NOW)
            ask_the_desk(patient=patient, location=clinic, session=alone, text="Later")
            theirs = browser_of(desk)
            assert len(theirs.get("/work/", {"tab": "requests"}).context["rows"]) == 1
            move_session(session=alone, start=at(16), by=desk)
            Booking.objects.filter(session=alone, active=True).update(created_at=NOW + timedelta(minutes=2))
            assert theirs.get("/work/", {"tab": "requests"}).context["rows"] == []

    def test_without_a_visit_leads_the_desk_to_booking_and_can_be_withdrawn(
        self, patient: Patient, mine: Client, desk: User, other_patient: Patient, browser_of: Browser
    ):
        assert reverse("portal:ask") in mine.get(reverse("portal:home")).content.decode()
        mine.post(reverse("portal:ask"), {"text": "A review, please"})
        asked = VisitRequest.objects.get()
        page = browser_of(desk).get("/work/", {"tab": "requests"}).content.decode()
        assert f"{reverse('desk:book')}?patient={patient.pk}" in page
        away = reverse("portal:ask_withdraw", args=[asked.pk])
        assert browser_of(other_patient.user).post(away).status_code == 404
        mine.post(away)
        assert "answered already" in words(mine.post(away, follow=True))
        asked.refresh_from_db()
        assert asked.closed_by == patient.user
