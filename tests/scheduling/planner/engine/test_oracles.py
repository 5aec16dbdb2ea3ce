"""The solver against two others: one that tries every plan, and CP-SAT. And what must hold of any plan at all.

The problems come from seeds. The tests take the first of them, always the same; the proof takes all, and draws a
thousand more for each property.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cpsat import choices, run, tables
from bench.instances import realistic
from bench.solver import greedy_cost
from scheduling.planner.engine.cascade import Fate, replan
from scheduling.planner.engine.daygrid import STRIDE
from scheduling.planner.engine.problem import Infeasible, Problem, Solution
from scheduling.planner.engine.rules import LATE_DAY
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.clinics import keeping
from tests.scheduling.planner.engine.instances import instance
from tests.scheduling.planner.engine.oracle import bounds, candidates, decide, inside, task
from tests.sizes import size

seeds = st.integers(100_000, 10**9)  # apart from those of the batches
drawn = settings(max_examples=size(15, in_proof=1000))


@pytest.mark.parametrize("batch", range(size(1, in_proof=20)))
def test_no_plan_of_all_plans_is_better_and_ties_fall_the_same_way(batch: int) -> None:
    for seed in range(batch * 100, (batch + 1) * 100):
        problem = instance(seed)
        outcome, verdict = solve(problem), decide(problem)
        if isinstance(outcome, Solution):
            assert (outcome.cost, outcome.placed) == (verdict.cost, verdict.plan), seed
        else:
            assert (outcome.sequence, None) == (verdict.stuck, verdict.plan), seed
            assert (outcome.plan and outcome.plan.placed) == verdict.late, seed
            assert outcome.plan is None or outcome.plan.cost == verdict.cost, seed


@pytest.mark.parametrize("batch", range(size(1, in_proof=16)))
def test_cp_sat_finds_nothing_cheaper_on_realistic_courses(batch: int) -> None:
    for seed in range(batch * 10, batch * 10 + size(2, in_proof=10)):
        problem = realistic(seed)
        problem = replace(problem, visits=problem.visits[: size(3, in_proof=8)])
        outcome = solve(problem)
        answer = run(task(problem), tables if seed % 10 == 0 else choices, workers=1, seconds=size(60, in_proof=900))
        assert answer.proven, seed
        assert (outcome.cost if isinstance(outcome, Solution) else None) == answer.cost, seed


def test_placing_one_session_after_the_other_is_never_cheaper_and_often_dearer() -> None:
    plans = [(solve(problem), greedy_cost(problem)) for problem in map(realistic, range(size(20, in_proof=60)))]
    feasible = [(outcome.cost, found) for outcome, found in plans if isinstance(outcome, Solution)]
    assert all(found is None or found >= cost for cost, found in feasible)
    assert any(found is None or found > cost for cost, found in feasible)


@drawn
@given(seeds)
def test_no_visit_leaves_its_window_or_takes_what_is_not_free(seed: int) -> None:
    problem = instance(seed)
    outcome = solve(problem)
    plan = outcome.plan if isinstance(outcome, Infeasible) else outcome
    for place, placement in enumerate(plan.placed if plan else ()):
        window = bounds(problem, place, plan.placed[:place])
        assert placement in [one for _order, one in candidates(problem, problem.visits[place])]
        assert inside(problem, window, placement, late=isinstance(outcome, Infeasible))


@drawn
@given(seeds)
def test_the_same_problem_has_the_same_answer_every_time(seed: int) -> None:
    assert solve(instance(seed)) == solve(instance(seed))


def booked_course(seed: int) -> Problem:
    """The first problem from this seed on whose every visit finds a place, as it is once that plan is booked."""
    while True:
        problem = instance(seed)
        outcome = solve(problem)
        if isinstance(outcome, Solution) and len(outcome.placed) == len(problem.visits):
            return keeping(problem, outcome.placements)
        seed += 1


@drawn
@given(seeds)
def test_replanning_a_kept_course_changes_nothing(seed: int) -> None:
    booked = booked_course(seed)
    diff = replan(booked, booked)
    assert {change.fate for change in diff.changes} == {Fate.KEPT}


@drawn
@given(seeds, st.integers(0, 2**64))
def test_what_was_previewed_is_what_gets_applied(seed: int, absent: int) -> None:
    """A practitioner is away on some days; once the preview is booked nothing moves any more."""
    booked = booked_course(seed)
    away = sum(((1 << STRIDE) - 1) << day * STRIDE for day in range(64) if absent >> day & 1)
    first, *others = booked.practitioners
    disrupted = replace(booked, practitioners=(replace(first, free=first.free & ~away), *others))
    diff = replan(booked, disrupted)
    if not diff.unplaceable:
        applied = keeping(disrupted, [change.after for change in diff.changes])
        again = replan(applied, applied)
        assert [change.after for change in again.changes] == [change.after for change in diff.changes]
        assert {change.fate for change in again.changes} <= {Fate.KEPT, Fate.WAITING}


@drawn
@given(seeds)
def test_a_free_hour_more_never_makes_a_plan_dearer(seed: int) -> None:
    """But for a rest too short for anybody, which may come of it."""
    problem = instance(seed)
    problem = replace(problem, weights=replace(problem.weights, hole=0))
    before = solve(problem)
    freer = replace(problem, rooms=(*problem.rooms, replace(problem.rooms[0], id="another", tags=frozenset({"cream"}))))
    freer = replace(
        freer, practitioners=tuple(replace(one, free=one.free | problem.rooms[0].free) for one in problem.practitioners)
    )
    after = solve(freer)
    if isinstance(before, Solution) and len(before.placed) == len(problem.visits):
        assert isinstance(after, Solution)
        assert after.cost <= before.cost


@drawn
@given(seeds)
def test_a_plan_beyond_latest_becomes_feasible_once_it_is_approved(seed: int) -> None:
    problem = instance(seed)
    outcome = solve(problem)
    if isinstance(outcome, Solution) or not outcome.plan or len(outcome.plan.placed) < len(problem.visits):
        return
    late = outcome.plan.late_days
    visits = (replace(one, late_days=one.late_days + days) for one, days in zip(problem.visits, late, strict=True))
    approved = solve(replace(problem, visits=tuple(visits)))
    assert isinstance(approved, Solution)
    assert approved.cost <= outcome.plan.cost - sum(late) * LATE_DAY
