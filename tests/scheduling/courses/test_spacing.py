"""D06: two courses of one patient on one area keep the larger of their floors between them."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from protocols.outline.intervals import Span, shift
from protocols.outline.spacing import AreaUse, overlaps
from scheduling.planner.neighbours import blocked_days, first_free
from tests.protocols.outline.outlines import DAY, MONTH, WEEK

THIGH = frozenset({("thigh",)})
INNER_THIGH = frozenset({("thigh", "inner_thigh")})
POSTERIOR_THIGH = frozenset({("thigh", "posterior_thigh")})
ABDOMEN = frozenset({("abdomen",)})


def use(areas, floor, *days, course="other"):
    return AreaUse(course, areas, floor, days)


def earliest(start, own, others):
    """The first day from `start` on which `own` may treat its areas."""
    return first_free(start, blocked_days(own.areas, own.floor, others))


def is_too_close(day, own, others):
    """D06 read word for word: fewer than the larger floor lies between this day and a day of another course."""
    return any(
        min(on, day) <= max(on, day) < max(shift(min(on, day), own.floor), shift(min(on, day), other.floor))
        for other in others
        if any(overlaps(mine, theirs) for mine in own.areas for theirs in other.areas)
        for on in other.days
    )


WEEKLY_ON_THIGH = use(THIGH, Span(1, WEEK), course="own")


class TestD06:
    def test_a_weekly_course_waits_the_fifteen_days_of_the_other_on_the_same_area(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 3))
        assert earliest(date(2025, 3, 4), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 18)

    def test_the_larger_floor_may_be_ones_own(self):
        other = use(THIGH, Span(1, WEEK), date(2025, 1, 31))
        assert earliest(date(2025, 2, 1), use(THIGH, Span(1, MONTH), course="own"), [other]) == date(2025, 2, 28)

    def test_an_area_inside_the_area_counts_in_both_directions(self):
        other = use(INNER_THIGH, Span(15, DAY), date(2025, 3, 3))
        assert earliest(date(2025, 3, 4), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 18)
        inside = use(INNER_THIGH, Span(1, WEEK), course="own")
        assert earliest(date(2025, 3, 4), inside, [use(THIGH, Span(15, DAY), date(2025, 3, 3))]) == date(2025, 3, 18)

    def test_two_areas_may_share_one_visit(self):
        others = [use(ABDOMEN, Span(15, DAY), date(2025, 3, 3))]
        assert earliest(date(2025, 3, 3), WEEKLY_ON_THIGH, others) == date(2025, 3, 3)
        neighbours = use(INNER_THIGH, Span(1, WEEK), course="own")
        behind = [use(POSTERIOR_THIGH, Span(1, WEEK), date(2025, 3, 3))]
        assert earliest(date(2025, 3, 3), neighbours, behind) == date(2025, 3, 3)

    def test_the_same_area_twice_on_one_day_waits_for_the_larger_floor(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 3))
        assert earliest(date(2025, 3, 3), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 18)

    def test_a_booked_session_to_come_keeps_its_distance_too(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 31))
        assert earliest(date(2025, 3, 16), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 16)
        assert earliest(date(2025, 3, 17), WEEKLY_ON_THIGH, [other]) == date(2025, 4, 15)

    def test_without_room_between_two_sessions_it_waits_for_the_last(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 3), date(2025, 3, 18), date(2025, 4, 2))
        assert earliest(date(2025, 3, 1), WEEKLY_ON_THIGH, [other]) == date(2025, 4, 17)

    def test_with_room_between_two_sessions_it_fits_there(self):
        other = use(THIGH, Span(1, WEEK), date(2025, 3, 3), date(2025, 3, 17))
        assert earliest(date(2025, 3, 3), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 10)

    def test_a_course_without_sessions_stops_nobody(self):
        assert earliest(date(2025, 3, 3), WEEKLY_ON_THIGH, [use(THIGH, Span(1, MONTH))]) == date(2025, 3, 3)


DAYS = st.dates(date(2025, 1, 1), date(2025, 4, 30))
SPANS = st.builds(Span, st.integers(1, 30), st.just(DAY)) | st.builds(Span, st.integers(1, 2), st.just(MONTH))
AREAS = st.sets(st.sampled_from([*THIGH, *INNER_THIGH, *POSTERIOR_THIGH, *ABDOMEN]), min_size=1).map(frozenset)
USES = st.builds(AreaUse, st.just("other"), AREAS, SPANS, st.lists(DAYS, max_size=6).map(tuple))


@given(DAYS, USES, st.lists(USES, max_size=4))
def test_the_day_found_is_free_and_no_earlier_day_is(start, own, others):
    found = earliest(start, own, others)
    assert not is_too_close(found, own, others)
    earlier = (date.fromordinal(day) for day in range(start.toordinal(), found.toordinal()))
    assert all(is_too_close(day, own, others) for day in earlier)
