"""The working week is read alike by whoever asks: slots, bookings, the planner, the board and the closed door."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from clinic.base.refusals import Refusal
from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.queries.opening import next_open
from scheduling.courses.actions.sessions import book_session
from scheduling.models import PublicHoliday, WorkingHours
from scheduling.planner.calendars import read_timetable
from scheduling.planner.engine.daygrid import Grid, bits, day_of, runs, to_instant
from scheduling.setup.actions.hours import Stretch
from scheduling.setup.actions.seasons import set_season
from tests.factories import NOW
from tests.scheduling.visits import a_session, at, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

CHANGE, CLOSED = date(2026, 5, 20), date(2026, 5, 27)  # two Wednesdays
SEASON = date(2026, 6, 3)  # a Wednesday
HALF = timedelta(minutes=30)
LATE, AFTER = date(2026, 5, 15), date(2026, 5, 16)  # a Friday until past midnight, and the Saturday
DAYS = {
    date(2026, 5, 13): [(9, 16)],  # the old week
    LATE: [(18, 24)],
    AFTER: [(0, 2)],
    CHANGE: [(12, 14), (15, 17)],  # the new one, with a break
    CLOSED: [],  # a holiday
    date(2026, 5, 28): [],  # a Thursday: nobody works then any more
    SEASON: [(10, 12)],
    SEASON + timedelta(days=7): [(12, 14), (15, 17)],  # as before it
}


@pytest.fixture
def week(clinic: Location, practitioner: User) -> None:
    """The only person here works Wednesdays in another way from 20 May on, and 27 May is a holiday."""
    clinic.preparation_minutes = clinic.turnover_minutes = 0
    clinic.save()
    mine = WorkingHours.objects.filter(practitioner=who(practitioner))
    WorkingHours.objects.exclude(pk__in=mine.exclude(weekday=LATE.weekday())).delete()
    mine.update(end=time(16), valid_until=CHANGE - timedelta(days=1))
    for since, start, end in (*((CHANGE, *each) for each in DAYS[CHANGE]), (LATE, 18, 24), (AFTER, 0, 2)):
        WorkingHours.objects.create(
            practitioner=who(practitioner),
            location=clinic,
            weekday=since.weekday(),
            start=time(start),
            end=time(end % 24),
            valid_from=since,
            valid_until=None if since == CHANGE else since,
        )
    PublicHoliday.objects.create(location=clinic, date=CLOSED, name="Feast")
    short, days = Stretch(2, time(10), time(12)), {"valid_from": SEASON, "valid_until": SEASON + timedelta(days=6)}
    set_season(practitioner=who(practitioner), location=clinic, week=[short], by=practitioner, **days)


def halves(day: date) -> list[datetime]:
    return [at(0, day=day) + timedelta(minutes=30 * number) for number in range(48)]


@pytest.fixture
def starts(clinic: Location, patient: Patient, practitioner: User, desk: User, api_of: Any, browser_of: Any) -> Any:
    """reader -> the half hours of a day at which a visit of half an hour could begin, as that reader has it."""

    def slots(day: date) -> set[datetime]:
        asked = {"location": clinic.pk, "kind": "review", "from": str(day), "to": str(day), "limit": 100}
        rows = api_of(desk).get("/api/v1/slots/", asked).json()
        return {datetime.fromisoformat(row["start"]) for row in rows} & set(halves(day))

    def bookings(day: date) -> set[datetime]:
        session = a_session(patient, clinic, kind="review")
        return {start for start in halves(day) if is_booked(session, start)}

    def is_booked(session: Any, start: datetime) -> bool:
        try:
            with transaction.atomic():
                book_session(session=session, start=start, practitioner=who(practitioner), by=desk, now=NOW)
                transaction.set_rollback(True)
        except Refusal:
            return False
        session.refresh_from_db()
        return True

    def planner(day: date) -> set[datetime]:
        grid = Grid(clinic.timezone, day, 1)
        (person,) = read_timetable(location=clinic, grid=grid, ranges=[(day, day)]).resources("practitioner") or (None,)
        free = bits(runs(day_of(person.free, 0), 6)) if person else []
        return {to_instant(grid.minutes(0, mark)) for mark in free} & set(halves(day))

    def board(day: date) -> set[datetime]:
        span = {"start": f"{day}T00:00", "end": f"{day + timedelta(days=1)}T00:00", "by": "practitioner"}
        events = browser_of(desk).get(reverse("desk:board_events", args=[clinic.pk]), span).json()
        column = str(who(practitioner).pk)
        off = [(row["start"], row["end"]) for row in events if row["status"] == "off" and row["resourceId"] == column]
        wall = {start: f"{start:%Y-%m-%dT%H:%M}" for start in halves(day)}
        after = {start: f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M}" for start in halves(day)}
        return {
            start for start in halves(day) if all(end <= wall[start] or after[start] <= begin for begin, end in off)
        }

    return {"slots": slots, "bookings": bookings, "planner": planner, "board": board}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("reader", ["slots", "bookings", "planner", "board"])
def test_every_reader_of_the_week_has_the_same_hours(reader: str, day: date, week: None, starts: Any):
    works = {
        start
        for start in halves(day)
        if any(
            opens <= start.hour and start + HALF <= at(0, day=day) + timedelta(hours=closes)
            for opens, closes in DAYS[day]
        )
    }
    assert starts[reader](day) == works


def test_somebody_is_there_again_after_the_break_and_after_the_holiday(week: None, clinic: Location):
    assert next_open(clinic, at(14, 10, day=CHANGE)) == at(15, day=CHANGE)
    assert next_open(clinic, at(18, day=CHANGE + timedelta(days=1))) == at(10, day=SEASON)
    assert next_open(clinic, at(23, 50, day=LATE)) == at(23, 50, day=LATE)
