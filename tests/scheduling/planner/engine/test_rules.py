"""Every rule by itself: what it allows, what it counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from protocols.outline.intervals import Window
from scheduling.planner.engine import rules
from scheduling.planner.engine.daygrid import Grid, bits, to_instant
from scheduling.planner.engine.problem import Placement, Problem, Resource, Visit, Wishes
from tests.scheduling.planner.engine.clinics import MONDAY, WEEK, at, clinic, course, hours

VISIT = course([])[0]
FRIDAY = MONDAY + timedelta(days=4)


def allowed(rule: rules.HardRule, problem: Problem, visit: Visit = VISIT, who: int = 0) -> list[datetime]:
    """The starts that a hard rule allows, as local times."""
    grid, free = problem.grid, rule(problem, visit, problem.practitioners[who])
    instants = [to_instant(grid.minutes(*divmod(place, 320))) for place in bits(free)]
    return [one.astimezone(ZoneInfo(grid.zone)).replace(tzinfo=None) for one in instants]


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


def two_days(**fields: object) -> Problem:
    return replace(clinic((VISIT,), days=2), **fields)  # type: ignore[arg-type]


def test_nothing_starts_before_now() -> None:
    asked = two_days(now=at(MONDAY, 9, 0) + timedelta(seconds=1))
    assert min(allowed(rules.in_the_future, asked)) == wall(MONDAY, 9, 5)
    assert min(allowed(rules.in_the_future, two_days(now=at(MONDAY, 9)))) == wall(MONDAY, 9)


def test_nothing_at_all_once_the_grid_is_over_and_everything_before_it() -> None:
    assert allowed(rules.in_the_future, two_days(now=datetime(2030, 1, 1, tzinfo=UTC))) == []
    assert len(allowed(rules.in_the_future, two_days(now=datetime(2020, 1, 1, tzinfo=UTC)))) == 2 * 288


def test_a_visit_keeps_to_its_own_dates() -> None:
    problem = clinic((VISIT,), days=7)
    visit = replace(VISIT, not_before=MONDAY + timedelta(days=1), deadline=FRIDAY)
    visit = replace(visit, blocked=((MONDAY, MONDAY + timedelta(days=2)), (FRIDAY, FRIDAY + timedelta(days=9))))
    assert {one.date() for one in allowed(rules.allowed_dates, problem, visit)} == {MONDAY + timedelta(days=3)}


def test_a_practitioner_needs_every_tag_of_the_visit() -> None:
    problem = two_days(practitioners=(Resource("ana", 0, frozenset({"prescriber"})), Resource("bo", 0)))
    test = replace(VISIT, practitioner_tags=frozenset({"prescriber"}))
    assert allowed(rules.practitioner_suitable, problem, test, 0)
    assert not allowed(rules.practitioner_suitable, problem, test, 1)


def test_a_visit_may_name_who_does_it_and_a_fixed_one_stays_with_its_person() -> None:
    problem = two_days(practitioners=(Resource("ana", 0), Resource("bo", 0)))
    named = replace(VISIT, practitioners=frozenset({"bo"}))
    fixed = replace(VISIT, kept=Placement(at(MONDAY, 9), "ana", "one"), fixed=True)
    assert [bool(allowed(rules.practitioner_suitable, problem, named, who)) for who in (0, 1)] == [False, True]
    assert [bool(allowed(rules.practitioner_suitable, problem, fixed, who)) for who in (0, 1)] == [True, False]


def test_staff_and_room_are_taken_from_preparation_to_the_end_of_turnover() -> None:
    around = replace(VISIT, preparation_minutes=10, turnover_minutes=20)
    problem = two_days(rooms=(Resource("one", hours(Grid("Europe/Paris", MONDAY, 2))),))
    for rule in (rules.practitioner_free, rules.room_free):
        starts = allowed(rule, problem, around)
        assert (starts[0], starts[-1]) == (wall(MONDAY, 9, 10), wall(MONDAY + timedelta(days=1), 11, 10))


def test_the_patient_is_needed_from_start_to_end_only() -> None:
    around = replace(VISIT, preparation_minutes=10, turnover_minutes=20)
    problem = two_days(patient=hours(Grid("Europe/Paris", MONDAY, 2)))
    starts = allowed(rules.patient_free, problem, around)
    assert (starts[0], starts[-1]) == (wall(MONDAY, 9), wall(MONDAY + timedelta(days=1), 11, 30))


def test_any_suitable_room_will_do_and_no_other() -> None:
    grid = Grid("Europe/Paris", MONDAY, 2)
    rooms = (
        Resource("morning", hours(grid, time(9), time(10)), frozenset({"cream"})),
        Resource("noon", hours(grid, time(11), time(12)), frozenset({"cream"})),
        Resource("bare", hours(grid)),
    )
    starts = allowed(rules.room_free, two_days(rooms=rooms), replace(VISIT, room_tags=frozenset({"cream"})))
    assert {one.hour for one in starts} == {9, 11}
    assert wall(MONDAY, 9, 45) not in starts  # half in one room, half in another


def test_a_device_only_counts_where_one_is_needed() -> None:
    grid = Grid("Europe/Paris", MONDAY, 2)
    problem = two_days(devices=(Resource("gun", hours(grid, time(10), time(11)), frozenset({"injector"})),))
    assert len(allowed(rules.device_free, problem)) == 2 * 288
    assert {one.hour for one in allowed(rules.device_free, problem, replace(VISIT, device_tag="injector"))} == {10}
    assert allowed(rules.device_free, problem, replace(VISIT, device_tag="laser")) == []


def test_the_rule_that_takes_the_last_start_away_is_named() -> None:
    problem = two_days()

    def blocked(changed: Problem, visit: Visit = VISIT) -> str:
        return rules.blocking_rule(changed, visit, MONDAY, MONDAY + timedelta(days=1))

    assert blocked(replace(problem, practitioners=(Resource("ana", 0),))) == "practitioner_free"
    assert blocked(replace(problem, rooms=(Resource("one", 0),))) == "room_free"
    assert blocked(replace(problem, patient=0)) == "patient_free"
    assert blocked(replace(problem, now=at(MONDAY, 9) + timedelta(days=9))) == "in_the_future"
    assert blocked(problem, replace(VISIT, deadline=MONDAY - timedelta(days=1))) == "allowed_dates"
    assert blocked(problem, replace(VISIT, device_tag="laser")) == "device_free"
    assert blocked(problem, replace(VISIT, practitioners=frozenset({"bo"}))) == "practitioner_suitable"
    assert (
        rules.blocking_rule(problem, VISIT, MONDAY - timedelta(days=9), MONDAY - timedelta(days=8)) == "in_the_future"
    )
    assert blocked(problem) == rules.WINDOW
    two = replace(problem, practitioners=(*problem.practitioners, Resource("bo", 0)), rooms=(Resource("one", 0),))
    assert blocked(two) == "room_free", "bo has no time, but ana has"


AFTER_ANOTHER = replace(VISIT, gap=WEEK)


def stand(problem: Problem, placement: Placement, visit: Visit = VISIT, before: str | None = None) -> rules.Stand:
    window = Window(MONDAY, MONDAY, MONDAY + timedelta(days=1), FRIDAY)
    return rules.Stand(problem, visit, window, MONDAY, FRIDAY, None, before, placement)


MONDAY_NINE = Placement(at(MONDAY, 9), "ana", "one")


def test_days_from_the_ideal_count_on_both_sides() -> None:
    problem = clinic((VISIT,))
    moved = [replace(MONDAY_NINE, start=at(MONDAY, 9) + timedelta(days=n)) for n in range(4)]
    assert [rules.ideal_day(stand(problem, one, AFTER_ANOTHER)) for one in moved] == [1, 0, 1, 2]
    assert [rules.wished_start(stand(problem, one)) for one in moved] == [1, 0, 1, 2], "nothing clinical counts there"
    assert rules.wished_start(stand(problem, moved[3], AFTER_ANOTHER)) == 0
    assert rules.ideal_day(stand(problem, moved[3])) == 0


@pytest.mark.parametrize(
    ("earliest", "latest", "minutes"),
    [
        (None, None, 0),
        (time(9), time(9, 30), 0),
        (time(9, 10), None, 10),
        (None, time(9, 25), 5),
        (time(9, 10), time(9, 20), 20),  # too short for the visit: both ends stick out
    ],
)
def test_minutes_outside_the_wished_time_hold_the_whole_visit(
    earliest: time | None, latest: time | None, minutes: int
) -> None:
    problem = replace(clinic((VISIT,)), wishes=Wishes(earliest=earliest, latest=latest))
    assert rules.wished_time(stand(problem, MONDAY_NINE)) == minutes


def test_the_wished_time_is_what_the_clock_on_the_wall_shows_after_a_clock_change() -> None:
    sunday = date(2026, 3, 29)
    problem = replace(clinic((VISIT,), first=sunday, days=2), wishes=Wishes(earliest=time(9)))
    assert rules.wished_time(stand(problem, replace(MONDAY_NINE, start=at(sunday, 9)))) == 0
    assert rules.wished_time(stand(problem, replace(MONDAY_NINE, start=at(sunday, 8, 30)))) == 30


def test_wishes_for_weekday_and_person_are_broken_or_not() -> None:
    problem = replace(clinic((VISIT,)), wishes=Wishes(weekdays=frozenset({1}), practitioner="bo"))
    assert rules.wished_weekday(stand(problem, MONDAY_NINE)) == 1
    assert rules.wished_practitioner(stand(problem, MONDAY_NINE)) == 1
    unasked = replace(problem, wishes=Wishes())
    assert (
        rules.wished_weekday(stand(unasked, MONDAY_NINE)) == rules.wished_practitioner(stand(unasked, MONDAY_NINE)) == 0
    )


def test_a_change_of_practitioner_counts_only_when_somebody_came_before() -> None:
    problem = clinic((VISIT,))
    changes = [rules.same_practitioner(stand(problem, MONDAY_NINE, before=who)) for who in (None, "ana", "bo")]
    assert changes == [0, 0, 1]


def test_a_booked_visit_counts_what_changed_and_a_moved_one_only_the_move() -> None:
    kept = replace(VISIT, kept=MONDAY_NINE)

    def broken(now: Placement) -> tuple[int, int, int]:
        there = stand(clinic((VISIT,)), now, kept)
        return rules.kept_time(there), rules.kept_practitioner(there), rules.kept_place(there)

    assert broken(MONDAY_NINE) == (0, 0, 0)
    assert broken(replace(MONDAY_NINE, practitioner="bo")) == (0, 1, 0)
    assert broken(replace(MONDAY_NINE, room="two", device="gun")) == (0, 0, 2)
    assert broken(Placement(at(MONDAY, 10), "bo", "two")) == (1, 0, 0)


def test_days_beyond_latest_are_those_nobody_approved() -> None:
    problem = clinic((VISIT,))
    days = [
        rules.within_latest(stand(problem, replace(MONDAY_NINE, start=at(FRIDAY, 9) + timedelta(days=n))))
        for n in range(3)
    ]
    assert days == [0, 1, 2]


def test_of_several_free_rooms_the_first_is_taken_unless_the_visit_is_booked_elsewhere() -> None:
    grid = Grid("Europe/Paris", MONDAY, 2)
    free = hours(grid)
    problem = two_days(rooms=(Resource("full", 0), Resource("one", free), Resource("two", free)))
    start = grid.wall(0, time(9))
    assert rules.place_at(problem, VISIT, start) == ("one", None)
    booked = replace(VISIT, kept=replace(MONDAY_NINE, room="two"))
    assert rules.place_at(problem, booked, start) == ("two", None)
    assert rules.place_at(problem, booked, start + 30) == ("one", None)
    assert rules.place_at(problem, replace(VISIT, kept=replace(MONDAY_NINE, room="full")), start) == ("one", None)


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [rule.__name__ for rule in rules.HARD] + [rule.__name__ for rule, _points in rules.SOFT]
    assert len(set(names)) == len(names)


def test_a_rest_too_short_for_another_such_visit_is_a_hole_on_either_side() -> None:
    """From nine to twelve, visits of half an hour: ten past leaves no quarter, a quarter past one before it."""
    problem = clinic((VISIT,))

    def told(problem: Problem, hour: int, minute: int) -> int:
        return rules.holes(stand(problem, replace(MONDAY_NINE, start=at(MONDAY, hour, minute))))

    assert [told(problem, *start) for start in ((9, 0), (9, 10), (9, 15), (9, 30))] == [0, 0, 1, 0]
    assert [told(problem, *start) for start in ((11, 0), (11, 15), (11, 20), (11, 30))] == [0, 1, 0, 0]
    hour = replace(problem.practitioners[0], free=hours(problem.grid, time(9), time(10)))
    assert told(replace(problem, practitioners=(hour,)), 9, 15) == 2
