"""A measurement over time: lines, levels, sessions and reviews."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.treatment.outcomeplot import BOTTOM, TOP, Reading, build_plot

START = date(2026, 5, 4)


def plot(*values, **more):
    readings = [Reading(START + timedelta(days=30 * n), value) for n, value in enumerate(values)]
    return build_plot(readings=readings, label="Waist", unit="cm", **more)


def test_a_smaller_waist_is_drawn_lower_and_named_as_a_change():
    drawn = plot(104.5, 102.0, 100.4)
    assert [point.y for point in drawn.points] == sorted(point.y for point in drawn.points)
    assert drawn.change == -4.1


def test_one_reading_is_a_point_without_line_and_without_change():
    drawn = plot(104.5)
    assert (len(drawn.points), drawn.lines, drawn.change) == (1, (), None)


def test_no_reading_draws_no_point_but_keeps_the_sessions():
    drawn = plot(sessions=[START, START + timedelta(days=15)])
    assert drawn.points == ()
    assert [mark.number for mark in drawn.sessions] == [1, 2]


def test_first_and_last_value_are_always_written():
    drawn = build_plot(
        readings=[Reading(START + timedelta(days=n), 100 - n) for n in range(60)], label="Waist", unit="cm"
    )
    assert drawn.points[0].show_value
    assert drawn.points[-1].show_value
    assert not all(point.show_value for point in drawn.points)


def test_sessions_and_reviews_lie_on_the_same_days_as_the_readings():
    drawn = plot(100, 99, sessions=[START], reviews=[START + timedelta(days=30)])
    assert drawn.sessions[0].x == drawn.points[0].x
    assert drawn.reviews[0].x == drawn.points[1].x


@given(st.lists(st.floats(0.1, 500, allow_nan=False), min_size=1, max_size=30))
def test_every_value_lies_between_the_lowest_and_the_highest_level(values):
    drawn = plot(*values)
    assert all(TOP - 0.01 <= point.y <= BOTTOM + 0.01 for point in drawn.points)
    assert 2 <= len(drawn.levels) <= 7
