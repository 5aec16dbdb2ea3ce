"""A version and the practitioner's choices become the visits of a course; one class for each decision of D01–D07."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.outline.intervals import Interval, Span, Window, typed_interval, window
from protocols.outline.phases import Choices, LatePolicy, Policy
from protocols.outline.visits import VisitKind, chair_minutes, interval_of, outline, windows
from tests.protocols.outline.outlines import (
    DAY,
    FIFTEEN_DAYS,
    FOUR_MONTHS,
    FOUR_TO_SIX_WEEKS,
    HOUR,
    INDUCTION,
    MONTH,
    MONTHLY,
    NINE,
    P01,
    P02,
    P03,
    P04,
    P05,
    P06_A,
    P06_B,
    P07,
    P08,
    SIX_MONTHS,
    TWELVE_MONTHS,
    TWO_TO_FOUR_MONTHS,
    TWO_WEEKS,
    WEEK,
    WEEKLY,
    days,
    phase,
    protocol,
)

MONDAY = date(2025, 1, 6)
TREATMENT, MAINTENANCE, MEASUREMENT = VisitKind.TREATMENT, VisitKind.MAINTENANCE, VisitKind.MEASUREMENT
TYPED = {
    1: typed_interval(floor=3, ideal=4, latest=7, unit=DAY),
    2: typed_interval(floor=2, ideal=3, latest=4, unit=WEEK),
}


def choose(**choices):
    return Choices(**{"start_on": MONDAY, **choices})


def choices_for(version, **choices):
    """Whatever this protocol asks for before it can be planned."""
    if version is P04:
        choices = {"counts": {1: 4, 2: 3}, "intervals": TYPED, **choices}
    return choose(**{"confirmed": version.needs_confirmation, **choices})


def plan(version, policy=None, **choices):
    chosen = choices_for(version, **choices)
    return outline(version, chosen, policy) if policy else outline(version, chosen)


def gaps(visits):
    return [visit.gap for visit in visits]


def of_kind(visits, kind):
    return [visit for visit in visits if visit.kind is kind]


def ideal_dates(visits, first_on=MONDAY, known=None):
    return [opened.ideal for opened in windows(visits, first_on, known)]


class TestD01:
    """Windows: floor and ideal literal, latest and early limit by the clinic's policy."""

    @pytest.mark.parametrize(
        ("version", "early_limit", "floor", "latest"),
        [
            (P02, date(2025, 1, 20), date(2025, 1, 20), date(2025, 1, 27)),
            (P03, date(2025, 1, 12), date(2025, 1, 13), date(2025, 1, 20)),
            (P05, date(2025, 1, 12), date(2025, 1, 13), date(2025, 1, 20)),
            (P07, date(2025, 1, 20), date(2025, 1, 21), date(2025, 1, 28)),
            (P01, date(2025, 2, 3), date(2025, 2, 6), date(2025, 2, 20)),
        ],
    )
    def test_the_second_session_of_a_course_that_begins_on_a_monday(self, version, early_limit, floor, latest):
        assert windows(plan(version), MONDAY)[1] == Window(early_limit, floor, floor, latest)

    @pytest.mark.parametrize(
        ("version", "early_limit", "floor", "ideal", "latest"),
        [
            (P06_A, date(2025, 1, 12), date(2025, 1, 13), date(2025, 1, 16), date(2025, 1, 20)),
            (P06_B, date(2025, 1, 20), date(2025, 1, 20), date(2025, 1, 27), date(2025, 2, 3)),
            (P08, date(2025, 2, 3), date(2025, 2, 3), date(2025, 2, 10), date(2025, 2, 17)),
        ],
    )
    def test_a_range_aims_at_its_midpoint(self, version, early_limit, floor, ideal, latest):
        assert windows(plan(version), MONDAY)[1] == Window(early_limit, floor, ideal, latest)


