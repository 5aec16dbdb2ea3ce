"""The solver beside CP-SAT, beside placing one session after the other, and what the windows of D01 and D04 are worth.

Every function gives one row: job, reference, ours, ratio (reference over ours, None where there is nothing to divide),
bar, met. Times of ours hold the whole of `solve`, from calendars to plan; those of CP-SAT only its search, on the
candidates that our pruning left over.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from statistics import median
from time import perf_counter

import numpy as np

from bench.cpsat import Answer, choices, run, tables, task_of
from bench.instances import FIFTEEN_DAYS, FIRST, WEEK, ZONE, cellulite, clinic, course, realistic
from bench.report import Row, row
from protocols.outline.intervals import Interval, Span, Unit
from scheduling.planner.engine.board import Board, Rows
from scheduling.planner.engine.daygrid import STRIDE, Grid, whole_days
from scheduling.planner.engine.edges import Position, cheapest
from scheduling.planner.engine.problem import Infeasible, Problem, Resource, Solution, Visit
from scheduling.planner.engine.solver import forward, solve
from scheduling.planner.engine.states import FAR
from tests.scheduling.planner.engine.calendars import Calendar

SEED = 2  # of the clinic in which CP-SAT can prove 16 sessions
SECONDS = 60.0
ROUNDS = 31
FEASIBLE = 200
TRIALS = 400  # a weekday of D04's simulation
DAYS = 240  # of a simulated calendar: more than the longest course can take
WHOLE_DAY = (1 << STRIDE) - 1
QUARTER_LATE = Interval(*[Span(7, Unit.DAY)] * 3, Span(8, Unit.DAY))  # no day early, a quarter of a week late


def rows() -> list[Row]:
    """All rows; about five minutes, most of them CP-SAT's."""
    return [long_course(), medium_course(), greedy(), weekly_on_weekdays(), tuesdays_only()]


def long_course() -> Row:
    """28 sessions of P01 over 800 days, 10 people, 70 % full."""
    problem = clinic(SEED, cellulite(28))
    ours, answers = _timed(problem), _cp_sat(problem)
    ratio = _better(answers).seconds / ours.seconds
    never_worse = all(one.cost is None or ours.cost <= one.cost for one in answers.values())
    met = never_worse and ratio >= 1000 and ours.seconds < 0.025
    bar = "never a worse cost, at least 1000 times faster, under 25 ms"
    return row("28 sessions, optimum", _told(answers, ours.cost), str(ours), ratio, bar, met)


def medium_course() -> Row:
    """The first 16 sessions of P01 over 500 days in the same clinic."""
    problem = clinic(SEED, cellulite(16), days=500)
    ours, answers = _timed(problem), _cp_sat(problem)
    best = _better(answers)
    ratio = best.seconds / ours.seconds
    met = best.cost == ours.cost and ratio >= 300
    bar = "equal cost, at least 300 times faster"
    return row("16 sessions", _told(answers, ours.cost), str(ours), ratio, bar, met)


def greedy() -> Row:
    """200 feasible courses of three to eight sessions, placed one after the other as well as each can be."""
    dead_ends, ratios = 0, []
    for problem in _feasible(FEASIBLE):
        outcome = solve(problem)
        assert isinstance(outcome, Solution)
        found = greedy_cost(problem)
        if found is None:
            dead_ends += 1
        elif outcome.cost:
            ratios.append(found / outcome.cost)
    mean = sum(ratios) / len(ratios)
    told = f"{dead_ends} dead ends; else {mean:.2f} times our cost, median {median(ratios):.2f}"
    return row(f"greedy on {FEASIBLE} instances", told, "no dead end, cost 1.00", mean, "printed", True)


def greedy_cost(problem: Problem) -> int | None:
    """Points of the plan that takes the cheapest place for each next session, None where that runs into a dead end."""
    board = Board(problem)
    rows, position, total = forward(board, late=False).rows, Position(0, None, None), 0
    earlier = Rows(np.array([0]))
    for place, each in enumerate(rows):
        edge, states = board.edge(place, earlier), board.states(place, each)
        row, person, column, points = cheapest(
            edge, position, states, states.cost, problem.weights, board.wished, late=False
        )
        if points >= FAR:
            return None
        total += points
        position, earlier = Position(row, person, states.first_hour + column), each
    return total


