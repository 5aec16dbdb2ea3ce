"""The rhythm of a protocol at a glance."""

from itertools import pairwise

import pytest

from protocols.pictures.strip import CLOSEST, StripPhase, build_strip


def test_a_weekly_course_of_ten_spans_nine_weeks_in_even_steps():
    strip = build_strip([StripPhase(10, 7)], review_after=4)
    steps = [b.x - a.x for a, b in pairwise(strip.dots)]
    assert strip.days == 63
    assert max(steps) - min(steps) < 0.05
    assert [n for n, dot in enumerate(strip.dots, start=1) if dot.review] == [4]


def test_between_two_phases_lies_the_larger_gap():
    """D02."""
    strip = build_strip([StripPhase(2, 15), StripPhase(2, 120, "maintenance")])
    assert strip.days == 15 + 120 + 120


def test_28_sessions_stay_apart_and_inside_the_frame():
    strip = build_strip([StripPhase(6, 30), StripPhase(10, 15), StripPhase(12, 30, "maintenance")])
    assert len(strip.dots) == 28
    assert all(b.x - a.x >= CLOSEST * 0.9 for a, b in pairwise(strip.dots))
    assert strip.dots[-1].x <= 97.01


@pytest.mark.parametrize("phases", [[], [StripPhase(0, 7)]])
def test_no_sessions_no_dots(phases):
    assert build_strip(phases).dots == ()


def test_one_session_stands_at_the_left():
    assert [dot.x for dot in build_strip([StripPhase(1, 7)]).dots] == [3.0]