class TestD02:
    """Between phases, and before maintenance, the larger interval."""

    def test_p01_keeps_one_month_at_both_joints(self):
        visits = plan(P01)
        assert gaps(visits)[1:6] == [MONTHLY] * 5
        assert visits[6].gap == MONTHLY
        assert gaps(visits)[7:16] == [FIFTEEN_DAYS] * 9
        assert visits[16].gap == MONTHLY
        assert gaps(visits)[17:] == [MONTHLY] * 11

    @pytest.mark.parametrize(
        ("version", "first_maintenance"),
        [
            (P02, TWELVE_MONTHS),
            (P06_A, TWO_TO_FOUR_MONTHS),
            (P06_B, TWO_TO_FOUR_MONTHS),
            (P07, FOUR_MONTHS),
            (P08, SIX_MONTHS),
        ],
    )
    def test_maintenance_begins_one_maintenance_interval_after_the_last_session(self, version, first_maintenance):
        assert of_kind(plan(version), MAINTENANCE)[0].gap == first_maintenance

    def test_a_larger_interval_before_a_denser_phase_holds_at_the_joint(self):
        visits = plan(P04, intervals={1: TYPED[2], 2: TYPED[1]}, counts={1: 2, 2: 2})
        assert gaps(visits) == [None, TYPED[2], TYPED[2], TYPED[1]]


class TestD03:
    """What really happened is what the next window counts from."""

    def test_a_session_performed_late_moves_the_rest(self):
        visits = plan(P03)
        assert ideal_dates(visits)[:4] == [date(2025, 1, 6), date(2025, 1, 13), date(2025, 1, 20), date(2025, 1, 27)]
        moved = windows(visits, MONDAY, {1: MONDAY, 2: date(2025, 1, 23)})
        assert moved[2] == Window(date(2025, 1, 29), date(2025, 1, 30), date(2025, 1, 30), date(2025, 2, 6))
        assert moved[3].ideal == date(2025, 2, 6)

    def test_a_session_performed_early_brings_the_next_window_forward(self):
        moved = windows(plan(P03), MONDAY, {2: date(2025, 1, 10)})
        assert moved[2].floor == date(2025, 1, 17)

    def test_the_first_session_performed_later_than_planned(self):
        assert windows(plan(P03), MONDAY, {1: date(2025, 1, 8)})[1].floor == date(2025, 1, 15)

    def test_a_month_counts_from_the_day_it_was_really_done(self):
        opened = windows(plan(P01), date(2025, 1, 15), {2: date(2025, 1, 31)})[2]
        assert opened == Window(date(2025, 2, 28), date(2025, 2, 28), date(2025, 2, 28), date(2025, 3, 14))


class TestD04:
    """No window makes a course impossible for a working calendar."""

    @pytest.mark.parametrize("version", [P01, P02, P03, P05, P06_A, P06_B, P07, P08], ids=lambda version: version.code)
    @given(start=st.dates(date(2025, 1, 1), date(2028, 12, 31)))
    def test_whoever_works_one_weekday_only_finds_a_date_in_every_window(self, version, start):
        day = start
        for visit in plan(version, start_on=start)[1:]:
            opened = window(visit.gap, day)
            reachable = [opened.floor + timedelta(days=n) for n in range((opened.latest - opened.floor).days + 1)]
            same_weekday = [date for date in reachable if date.weekday() == start.weekday()]
            assert same_weekday
            day = same_weekday[0]


