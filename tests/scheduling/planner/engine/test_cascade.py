"""A change and what follows from it: as little as possible, never the past, and each with its reason."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from scheduling.planner.engine import cascade, changes
from scheduling.planner.engine.cascade import Diff, Fate, replan
from scheduling.planner.engine.problem import Infeasible, Placement, Problem, Resource, Solution
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.clinics import MONDAY, WEEK, at, clinic, course, hours, keeping, starts
from tests.scheduling.planner.engine.happenings import (
    device_broken,
    patient_away,
    performed,
    practitioner_away,
    room_closed,
)
from tests.scheduling.planner.engine.instances import hours as elapsed


def booked(problem: Problem) -> Problem:
    outcome = solve(problem)
    assert isinstance(outcome, Solution)
    return keeping(problem, outcome.placements)


@pytest.fixture
def weekly() -> Problem:
    """Five weekly sessions, booked on Mondays at nine with ana; bo is there from ten."""
    problem = clinic(course([WEEK] * 4), days=120)
    bo = Resource("bo", hours(problem.grid, time(10)))
    two = replace(problem.rooms[0], id="two")
    return booked(replace(problem, practitioners=(*problem.practitioners, bo), rooms=(*problem.rooms, two)))


def fates(diff: Diff) -> list[str]:
    return [change.fate.value for change in diff.changes]


def monday(week: int) -> date:
    return MONDAY + timedelta(weeks=week)


def test_nothing_happened_nothing_moves(weekly: Problem) -> None:
    assert fates(replan(weekly, weekly)) == ["kept"] * 5


def test_a_move_on_the_same_day_moves_nothing_else(weekly: Problem) -> None:
    diff = replan(weekly, changes.move(weekly, 2, Placement(at(monday(1), 10), "ana", "one")))
    assert fates(diff) == ["kept", "moved", "kept", "kept", "kept"]
    assert diff.moved[0].why == cascade.ASKED


def test_a_move_by_days_pushes_those_whose_floor_it_breaks_and_no_more(weekly: Problem) -> None:
    days = [0, 7, 14, 24, 31]  # three days of slack before the fourth session
    spread = keeping(weekly, [Placement(at(MONDAY + timedelta(days=n), 9), "ana", "one") for n in days])
    diff = replan(spread, changes.move(spread, 2, Placement(at(monday(1) + timedelta(days=2), 9), "ana", "one")))
    assert fates(diff) == ["kept", "moved", "moved", "kept", "kept"]
    assert (diff.changes[2].why, starts([diff.changes[2].after])) == (cascade.TOO_SOON, ["Wed 17 Jun 09:00"])


def test_a_missed_session_is_found_another_place_after_now(weekly: Problem) -> None:
    evening = replace(weekly, now=at(monday(1), 20), anchor=None)
    done = performed(evening, 1, at(MONDAY, 9, 30), "ana")
    diff = replan(done, changes.release(done, 2))
    assert starts([diff.changes[0].after]) == ["Tue 09 Jun 09:00"]
    assert all(change.after and change.after.start >= evening.now for change in diff.changes)


def test_a_session_released_is_on_another_day_and_takes_along_only_what_it_must(weekly: Problem) -> None:
    diff = replan(weekly, changes.release(weekly, 3))
    assert fates(diff) == ["kept", "kept", "moved", "moved", "moved"]
    assert (diff.moved[0].why, starts([diff.moved[0].after])) == (cascade.ASKED, ["Tue 16 Jun 09:00"])


def test_a_session_that_waits_is_told_and_stops_nobody(weekly: Problem) -> None:
    visits = tuple(replace(visit, kept=None) if visit.sequence == 2 else visit for visit in weekly.visits)
    waiting = replace(weekly, visits=visits)
    diff = replan(waiting, waiting, aside={"s2"})
    assert fates(diff) == ["kept", "waiting", "kept", "kept", "kept"]
    assert diff.changes[1].why == cascade.OPEN


def test_a_session_that_gives_way_is_told_with_the_time_it_had(weekly: Problem) -> None:
    diff = replan(weekly, weekly, aside={"s3"})
    assert [(change.why, change.before, change.after) for change in diff.of(cascade.Fate.WAITING)] == [
        (cascade.NO_PLACE, weekly.visits[2].kept, None)
    ]


def test_a_session_done_late_moves_the_next_one_out_of_its_floor(weekly: Problem) -> None:
    rest = performed(weekly, 1, at(MONDAY + timedelta(days=2), 12), "ana")
    diff = replan(weekly, rest)
    assert fates(diff) == ["moved", "moved", "moved", "moved"]
    assert {change.why for change in diff.changes} == {cascade.TOO_SOON}


def test_a_session_done_early_moves_nothing_that_is_still_inside_its_window(weekly: Problem) -> None:
    rest = performed(weekly, 1, at(MONDAY - timedelta(days=3), 12), "ana")
    assert fates(replan(weekly, rest)) == ["kept"] * 4


def test_an_absent_practitioner_changes_person_rather_than_time(weekly: Problem) -> None:
    ten = [replace(visit.kept, start=visit.kept.start + timedelta(hours=1)) for visit in weekly.visits if visit.kept]
    at_ten = keeping(weekly, ten)
    away = practitioner_away(at_ten, "ana", at(monday(2), 0), at(monday(2), 23))
    diff = replan(at_ten, away)
    (change,) = diff.moved
    assert (change.visit.sequence, change.why) == (3, "practitioner_free")
    assert (change.after and change.after.practitioner, starts([change.after])) == ("bo", ["Mon 15 Jun 10:00"])


def test_an_absent_practitioner_without_a_stand_in_moves_the_fewest_sessions(weekly: Problem) -> None:
    away = practitioner_away(weekly, "ana", at(monday(2), 0), at(monday(2), 9, 30))
    assert starts([change.after for change in replan(weekly, away).moved]) == ["Mon 15 Jun 09:30"]


def test_a_closed_room_changes_the_room_and_nothing_else(weekly: Problem) -> None:
    closed = room_closed(weekly, "one", at(monday(1), 8), at(monday(2), 20))
    diff = replan(weekly, closed)
    assert fates(diff) == ["kept", "moved", "moved", "kept", "kept"]
    assert {(change.why, change.after and change.after.room) for change in diff.moved} == {("room_free", "two")}
    assert all(change.before and change.after and change.before.start == change.after.start for change in diff.moved)


def test_a_broken_device_moves_the_sessions_that_need_it(weekly: Problem) -> None:
    gun = Resource("gun", weekly.rooms[0].free, frozenset({"injector"}))
    visits = tuple(replace(visit, device_tag="injector") for visit in weekly.visits)
    with_gun = booked(replace(weekly, visits=tuple(replace(visit, kept=None) for visit in visits), devices=(gun,)))
    diff = replan(with_gun, device_broken(with_gun, "gun", at(monday(2), 0), at(monday(2), 11)))
    assert [(change.visit.sequence, change.why) for change in diff.moved] == [(3, "device_free")]


def test_the_patients_holidays_move_what_falls_into_them(weekly: Problem) -> None:
    away = patient_away(weekly, monday(2), monday(2) + timedelta(days=2))
    diff = replan(weekly, away)
    assert (diff.moved[0].visit.sequence, diff.moved[0].why) == (3, "patient_free")


def test_a_shortened_phase_names_what_is_gone_and_an_extended_one_what_is_new(weekly: Problem) -> None:
    shorter = replan(weekly, changes.shorten(weekly, 1, 2))
    assert [(change.visit.session, change.fate) for change in shorter.changes[3:]] == [
        ("s4", Fate.DROPPED),
        ("s5", Fate.DROPPED),
    ]
    longer = replan(weekly, changes.extend(weekly, 1, 1, WEEK))
    assert fates(longer) == ["kept"] * 5 + ["placed"]
    assert starts([longer.changes[5].after]) == ["Mon 06 Jul 09:00"]


def test_a_course_handed_over_keeps_its_times_where_the_new_person_is_there(weekly: Problem) -> None:
    diff = replan(weekly, changes.reassign(weekly, "ana", "bo"))
    assert {change.why for change in diff.changes} == {"practitioner_suitable"}
    assert starts(change.after for change in diff.changes)[0] == "Mon 01 Jun 10:00"


def test_a_move_nobody_can_follow_says_which_session_finds_no_place_and_offers_the_latest_one(weekly: Problem) -> None:
    shut = [monday(3) + timedelta(days=n) for n in range(1, 15)]
    gone = replace(weekly, practitioners=(Resource("ana", hours(weekly.grid, shut=shut)),))
    diff = replan(gone, changes.move(gone, 3, Placement(at(monday(2) + timedelta(days=1), 9), "ana", "one")))
    assert isinstance(diff.outcome, Infeasible)
    (change,) = diff.unplaceable
    assert (change.visit.sequence, change.why) == (4, "practitioner_free")
    assert (change.late_days, starts([change.after])) == (7, ["Tue 07 Jul 09:00"])


def test_a_move_to_a_taken_time_is_unplaceable_by_the_name_of_the_rule(weekly: Problem) -> None:
    diff = replan(weekly, changes.move(weekly, 3, Placement(at(monday(2), 13), "ana", "one")))
    assert [(change.visit.sequence, change.why, change.after) for change in diff.unplaceable] == [
        (3, "practitioner_free", None)
    ]
    assert fates(diff) == ["kept", "kept", "unplaceable", "waiting", "waiting"]
    assert {change.why for change in diff.changes[3:]} == {cascade.BEHIND}


def test_a_move_outside_its_window_is_refused_until_a_practitioner_approves(weekly: Problem) -> None:
    sunday = Placement(at(monday(1) - timedelta(days=1), 9), "ana", "one")
    assert replan(weekly, changes.move(weekly, 2, sunday)).unplaceable[0].why == "inside_window"
    approved = replan(weekly, changes.move(weekly, 2, sunday, early_approved=True))
    assert fates(approved) == ["kept", "moved", "kept", "kept", "kept"]
    late = Placement(at(monday(2) + timedelta(days=2), 9), "ana", "one")
    assert not replan(weekly, changes.move(weekly, 2, late, late_days=2)).unplaceable


def test_an_allergy_test_that_moves_takes_the_session_out_of_its_24_hours(weekly: Problem) -> None:
    test = replace(weekly.visits[0], kind="allergy_test", kept=Placement(at(MONDAY, 9), "ana", "one"))
    session = replace(
        weekly.visits[1], gap=elapsed(24, 7), kept=Placement(at(MONDAY + timedelta(days=1), 9, 30), "ana", "one")
    )
    problem = replace(weekly, visits=(test, session))
    diff = replan(problem, changes.move(problem, 1, Placement(at(MONDAY, 10), "ana", "one")))
    assert (diff.changes[1].fate, diff.changes[1].why) == (Fate.MOVED, cascade.TOO_SOON)
    assert starts([diff.changes[1].after]) == ["Tue 02 Jun 10:30"]


def test_a_session_done_far_too_early_leaves_the_next_beyond_its_latest(weekly: Problem) -> None:
    rest = performed(weekly, 1, at(MONDAY - timedelta(days=8), 12), "ana")
    diff = replan(weekly, rest)
    assert fates(diff) == ["moved", "kept", "kept", "kept"]
    assert (diff.moved[0].why, starts([diff.moved[0].after])) == (cascade.TOO_LATE, ["Thu 04 Jun 09:00"])


def test_a_session_may_have_to_make_room_for_another(weekly: Problem) -> None:
    """The third finds nothing in its window unless the second, which could stay, goes later."""
    shut = [MONDAY + timedelta(days=n) for n in range(14, 22)]
    gone = replace(weekly, practitioners=(Resource("ana", hours(weekly.grid, shut=shut)),))
    diff = replan(weekly, gone)
    assert (diff.changes[1].why, starts([diff.changes[1].after])) == (cascade.MADE_ROOM, ["Fri 12 Jun 09:00"])
    assert (diff.changes[2].why, starts([diff.changes[2].after])) == ("practitioner_free", ["Tue 23 Jun 09:00"])


def test_an_absence_over_a_whole_week_pushes_the_next_session_by_its_floor(weekly: Problem) -> None:
    shut = [MONDAY + timedelta(days=n) for n in range(7, 13)]
    gone = replace(weekly, practitioners=(Resource("ana", hours(weekly.grid, shut=shut)),))
    diff = replan(weekly, gone)
    assert (diff.changes[1].why, starts([diff.changes[1].after])) == ("practitioner_free", ["Sun 14 Jun 09:00"])
    assert diff.changes[2].why == cascade.TOO_SOON


def test_the_past_is_never_planned_into(weekly: Problem) -> None:
    noon = replace(weekly, now=at(monday(1), 12))
    done = performed(noon, 1, at(MONDAY, 9, 30), "ana")
    diff = replan(done, done)
    assert (diff.changes[0].fate, diff.changes[0].why) == (Fate.MOVED, "in_the_future")


def test_the_solution_of_the_preview_is_the_one_behind_the_changes(weekly: Problem) -> None:
    released = changes.release(weekly, 3)
    diff = replan(weekly, released)
    assert isinstance(diff.outcome, Solution)
    assert diff.outcome == solve(released)
    assert tuple(change.after for change in diff.changes) == diff.outcome.placements
