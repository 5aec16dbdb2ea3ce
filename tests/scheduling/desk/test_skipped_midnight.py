"""A day whose midnight the clocks skip is a day like any other: board, absences, lists, today and feeds work on it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.base.zones import day_begins, day_bounds
from clinic.models import Location, Post, User
from patients.models import Patient
from scheduling.calendar.actions.feeds import make_feed
from scheduling.models import Absence, Practitioner, WorkingHours
from tests.factories import LocationFactory
from tests.scheduling.visits import a_visit

SKIPPED = {
    "Atlantic/Azores": date(2026, 3, 29),
    "Asia/Beirut": date(2026, 3, 29),
    "Africa/Cairo": date(2026, 4, 24),
    "America/Santiago": date(2026, 9, 6),
    "America/Havana": date(2026, 3, 8),
}
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
Browser = Callable[[User | None], Client]


@given(zone=st.sampled_from(ZONES), day=DAYS)
@settings(max_examples=300, deadline=None)
def test_days_follow_each_other_without_gap_in_every_zone(zone: str, day: date) -> None:
    local = ZoneInfo(zone)
    begins, ends = day_bounds(day, local)
    assert day_begins(day + timedelta(days=1), local) == ends
    assert timedelta(hours=22) <= ends - begins <= timedelta(hours=26)
    assert begins.astimezone(local).date() == day
    assert (begins - timedelta(seconds=1)).astimezone(local).date() == day - timedelta(days=1)
    assert (ends - timedelta(seconds=1)).astimezone(local).date() == day


@pytest.mark.parametrize("zone", SKIPPED)
def test_the_days_around_a_skipped_midnight_are_whole(zone: str) -> None:
    days = [SKIPPED[zone] + timedelta(days=number) for number in (-1, 0, 1, 2)]
    lengths = [day_begins(after, ZoneInfo(zone)) - day_begins(day, ZoneInfo(zone)) for day, after in pairwise(days)]
    assert lengths == [timedelta(hours=24), timedelta(hours=23), timedelta(hours=24)]
    assert day_begins(SKIPPED[zone], ZoneInfo(zone)).astimezone(ZoneInfo(zone)).hour == 1


@pytest.fixture(params=SKIPPED)
def there(request: pytest.FixtureRequest, clinic: Location) -> Location:
    """The clinic in a place whose clocks skip a midnight; its people work on every day of the week."""
    clinic.timezone = request.param
    clinic.save()
    for practitioner in Practitioner.objects.filter(staff__location=clinic):
        row = practitioner.hours.first()
        for weekday in (5, 6):
            WorkingHours.objects.create(
                practitioner=practitioner, location=clinic, weekday=weekday, start=row.start, end=row.end,
                valid_from=row.valid_from,
            )  # fmt: skip
    return clinic


def test_the_pages_of_the_day_work(
    there: Location, desk: User, patient: Patient, practitioner: User, browser_of: Browser
) -> None:
    day, zone = SKIPPED[there.timezone], ZoneInfo(there.timezone)
    at_ten = datetime(day.year, day.month, day.day, 10, tzinfo=zone).astimezone(UTC)
    with time_machine.travel(at_ten - timedelta(hours=3), tick=False):
        browser = browser_of(desk)
        session = a_visit(patient, at_ten, practitioner, desk, now=at_ten - timedelta(hours=3))
        span = {"start": f"{day}T00:00", "end": f"{day + timedelta(days=1)}T00:00"}
        found = browser.get(reverse("desk:board_events", args=[there.pk]), span)
        before = browser.get(
            reverse("desk:board_events", args=[there.pk]),
            {"start": f"{day - timedelta(days=1)}T00:00", "end": f"{day}T00:00"},
        )
        mine = str(session.pk)
        assert [each["start"] for each in found.json() if each["id"] == mine] == [f"{day}T10:00"]
        assert [each for each in before.json() if each["id"] == mine] == []
        for page in (f"/today/?date={day}", f"/board/?date={day}", "/work/", "/absences/", "/absences/new/", "/book/"):
            assert browser.get(page).status_code == 200, page
        assert patient.family_name in browser.get(f"/today/?date={day}").content.decode()
        feed = browser_of(None).get(reverse("calendar:feed", args=[make_feed(owner=patient, by=patient.user)]))
        assert (feed.status_code, b"BEGIN:VEVENT" in feed.content) == (200, True)


def test_somebody_is_away_on_that_day(there: Location, desk: User, practitioner: User, browser_of: Browser) -> None:
    day, zone = SKIPPED[there.timezone], ZoneInfo(there.timezone)
    with time_machine.travel(day_begins(day, zone) - timedelta(days=3), tick=False):
        browser = browser_of(desk)
        form = {"away": f"practitioner:{practitioner.staff.practitioner.pk}", "reason": "Course", "apply": "1"}
        saved = browser.post(reverse("desk:absence_new"), form | {"first_day": str(day), "last_day": str(day)})
        assert saved.status_code == 302, saved.content.decode()
        absence = Absence.objects.get()
        assert (absence.start, absence.end) == day_bounds(day, zone)
        listed = browser.get("/absences/").content.decode()
    assert "00:00" not in listed, "a whole day is listed as a day"
    assert "01:00" not in listed, "a whole day is listed as a day"


def test_each_visit_of_a_patient_is_shown_on_the_clock_of_its_place(
    clinic: Location, desk: User, patient: Patient, practitioner: User, browser_of: Browser
) -> None:
    """A visit in Rome, seen while booking in Lisbon: ten o'clock in Rome, and that it is in Rome."""
    lisbon = LocationFactory(name="Chiado", timezone="Europe/Lisbon")
    Post.objects.create(staff=desk.staff, location=lisbon, role=desk.staff.role)
    with time_machine.travel(datetime(2026, 5, 5, 6, tzinfo=UTC), tick=False):
        a_visit(patient, datetime(2026, 5, 6, 8, tzinfo=UTC), practitioner, desk)
        page = browser_of(desk).get(f"/book/?patient={patient.pk}&location={lisbon.pk}").content.decode()
    notice = page.partition("Already has a visit")[2].partition("</div>")[0]
    assert "10:00" in notice
    assert clinic.name in notice