class TestD05:
    """What each protocol asks for by itself."""

    def test_p01_shows_all_28_sessions(self):
        visits = plan(P01)
        assert [visit.kind for visit in visits] == [TREATMENT] * 16 + [MAINTENANCE] * 12
        assert [visit.phase for visit in visits] == [1] * 6 + [2] * 10 + [3] * 12
        assert [visit.sequence for visit in visits] == list(range(1, 29))

    def test_p01_by_date(self):
        dates = ideal_dates(plan(P01), date(2025, 1, 15))
        assert dates[:7] == [date(2025, month, 15) for month in range(1, 8)]
        assert dates[7:9] == [date(2025, 7, 30), date(2025, 8, 14)]
        assert dates[15] == date(2025, 11, 27)
        assert dates[16] == date(2025, 12, 27)
        assert dates[27] == date(2026, 11, 27)

    @pytest.mark.parametrize(
        ("months", "gap", "listed"), [(None, TWELVE_MONTHS, 1), (12, TWELVE_MONTHS, 1), (6, SIX_MONTHS, 2)]
    )
    def test_p02_upkeep_is_yearly_or_half_yearly_as_chosen(self, months, gap, listed):
        upkeep = of_kind(plan(P02, maintenance_months=months), MAINTENANCE)
        assert gaps(upkeep) == [gap] * listed

    @pytest.mark.parametrize("count", [6, 7, 8])
    def test_p02_has_the_chosen_number_of_sessions_two_weeks_apart(self, count):
        treatments = of_kind(plan(P02, counts={1: count}), TREATMENT)
        assert gaps(treatments) == [None] + [TWO_WEEKS] * (count - 1)

    def test_p03_ends_without_maintenance(self):
        assert gaps(plan(P03, counts={1: 10})) == [None] + [WEEKLY] * 9

    def test_p04_takes_counts_and_intervals_from_the_practitioner(self):
        visits = plan(P04, counts={1: 4, 2: 3})
        assert gaps(visits) == [None] + [days(3, 3, 4, 7)] * 3 + [TYPED[2]] * 3
        assert {visit.late_policy for visit in visits if visit.phase == 2} == {LatePolicy.ASK}

    def test_p05_is_measured_one_week_after_the_tenth_session(self):
        visits = plan(P05)
        assert [visit.kind for visit in visits] == [TREATMENT] * 10 + [MEASUREMENT]
        assert ideal_dates(visits)[9:] == [date(2025, 3, 10), date(2025, 3, 17)]

    @pytest.mark.parametrize(("count", "inside"), [(3, days(6, 7, 10, 14)), (4, days(6, 7, 8, 9))])
    def test_p06_a_has_three_sessions_at_7_to_14_days_or_four_at_7_to_9(self, count, inside):
        treatments = of_kind(plan(P06_A, counts={1: count}), TREATMENT)
        assert gaps(treatments) == [None] + [inside] * (count - 1)

    @pytest.mark.parametrize("count", [3, 4])
    def test_p06_b_has_three_or_four_sessions_at_14_to_28_days(self, count):
        treatments = of_kind(plan(P06_B, counts={1: count}), TREATMENT)
        assert gaps(treatments) == [None] + [days(14, 14, 21, 28)] * (count - 1)

    def test_p07_by_date(self):
        dates = ideal_dates(plan(P07))
        assert dates[:6] == [MONDAY + timedelta(days=n) for n in (0, 15, 30, 45, 60, 75)]
        assert dates[6] == date(2025, 7, 22)

    def test_p08_first_phase_holds_what_fits_at_the_ideal_pace_and_ends_by_date(self):
        visits = plan(P08, start_on=date(2025, 1, 15))
        first_phase = of_kind(visits, TREATMENT)
        assert gaps(first_phase) == [None] + [FOUR_TO_SIX_WEEKS] * 5
        assert {visit.within for visit in first_phase} == {Span(6, MONTH)}
        assert {visit.until for visit in first_phase} == {date(2025, 7, 15)}

    def test_p08_end_is_clipped_at_the_end_of_the_month(self):
        assert plan(P08, start_on=date(2025, 8, 31))[0].until == date(2026, 2, 28)

    def test_p08_windows_stop_at_the_end_date(self):
        visits = plan(P08, start_on=date(2025, 1, 15))
        late = {1: date(2025, 1, 15), 5: date(2025, 6, 12)}
        assert windows(visits, date(2025, 1, 15), late)[5] == Window(
            date(2025, 7, 10), date(2025, 7, 10), date(2025, 7, 15), date(2025, 7, 15)
        )

    def test_p08_has_no_window_for_a_session_that_would_fall_after_the_end_date(self):
        visits = plan(P08, start_on=date(2025, 1, 15))
        opened = windows(visits, date(2025, 1, 15), {5: date(2025, 6, 18)})
        assert opened[5] is None
        assert opened[6].floor == date(2025, 12, 18)

    def test_p08_six_months_count_from_the_day_the_first_session_was_performed(self):
        visits = plan(P08, start_on=date(2025, 1, 15))
        opened = windows(visits, date(2025, 1, 15), {1: date(2025, 1, 29), 5: date(2025, 6, 18)})
        assert opened[5].latest == date(2025, 7, 29)


