"""Where a gap lets the next visit stand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.outline.intervals import Span, Unit, shift
from scheduling.planner.engine.daygrid import Grid
from scheduling.planner.engine.windows import by_instant, inside_horizon, opens_at, reach, shifted
from tests.scheduling.planner.engine.clinics import FIFTEEN_DAYS, MONDAY, MONTH, WEEK, course
from tests.scheduling.planner.engine.instances import gap, hours

spans = st.builds(Span, st.integers(0, 14), st.sampled_from(list(Unit)), st.integers(-3, 20))


@given(st.dates(date(2023, 1, 1), date(2029, 1, 1)), spans)
def test_a_whole_grid_is_shifted_as_its_single_dates_are(first: date, span: Span) -> None:
    grid = Grid("UTC", first, 70)
    expected = [grid.index(shift(first + timedelta(days=day), span)) for day in range(70)]
    assert shifted(grid, span).tolist() == expected


def test_only_hours_and_same_day_gaps_look_at_the_instant() -> None:
    assert by_instant(hours(24, 7))
    assert by_instant(gap(0, 0, 3))
    assert not any(by_instant(one) for one in (WEEK, FIFTEEN_DAYS, MONTH, None))


def test_the_days_worth_loading_run_from_floor_to_latest_of_every_visit() -> None:
    ranges = reach(course([WEEK, MONTH], within=7), None, MONDAY)
    assert ranges == [
        (date(2026, 6, 1), date(2026, 6, 8)),
        (date(2026, 6, 8), date(2026, 6, 22)),
        (date(2026, 7, 8), date(2026, 8, 5)),
    ]


@pytest.mark.parametrize(("days", "count"), [(1, 1), (14, 1), (15, 2), (21, 2), (22, 3)])
def test_a_visit_gets_a_slot_once_its_whole_window_lies_before_the_horizon(days: int, count: int) -> None:
    assert inside_horizon(course([WEEK, WEEK]), Grid("UTC", MONDAY, days), None) == count


def test_a_gap_in_hours_opens_by_the_clock_and_one_of_no_days_at_once() -> None:
    ended = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    begin = course([])[0]
    opened = [opens_at(replace(begin, gap=each), ended) for each in (hours(24, 7), gap(0, 0, 3), WEEK, None)]
    assert opened == [ended + timedelta(days=1), ended, None, None]
    assert opens_at(replace(begin, gap=hours(24, 7)), None) is None
