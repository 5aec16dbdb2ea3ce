"""The day axis under the timeline and the outcome plot."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduling.courses.timeaxis import MONTH_LABEL_WIDTH, TimeAxis, month_starts, place_labels

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def test_both_ends_keep_the_margin():
    axis = TimeAxis(date(2026, 5, 1), date(2026, 8, 9), min_width=1000, margin=40)
    assert (axis.x(axis.first), axis.x(axis.last)) == (4.0, 96.0)


def test_noon_lies_half_a_day_right_of_midnight():
    axis = TimeAxis(date(2026, 5, 1), date(2026, 5, 11), min_width=1000, margin=0)
    assert axis.x(date(2026, 5, 2), 0.5) - axis.x(date(2026, 5, 2)) == 5.0


def test_an_axis_of_a_single_day_does_not_divide_by_zero():
    axis = TimeAxis(date(2026, 5, 1), date(2026, 5, 1), min_width=500)
    assert 0 <= axis.x(date(2026, 5, 1)) <= 100


def test_month_starts_pass_the_end_of_the_year():
    assert list(month_starts(date(2026, 11, 15), date(2027, 2, 1))) == [
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]


@given(first=days, span=st.integers(28, 3000), width=st.integers(480, 1480))
def test_month_names_never_collide_and_every_month_has_its_line(first, span, width):
    axis = TimeAxis(first, first + timedelta(days=span), min_width=width)
    ticks = axis.months()
    named = [axis.pixels(tick.x) for tick in ticks if tick.label]
    assert all(b - a >= MONTH_LABEL_WIDTH for a, b in pairwise(named))
    assert all(x + MONTH_LABEL_WIDTH <= width + 0.01 for x in named)
    assert len(ticks) == len(list(month_starts(axis.first, axis.last)))


def test_a_label_gives_way_to_a_more_important_one_only():
    assert place_labels([(10, 20), (15, 25), (20, 30)]) == [True, False, True]
    assert place_labels([(0, 5)], taken=[(4, 6)]) == [False]