class TestD06:
    """The floor that a course brings to another one on the same area (see test_spacing) follows its phase."""

    @pytest.mark.parametrize(("order", "floor"), [(1, Span(1, MONTH)), (2, Span(15, DAY)), (3, Span(1, MONTH))])
    def test_the_floor_is_that_of_the_phase(self, order, floor):
        assert interval_of(P01.phases[order - 1], choose()).floor == floor


class TestD07:
    """15 days stay 15, unless the director says they mean a fortnight."""

    FORTNIGHT = Policy(fifteen_is_fortnight=True)

    def test_off_by_default(self):
        assert windows(plan(P07), MONDAY)[1].floor == date(2025, 1, 21)

    def test_under_the_policy_every_15_days_is_14(self):
        opened = windows(plan(P07, self.FORTNIGHT), MONDAY)[1]
        assert opened == Window(date(2025, 1, 20), date(2025, 1, 20), date(2025, 1, 20), date(2025, 1, 27))

    def test_the_policy_leaves_weeks_and_months_alone(self):
        assert gaps(plan(P02, self.FORTNIGHT)) == gaps(plan(P02))
        assert plan(P01, self.FORTNIGHT)[6].gap == MONTHLY


class TestAllergyTest:
    """D22: a mix without a valid negative test leads the course with one."""

    def test_it_is_the_first_visit_and_24_elapsed_hours_pass_before_session_1(self):
        visits = plan(P07, needs_test=True)
        assert [visit.kind for visit in visits[:3]] == [VisitKind.ALLERGY_TEST, TREATMENT, TREATMENT]
        assert visits[0].gap is None
        assert visits[0].phase is None
        assert visits[1].gap == Interval(Span(24, HOUR), Span(24, HOUR), Span(24, HOUR), Span(7, DAY))
        assert visits[1].gap.floor == Span(24, HOUR)
        assert visits[2].gap.floor.unit is not HOUR

    def test_session_1_is_the_next_day_at_the_earliest_and_seven_days_later_at_the_latest(self):
        opened = windows(plan(P07, needs_test=True), MONDAY)[1]
        assert opened == Window(date(2025, 1, 7), date(2025, 1, 7), date(2025, 1, 7), date(2025, 1, 13))

    def test_the_clinic_may_ask_for_a_new_test_sooner(self):
        assert plan(P07, Policy(test_lapses_after_days=3), needs_test=True)[1].gap.latest == Span(3, DAY)

    def test_the_first_phase_of_p08_begins_with_session_1_not_with_the_test(self):
        visits = plan(P08, needs_test=True, start_on=date(2025, 1, 15))
        assert visits[1].until == date(2025, 7, 16)
        assert len(of_kind(visits, TREATMENT)) == 6

    def test_no_test_where_the_mix_has_one(self):
        assert plan(P07)[0].kind is TREATMENT


class TestReview:
    def reviewed(self, visits):
        return [visit.sequence for visit in visits if visit.review_due]

    def test_p05_is_reviewed_after_session_4(self):
        assert self.reviewed(plan(P05)) == [4]

    def test_the_allergy_test_does_not_count_as_a_session(self):
        assert self.reviewed(plan(P05, needs_test=True)) == [5]

    def test_each_phase_may_name_its_own(self):
        assert self.reviewed(plan(P01)) == [4, 11]

    @pytest.mark.parametrize(("count", "after"), [(6, 3), (7, 4), (8, 4)])
    def test_otherwise_after_the_middle_session(self, count, after):
        assert self.reviewed(plan(P07, counts={1: count})) == [after]

    def test_a_phase_shorter_than_its_review_is_reviewed_at_its_end(self):
        short = protocol("X", phase(1, INDUCTION, WEEKLY, (2, 8), review_after=4))
        assert self.reviewed(outline(short, choose())) == [2]


