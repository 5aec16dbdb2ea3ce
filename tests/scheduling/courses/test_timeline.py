"""The picture of a course: what is drawn where, for courses of every length."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.courses.timeline import (
    DATE_LABEL,
    MARK_ROOM,
    NARROWEST,
    NEXT_LABEL,
    TRACK_Y,
    WIDEST,
    PhaseSpan,
    SessionMark,
    Shade,
    build_timeline,
)

START = date(2026, 5, 4)


def visit(number, day, status="booked", *, early=0, late=7, **more):
    start = None if status == "planned" else datetime.combine(day, datetime.min.time().replace(hour=10))
    floor = day - timedelta(days=early)
    return SessionMark(number, status, floor, floor, day + timedelta(days=late - early), start=start, **more)


def course(count, gap, *, done=0, **more):
    return [
        visit(n + 1, START + timedelta(days=n * gap), "completed" if n < done else "booked", **more)
        for n in range(count)
    ]


def test_the_finished_the_next_and_the_later_sessions_look_different():
    sessions = [*course(4, 15, done=2), visit(5, START + timedelta(days=60), "planned")]
    assert [mark.look for mark in build_timeline(sessions=sessions).marks] == [
        "done",
        "done",
        "next",
        "booked",
        "planned",
    ]


def test_next_is_the_first_open_session_with_a_time_even_when_an_earlier_one_has_none():
    sessions = [
        visit(1, START, "completed"),
        visit(2, START + timedelta(15), "planned"),
        visit(3, START + timedelta(30)),
    ]
    assert [mark.look for mark in build_timeline(sessions=sessions).marks] == ["done", "planned", "next"]


def test_without_any_booked_time_the_first_planned_session_is_next():
    sessions = [visit(1, START, "planned"), visit(2, START + timedelta(15), "planned")]
    assert [mark.look for mark in build_timeline(sessions=sessions).marks] == ["next", "planned"]


@pytest.mark.parametrize(
    ("status", "look"),
    [("displaced", "displaced"), ("no_show", "missed"), ("cancelled", "cancelled"), ("entered_in_error", "cancelled")],
)
def test_trouble_is_seen_at_its_session(status, look):
    sessions = [visit(1, START, status), visit(2, START + timedelta(15))]
    assert build_timeline(sessions=sessions).marks[0].look == look


def test_a_moved_session_keeps_a_ghost_of_its_old_place():
    sessions = [*course(2, 15), visit(3, START + timedelta(33), moved_from=START + timedelta(30))]
    mark = build_timeline(sessions=sessions).marks[2]
    assert mark.look == "moved"
    assert mark.ghost_x < mark.x


def test_the_window_reaches_from_floor_to_the_end_of_the_latest_day():
    timeline = build_timeline(sessions=course(4, 15))
    bar, axis_day = timeline.marks[0].bar, timeline.marks[1].x - timeline.marks[0].x
    assert bar.width == pytest.approx(axis_day / 15 * 8, abs=0.01)
    assert bar.x < timeline.marks[0].x < bar.x + bar.width


def test_windows_that_overlap_lie_in_two_lanes_and_others_on_the_track():
    weekly = build_timeline(sessions=course(10, 7))
    assert all(a.bar.y != b.bar.y for a, b in pairwise(weekly.marks))
    fortnightly = build_timeline(sessions=course(8, 15))
    assert {mark.bar.y for mark in fortnightly.marks} == {TRACK_Y}


def test_a_session_without_a_window_is_a_mark_without_a_bar():
    consultation = SessionMark(1, "booked", None, None, None, start=datetime(2026, 5, 4, 9), kind="consultation")
    (mark,) = build_timeline(sessions=[consultation]).marks
    assert (mark.bar, mark.ideal_x) == (None, None)


def test_a_session_with_neither_time_nor_window_is_refused():
    with pytest.raises(ValueError, match="session 3"):
        build_timeline(sessions=[SessionMark(3, "planned", None, None, None)])


def test_a_test_read_the_next_day_stands_beside_the_first_session_and_not_on_it():
    test = SessionMark(0, "completed", None, None, None, start=datetime(2026, 5, 3, 9), kind="allergy_test", label="T")
    timeline = build_timeline(sessions=[test, *course(8, 15)])
    assert timeline.marks[0].number == "T"
    assert timeline.marks[1].x - timeline.marks[0].x >= (MARK_ROOM - 1) * 100 / timeline.min_width - 0.01
    assert timeline.min_width < 800, "a gap of one day must not stretch the whole course"


def test_bands_follow_each_other_without_overlap_and_drop_a_label_that_does_not_fit():
    sessions = course(16, 15)
    phases = [
        PhaseSpan("Every 15 days", "induction", 1, 15),
        PhaseSpan("A very long name indeed", "maintenance", 16, 16),
    ]
    first, second = build_timeline(sessions=sessions, phases=phases).bands
    assert first.x + first.width <= second.x
    assert (first.labelled, second.labelled) == (True, False)


def test_a_phase_without_sessions_has_no_band():
    phases = [PhaseSpan("Course", "induction", 1, 4), PhaseSpan("Later", "maintenance", 5, 6)]
    assert [band.label for band in build_timeline(sessions=course(4, 15), phases=phases).bands] == ["Course"]


def test_today_is_drawn_when_it_is_near_and_left_out_when_the_course_is_long_over():
    assert build_timeline(sessions=course(4, 15), today=START - timedelta(days=20)).today_x is not None
    assert build_timeline(sessions=course(4, 15), today=START + timedelta(days=400)).today_x is None


def test_absences_are_cut_to_the_course_and_those_elsewhere_are_left_out():
    shades = [
        Shade(START - timedelta(days=90), START + timedelta(days=2), "Holiday"),
        Shade(START + timedelta(days=900), START + timedelta(days=901), "Never seen"),
    ]
    (shade,) = build_timeline(sessions=course(4, 15), shades=shades).shades
    assert shade.label == "Holiday"
    assert shade.x >= 0
    assert shade.x + shade.width <= 100


def test_the_legend_counts_what_is_drawn():
    timeline = build_timeline(sessions=course(8, 15, done=3))
    assert timeline.counts == {"done": 3, "next": 1, "booked": 4}


def test_an_empty_course_is_an_empty_picture():
    timeline = build_timeline(sessions=[])
    assert (timeline.marks, timeline.bands) == ((), ())


def test_28_sessions_of_p01_fit_a_desktop_page_and_all_keep_their_number():
    months = [visit(n + 1, date(2026, 2 + n, 2), late=14) for n in range(6)]
    fortnights = [visit(7 + n, date(2026, 8, 2) + timedelta(days=15 * n)) for n in range(10)]
    upkeep = [visit(17 + n, date(2027, 1, 14) + timedelta(days=30 * n), "planned", late=14) for n in range(12)]
    timeline = build_timeline(sessions=[*months, *fortnights, *upkeep])
    assert len(timeline.marks) == 28
    assert timeline.min_width <= 1120
    assert all(mark.show_number for mark in timeline.marks)


gaps = st.lists(st.integers(1, 60), min_size=1, max_size=30)


@given(gaps=gaps, done=st.integers(0, 30), late=st.integers(0, 21))
def test_nothing_overlaps_or_leaves_the_picture_whatever_the_gaps(gaps, done, late):
    day, sessions = START, []
    for number, gap in enumerate(gaps, start=1):
        sessions.append(visit(number, day, "completed" if number <= done else "booked", late=late))
        day += timedelta(days=gap)
    timeline = build_timeline(sessions=sessions)
    assert NARROWEST <= timeline.min_width <= WIDEST
    pixels = timeline.min_width / 100
    xs = [mark.x * pixels for mark in timeline.marks]
    assert all(b - a >= MARK_ROOM - 1.1 for a, b in pairwise(xs)), "two marks touch"
    half = {True: NEXT_LABEL / 2, False: DATE_LABEL / 2}
    dated = [(x, half[mark.look == "next"]) for x, mark in zip(xs, timeline.marks, strict=True) if mark.show_date]
    assert all(b - a >= wide_a + wide_b - 0.1 for (a, wide_a), (b, wide_b) in pairwise(dated)), "two dates touch"
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for mark in timeline.marks if (bar := mark.bar))
    assert all(mark.show_date for mark in timeline.marks if mark.look == "next")
    assert all(0 <= x <= timeline.min_width for x in xs)


@given(st.permutations(course(6, 15, done=2)))
def test_the_order_of_the_sessions_does_not_matter(shuffled):
    assert build_timeline(sessions=shuffled) == build_timeline(sessions=course(6, 15, done=2))
