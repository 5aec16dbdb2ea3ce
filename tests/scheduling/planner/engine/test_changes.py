"""What happens to a course, as the problem that is left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.planner.engine import changes
from scheduling.planner.engine.problem import Placement, Problem, ProblemError, Resource, Solution
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


def test_a_released_visit_does_not_get_its_old_day_back(weekly: Problem) -> None:
    released = changes.release(weekly, 2)
    assert released.visits[1].kept is None
    assert planned(released)[1] == "Tue 09 Jun 09:00"
    assert planned(weekly)[1] == "Mon 08 Jun 09:00"


def test_releasing_a_visit_without_a_place_changes_nothing(weekly: Problem) -> None:
    released = changes.release(weekly, 2)
    assert changes.release(released, 2) == released


def test_a_dropped_visit_is_not_replaced_and_the_next_counts_from_the_one_before(weekly: Problem) -> None:
    left = changes.drop(weekly, 2)
    assert [visit.sequence for visit in left.visits] == [1, 3, 4]
    assert planned(left) == ["Mon 01 Jun 09:00", "Mon 15 Jun 09:00", "Mon 22 Jun 09:00"]


def test_when_the_first_is_dropped_the_next_stays_where_it_is(weekly: Problem) -> None:
    assert planned(changes.drop(weekly, 1)) == planned(weekly)[1:]


class TestSetAside:
    """Visits that wait for a time are in nobody's way."""

    def waiting(self, weekly: Problem, *numbers: int) -> Problem:
        visits = (replace(visit, kept=None) if visit.sequence in numbers else visit for visit in weekly.visits)
        return changes.set_aside(replace(weekly, visits=tuple(visits)), {f"s{number}" for number in numbers})

    @pytest.mark.parametrize("numbers", [(1,), (2,), (1, 2), (2, 3), (4,)])
    def test_whatever_waits_the_others_stay_where_they_are(self, weekly: Problem, numbers: tuple[int, ...]) -> None:
        stays = [start for number, start in enumerate(planned(weekly), start=1) if number not in numbers]
        assert planned(self.waiting(weekly, *numbers)) == stays

    def test_the_next_still_keeps_its_floor_from_the_one_before(self, weekly: Problem) -> None:
        gap = self.waiting(weekly, 2).visits[1].gap
        assert gap
        assert (gap.floor, gap.latest.days) == (WEEK.floor, 2 * WEEK.latest.days)

    def test_new_visits_behind_one_that_waits_wait_too(self, weekly: Problem) -> None:
        longer = changes.extend(weekly, 1, 2, WEEK)
        assert [visit.sequence for visit in changes.set_aside(longer, {"s4"}).visits] == [1, 2, 3]

    def test_many_that_wait_do_not_make_the_window_wider_than_can_be_planned(self, weekly: Problem) -> None:
        visits = [replace(visit, gap=visit.gap and MONTH) for visit in weekly.visits]
        visits += [replace(visits[-1], sequence=number, session=f"s{number}", kept=None) for number in range(5, 30)]
        far = changes.set_aside(replace(weekly, visits=tuple(visits)), {f"s{number}" for number in range(5, 29)})
        assert far.visits[-1].sequence == 29
        assert solve(far)


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


@pytest.mark.parametrize("rule", ["unknown_visit", "unknown_phase"])
def test_what_is_not_there_cannot_be_changed(weekly: Problem, rule: str) -> None:
    with pytest.raises(ProblemError) as refused:
        changes.drop(weekly, 9) if rule == "unknown_visit" else changes.shorten(weekly, 9, 1)
    assert refused.value.rule == rule
