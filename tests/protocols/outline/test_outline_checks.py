"""What cannot become a course is refused with every reason at once, each at its field."""

from dataclasses import replace
from datetime import date

import pytest

from protocols.outline.checks import OutlineError, find_problems
from protocols.outline.intervals import Span, typed_interval
from protocols.outline.phases import Choices
from protocols.outline.visits import outline
from tests.protocols.outline.outlines import (
    DAY,
    HOUR,
    INDUCTION,
    MEASUREMENT,
    MONTH,
    P01,
    P02,
    P03,
    P04,
    P06_A,
    P07,
    P08,
    WEEK,
    WEEKLY,
    days,
    phase,
    protocol,
)

START = date(2025, 1, 6)
EVERY_FOUR_DAYS = typed_interval(floor=3, ideal=4, latest=7, unit=DAY)
TYPED = {"counts": {1: 4, 2: 3}, "intervals": {1: EVERY_FOUR_DAYS, 2: EVERY_FOUR_DAYS}}


def problems(version, **choices):
    found = find_problems(version, Choices(**{"start_on": START, **choices}))
    return [(problem.field, problem.code) for problem in found]


@pytest.mark.parametrize(
    ("version", "choices"),
    [
        (P01, {"confirmed": True}),
        (P02, {"counts": {1: 8}, "maintenance_months": 12}),
        (P02, {"maintenance_months": 6}),
        (P03, {"counts": {1: 10}}),
        (P04, TYPED),
        (P06_A, {"counts": {1: 4}}),
        (P07, {"counts": {1: 6}}),
        (P08, {}),
    ],
)
def test_choices_the_protocol_offers_pass(version, choices):
    assert problems(version, **choices) == []


@pytest.mark.parametrize(
    ("version", "choices", "found"),
    [
        (P01, {}, [("confirmed", "required")]),
        (P02, {"counts": {1: 5}}, [("counts.1", "out_of_range")]),
        (P02, {"counts": {1: 9}}, [("counts.1", "out_of_range")]),
        (P03, {"counts": {1: 11}}, [("counts.1", "out_of_range")]),
        (P07, {"counts": {1: 10_000}}, [("counts.1", "out_of_range")]),
        (P07, {"counts": {1: 0}}, [("counts.1", "out_of_range")]),
        (P07, {"counts": {1: -1}}, [("counts.1", "out_of_range")]),
        (P01, {"confirmed": True, "counts": {3: 11}}, [("counts.3", "out_of_range")]),
        (P07, {"counts": {2: 3}}, [("counts.2", "not_countable")]),
        (P08, {"counts": {1: 6}}, [("counts.1", "not_countable")]),
        (P07, {"counts": {9: 6}}, [("counts.9", "unknown_phase")]),
        (P07, {"intervals": {9: EVERY_FOUR_DAYS}}, [("intervals.9", "unknown_phase")]),
        (P07, {"intervals": {1: EVERY_FOUR_DAYS}}, [("intervals.1", "fixed")]),
        (P02, {"maintenance_months": 3}, [("maintenance_months", "not_offered")]),
        (P07, {"maintenance_months": 4}, [("maintenance_months", "not_offered")]),
        (P07, {"maintenance_horizon_months": 121}, [("maintenance_horizon_months", "out_of_range")]),
        (P07, {"maintenance_horizon_months": -1}, [("maintenance_horizon_months", "out_of_range")]),
        (P07, {"start_on": date(9999, 12, 31)}, [("start_on", "out_of_range")]),
    ],
)
def test_what_the_protocol_does_not_offer_is_refused_at_its_field(version, choices, found):
    assert problems(version, **choices) == found


