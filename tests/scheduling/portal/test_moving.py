"""A visit is moved, cancelled, shortened for who is late: always shown first, always undone with one press."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.models import Booking, Course, Practitioner, Session
from tests.factories import NOW, TODAY
from tests.scheduling.running import booked_days, shape
from tests.scheduling.visits import a_session, a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def alone(patient: Patient, practitioner: User, desk: User) -> Session:
    """A consultation that stands alone, tomorrow at three."""
    return a_visit(patient, at(15), practitioner, desk)


def page(name: str, session: Session) -> str:
    return reverse(f"desk:{name}", args=[session.pk])


def undo_of(answer: Any) -> str:
    """Where the page that came after an act would take it back."""
    return re.search(r'action="([^"]*/undo/[^"]*)"', answer.content.decode())[1]


def start_of(session: Session) -> Any:
    booking = Booking.objects.filter(session=session, active=True).first()
    return booking and booking.start


def carried(answer: Any) -> dict[str, Any]:
    """What the preview's form carries on to the action."""
    form, wanted = answer.context["form"], answer.context["wanted"]
    start = wanted["start"].astimezone(at(0).tzinfo)
    given = {"start": start.strftime("%Y-%m-%dT%H:%M"), "apply": "1"}
    given |= {name: wanted[name].pk for name in ("practitioner", "room") if wanted.get(name)}
    return given | {name: form[name].value() or "" for name in ("version", "expect", "reason")}


class TestAlone:
    def test_offered_times_are_free_and_the_first_is_the_soonest(self, alone: Session, desk: User, browser_of: Browser):
        days = browser_of(desk).get(page("visit_move", alone)).context["days"]
        assert days[0][0] == TODAY
        assert days[0][1][0].start == NOW

    def test_is_shown_then_moved_then_put_back(self, alone: Session, desk: User, browser_of: Browser):
        browser, before = browser_of(desk), start_of(alone)
        place = browser.get(page("visit_move", alone)).context["days"][0][1][2].place
        shown = browser.post(page("visit_move", alone), {"place": str(place)})
        assert start_of(alone) == before
        moved = browser.post(page("visit_move", alone), carried(shown), follow=True)
        assert start_of(alone) == place.start
        browser.post(undo_of(moved))
        assert start_of(alone) == before

    def test_a_time_that_would_be_refused_is_refused_before_anybody_presses_move(
        self, alone: Session, colleague: User, desk: User, browser_of: Browser
    ):
        """A consultation dropped onto somebody who may not hold it, or who is off."""
        browser, there = browser_of(desk), {"practitioner": colleague.staff.practitioner.pk}
        refused = browser.post(page("visit_move", alone), {"start": "2026-05-08T11:20", **there})
        assert (refused.status_code, "not a prescriber" in refused.content.decode()) == (422, True)
        late = browser.post(page("visit_move", alone), {"start": "2026-05-08T21:00"})
        assert (late.status_code, "does not work at" in late.content.decode()) == (422, True)
        assert start_of(alone) == at(15)

    def test_one_that_was_just_booked_is_called_off_by_undo(self, alone: Session, desk: User, browser_of: Browser):
        browser_of(desk).post(reverse("desk:visit_undo", args=[alone.pk, alone.history.latest("pk").pk]))
        alone.refresh_from_db()
        assert alone.status == "cancelled"

    def test_what_is_older_than_ten_minutes_is_not_taken_back(self, alone: Session, desk: User, browser_of: Browser):
        with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
            undo = reverse("desk:visit_undo", args=[alone.pk, alone.history.latest("pk").pk])
            assert browser_of(desk).post(undo).status_code == 409
        assert start_of(alone) == at(15)

    def test_a_time_typed_by_hand_counts_more_than_the_marked_offer(
        self, alone: Session, desk: User, browser_of: Browser
    ):
        browser = browser_of(desk)
        place = browser.get(page("visit_move", alone)).context["days"][0][1][0].place
        shown = browser.post(page("visit_move", alone), {"place": str(place), "start": "2026-05-08T11:20"})
        browser.post(page("visit_move", alone), carried(shown))
        assert start_of(alone) == at(11, 20, day=TODAY + timedelta(days=3))

    def test_without_a_time_nothing_is_asked_of_the_calendar(self, alone: Session, desk: User, browser_of: Browser):
        answer = browser_of(desk).post(page("visit_move", alone), {"look": "1"})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["place"])

    def test_a_planned_visit_gets_its_first_time_here(
        self, patient: Patient, clinic: Location, desk: User, browser_of: Browser
    ):
        planned = a_session(patient, clinic)
        browser = browser_of(desk)
        place = browser.get(page("visit_move", planned)).context["days"][0][1][0].place
        shown = browser.post(page("visit_move", planned), {"place": str(place)})
        browser.post(page("visit_move", planned), carried(shown))
        planned.refresh_from_db()
        assert (planned.status, start_of(planned)) == ("booked", place.start)

    def test_is_called_off_with_a_reason_only(self, alone: Session, desk: User, browser_of: Browser):
        browser = browser_of(desk)
        assert (
            "reason" in browser.post(page("visit_cancel", alone), {"reason": " ", "then": "out"}).context["form"].errors
        )
        browser.post(page("visit_cancel", alone), {"reason": "Moved away", "then": "out"})
        alone.refresh_from_db()
        assert (alone.status, start_of(alone)) == ("cancelled", None)


