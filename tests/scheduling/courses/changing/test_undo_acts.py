"""An Undo belongs to the act it was shown for; slips of the day are undone with a trace; nobody hears of what was never
sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import Conflict
from clinic.models import User
from patients.models import Patient
from scheduling.courses.actions.sessions import book_session, displace_session, move_session, no_show
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.courses.changing.actions.undo_visit import undo_visit
from scheduling.courses.changing.queries.acts import last_act
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.models import Booking, Course, Message, Session
from scheduling.treatment.actions.visits import check_in
from tests.factories import NOW
from tests.scheduling.running import shape
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]
MINUTE = timedelta(minutes=1)
Browser = Callable[[User], Client]


@pytest.fixture
def alone(patient: Patient, practitioner: User, desk: User) -> Session:
    """A consultation tomorrow at three, of which the patient has heard."""
    visit = a_visit(patient, at(15), practitioner, desk, now=NOW - 60 * MINUTE)
    dispatch_due(now=NOW - 30 * MINUTE)
    return visit


def start(session: Session) -> Any:
    booking = Booking.objects.filter(session=session, active=True).first()
    return booking and booking.start


def undo(session: Session, act: int | None, by: User, after: timedelta = MINUTE) -> Session:
    return undo_visit(session=session, act=act, by=by, now=NOW + after)


def told(session: Session) -> list[tuple[str, str]]:
    """What still goes out, or went out, about the time of a visit."""
    said = Message.objects.filter(session=session, kind__in=["confirmation", "cancellation"])
    said = said.exclude(status="superseded").exclude(channel="call").order_by("pk")
    return [(row.kind, row.channel) for row in said if row.due_at >= NOW]


class TestSomebodyActedSince:
    def test_the_old_undo_of_a_visit_is_refused_with_who_and_when(self, alone, desk, practitioner):
        move_session(session=alone, start=at(16), by=desk, now=NOW)
        act = last_act(alone, desk)
        move_session(session=alone, start=at(17), by=practitioner, now=NOW + MINUTE)
        with pytest.raises(Conflict) as refused:
            undo(alone, act, desk, 2 * MINUTE)
        assert str(practitioner) in str(refused.value)
        assert "10:01" in str(refused.value)
        assert start(alone) == at(17)

    def test_the_old_undo_of_a_course_too(self, course, desk, practitioner):
        third, second = course.sessions.get(sequence=3), course.sessions.get(sequence=2)
        cascade = place_session(session=third, start=start(third).replace(hour=13), by=desk, now=NOW)
        place_session(session=second, start=start(second).replace(hour=13), by=practitioner, now=NOW + MINUTE)
        stands = shape(course)
        with pytest.raises(Conflict) as refused:
            undo_cascade(course=course, act=cascade.act, by=desk, now=NOW + 2 * MINUTE)
        assert str(practitioner) in str(refused.value)
        assert shape(course) == stands

    def test_the_page_that_offers_it_names_the_act(self, alone, desk, practitioner, browser_of):
        browser: Client = browser_of(desk)
        page = reverse("desk:visit_cancel", args=[alone.pk])
        after = browser.post(page, {"reason": "Away", "then": "later", "version": alone.version}, follow=True)
        link = reverse("desk:visit_undo", args=[alone.pk, last_act(alone, desk)])
        assert link in after.content.decode()
        move_session(session=alone, start=at(17), by=practitioner)
        assert browser.post(link).status_code == 409


class TestSlipsOfTheDay:
    @pytest.mark.parametrize(
        ("act", "left"),
        [(lambda visit, by: check_in(session=visit, answers={}, by=by), "checked_in"),
         (lambda visit, by: no_show(session=visit, by=by), "no_show")],
    )  # fmt: skip
    def test_a_check_in_and_a_no_show_are_undone_with_a_trace(
        self,
        patient: Patient,
        practitioner: User,
        desk: User,
        browser_of: Browser,
        act: Any,
        left: str,
    ):
        visit = a_visit(patient, NOW, practitioner, desk)
        act(visit, desk)
        visit.refresh_from_db()
        assert visit.status == left
        with time_machine.travel(NOW + timedelta(hours=3), tick=False):
            browser = browser_of(desk)
            page = browser.get(reverse("desk:visit", args=[visit.pk])).content.decode()
            link = reverse("desk:visit_undo", args=[visit.pk, last_act(visit, desk)])
            assert link in page
            browser.post(link)
        visit.refresh_from_db()
        assert (visit.status, start(visit)) == ("booked", NOW)
        assert list(visit.history.values_list("verb", flat=True))[-1] == "undo"

    def test_the_day_after_it_stays(self, patient: Patient, practitioner: User, desk: User):
        visit = a_visit(patient, NOW, practitioner, desk)
        no_show(session=visit, by=desk)
        with pytest.raises(Conflict):
            undo(visit, last_act(visit, desk), desk, timedelta(days=1))

    def test_a_pause_gives_back_every_time_it_freed(
        self, course: Course, desk: User, practitioner: User, browser_of: Browser
    ):
        before = [row[1:5] + row[6:] for row in shape(course)]
        browser = browser_of(desk)
        page = reverse("courses:stop", args=[course.pk, "hold"])
        browser.post(page, {"reason": "A slip", "until": "2026-09-01"})
        course.refresh_from_db()
        assert (course.status, Booking.objects.filter(session__course=course, active=True).count()) == ("on_hold", 0)
        link = reverse("courses:undo", args=[course.pk, course.replans.latest("pk").pk])
        with time_machine.travel(NOW + 15 * MINUTE, tick=False):
            assert link in browser.get(reverse("courses:detail", args=[course.pk])).content.decode()
        first = course.sessions.get(sequence=1)
        assert first.status == "planned"
        undo_cascade(course=course, act=course.replans.latest("pk").pk, by=desk, now=NOW + 20 * MINUTE)
        course.refresh_from_db()
        assert (course.status, course.back_on, course.ask_on) == ("active", None, None)
        assert [row[1:5] + row[6:] for row in shape(course)] == before

    def test_a_pause_is_one_message(self, course: Course, practitioner: User):
        Message.objects.all().delete()
        hold_course(course=course, reason="Travels", by=practitioner, now=NOW - MINUTE)
        said = Message.objects.filter(channel="email", kind="cancellation")
        assert [len(row.context["off"]) for row in said] == [6]


class TestWhatWasNeverSentIsNeverRetracted:
    def test_booked_and_undone_is_silence(self, patient, practitioner, desk):
        visit = a_visit(patient, at(15), practitioner, desk)
        undo(visit, last_act(visit, desk), desk)
        visit.refresh_from_db()
        assert (visit.status, told(visit)) == ("cancelled", [])

    def test_booked_told_and_undone_is_told(self, patient, practitioner, desk):
        visit = a_visit(patient, at(15), practitioner, desk)
        dispatch_due(now=NOW + 3 * MINUTE)
        undo(visit, last_act(visit, desk), desk, 4 * MINUTE)
        assert ("cancellation", "email") in told(visit)

    def test_a_visit_that_waited_for_a_time_waits_again(self, patient, practitioner, desk):
        visit = a_visit(patient, at(12), practitioner, desk, now=NOW - MINUTE)
        displace_session(session=visit, reason="Away", by=desk, now=NOW - MINUTE)
        who = practitioner.staff.practitioner
        for number, verb in enumerate((book_session, move_session)):
            verb(session=visit, start=at(16), practitioner=who, by=desk, now=NOW + 2 * number * MINUTE)
            undo(visit, last_act(visit, desk), desk, (2 * number + 1) * MINUTE)
            visit.refresh_from_db()
            assert (visit.status, start(visit)) == ("displaced", None)

    @pytest.mark.parametrize("act", ["move", "free"])
    def test_moved_or_freed_and_undone_at_once_is_silence(self, alone, desk, act):
        if act == "move":
            move_session(session=alone, start=at(16), by=desk, now=NOW)
        else:
            displace_session(session=alone, reason="Away", by=desk, now=NOW)
        undo(alone, last_act(alone, desk), desk)
        assert start(alone) == at(15)
        assert told(alone) == []

    def test_moved_told_and_undone_is_told(self, alone, desk):
        move_session(session=alone, start=at(16), by=desk, now=NOW)
        dispatch_due(now=NOW + 3 * MINUTE)
        undo(alone, last_act(alone, desk), desk, 4 * MINUTE)
        last = Message.objects.filter(session=alone, channel="email", kind="confirmation").latest("pk")
        assert (last.status, last.context["start"]) == ("scheduled", at(15).astimezone(NOW.tzinfo).isoformat())

    def test_booked_moved_and_undone_within_two_minutes_is_told_once(self, patient, practitioner, desk):
        visit = a_visit(patient, at(15), practitioner, desk)
        move_session(session=visit, start=at(16), by=desk, now=NOW)
        undo(visit, last_act(visit, desk), desk)
        assert told(visit).count(("confirmation", "email")) == 1
        said = Message.objects.get(session=visit, channel="email", kind="confirmation", status="scheduled")
        assert said.context["moved"] is False

    def test_a_course_that_moved_and_went_back_is_silence(self, course, practitioner):
        dispatch_due(now=NOW + 3 * MINUTE)
        later, third = NOW + 5 * MINUTE, course.sessions.get(sequence=3)
        wanted = {"start": start(third) + timedelta(days=5), "reason": "Ill", "by": practitioner}
        cascade = place_session(session=third, **wanted, now=later)
        undo_cascade(course=course, act=cascade.act, by=practitioner, now=later + MINUTE)
        dispatch_due(now=later + 5 * MINUTE)
        said = Message.objects.filter(channel="email", kind__in=["confirmation", "cancellation"], status="sent")
        assert [row.session_id for row in said] == [None]
        assert "visits" not in said[0].context