class TestP04:
    """C11, D05: nothing about the week is presumed, so nothing may be missing or contradict itself."""

    def test_counts_and_intervals_are_asked_for(self):
        assert problems(P04) == [
            ("counts.1", "required"),
            ("counts.2", "required"),
            ("intervals.1", "required"),
            ("intervals.2", "required"),
        ]

    def test_ten_thousand_sessions_are_refused(self):
        assert problems(P04, **{**TYPED, "counts": {1: 10_000, 2: 3}}) == [("counts.1", "out_of_range")]

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            (typed_interval(floor=8, ideal=7, latest=14, unit=DAY), [("intervals.1.floor", "contradiction")]),
            (typed_interval(floor=7, ideal=15, latest=14, unit=DAY), [("intervals.1.ideal", "contradiction")]),
            (
                typed_interval(floor=3, ideal=2, latest=1, unit=MONTH),
                [("intervals.1.floor", "contradiction"), ("intervals.1.ideal", "contradiction")],
            ),
            (typed_interval(floor=0, ideal=7, latest=14, unit=DAY), [("intervals.1", "out_of_range")]),
            (typed_interval(floor=-7, ideal=7, latest=14, unit=DAY), [("intervals.1", "out_of_range")]),
            (typed_interval(floor=1, ideal=2, latest=105, unit=WEEK), [("intervals.1", "out_of_range")]),
            (typed_interval(floor=1, ideal=2, latest=10**9, unit=MONTH), [("intervals.1", "out_of_range")]),
            (typed_interval(floor=12, ideal=24, latest=48, unit=HOUR), [("intervals.1", "unit")]),
        ],
    )
    def test_a_typed_interval_that_cannot_be_is_refused(self, typed, found):
        assert problems(P04, **{**TYPED, "intervals": {1: typed, 2: EVERY_FOUR_DAYS}}) == found

    def test_the_longest_course_that_can_be_typed_still_has_dates(self):
        longest = typed_interval(floor=24, ideal=24, latest=24, unit=MONTH)
        choices = Choices(start_on=date(2500, 12, 31), counts={1: 100, 2: 100}, intervals={1: longest, 2: longest})
        assert len(outline(P04, choices)) == 200


class TestVersion:
    """A version edited into a contradiction never reaches a patient."""

    @pytest.mark.parametrize(
        ("version", "found"),
        [
            (protocol("X"), [("protocol", "empty")]),
            (
                protocol("X", phase(1, INDUCTION, days(6, 8, 7, 14), (6, 8))),
                [("phases.1.interval.floor", "contradiction")],
            ),
            (
                protocol("X", phase(1, INDUCTION, days(8, 7, 7, 14), (6, 8))),
                [("phases.1.interval.early_limit", "contradiction")],
            ),
            (
                protocol("X", phase(1, INDUCTION, WEEKLY, (3, 4), interval_by_count=((4, days(6, 9, 8, 9)),))),
                [("phases.1.interval.floor", "contradiction")],
            ),
            (protocol("X", phase(1, INDUCTION, days(0, 0, 0, 7), (6, 8))), [("phases.1.interval", "out_of_range")]),
            (protocol("X", phase(1, INDUCTION, days(0, 7, 7, 14), (6, 8))), [("phases.1.interval", "out_of_range")]),
            (protocol("X", phase(1, INDUCTION, WEEKLY, (8, 6))), [("phases.1.sessions", "contradiction")]),
            (protocol("X", phase(1, INDUCTION, WEEKLY, (6, None))), [("phases.1.sessions", "contradiction")]),
            (protocol("X", phase(1, INDUCTION, WEEKLY, (0, 6))), [("phases.1.sessions", "contradiction")]),
            (protocol("X", phase(1, MEASUREMENT, WEEKLY)), [("phases.1.sessions", "required")]),
            (
                protocol("X", phase(1, INDUCTION, WEEKLY, (1, 1), chair_minutes=61)),
                [("phases.1.chair_minutes", "out_of_range")],
            ),
            (
                protocol("X", phase(1, INDUCTION, WEEKLY, (1, 1), chair_minutes=0)),
                [("phases.1.chair_minutes", "out_of_range")],
            ),
        ],
    )
    def test_a_contradiction_is_named(self, version, found):
        assert problems(version) == found

    @pytest.mark.parametrize("lasts", [Span(0, MONTH), Span(25, MONTH), Span(24, HOUR)])
    def test_a_phase_lasts_between_a_day_and_two_years(self, lasts):
        version = replace(P08, phases=(replace(P08.phases[0], lasts=lasts),))
        assert problems(version) == [("phases.1.lasts", "out_of_range")]


def test_every_reason_comes_at_once_and_in_words():
    with pytest.raises(OutlineError) as refused:
        outline(P01, Choices(start_on=START, counts={1: 7, 4: 2}))
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("confirmed", "required"),
        ("counts.4", "unknown_phase"),
        ("counts.1", "out_of_range"),
    ]
    assert refused.value.problems[2].message == "This phase has 6 to 6 sessions, not 7."
    assert "counts.1: This phase has 6 to 6 sessions, not 7." in str(refused.value)