class TestInCourse:
    def third(self, course: Course) -> Session:
        return course.sessions.get(sequence=3)

    def later(self, session: Session, days: int, **more: str) -> dict[str, str]:
        start = start_of(session).astimezone(at(0).tzinfo) + timedelta(days=days)
        return {"start": start.strftime("%Y-%m-%dT%H:%M"), **more}

    def test_the_preview_says_what_moves_along_and_the_deed_is_the_preview(
        self, course: Course, practitioner: User, browser_of: Browser
    ):
        third, browser, before = self.third(course), browser_of(practitioner), shape(course)
        shown = browser.post(page("visit_move", third), self.later(third, 5))
        groups = {group.name: len(group.lines) for group in shown.context["diff"].groups}
        assert groups["moved"] > 1
        assert shape(course) == before
        promised = {line.after.start for group in shown.context["diff"].groups for line in group.lines if line.after}
        moved = browser.post(page("visit_move", third), carried(shown), follow=True)
        assert {row.start for row in Booking.objects.filter(active=True)} == promised
        browser.post(undo_of(moved))
        assert booked_days(course) == sorted(row[6][0].astimezone(at(0).tzinfo).date() for row in before if row[6])

    def test_a_calendar_that_changed_meanwhile_is_shown_anew(
        self, course: Course, practitioner: User, browser_of: Browser
    ):
        third, browser, before = self.third(course), browser_of(practitioner), shape(course)
        shown = carried(browser.post(page("visit_move", third), self.later(third, 5)))
        answer = browser.post(page("visit_move", third), shown | {"expect": "0000000000000000"})
        assert answer.status_code == 422
        assert "calendar changed since you looked" in answer.content.decode()
        assert shape(course) == before

    def test_outside_the_window_the_desk_is_told_what_is_possible(
        self, course: Course, desk: User, browser_of: Browser
    ):
        third = self.third(course)
        answer = browser_of(desk).post(page("visit_move", third), self.later(third, 12, reason="Holiday"))
        assert answer.status_code == 422
        said = answer.content.decode()
        assert "Last day: " in said
        assert "A practitioner can allow later." in said

    def test_too_soon_is_told_with_the_first_day_that_passes(self, course: Course, desk: User, browser_of: Browser):
        third = self.third(course)
        answer = browser_of(desk).post(page("visit_move", third), self.later(third, -2))
        assert answer.status_code == 422
        assert "Too soon after the visit before it" in answer.content.decode()
        assert answer.context["free_from"] == third.floor.strftime("%a %-d %b")

    def test_a_window_that_is_full_names_the_next_free_time(self, course: Course, desk: User, browser_of: Browser):
        third = self.third(course)
        for person in Practitioner.objects.all():
            start, end = at(0, day=third.floor), at(0, day=third.latest + timedelta(days=1))
            report_absence(practitioner=person, start=start, end=end, reason="Away", by=desk, now=NOW)
        answer = browser_of(desk).get(page("visit_move", third))
        assert answer.context["days"] == []
        assert answer.context["free_from"]

    def test_outside_the_window_a_practitioner_decides_with_a_reason(
        self, course: Course, practitioner: User, browser_of: Browser
    ):
        third, browser = self.third(course), browser_of(practitioner)
        weekday = 14 - (start_of(third) + timedelta(days=14)).weekday() // 5
        assert browser.post(page("visit_move", third), self.later(third, weekday)).status_code == 422
        shown = browser.post(page("visit_move", third), self.later(third, weekday, reason="Holiday"))
        assert shown.status_code == 200

    def left_out(self, browser: Client, session: Session) -> Any:
        """The preview was seen and applied."""
        shown = browser.post(page("visit_cancel", session), {"reason": "Away", "then": "out"})
        assert "dropped" in {group.name for group in shown.context["diff"].groups}
        kept = {name: shown.context["form"][name].value() or "" for name in ("reason", "then", "version", "expect")}
        return browser.post(page("visit_cancel", session), kept | {"apply": "1"}, follow=True)

    def test_left_out_by_a_slip_is_shown_first_and_taken_back_with_one_press(
        self, course: Course, desk: User, browser_of: Browser
    ):
        third, browser = self.third(course), browser_of(desk)
        was = start_of(third)
        after = self.left_out(browser, third)
        third.refresh_from_db()
        assert third.status == "cancelled"
        undo = undo_of(after)
        browser.post(undo)
        assert start_of(course.sessions.get(sequence=3, status="booked")) == was
        assert browser.post(undo).status_code == 409


