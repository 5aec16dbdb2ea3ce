"""What happens to a course, as the problem that is left."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduling.planner.engine import changes
from scheduling.planner.engine.problem import Anchor, Placement, Problem, ProblemError, Resource, Solution
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.clinics import (
    FIFTEEN_DAYS,
    MONDAY,
    MONTH,
    WEEK,
    at,
    clinic,
    course,
    hours,
    keeping,
    starts,
)
from tests.scheduling.planner.engine.instances import hours as elapsed


@pytest.fixture
def weekly() -> Problem:
    """Four weekly sessions, booked on Mondays at nine with ana; bo is there too."""
    problem = clinic(course([WEEK, WEEK, WEEK]), days=90)
    problem = replace(problem, practitioners=(*problem.practitioners, Resource("bo", hours(problem.grid))))
    outcome = solve(problem)
    assert isinstance(outcome, Solution)
    return keeping(problem, outcome.placements)


def planned(problem: Problem) -> list[str]:
    outcome = solve(problem)
    assert isinstance(outcome, Solution), outcome
    return starts(outcome.placements)


def test_a_moved_visit_stands_where_it_was_put(weekly: Problem) -> None:
    to = Placement(at(MONDAY + timedelta(days=8), 10), "bo", "one")
    moved = changes.move(weekly, 2, to)
    outcome = solve(moved)
    assert isinstance(outcome, Solution)
    assert outcome.placements[1] == to


def test_a_released_visit_does_not_get_its_old_time_back(weekly: Problem) -> None:
    released = changes.release(weekly, 2)
    assert released.visits[1].kept is None
    assert planned(released)[1] == "Mon 08 Jun 09:30"
    assert planned(weekly)[1] == "Mon 08 Jun 09:00"


def test_releasing_a_visit_without_a_place_changes_nothing(weekly: Problem) -> None:
    released = changes.release(weekly, 2)
    assert changes.release(released, 2) == released


def test_a_dropped_visit_is_not_replaced_and_the_next_counts_from_the_one_before(weekly: Problem) -> None:
    left = changes.drop(weekly, 2)
    assert [visit.sequence for visit in left.visits] == [1, 3, 4]
    assert planned(left) == ["Mon 01 Jun 09:00", "Mon 15 Jun 09:00", "Mon 22 Jun 09:00"]


def test_when_the_first_is_dropped_the_next_takes_over_its_window(weekly: Problem) -> None:
    left = changes.drop(weekly, 1)
    assert (left.visits[0].gap, left.visits[0].window) == (None, weekly.visits[0].window)
    assert solve(left)


def test_after_a_performed_visit_the_rest_counts_from_its_real_end(weekly: Problem) -> None:
    ended = at(MONDAY + timedelta(days=3), 18)
    rest = changes.performed(weekly, 1, ended, "bo")
    assert rest.anchor == Anchor(ended, "bo")
    assert [visit.sequence for visit in rest.visits] == [2, 3, 4]
    assert planned(rest) == ["Thu 11 Jun 09:00", "Thu 18 Jun 09:00", "Thu 25 Jun 09:00"]


def test_who_or_what_is_away_is_away_for_that_time_only(weekly: Problem) -> None:
    begin, end = at(MONDAY, 9, 2), at(MONDAY, 10)
    away = changes.practitioner_away(weekly, "ana", begin, end)
    assert away.practitioners[1] == weekly.practitioners[1]
    assert (weekly.practitioners[0].free & ~away.practitioners[0].free).bit_count() == 12
    assert changes.room_closed(weekly, "one", begin, end).rooms != weekly.rooms
    with_device = replace(weekly, devices=(Resource("gun", hours(weekly.grid)),))
    assert changes.device_broken(with_device, "gun", begin, end).devices != with_device.devices


def test_holidays_of_the_patient_are_entered_once_for_all_visits(weekly: Problem) -> None:
    away = changes.patient_away(weekly, MONDAY + timedelta(days=7), MONDAY + timedelta(days=13))
    assert planned(away)[1] == "Mon 15 Jun 09:00"


def test_a_phase_is_extended_at_its_own_end(weekly: Problem) -> None:
    visits = (*weekly.visits, replace(weekly.visits[3], sequence=5, phase=2, gap=MONTH, kept=None, session="s5"))
    longer = changes.extend(replace(weekly, visits=visits), 1, 2, FIFTEEN_DAYS)
    assert [(visit.sequence, visit.phase, visit.session) for visit in longer.visits[3:]] == [
        (4, 1, "s4"),
        (5, 1, None),
        (6, 1, None),
        (7, 2, "s5"),
    ]
    assert [visit.gap for visit in longer.visits[4:]] == [FIFTEEN_DAYS, FIFTEEN_DAYS, MONTH]
    assert longer.visits[4].kept is None


def test_a_phase_is_shortened_from_its_end(weekly: Problem) -> None:
    assert [visit.sequence for visit in changes.shorten(weekly, 1, 3).visits] == [1]
    assert changes.shorten(weekly, 1, 0) == weekly


def test_a_course_handed_over_is_never_again_with_the_old_practitioner(weekly: Problem) -> None:
    outcome = solve(changes.reassign(weekly, "ana", "bo"))
    assert isinstance(outcome, Solution)
    assert {one.practitioner for one in outcome.placed} == {"bo"}
    assert starts(outcome.placements) == planned(weekly)


def test_a_paused_course_gives_all_its_places_back(weekly: Problem) -> None:
    assert planned(changes.pause(weekly)) == ["-"] * 4


def test_a_resumed_course_is_due_at_once_even_if_its_window_is_long_over(weekly: Problem) -> None:
    done = changes.performed(weekly, 1, at(MONDAY, 9, 30), "ana")
    on = date(2026, 7, 13)
    resumed = changes.resume(changes.pause(done), on)
    assert planned(resumed) == ["Mon 13 Jul 09:00", "Mon 20 Jul 09:00", "Mon 27 Jul 09:00"]


def test_a_resumed_course_never_begins_before_the_day_it_resumes(weekly: Problem) -> None:
    done = changes.performed(weekly, 1, at(MONDAY, 9, 30), "ana")
    on = date(2026, 7, 13)
    shut = [on + timedelta(days=days) for days in range(3)]
    people = tuple(replace(one, free=hours(weekly.grid, shut=shut)) for one in done.practitioners)
    resumed = changes.resume(changes.pause(replace(done, practitioners=people)), on)
    assert planned(resumed)[0] == "Thu 16 Jul 09:00"


def test_a_course_resumed_early_still_waits_for_its_floor(weekly: Problem) -> None:
    done = changes.performed(weekly, 1, at(MONDAY, 9, 30), "ana")
    assert planned(changes.resume(changes.pause(done), MONDAY + timedelta(days=2)))[0] == "Mon 08 Jun 09:00"


def test_a_pause_does_not_stretch_the_life_of_an_allergy_test(weekly: Problem) -> None:
    session = replace(weekly.visits[1], gap=elapsed(24, 7), kept=None)
    tested = replace(weekly, visits=(session,), anchor=Anchor(at(MONDAY, 9, 15), "ana"))
    outcome = solve(changes.resume(changes.pause(tested), date(2026, 7, 1)))
    assert not isinstance(outcome, Solution)


@pytest.mark.parametrize("rule", ["unknown_visit", "unknown_phase"])
def test_what_is_not_there_cannot_be_changed(weekly: Problem, rule: str) -> None:
    with pytest.raises(ProblemError) as refused:
        changes.drop(weekly, 9) if rule == "unknown_visit" else changes.shorten(weekly, 9, 1)
    assert refused.value.rule == rule
