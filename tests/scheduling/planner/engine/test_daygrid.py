"""Free time as bits: what is free is really free, and a day with a clock change is only longer or shorter."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planner.engine.daygrid import (
    STRIDE,
    Grid,
    between,
    bits,
    day_of,
    marks,
    runs,
    strip,
    to_instant,
    to_minutes,
    whole_days,
)
from tests.scheduling.planner.engine.calendars import Calendar

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # Europe's clock changes


def paris(first: date, days: int = 3) -> Grid:
    return Grid("Europe/Paris", first, days)


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Paris", date(2026, 6, 1), 288),
        ("Europe/Paris", SPRING, 276),
        ("Europe/Paris", AUTUMN, 300),
        ("Australia/Lord_Howe", date(2026, 4, 5), 294),
        ("Australia/Lord_Howe", date(2026, 10, 4), 282),
        ("America/Havana", date(2026, 3, 8), 276),  # the hour after midnight does not exist
        ("America/Havana", date(2026, 11, 1), 300),  # and this midnight comes twice
        ("Antarctica/Troll", AUTUMN, 312),
    ],
)
def test_a_day_is_as_long_as_its_clock_change_makes_it(zone: str, day: date, length: int) -> None:
    assert Grid(zone, day, 1).length(0) == length


def test_a_mark_is_elapsed_time_and_the_wall_clock_follows_the_change() -> None:
    grid = paris(SPRING)
    assert grid.wall(0, time(9)) == grid.minutes(0, 8 * 12)
    assert grid.wall_minute(0, 8 * 12) == 9 * 60
    assert paris(AUTUMN).wall_minute(0, 10 * 12) == 9 * 60
    assert grid.wall_minute(1, 9 * 12) == 9 * 60


@given(st.sampled_from(["Europe/Paris", "America/Havana", "Australia/Lord_Howe"]), st.integers(0, 400 * 1440))
def test_every_instant_is_found_again_on_the_grid(zone: str, minutes: int) -> None:
    grid = Grid(zone, date(2026, 1, 1), 400)
    instant = to_instant(grid.midnights[0] + minutes)
    day, mark = grid.locate(to_minutes(instant))
    if day < grid.days:
        assert grid.date_of(day) == instant.astimezone(ZoneInfo(zone)).date() == grid.local_date(instant)
        assert 0 <= to_minutes(instant) - grid.minutes(day, mark) < 5


def test_an_instant_outside_the_grid_is_before_or_after_it() -> None:
    grid = paris(SPRING)
    assert grid.locate(grid.midnights[0] - 1)[0] == -1
    assert grid.locate(grid.midnights[-1])[0] == grid.days
    assert grid.position(datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert grid.position(datetime(2030, 1, 1, tzinfo=UTC)) == grid.days * STRIDE


@given(st.integers(0, 2**40), st.integers(1, 20))
def test_a_run_is_found_wherever_enough_marks_in_a_row_are_free(free: int, length: int) -> None:
    expected = {at for at in range(41) if all(free >> (at + n) & 1 for n in range(length))}
    assert set(bits(runs(free, length))) == expected


def test_a_run_never_crosses_midnight() -> None:
    grid = paris(date(2026, 6, 1))
    assert 287 not in {place % STRIDE for place in bits(runs(whole_days(grid), 2))}


def test_opening_hours_are_rounded_inwards_and_bookings_outwards() -> None:
    grid = paris(date(2026, 6, 1))
    calendar = Calendar(grid)
    calendar.open(grid.wall(0, time(9, 2)), grid.wall(0, time(10, 3)))
    assert (min(bits(calendar.masks[0])), max(bits(calendar.masks[0]))) == (109, 119)
    calendar.close(grid.wall(0, time(9, 21)), grid.wall(0, time(9, 29)))
    assert not calendar.masks[0] >> 112 & 0b11
    assert calendar.masks[0] >> 114 & 1


def test_an_absence_over_several_days_and_beyond_the_grid_closes_what_it_touches() -> None:
    grid = paris(date(2026, 6, 1))
    calendar = Calendar(grid, free=True)
    calendar.close(grid.wall(1, time(12)), grid.midnights[-1] + 9999)
    assert calendar.masks[0] == (1 << 288) - 1
    assert calendar.masks[1] == (1 << 144) - 1
    assert calendar.masks[2] == 0


def test_hours_across_the_clock_change_stay_on_the_wall_clock() -> None:
    grid = paris(date(2026, 10, 24))
    calendar = Calendar(grid)
    for day in range(3):
        calendar.open(grid.wall(day, time(9)), grid.wall(day, time(10)))
    assert [min(bits(mask)) for mask in calendar.masks] == [108, 120, 108]


def test_a_strip_gives_its_days_back_and_knows_dates_and_times() -> None:
    grid = paris(SPRING)
    everything = whole_days(grid)
    assert [day_of(everything, day).bit_length() for day in range(3)] == [276, 288, 288]
    assert strip([day_of(everything, day) for day in range(3)]) == everything
    assert between(grid, SPRING + timedelta(days=1), date(2030, 1, 1)) == everything >> STRIDE << STRIDE
    assert between(grid, date(2020, 1, 1), date(2020, 1, 2)) == 0


@pytest.mark.parametrize(("minutes", "count"), [(0, 0), (1, 1), (5, 1), (6, 2), (30, 6)])
def test_a_length_takes_up_every_mark_it_touches(minutes: int, count: int) -> None:
    assert marks(minutes) == count