def weekly_on_weekdays() -> Row:
    """D04: how often a weekly course of ten fails when a fifth of the weekdays is full, by weekday of the start."""
    ours = [_failures(WEEK, weekday) for weekday in range(5)]
    strict = [_failures(QUARTER_LATE, weekday) for weekday in range(5)]
    reference = f"no day early, a quarter late: {min(strict):.0%} to {max(strict):.0%}, by weekday of the start"
    job = "weekly course of ten, Mon-Fri, 20 % of days full: fails in"
    worst = max(ours)
    met = sum(ours) / 5 < 0.01 and min(strict) > 0.1
    return row(
        job, reference, f"windows of D01: {sum(ours) / 5:.2%}, worst weekday {worst:.2%}", None, "under 1 %", met
    )


def tuesdays_only() -> Row:
    """D04: a practitioner who works on Tuesdays runs a 15-day course of eight."""
    strict = replace(FIFTEEN_DAYS, early_limit=FIFTEEN_DAYS.floor, latest=Span(18, Unit.DAY))
    fits, fits_strictly = (
        isinstance(solve(_open_on(course([gap] * 7), {1})), Solution) for gap in (FIFTEEN_DAYS, strict)
    )
    told = "no day early, a quarter late: " + ("possible" if fits_strictly else "impossible")
    return row(
        "15-day course of eight, Tuesdays only", told, "possible" if fits else "impossible", None, "possible", fits
    )


@dataclass(frozen=True)
class Timed:
    """Median and best seconds of `solve`, and the cost of its plan."""

    seconds: float
    best: float
    cost: int

    def __str__(self) -> str:
        median_ms, best_ms = self.seconds * 1000, self.best * 1000
        return f"{self.cost}, proven in {median_ms:.1f} ms (median of {ROUNDS}, best {best_ms:.1f} ms)"


def _timed(problem: Problem) -> Timed:
    seconds = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        outcome = solve(problem)
        seconds.append(perf_counter() - begun)
    assert isinstance(outcome, Solution)
    return Timed(median(seconds), min(seconds), outcome.cost)


def _cp_sat(problem: Problem) -> dict[str, Answer]:
    task = task_of(problem)
    return {model.__name__: run(task, model, workers=2, seconds=SECONDS) for model in (choices, tables)}


def _better(answers: dict[str, Answer]) -> Answer:
    """The formulation that proved its plan sooner, or else found the cheaper one."""
    return min(answers.values(), key=lambda one: (not one.proven, one.cost is None, one.cost, one.seconds))


def _told(answers: dict[str, Answer], cost: int) -> str:
    texts = []
    for name, one in answers.items():
        reached = one.seconds_to(cost)
        first = f"our cost after {reached:.1f} s" if reached is not None else "never our cost"
        proof = "proven" if one.proven else "not proven"
        texts.append(f"CP-SAT {name}: {one.cost}, {proof} in {one.seconds:.1f} s, {first}")
    return "; ".join(texts)


def _feasible(count: int) -> Iterator[Problem]:
    problems = (realistic(seed) for seed in itertools.count())
    return itertools.islice((one for one in problems if isinstance(solve(one), Solution)), count)


def _failures(gap: Interval, weekday: int) -> float:
    """Share of calendars, each weekday full with one chance in five, in which ten sessions cannot all be placed."""
    random = Random(weekday)
    first = FIRST + timedelta(days=weekday)
    empty = _open_on(course([gap] * 9, first=first, within=0), {0, 1, 2, 3, 4})
    failed = 0
    for _ in range(TRIALS):
        full = sum(WHOLE_DAY << day * STRIDE for day in range(1, DAYS) if random.random() < 0.2)
        practitioner = replace(empty.practitioners[0], free=empty.practitioners[0].free & ~full)
        failed += isinstance(solve(replace(empty, practitioners=(practitioner,))), Infeasible)
    return failed / TRIALS


def _open_on(visits: tuple[Visit, ...], weekdays: set[int]) -> Problem:
    """One practitioner, nine to twelve on these weekdays, one room, asked for on the course's first day."""
    assert visits[0].window
    grid = Grid(ZONE, visits[0].window.floor, DAYS)
    calendar = Calendar(grid)
    for day in range(DAYS):
        if grid.date_of(day).weekday() in weekdays:
            calendar.open(grid.wall(day, time(9)), grid.wall(day, time(12)))
    practitioner, room = Resource("p", calendar.strip()), Resource("r", whole_days(grid))
    return Problem(grid, datetime.combine(grid.first, time(), UTC), visits, (practitioner,), (room,))
