"""Wall times and quiet hours, on ordinary days and on those with a clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.messages import duetimes
from scheduling.messages.duetimes import Quiet

NIGHT = Quiet("Europe/Rome", time(20), time(8))
ZONES = ("Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kolkata")


def rome(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Rome"))


@pytest.mark.parametrize(
    ("instant", "later", "earlier"),
    [
        (rome(5, 12), rome(5, 12), rome(5, 12)),
        (rome(5, 20), rome(6, 8), rome(5, 19, 30)),
        (rome(5, 23, 59), rome(6, 8), rome(5, 19, 30)),
        (rome(6, 0), rome(6, 8), rome(5, 19, 30)),
        (rome(6, 7, 59), rome(6, 8), rome(5, 19, 30)),
        (rome(6, 8), rome(6, 8), rome(6, 8)),
    ],
)
def test_quiet_hours_over_midnight(instant, later, earlier):
    assert duetimes.after_quiet(instant, NIGHT) == later
    assert duetimes.before_quiet(instant, NIGHT) == earlier


def test_quiet_hours_at_noon_and_none_at_all():
    noon, never = Quiet("Europe/Rome", time(13), time(15)), Quiet("Europe/Rome", time(0), time(0))
    assert duetimes.after_quiet(rome(5, 14), noon) == rome(5, 15)
    assert duetimes.before_quiet(rome(5, 14), noon) == rome(5, 12, 30)
    assert duetimes.after_quiet(rome(5, 3), never) == rome(5, 3)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (rome(7, 10), rome(5, 10)),
        (datetime(2026, 10, 26, 10, tzinfo=ZoneInfo("Europe/Rome")), rome(24, 10, month=10)),  # 49 hours before
        (datetime(2026, 3, 30, 10, tzinfo=ZoneInfo("Europe/Rome")), rome(28, 10, month=3)),  # 47 hours before
    ],
)
def test_a_reminder_keeps_the_clock_time(start, due):
    assert duetimes.reminder(start, NIGHT) == due


CHANGES = {
    "Europe/Rome": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
}


@pytest.mark.parametrize("zone", CHANGES)
def test_nine_stays_nine_through_both_changes(zone):
    """The reminder of a visit at nine comes at nine, the question of its day at eight, on every day around a change."""
    there = ZoneInfo(zone)
    lengths = set()
    for change in CHANGES[zone]:
        for days in range(-1, 5):
            day = change + timedelta(days=days)
            start = duetimes.at_wall(day, time(9), zone)
            due = duetimes.reminder(start, Quiet(zone, time(20), time(8)))
            assert start.astimezone(there).time() == due.astimezone(there).time() == time(9)
            assert due.astimezone(there).date() == day - timedelta(days=2)
            morning = duetimes.same_day(start, Quiet(zone, time(20), time(8)))
            assert morning.astimezone(there) == datetime.combine(day, time(8), there)
            lengths.add(start - due)
    assert len(lengths) == 3, "two days were shorter, longer and as long as usual"


def test_the_morning_of_the_day_or_the_evening_before():
    assert duetimes.same_day(rome(7, 10), NIGHT) == rome(7, 8)
    assert duetimes.same_day(rome(7, 9), NIGHT) == rome(7, 8)
    assert duetimes.same_day(rome(7, 8, 30), NIGHT) == rome(6, 19, 30)


@pytest.mark.parametrize(("days", "hour"), [(30, 10), (16, 10), (15, 8), (3, 8)])
def test_the_aspirin_question_comes_in_time_or_at_once(days, hour):
    now = rome(1, 8)
    first = now + timedelta(days=days)
    due = duetimes.aspirin(first.date() - timedelta(days=14), now, NIGHT)
    expected = rome(1, 8) if days < 16 else rome(1, 10) + timedelta(days=days - 16)
    assert due == max(expected, now)
    assert due.astimezone(ZoneInfo("Europe/Rome")).hour == hour


@given(
    instant=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    since=st.times(),
    until=st.times(),
)
def test_what_is_moved_out_of_the_quiet_hours_is_out_of_them_and_moved_by_no_more_than_they_last(
    instant, zone, since, until
):
    quiet = Quiet(zone, since, until)
    moved = duetimes.after_quiet(instant, quiet)
    assert moved >= instant
    assert moved - instant <= timedelta(hours=25)
    if not quiet.holds(instant):
        assert moved == instant


@given(day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), clock=st.times(), zone=st.sampled_from(ZONES))
def test_a_wall_time_comes_back_as_itself_unless_the_clock_skips_it(day, clock, zone):
    local = duetimes.at_wall(day, clock, zone).astimezone(ZoneInfo(zone))
    skipped = local.replace(tzinfo=None) - datetime.combine(day, clock)
    assert skipped in (timedelta(), timedelta(hours=1), timedelta(minutes=30))
