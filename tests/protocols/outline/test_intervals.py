"""Intervals in literal units: what a month, 15 days and a window are."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.outline.intervals import (
    Interval,
    Span,
    Unit,
    Window,
    disordered,
    early_limit_of,
    fits_by_date,
    fortnight,
    larger,
    never_after,
    reach,
    shift,
    stored_interval,
    typed_interval,
    window,
)
from tests.protocols.outline.outlines import (
    DAY,
    FIFTEEN_DAYS,
    FOUR_MONTHS,
    FOUR_TO_SIX_WEEKS,
    HOUR,
    MONTH,
    MONTHLY,
    NINE,
    SIX_MONTHS,
    TWELVE_MONTHS,
    TWO_TO_FOUR_MONTHS,
    TWO_WEEKS,
    WEEK,
    WEEKLY,
    clinic_interval,
    days,
)

DATES = st.dates(date(2020, 1, 1), date(2110, 12, 31))
SPANS = st.builds(Span, st.integers(1, 24), st.sampled_from([DAY, WEEK, MONTH]), st.integers(0, 20))
INTERVALS = st.builds(Interval, SPANS, SPANS, SPANS, SPANS)
CLINIC = st.builds(clinic_interval, st.builds(Span, st.integers(1, 24), st.sampled_from([DAY, WEEK, MONTH])))
CATALOGUE = st.sampled_from([gap for version in NINE for phase in version.phases for gap in phase.intervals])


class TestMonthsAreCalendarMonths:
    """B05."""

    @pytest.mark.parametrize(
        ("start", "months", "arrives"),
        [
            (date(2025, 1, 31), 1, date(2025, 2, 28)),
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2100, 1, 31), 1, date(2100, 2, 28)),
            (date(2025, 1, 15), 1, date(2025, 2, 15)),
            (date(2025, 3, 31), 1, date(2025, 4, 30)),
            (date(2025, 12, 31), 1, date(2026, 1, 31)),
            (date(2025, 11, 30), 1, date(2025, 12, 30)),
            (date(2025, 10, 31), 4, date(2026, 2, 28)),
            (date(2025, 8, 31), 6, date(2026, 2, 28)),
            (date(2023, 8, 31), 6, date(2024, 2, 29)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2024, 2, 29), 48, date(2028, 2, 29)),
        ],
    )
    def test_a_month_ends_on_the_same_day_or_at_the_end_of_the_month(self, start, months, arrives):
        assert shift(start, Span(months, MONTH)) == arrives

    def test_the_tolerance_is_added_after_clipping(self):
        assert shift(date(2025, 1, 31), Span(1, MONTH, 14)) == date(2025, 3, 14)

    def test_each_month_counts_from_the_visit_before_not_from_the_first(self):
        february = shift(date(2025, 1, 31), Span(1, MONTH))
        assert shift(february, Span(1, MONTH)) == date(2025, 3, 28)


@pytest.mark.parametrize(
    ("span", "arrives"),
    [
        (Span(7, DAY), date(2025, 3, 31)),
        (Span(1, WEEK), date(2025, 3, 31)),
        (Span(14, DAY), date(2025, 4, 7)),
        (Span(2, WEEK), date(2025, 4, 7)),
        (Span(15, DAY), date(2025, 4, 8)),
        (Span(15, DAY, 7), date(2025, 4, 15)),
        (Span(24, HOUR), date(2025, 3, 25)),
        (Span(168, HOUR), date(2025, 3, 31)),
    ],
)
def test_days_and_weeks_are_counted_as_written(span, arrives):
    """C50: 14 days and 15 days are two different things; across a clock change too (30 March 2025)."""
    assert shift(date(2025, 3, 24), span) == arrives


class TestD01:
    """Floor and ideal are the literal figure; the rest is the clinic's policy."""

    @pytest.mark.parametrize(
        ("figure", "interval"),
        [
            (Span(1, WEEK), WEEKLY),
            (Span(2, WEEK), TWO_WEEKS),
            (Span(15, DAY), FIFTEEN_DAYS),
            (Span(1, MONTH), MONTHLY),
            (Span(4, MONTH), FOUR_MONTHS),
            (Span(6, MONTH), SIX_MONTHS),
            (Span(12, MONTH), TWELVE_MONTHS),
        ],
    )
    def test_one_figure(self, figure, interval):
        assert clinic_interval(figure) == interval

    @pytest.mark.parametrize(
        ("lower", "upper", "interval"),
        [
            (Span(4, WEEK), Span(6, WEEK), FOUR_TO_SIX_WEEKS),
            (Span(2, MONTH), Span(4, MONTH), TWO_TO_FOUR_MONTHS),
            (Span(7, DAY), Span(14, DAY), days(6, 7, 10, 14)),
            (Span(7, DAY), Span(9, DAY), days(6, 7, 8, 9)),
            (Span(14, DAY), Span(28, DAY), days(14, 14, 21, 28)),
        ],
    )
    def test_a_range(self, lower, upper, interval):
        assert clinic_interval(lower, upper) == interval

    @pytest.mark.parametrize(
        ("lower", "number_of_days"),
        [(Span(7, DAY), 6), (Span(14, DAY), 14), (Span(15, DAY), 14), (Span(1, MONTH), 28), (Span(4, MONTH), 112)],
    )
    def test_the_early_limit(self, lower, number_of_days):
        assert early_limit_of(lower) == Span(number_of_days, DAY)

    @pytest.mark.parametrize("lower", [Span(3, DAY), Span(10, DAY), Span(3, WEEK)])
    def test_where_no_early_limit_is_decided_the_floor_is_it(self, lower):
        assert shift(date(2025, 1, 1), early_limit_of(lower)) == shift(date(2025, 1, 1), lower)

    def test_twenty_four_hours_have_no_early_limit(self):
        assert early_limit_of(Span(24, HOUR)) == Span(24, HOUR)

    @pytest.mark.parametrize(
        ("gap", "previous", "opened"),
        [
            (
                WEEKLY,
                date(2025, 1, 6),
                Window(date(2025, 1, 12), date(2025, 1, 13), date(2025, 1, 13), date(2025, 1, 20)),
            ),
            (
                FIFTEEN_DAYS,
                date(2025, 1, 6),
                Window(date(2025, 1, 20), date(2025, 1, 21), date(2025, 1, 21), date(2025, 1, 28)),
            ),
            (
                MONTHLY,
                date(2025, 1, 31),
                Window(date(2025, 2, 28), date(2025, 2, 28), date(2025, 2, 28), date(2025, 3, 14)),
            ),
            (
                MONTHLY,
                date(2024, 1, 31),
                Window(date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 14)),
            ),
            (
                TWO_TO_FOUR_MONTHS,
                date(2025, 12, 31),
                Window(date(2026, 2, 25), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)),
            ),
        ],
    )
    def test_the_window_by_date(self, gap, previous, opened):
        assert window(gap, previous) == opened