class TestLate:
    @pytest.fixture
    def now(self, patient: Patient, practitioner: User, desk: User) -> Session:
        """Half an hour from ten on; the practitioner's next visit begins at twenty to twelve."""
        return a_visit(patient, NOW, practitioner, desk)

    def test_the_whole_visit_fits_when_nobody_follows(self, now: Session, desk: User, browser_of: Browser):
        browser = browser_of(desk)
        options = browser.get(page("visit_late", now), {"arrives": "2026-05-05T10:23"}).context["options"]
        assert options.fits
        assert page("visit_no_show", now) in browser.get(page("visit_late", now)).content.decode()
        browser.post(page("visit_late", now), {"arrives": "2026-05-05T10:23"})
        assert start_of(now) == at(10, 25, day=TODAY)

    def test_a_visit_that_follows_leaves_a_shorter_one(
        self, now: Session, other_patient: Patient, practitioner: User, desk: User, browser_of: Browser
    ):
        a_visit(other_patient, at(10, 50, day=TODAY), practitioner, desk)
        browser = browser_of(desk)
        shown = browser.get(page("visit_late", now), {"arrives": "2026-05-05T10:20"})
        assert shown.context["options"].fits_shortened
        assert "Begin at 10:20, 20 minutes" in shown.content.decode()
        browser.post(page("visit_late", now), {"arrives": "2026-05-05T10:20"})
        booking = Booking.objects.get(session=now, active=True)
        assert (booking.start, booking.end) == (at(10, 20, day=TODAY), at(10, 40, day=TODAY))

    def test_too_late_leads_to_another_time(
        self, now: Session, other_patient: Patient, practitioner: User, desk: User, browser_of: Browser
    ):
        a_visit(other_patient, at(10, 50, day=TODAY), practitioner, desk)
        shown = browser_of(desk).get(page("visit_late", now), {"arrives": "2026-05-05T10:35"}).content.decode()
        assert "It no longer fits" in shown
        assert page("visit_move", now) in shown

    def test_only_what_is_booked_can_be_late(self, patient: Patient, clinic: Location, desk: User, browser_of: Browser):
        assert browser_of(desk).get(page("visit_late", a_session(patient, clinic))).status_code == 409


def test_not_well_today_frees_the_time_and_goes_on_to_another(alone: Session, desk: User, browser_of: Browser):
    answer = browser_of(desk).post(page("visit_unwell", alone), {"reason": "Not well today"})
    assert answer.headers["Location"] == page("visit_move", alone)
    alone.refresh_from_db()
    assert (alone.status, start_of(alone)) == ("displaced", None)


def test_who_did_not_come_can_be_booked_again(patient: Patient, practitioner: User, desk: User, browser_of: Browser):
    visit = a_visit(patient, NOW, practitioner, desk)
    browser_of(desk).post(page("visit_no_show", visit), {"reason": ""})
    visit.refresh_from_db()
    assert visit.status == "no_show"


def test_a_visit_that_has_not_begun_cannot_be_missed(alone: Session, desk: User, browser_of: Browser):
    answer = browser_of(desk).post(page("visit_no_show", alone), {"reason": "x"})
    assert answer.status_code == 422
    assert "has not begun yet" in answer.content.decode()
