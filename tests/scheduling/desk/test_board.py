"""The board shows who is where and when, and moves nothing before somebody has seen what that changes."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, Post, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.models import Booking, Course, PublicHoliday, Session, WorkingHours
from tests.factories import NOW, TODAY, LocationFactory, PatientFactory
from tests.scheduling.visits import a_session, a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]


@pytest.fixture
def browser(desk: User, browser_of: Browser) -> Client:
    return browser_of(desk)


def events(
    browser: Client,
    clinic: Location,
    *,
    by: str = "practitioner",
    day: date = TODAY,
    days: int = 1,
    shades: bool = False,
):
    span = {"start": f"{day}T00:00", "end": f"{day + timedelta(days=days)}T00:00", "by": by}
    found = browser.get(reverse("desk:board_events", args=[clinic.pk]), span).json()
    return [each for each in found if (each["status"] == "off") is shades]


def test_a_visit_stands_in_the_column_of_its_person_or_of_its_room(
    browser: Client, clinic: Location, patient: Patient, practitioner: User, desk: User
):
    session = a_visit(patient, at(15, day=TODAY), practitioner, desk)
    booking = Booking.objects.get(session=session)
    (event,) = events(browser, clinic)
    assert (event["start"], event["end"]) == ("2026-05-05T15:00", "2026-05-05T15:30")
    assert event["resourceId"] == str(practitioner.staff.practitioner.pk)
    assert event["movable"] is True
    assert events(browser, clinic, by="room")[0]["resourceId"] == str(booking.room_id)


def test_the_window_goes_with_the_visit_so_that_it_can_be_drawn(browser: Client, clinic: Location, course: Course):
    (event,) = events(browser, clinic)
    first = course.sessions.get(sequence=1)
    assert event["windowStart"] == f"{first.floor}T00:00"
    assert event["windowEnd"] == f"{first.latest + timedelta(days=1)}T00:00"


def test_nothing_clinical_stands_on_the_board(browser: Client, clinic: Location, course: Course):
    course.sessions.filter(sequence=1).update(why=[{"code": "secret", "params": {}}])
    (event,) = events(browser, clinic)
    assert event["title"] == f"{course.patient} · P07 1/{course.sessions.count()}"
    assert "secret" not in str(event)


def test_an_absence_and_a_closing_day_close_the_column(
    browser: Client, clinic: Location, practitioner: User, desk: User
):
    report_absence(
        practitioner=practitioner.staff.practitioner, start=at(9), end=at(13), reason="Course", by=desk, now=NOW
    )
    PublicHoliday.objects.create(location=clinic, date=TODAY + timedelta(days=2), name="Feast")
    found = events(browser, clinic, days=3)
    away = [each for each in found if each["title"] == "Not available"]
    assert [(each["start"], each["end"], each["movable"]) for each in away] == [
        ("2026-05-06T09:00", "2026-05-06T13:00", False)
    ]
    assert "Course" not in str(found)
    closed = [each for each in events(browser, clinic, days=3, shades=True) if each["title"] == "Feast"]
    assert [(each["start"], each["end"]) for each in closed] == [("2026-05-07T00:00", "2026-05-08T00:00")] * 2


def test_hours_in_which_somebody_does_not_work_are_shaded(browser: Client, clinic: Location, practitioner: User):
    person = practitioner.staff.practitioner
    person.hours.filter(weekday=1).update(end=time(13))
    WorkingHours.objects.create(
        practitioner=person, location=clinic, weekday=1, start=time(14), end=time(16), valid_from=date(2026, 1, 1)
    )
    off = [each for each in events(browser, clinic, shades=True) if each["resourceId"] == str(person.pk)]
    assert [(each["start"][11:], each["end"][11:]) for each in off] == [
        ("00:00", "09:00"),
        ("13:00", "14:00"),
        ("16:00", "00:00"),
    ]
    person.hours.filter(weekday=2).update(valid_from=date(2026, 5, 13))
    week = events(browser, clinic, days=9, shades=True)
    closed = [each for each in week if each["resourceId"] == str(person.pk) and each["start"] == "2026-05-06T00:00"]
    assert closed[0]["end"] == "2026-05-07T00:00"
    sunday = events(browser, clinic, day=date(2026, 5, 10), shades=True)
    assert [(each["start"], each["end"]) for each in sunday] == [("2026-05-10T00:00", "2026-05-11T00:00")] * 2
    assert events(browser, clinic, by="room", shades=True) == []


def test_columns_are_the_people_or_the_rooms_in_use(browser: Client, clinic: Location):
    clinic.rooms.filter(name="Room 2").update(active=False)
    here = reverse("desk:board_resources", args=[clinic.pk])
    assert [each["title"] for each in browser.get(here).json()] == ["Dr Bianchi", "Dr Conti"]
    assert [each["title"] for each in browser.get(here, {"by": "room"}).json()] == ["Room 1"]


def test_what_waits_for_a_time_stands_beside_it_the_soonest_last_day_first(
    browser: Client, clinic: Location, practitioner: User, desk: User
):
    for name, latest in (("Later", 9), ("Sooner", 2)):
        day = TODAY + timedelta(days=latest)
        person = PatientFactory(given_name=name, family_name="Verdi")
        a_session(person, clinic, floor=TODAY, ideal=TODAY, latest=day, kind="review")
    page = browser.get("/board/")
    queue = page.context["queue"].first
    assert [(str(each.session.patient), each.days, each.tone) for each in queue] == [
        ("Sooner Verdi", 2, "bad"),
        ("Later Verdi", 9, "plain"),
    ]


def test_dropping_a_visit_asks_and_moves_nothing(browser: Client, clinic: Location, course: Course, practitioner: User):
    first = course.sessions.get(sequence=1)
    before = list(Booking.objects.filter(active=True).values_list("session", "start"))
    drop = {
        "session": first.pk,
        "start": f"{TODAY + timedelta(days=1)}T11:00",
        "resource": practitioner.staff.practitioner.pk,
        "by": "practitioner",
    }
    shown = browser.post(
        reverse("desk:board_preview", args=[clinic.pk]), drop, headers={"HX-Request": "true", "HX-Target": "panel"}
    )
    assert "Wednesday 6 May, 11:00" in shown.content.decode()
    assert {group.name for group in shown.context["diff"].groups} >= {"moved"}
    assert list(Booking.objects.filter(active=True).values_list("session", "start")) == before


def test_dropping_it_where_it_may_not_stand_says_why_and_offers_times(
    browser: Client, clinic: Location, course: Course, practitioner: User
):
    first = course.sessions.get(sequence=1)
    drop = {
        "session": first.pk,
        "start": "2026-05-06T20:00",
        "resource": practitioner.staff.practitioner.pk,
        "by": "practitioner",
    }
    shown = browser.post(reverse("desk:board_preview", args=[clinic.pk]), drop)
    assert shown.status_code == 422
    assert "does not work at Aventino at that time" in shown.content.decode()
    assert shown.context["days"]


@pytest.mark.parametrize("change", [{"resource": "999999"}, {"resource": "x"}, {"session": "999999"}])
def test_a_column_or_a_visit_that_is_not_on_this_board_is_not_found(
    browser: Client, clinic: Location, course: Course, practitioner: User, change: dict[str, str]
):
    drop = {"session": str(course.sessions.first().pk), "start": "2026-05-06T11:00", "by": "practitioner"}
    drop |= {"resource": str(practitioner.staff.practitioner.pk)} | change
    assert browser.post(reverse("desk:board_preview", args=[clinic.pk]), drop).status_code == 404


def test_a_time_that_cannot_be_read_is_refused(browser: Client, clinic: Location):
    assert browser.get(reverse("desk:board_events", args=[clinic.pk]), {"start": "x", "end": "y"}).status_code == 400


def test_view_side_and_day_stand_in_the_address(browser: Client, desk: User, clinic: Location):
    other = LocationFactory(name="Trastevere")
    Post.objects.create(staff=desk.staff, location=other, role=desk.staff.role)
    wanted = {"view": "resourceTimeGridWeek", "by": "room", "date": "2026-06-01", "location": other.pk}
    context = browser.get("/board/", wanted).context
    assert (context["view"], context["by"], context["date"], context["location"]) == (
        "resourceTimeGridWeek",
        "room",
        "2026-06-01",
        other,
    )
    assert browser.get("/board/", {"view": "nonsense", "by": "nobody"}).context["view"] == "resourceTimeGridDay"


def test_a_full_week_is_read_in_as_many_queries_as_one_visit(
    browser: Client, clinic: Location, practitioner: User, desk: User, patient: Patient
):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            events(browser, clinic, days=7)
            browser.get("/board/")
        return len(captured)

    a_visit(patient, at(15), practitioner, desk)
    a_session(patient, clinic, floor=TODAY, ideal=TODAY, latest=TODAY)
    count()
    one = count()
    for number in range(8):
        person = PatientFactory()
        a_visit(person, at(10 + number, day=TODAY + timedelta(days=2)), practitioner, desk)
        a_session(person, clinic, floor=TODAY, ideal=TODAY, latest=TODAY)
    assert len(events(browser, clinic, days=7)) == 9
    assert count() == one
    assert Session.objects.count() == 18
