"""A patient goes on at another place of the clinic: from a chosen visit on the course is planned there, in its windows,
by that clock and with those people; what took place stays where it was, and both places see what is theirs."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal
from clinic.models import Location, Post, User
from scheduling.calendar.queries.feeds import of_patient
from scheduling.courses.actions.course_progress import session_performed
from scheduling.courses.changing.actions.cascade import go_on_elsewhere, leave_out, place_session, stay_away
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.messages.texts import text_of
from scheduling.models import Booking, Course, Message, Practitioner, PublicHoliday, Session, WorkingHours
from tests.factories import NOW, LocationFactory, PractitionerFactory, RoomFactory, StaffFactory
from tests.scheduling.running import shape
from tests.scheduling.visits import who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]
LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def lisboa(practitioner: User, desk: User) -> Location:
    """Open in the afternoon, an hour behind Rome; the people of Aventino have a post there too."""
    place: Location = LocationFactory(
        name="Lisboa", timezone="Europe/Lisbon", address="Rua Augusta 1", phone="+351210000000"
    )
    RoomFactory(location=place, name="Sala 1")
    for user in (practitioner, desk):
        Post.objects.create(staff=user.staff, location=place, role=user.staff.role)
    return place


@pytest.fixture
def tomas(lisboa: Location) -> Practitioner:
    doctor: Practitioner = PractitionerFactory(staff__location=lisboa, name="Dr Tomás", hours=False)
    WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=doctor, location=lisboa, weekday=day, start=time(14), end=time(19), valid_from=date(2026, 1, 1)
        )
        for day in range(5)
    )
    return doctor


def page(course: Course) -> str:
    return reverse("courses:elsewhere", args=[course.pk])


def stands(course: Course) -> dict[int, Booking]:
    rows = Booking.objects.filter(session__course=course, active=True).select_related("session", "room")
    return {row.visit.sequence: row for row in rows}


def goes(course: Course, to: Location, doctor: Practitioner, by: User, since: int = 1, **more: Any) -> Any:
    return go_on_elsewhere(course=course, to=to, practitioner=doctor, since=since, by=by, now=NOW, **more)


def told(since: int) -> list[Message]:
    rows = Message.objects.order_by("pk")[since:]
    return [each for each in rows if each.kind in ("confirmation", "cancellation") and each.channel == "portal"]


def test_the_whole_way_from_the_page_of_the_course_to_both_places(
    course: Course, lisboa: Location, tomas: Practitioner, desk: User, browser_of: Browser
):
    browser, before, said = browser_of(desk), stands(course), Message.objects.count()
    holiday = before[5].start.astimezone(LISBON).date()
    PublicHoliday.objects.create(location=lisboa, date=holiday, name="Feriado")
    assert page(course) in browser.get(reverse("courses:detail", args=[course.pk])).content.decode()
    form = browser.get(page(course))
    assert [each[0] for each in form.context["form"].ahead][: len(before)] == sorted(before)
    given = {"since": "4", "there": f"{lisboa.pk}-{tomas.pk}", "version": course.version}
    preview = browser.post(page(course), given)
    shown = preview.content.decode()
    for word in ("Rua Augusta 1", "+351210000000", "Tomás", "No price was told yet", "Stays in Aventino"):
        assert word in shown
    assert stands(course).keys() == before.keys(), "nothing is written yet"
    given |= {"expect": preview.context["diff"].digest, "apply": "1"}
    done = browser.post(page(course), given, follow=True)
    assert done.status_code == 200
    assert browser.post(page(course), given).url == reverse("courses:detail", args=[course.pk]), "pressed twice"
    course.refresh_from_db()
    assert (course.location, course.practitioner) == (lisboa, tomas)
    after = stands(course)
    assert [after[n].start for n in (1, 2, 3)] == [before[n].start for n in (1, 2, 3)], "what is before stays"
    gone = [row for number, row in after.items() if number >= 4]
    assert len(gone) == len([n for n in before if n >= 4])
    for row in gone:
        row.visit.refresh_from_db()
        local = row.start.astimezone(LISBON)
        assert (row.visit.location, row.room.location, row.practitioner) == (lisboa, lisboa, tomas)
        assert local.hour >= 14
        assert local.date() != holiday
        assert row.visit.floor <= local.date() <= row.visit.latest
    (message,) = told(said)
    words = " ".join(text_of(message).paragraphs)
    assert words.startswith("Your visits go on at another location.")
    assert "Lisboa, Rua Augusta 1" in words
    assert "+351210000000" in words
    assert after[4].start.astimezone(LISBON).strftime("%H:%M") in words
    entry = next(each for each in of_patient(course.patient, NOW) if each.session_id == after[4].session_id)
    assert (entry.zone, entry.address) == (LISBON, "Rua Augusta 1")
    reminders = Message.objects.filter(session=after[4].session_id, kind="reminder", status="scheduled")
    assert {each.location for each in reminders} == {lisboa}
    own = browser_of(course.patient.user).get(reverse("portal:sheet")).content.decode()
    for number, place in ((3, "Aventino"), (4, "Lisboa")):
        day = after[number].start.astimezone(ZoneInfo(after[number].room.location.timezone))
        assert re.search(rf"{day:%H:%M}</time>.*?{place}", own, re.DOTALL), "the plan on paper names each place"
    undo = re.search(r'action="([^"]*/undo/[^"]*)"', done.content.decode())
    assert undo
    course_page = browser.get(reverse("courses:detail", args=[course.pk])).content.decode()
    assert after[4].start.astimezone(LISBON).strftime("%H:%M") in course_page
    assert before[3].start.astimezone(ZoneInfo("Europe/Rome")).strftime("%H:%M") in course_page
    assert browser.post(undo[1]).status_code == 302
    assert {number: row.start for number, row in stands(course).items()} == {
        number: row.start for number, row in before.items()
    }


class TestWhoSeesWhat:
    def test_each_place_runs_its_own_visits(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, colleague: User, browser_of: Browser
    ):
        goes(course, lisboa, tomas, desk, since=2)
        first, second = (course.sessions.get(sequence=number) for number in (1, 2))
        rita, roma = browser_of(StaffFactory(location=lisboa).user), browser_of(colleague)

        def opened(browser: Client, name: str, pk: int) -> int:
            return browser.get(reverse(name, args=[pk])).status_code

        assert opened(rita, "courses:detail", course.pk) == 200
        assert (opened(rita, "desk:visit", second.pk), opened(rita, "desk:visit", first.pk)) == (200, 404)
        assert (opened(roma, "desk:visit", first.pk), opened(roma, "desk:visit", second.pk)) == (200, 404)
        front = browser_of(StaffFactory(location=first.location).user)
        visit = roma.get(reverse("desk:visit", args=[first.pk])).content.decode()
        assert reverse("courses:detail", args=[course.pk]) not in visit, "no link that leads nowhere"
        chart = roma.get(reverse("patients:detail", args=[course.patient_id])).content.decode()
        assert reverse("desk:visit", args=[first.pk]) in chart
        assert reverse("desk:visit", args=[second.pk]) not in chart
        today = front.get(reverse("desk:today")).content.decode()
        assert reverse("desk:visit", args=[first.pk]) in today
        day = second.bookings.get(active=True).start.astimezone(LISBON).date().isoformat()
        there = rita.get(f"{reverse('desk:today')}?date={day}").content.decode()
        assert reverse("desk:visit", args=[second.pk]) in there

    def test_only_who_works_at_both(self, course: Course, lisboa: Location, tomas: Practitioner, colleague: User):
        with pytest.raises(Forbidden):
            goes(course, lisboa, tomas, colleague)

    def test_where_there_is_no_other_place_the_page_says_so(self, course: Course, colleague: User, browser_of: Browser):
        shown = browser_of(colleague).get(page(course)).content.decode()
        assert "You work at no other location of the clinic." in shown


class TestWhatStays:
    def test_a_visit_before_can_still_be_moved_where_it_is_and_keeps_its_distance(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, practitioner: User
    ):
        goes(course, lisboa, tomas, desk, since=3)
        before = stands(course)
        second = before[2].visit
        course.refresh_from_db()
        here = before[2].start.astimezone(ZoneInfo("Europe/Rome"))
        free = here.replace(hour=15, minute=0)
        place_session(session=second, start=free, by=practitioner, reason="Ill", now=NOW)
        after = stands(course)
        assert (after[2].start, after[3].start) == (free, before[3].start)
        with pytest.raises(Refusal, match="the next visit at another location"):
            place_session(session=second, start=free + timedelta(days=1), by=practitioner, reason="Ill", now=NOW)
        second.refresh_from_db()
        leave_out(session=second, reason="Enough", by=practitioner, now=NOW)
        assert 2 not in stands(course)

    def test_what_took_place_counts_and_what_is_open_keeps_the_course_from_its_end(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, practitioner: User
    ):
        goes(course, lisboa, tomas, desk, since=2)
        first = course.sessions.get(sequence=1)
        Session.objects.filter(course=course, sequence__gt=1).update(status="cancelled")
        Booking.objects.filter(session__course=course, session__sequence__gt=1).update(active=False)
        other = course.sessions.get(sequence=2)
        Session.objects.filter(pk=other.pk).update(status="completed", performed_at=NOW, performed_by=tomas)
        other.refresh_from_db()
        progress = session_performed(session=other, by=practitioner, now=NOW)
        assert (progress.finished, first.location_id != lisboa.pk) == (False, True)

    def test_the_days_away_say_which_visit_at_the_old_place_is_on_them(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User
    ):
        goes(course, lisboa, tomas, desk, since=3)
        course.refresh_from_db()
        day = stands(course)[2].start.date().isoformat()
        with pytest.raises(Conflict, match="in Aventino is on these days"):
            stay_away(course=course, away=[[day, day]], by=desk, now=NOW)


class TestWhatFindsNoTime:
    def test_the_times_that_are_left_count_as_free(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User
    ):
        """At ten in Rome it is nine in Lisboa, when Dr Tomás is there for three quarters of an hour."""
        before = stands(course)
        tomas.hours.update(start=time(9), end=time(9, 45))
        goes(course, lisboa, tomas, desk, since=2)
        after = stands(course)
        assert [after[n].start.date() for n in before] == [before[n].start.date() for n in before], "the best days stay"

    def test_it_goes_on_the_list_of_the_new_place_and_the_patient_is_told_by_the_old_clock(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, practitioner: User
    ):
        before, said = stands(course), Message.objects.count()
        last = before[4].start.astimezone(LISBON).date() - timedelta(days=5)
        WorkingHours.objects.filter(practitioner=tomas).update(valid_until=last)
        goes(course, lisboa, tomas, practitioner, since=2)
        after = stands(course)
        assert set(after) < set(before)
        lost = Session.objects.filter(course=course, status="planned", location=lisboa, revision__gt=0)
        assert lost.count() == len(before) - len(after)
        (message,) = told(said)
        was = before[4].start.astimezone(ZoneInfo("Europe/Rome")).strftime("%H:%M")
        lines = text_of(message).paragraphs
        assert any("new times" in line for line in lines)
        assert any(was in line for line in lines)


class TestTakenBack:
    def test_undo_brings_everything_back(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, clinic: Location
    ):
        before = [row[:5] + row[6:] for row in shape(course)]
        done = goes(course, lisboa, tomas, desk, since=2)
        undo_cascade(course=course, act=done.act, by=desk, now=NOW + timedelta(minutes=5))
        course.refresh_from_db()
        assert (course.location, course.practitioner != tomas) == (clinic, True)
        assert {each.location_id for each in course.sessions.all()} == {clinic.pk}
        assert [row[:5] + row[6:] for row in shape(course)] == before

    def test_a_visit_that_was_there_already_stays_there(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User
    ):
        course.sessions.filter(sequence=7).update(location=lisboa)  # the upkeep, which has no time yet
        before = dict(course.sessions.values_list("sequence", "location"))
        done = goes(course, lisboa, tomas, desk, since=2)
        undo_cascade(course=course, act=done.act, by=desk, now=NOW + timedelta(minutes=5))
        assert dict(course.sessions.values_list("sequence", "location")) == before

    def test_twice_by_two_people_or_there_already(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, practitioner: User
    ):
        seen, version = goes(course, lisboa, tomas, desk, preview=True), course.version
        goes(course, lisboa, tomas, practitioner, expect=seen.digest, version=version)
        with pytest.raises(Conflict):
            goes(course, lisboa, tomas, desk, expect=seen.digest)
        course.refresh_from_db()
        with pytest.raises(Conflict):
            goes(course, lisboa, tomas, desk)

    def test_a_visit_that_is_not_ahead_or_somebody_who_does_not_work_there(
        self, course: Course, lisboa: Location, tomas: Practitioner, desk: User, practitioner: User
    ):
        with pytest.raises(BadInput):
            goes(course, lisboa, tomas, desk, since=99)
        with pytest.raises(BadInput):
            goes(course, lisboa, who(practitioner), desk)
