"""The same planning problem for OR-Tools CP-SAT: the oracle of tests and bench, never a part of the product.

Both formulations get the solver's own pruned candidates (the cheapest start of each day and practitioner), so that they
compete on search alone. `choices` has a boolean for each candidate; `tables` an index into the candidates and a table
of allowed pairs of days for each gap.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from ortools.sat.python import cp_model

from scheduling.planner.engine.board import Board
from scheduling.planner.engine.problem import Problem
from scheduling.planner.engine.solver import forward
from scheduling.planner.engine.states import FAR


@dataclass(frozen=True)
class Candidate:
    day: int
    person: int
    points: int


@dataclass(frozen=True)
class Task:
    """Candidates of every visit; for every visit {day of the one before: (floor, ideal, latest)} in grid days; points
    of a day off the ideal and of a change of practitioner; days of the origin."""

    candidates: list[list[Candidate]]
    bounds: list[dict[int, tuple[int, int, int]]]
    day: int
    change: int
    origin: int


@dataclass
class Answer:
    """`cost` None and proven: there is no plan. `trail` are (seconds, cost) of each better plan on the way."""

    cost: int | None
    proven: bool
    seconds: float
    trail: list[tuple[float, int]] = field(default_factory=list)

    def seconds_to(self, cost: int) -> float | None:
        return next((at for at, found in self.trail if found <= cost), None)


def task_of(problem: Problem) -> Task:
    """The reachable, pruned candidates of a problem whose gaps all count days."""
    board = Board(problem)
    reach = forward(board, late=False)
    candidates, bounds = [], []
    earlier = board.origin()
    for place, states in enumerate(reach.states):
        rows, people = np.nonzero(states.cost < FAR)
        found = zip(states.day[rows].tolist(), people.tolist(), states.cost[rows, people].tolist(), strict=True)
        candidates.append([Candidate(*one) for one in found])
        floor, ideal, latest, _opens = board.bounds(place, earlier)
        days = zip(earlier.day.tolist(), floor.tolist(), ideal.tolist(), latest.tolist(), strict=True)
        bounds.append({day: (low, turn, high) for day, low, turn, high in days})
        earlier = states
    weights = problem.weights
    return Task(candidates, bounds, weights.day, weights.change, int(board.origin().day[0]))


class _Trail(cp_model.CpSolverSolutionCallback):
    def __init__(self) -> None:
        super().__init__()
        self.begun, self.found = perf_counter(), list[tuple[float, int]]()

    def on_solution_callback(self) -> None:
        self.found.append((perf_counter() - self.begun, round(self.objective_value)))


def run(task: Task, formulate: Callable[[Task], cp_model.CpModel], *, workers: int, seconds: float) -> Answer:
    if not all(task.candidates):
        return Answer(None, True, 0.0)
    model, solver, trail = formulate(task), cp_model.CpSolver(), _Trail()
    solver.parameters.num_workers = workers
    solver.parameters.max_time_in_seconds = seconds
    begun = perf_counter()
    status = solver.solve(model, trail)
    took = perf_counter() - begun
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    proven = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    return Answer(round(solver.objective_value) if found else None, proven, took, trail.found)


def choices(task: Task) -> cp_model.CpModel:
    """A boolean a candidate, exactly one a visit; day and points follow by sums, the gap by element constraints."""
    model = cp_model.CpModel()
    days, people, costs = [], [], []
    for options in task.candidates:
        taken = [model.new_bool_var("") for _ in options]
        model.add_exactly_one(taken)
        low, high = min(one.day for one in options), max(one.day for one in options)
        day = model.new_int_var(low, high, "")
        model.add(day == sum(one.day * x for one, x in zip(options, taken, strict=True)))
        days.append(day)
        people.append(_people(model, options, taken))
        costs.append(sum(one.points * x for one, x in zip(options, taken, strict=True)))
    for place, bounds in enumerate(task.bounds):
        before = days[place - 1] if place else model.new_constant(task.origin)
        costs.append(_gap(model, before, days[place], bounds) * task.day)
        if place:
            costs.append(_change(model, people[place - 1], people[place]) * task.change)
    model.minimize(sum(costs))
    return model


def _people(
    model: cp_model.CpModel, options: list[Candidate], taken: list[cp_model.IntVar]
) -> dict[int, cp_model.IntVar]:
    people = {}
    for person in {one.person for one in options}:
        people[person] = model.new_bool_var("")
        mine = [x for one, x in zip(options, taken, strict=True) if one.person == person]
        model.add(sum(mine) == people[person])
    return people


def _gap(model: cp_model.CpModel, before, day, bounds: dict[int, tuple[int, int, int]]):
    """Keeps the window and returns the days off the ideal."""
    first, last = min(bounds), max(bounds)
    known = [bounds.get(at, (0, 0, -1)) for at in range(first, last + 1)]
    offset = model.new_int_var(0, last - first, "")
    model.add(offset == before - first)
    floor, ideal, latest = (_looked_up(model, offset, [row[column] for row in known]) for column in range(3))
    model.add(day >= floor)
    model.add(day <= latest)
    off = model.new_int_var(0, 1000, "")
    model.add(off >= day - ideal)
    model.add(off >= ideal - day)
    return off


def _looked_up(model: cp_model.CpModel, index, values: list[int]):
    found = model.new_int_var(min(values), max(values), "")
    model.add_element(index, values, found)
    return found


def _change(model: cp_model.CpModel, before: dict[int, cp_model.IntVar], after: dict[int, cp_model.IntVar]):
    changed = model.new_bool_var("")
    for person, x in after.items():
        model.add(changed >= x - before[person] if person in before else changed >= x)
    return changed


def tables(task: Task) -> cp_model.CpModel:
    """An index into the candidates a visit; day, practitioner and points by element constraints, each gap one table of
    (day, day, days off the ideal)."""
    model = cp_model.CpModel()
    days, people, costs = [], [], []
    for options in task.candidates:
        index = model.new_int_var(0, len(options) - 1, "")
        days.append(_looked_up(model, index, [one.day for one in options]))
        people.append(_looked_up(model, index, [one.person for one in options]))
        costs.append(_looked_up(model, index, [one.points for one in options]))
    for place, bounds in enumerate(task.bounds):
        before = days[place - 1] if place else model.new_constant(task.origin)
        off = model.new_int_var(0, 1000, "")
        model.add_allowed_assignments([before, days[place], off], _pairs(task, place, bounds))
        costs.append(off * task.day)
        if place:
            changed = model.new_bool_var("")
            model.add(people[place - 1] == people[place]).only_enforce_if(~changed)
            costs.append(changed * task.change)
    model.minimize(sum(costs))
    return model


def _pairs(task: Task, place: int, bounds: dict[int, tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    after = sorted({one.day for one in task.candidates[place]})
    return [
        (day, later, abs(later - ideal))
        for day, (floor, ideal, latest) in bounds.items()
        for later in after
        if floor <= later <= latest
    ]
