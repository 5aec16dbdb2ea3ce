"""D06: two courses of one patient on one area."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from protocols.outline.intervals import Span
from protocols.outline.spacing import AreaClash, AreaUse, area_clashes, area_floor, overlaps
from tests.protocols.outline.outlines import DAY, MONTH, WEEK

THIGH = frozenset({("thigh",)})
INNER_THIGH = frozenset({("thigh", "inner_thigh")})
POSTERIOR_THIGH = frozenset({("thigh", "posterior_thigh")})
ABDOMEN = frozenset({("abdomen",)})


def use(areas, floor, *days, course="other"):
    return AreaUse(course, areas, floor, days)


WEEKLY_ON_THIGH = use(THIGH, Span(1, WEEK), course="own")


class TestD06:
    def test_a_weekly_course_waits_the_fifteen_days_of_the_other_on_the_same_area(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 3))
        assert area_floor(date(2025, 3, 4), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 18)

    def test_the_larger_floor_may_be_ones_own(self):
        other = use(THIGH, Span(1, WEEK), date(2025, 1, 31))
        assert area_floor(date(2025, 2, 1), use(THIGH, Span(1, MONTH), course="own"), [other]) == date(2025, 2, 28)

    def test_an_area_inside_the_area_counts_in_both_directions(self):
        other = use(INNER_THIGH, Span(15, DAY), date(2025, 3, 3))
        assert area_floor(date(2025, 3, 4), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 18)
        inside = use(INNER_THIGH, Span(1, WEEK), course="own")
        assert area_floor(date(2025, 3, 4), inside, [use(THIGH, Span(15, DAY), date(2025, 3, 3))]) == date(2025, 3, 18)

    def test_two_areas_may_share_one_visit(self):
        others = [use(ABDOMEN, Span(15, DAY), date(2025, 3, 3))]
        assert area_floor(date(2025, 3, 3), WEEKLY_ON_THIGH, others) == date(2025, 3, 3)
        neighbours = use(INNER_THIGH, Span(1, WEEK), course="own")
        assert area_clashes(date(2025, 3, 3), neighbours, [use(POSTERIOR_THIGH, Span(1, WEEK), date(2025, 3, 3))]) == ()

    def test_the_same_area_twice_on_one_day_is_a_clash_that_names_course_and_end(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 3), course="C-7")
        clash = AreaClash("C-7", date(2025, 3, 3), date(2025, 3, 18))
        assert area_clashes(date(2025, 3, 3), WEEKLY_ON_THIGH, [other]) == (clash,)

    def test_a_booked_session_to_come_keeps_its_distance_too(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 31))
        assert area_clashes(date(2025, 3, 16), WEEKLY_ON_THIGH, [other]) == ()
        assert area_floor(date(2025, 3, 17), WEEKLY_ON_THIGH, [other]) == date(2025, 4, 15)

    def test_without_room_between_two_sessions_it_waits_for_the_last(self):
        other = use(THIGH, Span(15, DAY), date(2025, 3, 3), date(2025, 3, 18), date(2025, 4, 2))
        assert area_floor(date(2025, 3, 1), WEEKLY_ON_THIGH, [other]) == date(2025, 4, 17)

    def test_with_room_between_two_sessions_it_fits_there(self):
        other = use(THIGH, Span(1, WEEK), date(2025, 3, 3), date(2025, 3, 17))
        assert area_floor(date(2025, 3, 3), WEEKLY_ON_THIGH, [other]) == date(2025, 3, 10)

    def test_a_course_without_sessions_stops_nobody(self):
        assert area_floor(date(2025, 3, 3), WEEKLY_ON_THIGH, [use(THIGH, Span(1, MONTH))]) == date(2025, 3, 3)


def test_names_that_only_begin_alike_do_not_overlap():
    assert not overlaps(("arm",), ("armpit",))
    assert overlaps(("arm",), ("arm",))


DAYS = st.dates(date(2025, 1, 1), date(2025, 4, 30))
SPANS = st.builds(Span, st.integers(1, 30), st.just(DAY)) | st.builds(Span, st.integers(1, 2), st.just(MONTH))
AREAS = st.sets(st.sampled_from([*THIGH, *INNER_THIGH, *POSTERIOR_THIGH, *ABDOMEN]), min_size=1).map(frozenset)
USES = st.builds(AreaUse, st.just("other"), AREAS, SPANS, st.lists(DAYS, max_size=6).map(tuple))


@given(DAYS, USES, st.lists(USES, max_size=4))
def test_the_day_found_is_free_and_no_earlier_day_is(start, own, others):
    found = area_floor(start, own, others)
    assert not area_clashes(found, own, others)
    earlier = (date.fromordinal(day) for day in range(start.toordinal(), found.toordinal()))
    assert all(area_clashes(day, own, others) for day in earlier)
