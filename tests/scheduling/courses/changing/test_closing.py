"""A location closes on a date: nothing is booked there afterwards, a list names each patient who has to go on
elsewhere, and it can stay open after all."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import BadInput, Conflict, Refusal
from clinic.models import Location, Post, StaffMember, User
from patients.models import Patient
from scheduling.calendar.queries.search import Search, free_slots
from scheduling.courses.changing.actions.course_states import hold_course
from scheduling.courses.changing.actions.undo import undo_cascade
from scheduling.courses.changing.queries.leaving import stays_behind
from scheduling.models import Booking, Course, Message, Practitioner, Replan, WorkingHours
from scheduling.setup.actions.hours import Stretch, end_hours, restore_hours, set_week
from scheduling.setup.actions.places import close_place, stay_open
from tests.factories import NOW, TODAY, LocationFactory, PractitionerFactory, RoomFactory
from tests.scheduling.visits import a_visit, at, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Browser = Callable[[User | None], Client]
LAST = TODAY + timedelta(days=20)


@pytest.fixture
def tomas(director: User) -> Practitioner:
    """Who treats in Lisboa, where the director of Aventino has a post too."""
    place = LocationFactory(name="Lisboa", timezone="Europe/Lisbon")
    RoomFactory(location=place)
    Post.objects.create(staff=director.staff, location=place, role=director.staff.role)
    doctor: Practitioner = PractitionerFactory(staff__location=place, name="Dr Tomás")
    return doctor


def page(place: Location) -> str:
    return reverse("desk:closing", args=[place.pk])


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def weeks() -> list[Any]:
    return sorted(
        WorkingHours.objects.values_list("practitioner", "weekday", "start", "end", "valid_from", "valid_until")
    )


def late(course: Course) -> Any:
    return Booking.objects.filter(session__course=course, active=True, start__gt=at(23, day=LAST))


def test_from_the_settings_to_the_last_course_that_went_elsewhere(
    course: Course, clinic: Location, tomas: Practitioner, director: User, desk: User, browser_of: Browser
):
    browser, count = browser_of(director), late(course).count()
    assert page(clinic) in browser.get(reverse("settings:location", args=[clinic.pk])).content.decode()
    looked = browser.post(page(clinic), {"last_day": LAST.isoformat()})
    assert f"{count} booked visits are later" in words(looked)
    clinic.refresh_from_db()
    assert clinic.last_day is None, "looking writes nothing"
    browser.post(page(clinic), {"last_day": LAST.isoformat(), "apply": "1"})
    assert "Closes after 25 May 2026" in words(browser.get(reverse("settings:home")))
    clinic.refresh_from_db()
    free = free_slots(search=Search(clinic, first=LAST, last=LAST + timedelta(days=9), limit=500), now=NOW)
    assert {each.start.date() for each in free} == {LAST}
    with pytest.raises(Refusal):
        a_visit(course.patient, at(15, day=LAST + timedelta(days=1)), who_user(course), desk)
    shown = browser.get(page(clinic))
    (row,) = shown.context["left"]
    assert (row.course, row.visits) == (course, count)
    assert f"{reverse('courses:elsewhere', args=[course.pk])}?since={row.since}" in shown.content.decode()
    said = Message.objects.count()
    there = f"{tomas.staff.location_id}-{tomas.pk}"
    together = reverse("desk:closing_together", args=[clinic.pk])
    assert "Choose where" in words(browser.post(together, {}, follow=True))
    after = browser.post(together, {"there": there}, follow=True)
    assert "1 course goes on elsewhere." in words(after)
    assert after.context["left"] == []
    course.refresh_from_db()
    assert course.location == tomas.staff.location
    kept = Booking.objects.filter(session__course=course, active=True, start__lt=at(23, day=LAST))
    assert {each.session.location for each in kept.select_related("session__location")} == {clinic}
    told = [each for each in Message.objects.order_by("pk")[said:] if each.kind == "confirmation"]
    assert len([each for each in told if each.channel == "portal"]) == 1


def who_user(course: Course) -> User:
    user: User = course.practitioner.staff.user
    return user


class TestHours:
    def test_nobody_gets_hours_after_the_last_day_and_staying_open_brings_them_back(
        self, clinic: Location, practitioner: User, director: User, browser_of: Browser
    ):
        before = weeks()
        close_place(location=clinic, last_day=LAST, by=director, now=NOW)
        close_place(location=clinic, last_day=LAST + timedelta(days=7), by=director, now=NOW)
        week = [Stretch(0, at(9).time(), at(12).time())]
        given: dict[str, Any] = {"practitioner": who(practitioner), "location": clinic, "week": week, "by": director}
        with pytest.raises(BadInput):
            set_week(valid_from=LAST + timedelta(days=8), **given)
        assert browser_of(director).post(reverse("desk:closing_undo", args=[clinic.pk])).status_code == 302
        assert weeks() == before
        with pytest.raises(Conflict):
            stay_open(location=clinic, by=director)
        close_place(location=clinic, last_day=LAST, by=director, now=NOW)
        (row,) = set_week(valid_from=LAST, **given)
        assert row.valid_until == LAST

    def test_hours_given_meanwhile_go_on_when_it_stays_open(
        self, clinic: Location, practitioner: User, colleague: User, director: User
    ):
        others = [row for row in weeks() if row[0] != who(practitioner).pk]
        close_place(location=clinic, last_day=LAST, by=director, now=NOW)
        since, week = LAST - timedelta(days=5), [Stretch(0, at(9).time(), at(12).time())]
        set_week(practitioner=who(practitioner), location=clinic, week=week, valid_from=since, by=director)
        stay_open(location=clinic, by=director)
        mine = WorkingHours.objects.filter(practitioner=who(practitioner)).exclude(valid_until__lt=since)
        assert [(row.weekday, row.valid_from, row.valid_until) for row in mine] == [(0, since, None)]
        assert [row for row in weeks() if row[0] != who(practitioner).pk] == others

    @pytest.mark.parametrize("closes_first", [True, False])
    def test_who_leaves_has_no_hours_again_and_who_stays_none_in_a_place_that_is_closed(
        self, closes_first: bool, clinic: Location, practitioner: User, director: User
    ):
        leaves, doctor = LAST - timedelta(days=7), who(practitioner)
        acts = [
            lambda: close_place(location=clinic, last_day=LAST, by=director, now=NOW),
            lambda: gone.append(end_hours(practitioner=doctor, last_day=leaves)),
        ]
        gone: list[Any] = []
        for act in acts if closes_first else reversed(acts):
            act()
        staff = StaffMember.objects.filter(pk=doctor.staff_id)
        staff.update(leaves_on=leaves)
        hours = WorkingHours.objects.filter(practitioner=doctor)
        stay_open(location=clinic, by=director)
        assert {row.valid_until for row in hours.all()} == {leaves}
        close_place(location=clinic, last_day=LAST, by=director, now=NOW)
        staff.update(leaves_on=None)
        restore_hours(practitioner=doctor, last_day=leaves, rows=gone[0])
        assert {row.valid_until for row in hours.all()} == {LAST}

    def test_a_day_that_is_over_is_said_at_its_field_and_only_managers_say_it(
        self, clinic: Location, director: User, desk: User, administrator: User, course: Course, browser_of: Browser
    ):
        over = {"last_day": "2026-05-04", "apply": "1"}
        refused = browser_of(director).post(page(clinic), over)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["last_day"])
        named = {"last_day": LAST.isoformat(), "apply": "1"}
        assert browser_of(desk).post(page(clinic), named).status_code == 403
        clinic.refresh_from_db()
        assert clinic.last_day is None
        browser_of(administrator).post(page(clinic), named)
        shown = words(browser_of(administrator).get(page(clinic)))
        assert course.patient.family_name not in shown, "who sees no patient is shown none"
        assert course.patient.family_name in words(browser_of(desk).get(page(clinic)))


def test_the_list_has_paused_courses_and_single_visits_and_as_many_queries_for_each(
    course: Course, clinic: Location, tomas: Practitioner, director: User, practitioner: User, desk: User,
    other_patient: Patient, browser_of: Browser, django_assert_num_queries: Any,
):  # fmt: skip
    a_visit(other_patient, at(15, day=LAST + timedelta(days=2)), practitioner, desk)
    close_place(location=clinic, last_day=LAST, by=director, now=NOW)
    hold_course(course=course, reason="Travels", by=practitioner, now=NOW)
    with django_assert_num_queries(2):
        stays_behind(Course.objects.all(), clinic, LAST)
    shown = browser_of(director).get(page(clinic))
    (row,) = shown.context["left"]
    assert (row.course, row.visits) == (course, 0)
    (alone,) = shown.context["alone"]
    assert (alone.patient, alone.start) == (other_patient, alone.bookings.get(active=True).start)
    assert "Wed 27 May, 15:00" in shown.content.decode()
    ends = words(browser_of(desk).get(reverse("desk:visit_cancel", args=[alone.pk])))
    assert f"{clinic.name} closes" in ends
    assert "The patient cannot come" not in ends
    assert "Until Mon 25 May 2026, the last day." in ends
    course.refresh_from_db()
    given = {"since": str(row.since), "there": f"{tomas.staff.location_id}-{tomas.pk}", "version": course.version}
    where = reverse("courses:elsewhere", args=[course.pk])
    preview = browser_of(director).post(where, given)
    assert preview.status_code == 200
    browser_of(director).post(where, given | {"expect": preview.context["diff"].digest, "apply": "1"})
    course.refresh_from_db()
    assert (course.location, course.status) == (tomas.staff.location, "on_hold")
    assert not Booking.objects.filter(session__course=course, active=True).exists(), "it waits there as it waited here"
    undo_cascade(course=course, act=Replan.objects.latest("pk").pk, by=director, now=NOW)
    course.refresh_from_db()
    assert (course.location, course.status) == (clinic, "on_hold")
