"""Somebody is away: who that hits is shown first, then the time is closed, and it can be undone."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.models import Absence, Booking, Session
from tests.factories import NOW
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
NEW = "/absences/new/"


@pytest.fixture
def browser(desk: User, browser_of: Browser) -> Client:
    return browser_of(desk)


def tomorrow(user: User, **changes: str) -> dict[str, str]:
    away = f"practitioner:{user.staff.practitioner.pk}"
    return {"away": away, "first_day": "2026-05-06", "last_day": "2026-05-06", "reason": "Ill"} | changes


def test_the_visits_it_hits_are_shown_before_anything_happens(
    browser: Client, patient: Patient, practitioner: User, desk: User
):
    visit = a_visit(patient, at(15), practitioner, desk)
    shown = browser.post(NEW, tomorrow(practitioner))
    assert [row.session for row in shown.context["hit"]] == [visit]
    assert not Absence.objects.exists()
    browser.post(NEW, tomorrow(practitioner, apply="1"))
    visit.refresh_from_db()
    assert visit.status == "displaced"


def test_who_lost_a_time_is_where_it_leads(browser: Client, patient: Patient, practitioner: User, desk: User):
    a_visit(patient, at(15), practitioner, desk)
    answer = browser.post(NEW, tomorrow(practitioner, apply="1"))
    assert "tab=displaced" in answer.headers["Location"]
    undo = reverse("desk:absence_cancel", args=[Absence.objects.get().pk])
    assert f'action="{undo}"' in browser.get(answer.headers["Location"]).content.decode()
    browser.post(undo)
    assert Absence.objects.get().cancelled_at


def test_without_times_whole_local_days_are_closed(browser: Client, practitioner: User):
    browser.post(NEW, tomorrow(practitioner, last_day="2026-05-07", apply="1"))
    absence = Absence.objects.get()
    assert (absence.start, absence.end) == (at(0), at(0, day=at(0).date().replace(day=8)))


def test_with_times_the_rest_of_the_day_stays_open(browser: Client, patient: Patient, practitioner: User, desk: User):
    visit = a_visit(patient, at(15), practitioner, desk)
    browser.post(NEW, tomorrow(practitioner, since="09:00", until="13:00", apply="1"))
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_only_visits_that_the_absence_touches_are_shown(
    browser: Client, patient: Patient, other_patient: Patient, practitioner: User, desk: User
):
    a_visit(patient, at(10), practitioner, desk)
    touched = a_visit(other_patient, at(13), practitioner, desk)
    shown = browser.post(NEW, tomorrow(practitioner, since="13:15", until="17:00"))
    assert [row.session for row in shown.context["hit"]] == [touched]


def test_a_room_can_be_closed(browser: Client, clinic: Location, patient: Patient, practitioner: User, desk: User):
    visit = a_visit(patient, at(15), practitioner, desk)
    room = Booking.objects.get(session=visit).room
    browser.post(NEW, tomorrow(practitioner, away=f"room:{room.pk}", apply="1"))
    visit.refresh_from_db()
    assert visit.status == "displaced"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"last_day": "2026-05-05"}, "last_day"),
        ({"first_day": ""}, "first_day"),
        ({"away": "practitioner:999999"}, "away"),
        ({"reason": " "}, "reason"),
        ({"since": "25:00"}, "since"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(browser: Client, practitioner: User, changes: dict[str, str], field: str):
    answer = browser.post(NEW, tomorrow(practitioner, apply="1", **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Absence.objects.exists()


def test_an_end_before_its_beginning_is_refused_at_the_look_already(
    browser: Client, patient: Patient, practitioner: User, desk: User
):
    a_visit(patient, at(15), practitioner, desk)
    answer = browser.post(NEW, tomorrow(practitioner, last_day="2025-05-06", look="1"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["last_day"])
    assert "No booked visit is in the way" not in answer.content.decode()


@pytest.mark.parametrize("press", ["look", "apply"])
def test_days_that_are_over_and_hit_nobody_are_a_mistyped_year(press: str, browser: Client, practitioner: User):
    over = {"first_day": "2025-05-06", "last_day": "2025-05-06", press: "1"}
    answer = browser.post(NEW, tomorrow(practitioner, **over))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["last_day"])
    assert not Absence.objects.exists()


def test_who_sits_in_the_waiting_room_is_named_since_the_visit_stays(
    browser: Client, patient: Patient, practitioner: User, desk: User
):
    visit = a_visit(patient, at(15), practitioner, desk)
    Session.objects.filter(pk=visit.pk).update(status="checked_in")
    said = browser.post(NEW, tomorrow(practitioner, look="1")).content.decode()
    assert "1 patient is in the clinic already" in said
    assert reverse("desk:visit", args=[visit.pk]) in said
    browser.post(NEW, tomorrow(practitioner, apply="1"))
    visit.refresh_from_db()
    assert visit.status == "checked_in"


def test_it_is_listed_and_taken_back(browser: Client, practitioner: User, patient: Patient, desk: User):
    browser.post(NEW, tomorrow(practitioner, apply="1"))
    page = browser.get("/absences/")
    (item,) = page.context["absences"]
    assert item.whole_days
    assert page.content.decode().count("Wed 6 May<") == 2
    browser.post(reverse("desk:absence_cancel", args=[item.absence.pk]))
    assert browser.get("/absences/").context["absences"] == []
    assert a_visit(patient, at(15), practitioner, desk).status == "booked"


def test_many_absences_are_read_in_as_many_queries_as_one(browser: Client, practitioner: User, desk: User):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/absences/")
        return len(captured)

    def away(hour: int) -> None:
        report_absence(
            practitioner=practitioner.staff.practitioner, start=at(hour), end=at(hour, 30), reason="x", by=desk, now=NOW
        )

    away(9)
    count()
    one = count()
    for hour in range(10, 17):
        away(hour)
    assert len(browser.get("/absences/").context["absences"]) == 8
    assert count() == one