def test_what_a_practitioner_types_gets_the_early_limit_of_its_floor():
    assert typed_interval(floor=7, ideal=10, latest=14, unit=DAY) == days(6, 7, 10, 14)
    assert typed_interval(floor=1, ideal=2, latest=3, unit=MONTH).early_limit == Span(28, DAY)


def test_a_stored_interval_keeps_its_unit_and_adds_its_tolerance():
    stored = stored_interval(unit=MONTH, floor=1, ideal=1, latest=1, latest_plus_days=14, early_limit_days=28)
    assert stored == MONTHLY


class TestD02:
    @pytest.mark.parametrize(
        ("one", "other", "holds"),
        [
            (MONTHLY, FIFTEEN_DAYS, MONTHLY),
            (TWO_WEEKS, TWELVE_MONTHS, TWELVE_MONTHS),
            (FIFTEEN_DAYS, FOUR_MONTHS, FOUR_MONTHS),
            (days(14, 14, 21, 28), TWO_TO_FOUR_MONTHS, TWO_TO_FOUR_MONTHS),
            (FOUR_TO_SIX_WEEKS, SIX_MONTHS, SIX_MONTHS),
            (TWO_WEEKS, FIFTEEN_DAYS, FIFTEEN_DAYS),
            (WEEKLY, days(6, 7, 7, 21), days(6, 7, 7, 21)),
        ],
    )
    def test_the_larger_interval_holds_whichever_comes_first(self, one, other, holds):
        assert larger(one, other) == holds
        assert larger(other, one) == holds


class TestD07:
    def test_under_the_policy_fifteen_days_become_fourteen_and_the_window_moves_with_them(self):
        assert fortnight(FIFTEEN_DAYS) == Interval(Span(14, DAY), Span(14, DAY), Span(14, DAY), Span(14, DAY, 7))
        assert window(fortnight(FIFTEEN_DAYS), date(2025, 1, 6)).latest == date(2025, 1, 27)

    @pytest.mark.parametrize("gap", [WEEKLY, TWO_WEEKS, MONTHLY, days(14, 14, 21, 28)])
    def test_nothing_else_changes(self, gap):
        assert fortnight(gap) == gap

    def test_the_early_limit_never_passes_the_new_floor(self):
        assert fortnight(days(15, 15, 15, 22)).early_limit == Span(14, DAY)


