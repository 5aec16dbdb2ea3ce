"""Seasonal hours: another week for a span of days, after which the weekly hours go on as if nothing had been."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import BadInput
from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Practitioner, Season, WorkingHours
from scheduling.setup.actions.hours import Stretch, set_week
from scheduling.setup.actions.places import close_place, stay_open
from scheduling.setup.actions.seasons import end_seasons, open_only, set_season
from tests.scheduling.visits import a_visit, at, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
FIRST, LAST, DAY = date(2026, 7, 1), date(2026, 8, 31), timedelta(days=1)
MORNINGS = [Stretch(weekday, time(9), time(13)) for weekday in range(4)]
LATER = [Stretch(weekday, time(12), time(20)) for weekday in range(5)]


@pytest.fixture
def bianchi(practitioner: User) -> Practitioner:
    return who(practitioner)


def hours(person: Practitioner) -> list[Any]:
    rows = WorkingHours.objects.filter(practitioner=person).order_by("valid_from", "weekday", "start")
    return list(rows.values_list("weekday", "start", "end", "valid_from", "valid_until"))


def on(person: Practitioner, day: date) -> list[tuple[int, int]]:
    """Hours from and to on a day."""
    rows = WorkingHours.objects.filter(practitioner=person, weekday=day.weekday(), valid_from__lte=day)
    return [(row.start.hour, row.end.hour) for row in rows if row.valid_until is None or row.valid_until >= day]


def set_(person: Practitioner, by: User, first: date = FIRST, last: date = LAST, week: Any = MORNINGS) -> Season:
    given = {"location": person.staff.location, "week": week, "valid_from": first, "valid_until": last}
    return set_season(practitioner=person, by=by, **given)


def test_the_week_before_holds_again_after_it_and_as_it_was_once_it_is_removed(bianchi: Practitioner, director: User):
    before = hours(bianchi)
    season = set_(bianchi, director)
    told = [on(bianchi, day) for day in (FIRST - DAY, FIRST, date(2026, 7, 3), LAST, LAST + DAY)]
    assert told == [[(9, 18)], [(9, 13)], [], [(9, 13)], [(9, 18)]]  # 3 July is a Friday
    end_seasons(seasons=[season], by=director)
    assert hours(bianchi) == before


@pytest.mark.parametrize("since", [date(2026, 6, 1), date(2026, 7, 13)])  # Mondays before it and in it
def test_another_week_given_meanwhile_holds_around_the_season(since: date, bianchi: Practitioner, director: User):
    season = set_(bianchi, director)
    here = bianchi.staff.location
    set_week(practitioner=bianchi, location=here, week=LATER, valid_from=since, by=director)
    assert [on(bianchi, day) for day in (FIRST, LAST, LAST + DAY)] == [[(9, 13)], [(9, 13)], [(12, 20)]]
    end_seasons(seasons=[Season.objects.get(pk=season.pk)], by=director)
    assert [on(bianchi, since - DAY * 3), on(bianchi, since), on(bianchi, LAST + DAY)] == [
        [(9, 18)],
        [(12, 20)],
        [(12, 20)],
    ]
    assert len(hours(bianchi)) == 10, "five days before, five days from then on"


def test_two_seasons_of_one_person_do_not_share_a_day(bianchi: Practitioner, director: User, colleague: User):
    set_(bianchi, director)
    before = hours(bianchi)
    for first, last in ((LAST, LAST + 9 * DAY), (FIRST - DAY, FIRST), (FIRST + DAY, LAST - DAY)):
        with pytest.raises(BadInput) as refused:
            set_(bianchi, director, first, last)
        assert [error.field for error in refused.value.errors] == ["valid_from"]
    assert hours(bianchi) == before
    set_(bianchi, director, LAST + DAY, LAST + 9 * DAY)
    set_(who(colleague), director)


def test_a_place_opens_for_less_and_of_everybodys_hours_stays_what_lies_inside(
    clinic: Location, bianchi: Practitioner, colleague: User, director: User
):
    set_week(practitioner=who(colleague), location=clinic, week=LATER, valid_from=date(2026, 5, 11), by=director)
    before = hours(bianchi), hours(who(colleague))
    made = open_only(location=clinic, week=MORNINGS, valid_from=FIRST, valid_until=LAST, by=director)
    assert len(made) == 2
    assert [on(person, FIRST) for person in (bianchi, who(colleague))] == [[(9, 13)], [(12, 13)]]
    assert [on(person, date(2026, 7, 3)) for person in (bianchi, who(colleague))] == [[], []]
    with pytest.raises(BadInput, match="Dr Bianchi"):
        open_only(location=clinic, week=MORNINGS, valid_from=LAST, valid_until=LAST, by=director)
    end_seasons(seasons=made, by=director)
    assert (hours(bianchi), hours(who(colleague))) == before


def test_a_place_that_closes_in_it_and_stays_open_after_all(clinic: Location, bianchi: Practitioner, director: User):
    season = set_(bianchi, director)
    before, closes = hours(bianchi), date(2026, 7, 31)
    close_place(location=clinic, last_day=closes, by=director)
    assert (on(bianchi, date(2026, 7, 30)), on(bianchi, date(2026, 8, 6))) == ([(9, 13)], [])
    stay_open(location=clinic, by=director)
    assert hours(bianchi) == before
    close_place(location=clinic, last_day=closes, by=director)
    end_seasons(seasons=[season], by=director)
    assert (on(bianchi, date(2026, 7, 30)), on(bianchi, date(2026, 8, 6))) == ([(9, 18)], [])
    clinic.refresh_from_db()
    with pytest.raises(BadInput) as refused:
        set_(bianchi, director)
    assert [error.field for error in refused.value.errors] == ["valid_until"]


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"valid_until": "2026-06-30"}, "valid_until"),
        ({"valid_until": "9999-12-31"}, "valid_until"),
        ({"valid_from": "0001-01-01"}, "valid_from"),
    ],
)
def test_days_that_make_no_sense_are_told_at_their_field(
    days: dict[str, str], field: str, clinic: Location, bianchi: Practitioner, director: User, browser_of: Browser
):
    given = {"valid_from": FIRST, "valid_until": LAST, "d0-0-start": "09:00", "d0-0-end": "13:00", **days}
    for page in (reverse("settings:season", args=[clinic.pk]), reverse("settings:week", args=[clinic.pk, bianchi.pk])):
        answer = browser_of(director).post(page, given)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Season.objects.exists()


class TestThePages:
    def test_what_is_left_with_nobody_there_is_counted_first_and_then_on_the_list(
        self, clinic: Location, bianchi: Practitioner, practitioner: User, patient: Patient, director: User, desk: User,
        browser_of: Browser,
    ):  # fmt: skip
        afternoon, browser = at(15, day=FIRST), browser_of(director)
        Location.objects.update(horizon_days=90)
        clinic.refresh_from_db()
        a_visit(patient, afternoon, practitioner, desk)
        given = {"valid_from": FIRST, "valid_until": LAST, "d2-0-start": "09:00", "d2-0-end": "13:00"}
        page = reverse("settings:season", args=[clinic.pk])
        looked = browser.post(page, given)
        assert "1 booked visit would be left with nobody there (Wed 1 Jul)" in looked.content.decode()
        assert not Season.objects.exists()
        saved = browser.post(page, given | {"apply": "1"}, follow=True).content.decode()
        assert "1 Jul 2026" in saved
        assert "Dr Bianchi (4 hours a week), Dr Conti (4 hours a week)" in saved
        there = browser_of(desk).get(reverse("desk:worklists"), {"tab": "without_staff"})
        assert [row.start for row in there.context["rows"]] == [afternoon]
        remove = reverse("settings:season_remove", args=[clinic.pk, Season.objects.first().pk])
        browser_of(director).post(remove)
        assert not Season.objects.exists()
        assert on(bianchi, FIRST) == [(9, 18)]

    def test_days_on_which_nobody_has_hours_are_not_saved_as_if_something_were(
        self, clinic: Location, bianchi: Practitioner, director: User, browser_of: Browser
    ):
        page = reverse("settings:season", args=[clinic.pk])
        answer = browser_of(director).post(page, {"valid_from": "2020-12-24", "valid_until": "2020-12-31"})
        assert "Nobody has hours here on these days." in answer.content.decode()
        assert not Season.objects.exists()

    def test_a_season_without_hours_says_so_and_the_week_changes_on_its_first_day(
        self, clinic: Location, bianchi: Practitioner, director: User, browser_of: Browser
    ):
        set_(bianchi, director, week=[])
        said = browser_of(director).get(reverse("settings:hours", args=[clinic.pk])).content.decode()
        assert "Dr Bianchi (no hours)" in said
        assert "changes on 1 Jul" in said

    def test_to_remove_longer_hours_asks_first_whom_it_hits(
        self, clinic: Location, bianchi: Practitioner, practitioner: User, patient: Patient, director: User, desk: User,
        browser_of: Browser,
    ):  # fmt: skip
        browser, evening = browser_of(director), [Stretch(2, time(18), time(21))]
        Location.objects.update(horizon_days=90)
        clinic.refresh_from_db()
        season = set_(bianchi, director, week=evening)
        a_visit(patient, at(19, day=FIRST), practitioner, desk)
        remove = reverse("settings:season_remove", args=[clinic.pk, season.pk])
        assert "1 booked visit would be left" in browser.post(remove).content.decode()
        assert Season.objects.exists()
        browser.post(remove, {"apply": "1"})
        assert on(bianchi, FIRST) == [(9, 18)]

    def test_the_form_of_the_week_shows_the_weekly_hours_in_a_season(
        self, clinic: Location, bianchi: Practitioner, director: User, browser_of: Browser
    ):
        set_(bianchi, director, first=date(2026, 5, 4), last=date(2026, 5, 31))
        shown = browser_of(director).get(reverse("settings:week", args=[clinic.pk, bianchi.pk]))
        assert shown.context["form"].days[0][1][0].initial["end"] == time(18)
