"""Directors and administrators set the clinic up; every mistake is shown where it can be mended."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from scheduling.models import Booking, PublicHoliday, Room, WorkingHours
from tests.factories import LocationFactory, PractitionerFactory, RoomFactory, StaffFactory

Browser = Callable[[User | None], Client]


def details(**changes: object) -> dict[str, object]:
    return {
        "name": "Trastevere",
        "address": "Via della Scala 9",
        "phone": "+39 06 555 0000",
        "timezone": "Europe/Rome",
        "emergency_number": "112",
        "horizon_days": 180,
        "observation_minutes": 20,
        "preparation_minutes": 5,
        "turnover_minutes": 5,
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "antisepsis_protocol": "Chlorhexidine.",
        **changes,
    }


@pytest.fixture
def browser(administrator: User, browser_of: Browser) -> Client:
    return browser_of(administrator)


def errors_of(answer: object) -> dict[str, list[str]]:
    return answer.context["form"].errors


def test_a_location_is_added_and_leads_on_to_its_rooms(browser: Client):
    answer = browser.post(reverse("settings:location_new"), details())
    place = Location.objects.get(name="Trastevere")
    assert answer.headers["Location"] == reverse("settings:rooms", args=[place.pk])
    assert (place.observation_minutes, place.quiet_until) == (20, time(8))


def test_the_observation_minutes_are_never_presumed(browser: Client):
    answer = browser.post(reverse("settings:location_new"), details(observation_minutes=""))
    assert answer.status_code == 422
    assert list(errors_of(answer)) == ["observation_minutes"]
    assert not Location.objects.filter(name="Trastevere").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Rome"),
        ("horizon_days", 0),
        ("horizon_days", 1501),
        ("turnover_minutes", 121),
        ("preparation_minutes", -1),
        ("quiet_from", "late"),
        ("name", ""),
    ],
)
def test_a_figure_that_cannot_be_is_named_at_its_field(browser: Client, clinic: Location, field: str, value: object):
    answer = browser.post(reverse("settings:location", args=[clinic.pk]), details(**{field: value}))
    assert (answer.status_code, list(errors_of(answer))) == (422, [field])
    clinic.refresh_from_db()
    assert clinic.name == "Aventino"


def test_two_locations_cannot_have_one_name(browser: Client, clinic: Location):
    LocationFactory(name="Trastevere")
    answer = browser.post(reverse("settings:location", args=[clinic.pk]), details())
    assert "name" in errors_of(answer)


def test_the_time_zone_stays_once_visits_stand_in_the_calendar(browser: Client, clinic: Location):
    block_in(clinic)
    answer = browser.post(reverse("settings:location", args=[clinic.pk]), details(timezone="Europe/Lisbon"))
    assert answer.status_code == 422
    clinic.refresh_from_db()
    assert clinic.timezone == "Europe/Rome"


def block_in(clinic: Location) -> None:
    start = datetime(2026, 5, 6, 8, tzinfo=UTC)
    end = start + timedelta(hours=1)
    room = clinic.rooms.first()
    Booking.objects.create(kind="block", room=room, start=start, end=end, occupied_start=start, occupied_end=end)


def test_a_room_is_added_renamed_and_taken_out_of_use(browser: Client, clinic: Location):
    here = reverse("settings:rooms", args=[clinic.pk])
    browser.post(here, {"add": "room", "room-name": "Garden room", "room-active": "on"})
    room = Room.objects.get(name="Garden room", location=clinic, active=True)
    browser.post(reverse("settings:room", args=[clinic.pk, room.pk]), {"name": "Blue room"})
    room.refresh_from_db()
    assert (room.name, room.active) == ("Blue room", False)


def test_two_rooms_of_a_location_cannot_have_one_name(browser: Client, clinic: Location):
    answer = browser.post(
        reverse("settings:rooms", args=[clinic.pk]), {"add": "room", "room-name": "Room 1", "room-active": "on"}
    )
    assert answer.status_code == 422
    assert "name" in answer.context["room_form"].errors


def test_a_room_of_another_location_is_not_found_here(browser: Client, clinic: Location):
    elsewhere = RoomFactory()
    assert browser.get(reverse("settings:room", args=[clinic.pk, elsewhere.pk])).status_code == 404


def test_a_closing_day_is_added_once_and_taken_back(browser: Client, clinic: Location):
    here = reverse("settings:holidays", args=[clinic.pk])
    browser.post(here, {"day": "2030-12-25", "name": "Christmas"})
    assert "day" in errors_of(browser.post(here, {"day": "2030-12-25", "name": "Again"}))
    holiday = PublicHoliday.objects.get(location=clinic)
    browser.post(reverse("settings:holiday_remove", args=[clinic.pk, holiday.pk]))
    assert not PublicHoliday.objects.exists()


class TestWeek:
    """Weekly hours change from a day on; what was before stays."""

    @pytest.fixture
    def bianchi(self, practitioner: User):
        return practitioner.staff.practitioner

    def save(self, browser: Client, clinic: Location, person, valid_from: str = "2026-07-01", **stretches: str):
        here = reverse("settings:week", args=[clinic.pk, person.pk])
        return browser.post(here, {"valid_from": valid_from, **stretches})

    def test_the_new_week_begins_on_its_day_and_the_old_one_ends_the_day_before(
        self, browser: Client, clinic: Location, bianchi
    ):
        tuesday = {"d1-0-start": "09:00", "d1-0-end": "13:00", "d1-1-start": "14:00", "d1-1-end": "18:30"}
        answer = self.save(browser, clinic, bianchi, **tuesday)
        assert answer.status_code == 302
        rows = WorkingHours.objects.filter(practitioner=bianchi)
        assert {row.valid_until for row in rows.filter(valid_from=date(2026, 1, 1))} == {date(2026, 6, 30)}
        new = rows.filter(valid_from=date(2026, 7, 1)).values_list("weekday", "start", "end")
        assert sorted(new) == [(1, time(9), time(13)), (1, time(14), time(18, 30))]

    @pytest.mark.parametrize(
        ("stretches", "said"),
        [
            ({"d0-0-start": "13:00", "d0-0-end": "09:00"}, "after the beginning"),
            ({"d0-0-start": "09:00"}, "both times"),
            ({"d0-0-start": "09:02", "d0-0-end": "12:00"}, "five minutes"),
            ({"d0-0-start": "09:00", "d0-0-end": "12:00", "d0-1-start": "11:00", "d0-1-end": "15:00"}, "overlap"),
        ],
    )
    def test_a_stretch_that_cannot_be_is_said_at_its_day(
        self, browser: Client, clinic: Location, bianchi, stretches: dict[str, str], said: str
    ):
        answer = self.save(browser, clinic, bianchi, **stretches)
        assert answer.status_code == 422
        (problem,) = answer.context["form"].problems
        assert said in problem[1]
        assert problem[1].startswith("Monday")
        assert WorkingHours.objects.filter(practitioner=bianchi, valid_until=None).count() == 5

    def test_a_week_past_midnight_comes_back_as_it_was_typed(self, browser: Client, clinic: Location, bianchi):
        late = {"d2-0-start": "18:00", "d2-0-end": "00:00", "d6-0-start": "22:00", "d6-0-end": "02:00"}
        assert self.save(browser, clinic, bianchi, "2026-05-05", **late).status_code == 302
        rows = WorkingHours.objects.filter(practitioner=bianchi, valid_until=None).values_list(
            "weekday", "start", "end"
        )
        assert sorted(rows) == [(0, time(0), time(2)), (2, time(18), time(0)), (6, time(22), time(0))]
        page = browser.get(reverse("settings:week", args=[clinic.pk, bianchi.pk]))
        typed = {
            f"{each.prefix}-{key}": f"{at:%H:%M}"
            for each in page.context["form"].stretches
            for key, at in each.initial.items()
        }
        assert typed == late
        assert "18:00–00:00" in browser.get(reverse("settings:hours", args=[clinic.pk])).content.decode()

    def test_hours_past_midnight_meet_those_of_the_next_day(self, browser: Client, clinic: Location, bianchi):
        night = {"d2-0-start": "22:00", "d2-0-end": "02:00"}
        answer = self.save(browser, clinic, bianchi, **night, **{"d3-0-start": "01:00", "d3-0-end": "06:00"})
        assert "overlap" in answer.context["form"].problems[0][1]

    def test_a_week_that_begins_earlier_replaces_the_one_planned_after_it(
        self, browser: Client, clinic: Location, bianchi
    ):
        self.save(browser, clinic, bianchi, "2026-07-01", **{"d1-0-start": "09:00", "d1-0-end": "13:00"})
        self.save(browser, clinic, bianchi, "2026-06-01", **{"d3-0-start": "10:00", "d3-0-end": "12:00"})
        ahead = WorkingHours.objects.filter(practitioner=bianchi, valid_until=None)
        assert [(row.weekday, row.valid_from) for row in ahead] == [(3, date(2026, 6, 1))]

    def test_nobody_works_at_two_locations_at_once(self, browser: Client, clinic: Location, bianchi):
        second = LocationFactory(name="Trastevere")
        answer = self.save(browser, second, bianchi, **{"d2-0-start": "08:00", "d2-0-end": "10:00"})
        assert "Aventino" in answer.context["form"].problems[0][1]
        saturday = self.save(browser, second, bianchi, **{"d5-0-start": "08:00", "d5-0-end": "10:00"})
        assert saturday.status_code == 302


@pytest.mark.parametrize("name", ["home", "staff"])
def test_the_lists_ask_the_same_number_of_questions_for_one_row_and_for_thirty(browser: Client, name: str):
    LocationFactory(name="First")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse(f"settings:{name}")).status_code == 200
        return len(captured)

    count()
    few = count()
    for number in range(30):
        place = LocationFactory(name=f"Clinic number {number}")
        RoomFactory(location=place)
        StaffFactory(location=place)
    assert count() == few


def test_the_week_of_many_people_is_read_in_as_many_queries_as_of_one(browser: Client, clinic: Location):
    here = reverse("settings:hours", args=[clinic.pk])

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(here).status_code == 200
        return len(captured)

    count()
    few = count()
    PractitionerFactory.create_batch(10, staff__location=clinic)
    assert count() == few


def test_the_way_to_the_settings_is_shown_to_those_who_may_open_them(
    director: User, practitioner: User, desk: User, browser_of: Browser
):
    here = f'href="{reverse("settings:home")}"'
    assert here in browser_of(director).get("/today/").content.decode()
    for user in (practitioner, desk):
        assert here not in browser_of(user).get("/today/").content.decode()