class TestContradictions:
    @pytest.mark.parametrize(
        ("gap", "wrong"),
        [
            (days(6, 7, 7, 14), ()),
            (days(8, 7, 7, 14), ("early_limit",)),
            (days(6, 8, 7, 14), ("floor",)),
            (days(6, 7, 15, 14), ("ideal",)),
            (days(9, 8, 7, 6), ("early_limit", "floor", "ideal")),
            (MONTHLY, ()),
            (Interval(Span(29, DAY), Span(1, MONTH), Span(1, MONTH), Span(1, MONTH)), ("early_limit",)),
            (Interval(Span(28, DAY), Span(1, MONTH), Span(30, DAY), Span(45, DAY)), ("floor",)),
        ],
    )
    def test_bounds_out_of_order_are_named(self, gap, wrong):
        assert disordered(gap) == wrong

    def test_a_month_takes_28_to_31_days_and_a_year_365_or_366(self):
        assert reach(Span(1, MONTH)) == (28, 31)
        assert reach(Span(12, MONTH)) == (365, 366)
        assert reach(Span(15, DAY, 7)) == (22, 22)


class TestP08EndsByDate:
    """F157: six calendar months hold five to seven sessions, six at the ideal pace."""

    @pytest.mark.parametrize(("weeks", "sessions"), [(4, 7), (5, 6), (6, 5)])
    def test_sessions_in_six_months(self, weeks, sessions):
        assert fits_by_date(date(2025, 1, 15), date(2025, 7, 15), Span(weeks, WEEK)) == sessions

    def test_the_last_day_counts(self):
        assert fits_by_date(date(2025, 1, 1), date(2025, 1, 15), Span(7, DAY)) == 3
        assert fits_by_date(date(2025, 1, 1), date(2025, 1, 14), Span(7, DAY)) == 2

    def test_nothing_fits_before_it_begins(self):
        assert fits_by_date(date(2025, 1, 2), date(2025, 1, 1), Span(7, DAY)) == 0

    def test_a_pace_that_stands_still_is_refused(self):
        with pytest.raises(ValueError, match="at least a day"):
            fits_by_date(date(2025, 1, 1), date(2025, 7, 1), Span(0, DAY))


@given(CATALOGUE | CLINIC, DATES)
def test_every_window_is_in_order(gap, previous):
    opened = window(gap, previous)
    assert previous < opened.early_limit <= opened.floor <= opened.ideal <= opened.latest


@given(INTERVALS, DATES)
def test_an_interval_called_sound_is_in_order_on_every_date(gap, previous):
    if not disordered(gap):
        opened = window(gap, previous)
        assert opened.early_limit <= opened.floor <= opened.ideal <= opened.latest


@given(SPANS, DATES, st.integers(0, 800))
def test_a_later_visit_never_brings_the_next_one_forward(span, day, delay):
    assert shift(day, span) <= shift(day + timedelta(days=delay), span)


@given(SPANS, SPANS, DATES)
def test_never_after_holds_on_every_date(first, second, day):
    if never_after(first, second):
        assert shift(day, first) <= shift(day, second)
    elif never_after(second, first):
        assert shift(day, second) <= shift(day, first)


@given(SPANS, DATES)
def test_reach_bounds_the_days_a_span_takes(span, day):
    fewest, most = reach(span)
    assert fewest <= (shift(day, span) - day).days <= most


@given(CLINIC, CLINIC, DATES)
@example(clinic_interval(Span(1, WEEK)), clinic_interval(Span(7, DAY)), date(2026, 3, 1))
def test_the_larger_of_two_is_one_of_them_and_opens_the_same_window_in_either_order(one, other, day):
    assert larger(one, other) in (one, other)
    assert window(larger(one, other), day) == window(larger(other, one), day)


@given(DATES, st.integers(0, 400), SPANS)
def test_one_visit_more_would_not_fit(first, length, pace):
    until = first + timedelta(days=length)
    count, day = fits_by_date(first, until, pace), first
    for _visit in range(count - 1):
        day = shift(day, pace)
    assert day <= until < shift(day, pace)


def test_units_are_the_words_of_the_contract():
    assert [unit.value for unit in Unit] == ["hour", "day", "week", "month"]
