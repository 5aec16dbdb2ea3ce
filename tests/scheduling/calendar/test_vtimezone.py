"""A VTIMEZONE tells another programme what our zone database knows, hour by hour."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from scheduling.calendar.vtimezone import vtimezone

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
HOUR = timedelta(hours=1)


def read_by_another(zone: str) -> object:
    """The zone as an independent reader of calendars takes it."""
    text = vtimezone(ZoneInfo(zone), FIRST, LAST).to_ical().decode()
    return tzical(StringIO(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n")).get()


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Rome",
        "Europe/London",
        "America/New_York",
        "Australia/Sydney",
        "Africa/Tunis",
        "Asia/Kolkata",
        "Africa/Casablanca",
    ],
)
def test_another_reader_sees_the_same_offset_at_every_hour_of_two_years(zone: str):
    ours, theirs = ZoneInfo(zone), read_by_another(zone)
    instants = (FIRST + n * HOUR for n in range(2 * 365 * 24))
    wrong = [
        at
        for at in instants
        if (local := at.astimezone(ours).replace(tzinfo=None))
        and unambiguous(ours, local)
        and local.replace(tzinfo=theirs).utcoffset() != at.astimezone(ours).utcoffset()
    ]
    assert wrong == []


def unambiguous(zone: ZoneInfo, wall: datetime) -> bool:
    """Not in the hour that the clocks repeat, of which an older reader knows only one half."""
    return wall.replace(tzinfo=zone, fold=0).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset()


def test_both_observances_are_said_with_their_rule():
    text = vtimezone(ZoneInfo("Europe/Rome"), FIRST, LAST).to_ical().decode()
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20250330T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
    assert "BEGIN:STANDARD\r\nDTSTART:20251026T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in text


def test_dates_that_follow_no_rule_are_named_one_by_one():
    assert "RDATE" in vtimezone(ZoneInfo("Africa/Casablanca"), FIRST, LAST).to_ical().decode()


def test_a_zone_without_summer_time_says_its_one_offset():
    text = vtimezone(ZoneInfo("Africa/Tunis"), FIRST, LAST).to_ical().decode()
    assert text.count("BEGIN:STANDARD") == 1
    assert "TZOFFSETTO:+0100" in text