class TestMaintenanceHorizon:
    @pytest.mark.parametrize(
        ("version", "months", "listed"),
        [
            (P07, 12, 3),
            (P07, 11, 2),
            (P07, 0, 1),
            (P06_B, 12, 4),
            (P08, 12, 2),
            (P08, 24, 4),
            (P02, 6, 1),
            (P01, 0, 12),
        ],
    )
    def test_what_is_listed_of_a_maintenance_without_end(self, version, months, listed):
        assert len(of_kind(plan(version, maintenance_horizon_months=months), MAINTENANCE)) == listed


class TestChairTime:
    """D33."""

    @pytest.mark.parametrize(
        ("minutes", "regions", "dwell", "chair"),
        [
            (30, {"body"}, 0, 30),
            (10, {"face"}, 0, 15),
            (15, {"body"}, 0, 20),
            (15, {"scalp"}, 0, 20),
            (15, {"face", "body"}, 0, 20),
            (30, {"face"}, 25, 55),
            (60, {"body"}, 30, 90),
        ],
    )
    def test_never_under_the_minimum_and_cream_adds_its_dwell(self, minutes, regions, dwell, chair):
        treated = phase(1, INDUCTION, WEEKLY, (1, 1), chair_minutes=minutes)
        assert chair_minutes(treated, choose(regions=frozenset(regions), dwell_minutes=dwell)) == chair

    def test_a_measurement_takes_the_time_it_is_given(self):
        measured = replace(P05.phases[1], chair_minutes=10)
        assert chair_minutes(measured, choose(dwell_minutes=30)) == 10

    def test_every_visit_carries_its_minutes_and_the_test_its_own(self):
        visits = plan(P07, Policy(test_minutes=20), needs_test=True, dwell_minutes=15)
        assert [visit.chair_minutes for visit in visits[:3]] == [20, 45, 45]


STARTS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@given(st.sampled_from(NINE), STARTS, st.booleans(), st.integers(0, 36))
def test_every_course_is_numbered_in_order_and_only_its_first_visit_has_no_gap(version, start, needs_test, horizon):
    visits = plan(version, start_on=start, needs_test=needs_test, maintenance_horizon_months=horizon)
    assert [visit.sequence for visit in visits] == list(range(1, len(visits) + 1))
    assert [visit.sequence for visit in visits if visit.gap is None] == [1]
    phases = [visit.phase or 0 for visit in visits]
    assert phases == sorted(phases)


@given(st.sampled_from(NINE), STARTS, st.booleans())
def test_at_the_ideal_pace_every_window_is_in_order_and_meets_its_deadline(version, start, needs_test):
    visits = plan(version, start_on=start, needs_test=needs_test)
    for visit, opened in zip(visits, windows(visits, start), strict=True):
        assert opened.early_limit <= opened.floor <= opened.ideal <= opened.latest
        assert visit.until is None or opened.latest <= visit.until


@given(st.data(), st.sampled_from(NINE), STARTS)
def test_whatever_was_performed_the_next_window_counts_from_it(data, version, start):
    visits = plan(version, start_on=start)
    place = data.draw(st.integers(1, len(visits) - 1))
    performed = start + timedelta(days=data.draw(st.integers(0, 900)))
    opened = windows(visits, start, {place: performed})[place]
    if visits[place].within is None:
        assert opened == window(visits[place].gap, performed)
    elif opened is not None:
        assert opened.floor == window(visits[place].gap, performed).floor
        assert opened.floor <= opened.ideal <= opened.latest


@given(st.sampled_from([version for version in NINE if version is not P08]), STARTS, st.integers(0, 60))
def test_a_later_start_never_brings_a_session_forward(version, start, delay):
    visits = plan(version, start_on=start)
    sooner, later = windows(visits, start), windows(visits, start + timedelta(days=delay))
    assert all(
        one.floor <= other.floor and one.latest <= other.latest for one, other in zip(sooner, later, strict=True)
    )


@given(st.sampled_from(NINE), STARTS)
def test_the_same_choices_make_the_same_course(version, start):
    assert plan(version, start_on=start) == plan(version, start_on=start)
