"""The same planning problem for OR-Tools CP-SAT: the oracle of tests and bench, never a part of the product.

Both formulations get the solver's own pruned candidates (the cheapest start of each day, practitioner and hour), so
that they compete on search alone. `choices` has a boolean for each candidate; `tables` an index into them and a
table of allowed pairs of days for each gap.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from ortools.sat.python import cp_model

from scheduling.planner.engine.board import Board, Rows
from scheduling.planner.engine.problem import Problem, Weights
from scheduling.planner.engine.rules import MOST_HOURS
from scheduling.planner.engine.solver import forward
from scheduling.planner.engine.states import FAR


@dataclass(frozen=True)
class Candidate:
    day: int
    person: int
    hour: int
    points: int


@dataclass(frozen=True)
class Task:
    """Candidates of every visit; for every visit {day of the one before: (floor, ideal, latest)} in grid days; the
    weights; the column of the wished practitioner, to whom a change costs nothing; the day of the origin. The first
    visit counts from nothing."""

    candidates: list[list[Candidate]]
    bounds: list[dict[int, tuple[int, int, int]]]
    weights: Weights
    wished: int | None
    origin: int

    def off(self, place: int, days: int) -> int:
        """Points of so many days off the ideal."""
        return days * days * self.weights.day if place else days * self.weights.wait


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
    earlier = Rows(np.array([0]))
    for place, rows in enumerate(reach.rows):
        states = board.states(place, rows)
        at, people, hours = np.nonzero(states.cost < FAR)
        points = states.cost[at, people, hours].tolist()
        shown = (states.first_hour + hours).tolist()
        found = zip(states.day[at].tolist(), people.tolist(), shown, points, strict=True)
        candidates.append([Candidate(*one) for one in found])
        edge = board.edge(place, earlier)
        days = zip(earlier.day.tolist(), edge.floor.tolist(), edge.ideal.tolist(), edge.latest.tolist(), strict=True)
        bounds.append({day: (low, turn, high) for day, low, turn, high in days})
        earlier = rows
    return Task(candidates, bounds, problem.weights, board.wished, 0)


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
    """A boolean a candidate, exactly one a visit; all else follows by sums, the gap by element constraints."""
    model = cp_model.CpModel()
    visits, costs = [], []
    for place, options in enumerate(task.candidates):
        taken = [model.new_bool_var("") for _ in options]
        model.add_exactly_one(taken)
        low, high = min(one.day for one in options), max(one.day for one in options)
        day = model.new_int_var(low, high, "")
        model.add(day == sum(one.day * x for one, x in zip(options, taken, strict=True)))
        hour = model.new_int_var(0, 23, "")
        model.add(hour == sum(one.hour * x for one, x in zip(options, taken, strict=True)))
        people = _grouped(model, taken, [one.person for one in options])
        weekdays = _grouped(model, taken, [one.day % 7 for one in options])
        visits.append((day, hour, people, weekdays))
        costs.append(sum(one.points * x for one, x in zip(options, taken, strict=True)))
        before = visits[place - 1][0] if place else model.new_constant(task.origin)
        costs.append(_gap(model, task, place, before, day))
        if place:
            _day, earlier, persons, days = visits[place - 1]
            strangers = {person: x for person, x in people.items() if person != task.wished}
            costs.append(_change(model, persons, strangers) * task.weights.change)
            costs.append(_change(model, days, weekdays) * task.weights.weekday_change)
            costs.append(_apart(model, earlier, hour) * task.weights.hour)
    model.minimize(sum(costs))
    return model


def _grouped(model: cp_model.CpModel, taken: list[cp_model.IntVar], keys: list[int]) -> dict[int, cp_model.IntVar]:
    """A boolean for each key: whether one of its candidates is taken."""
    groups = {}
    for key in set(keys):
        groups[key] = model.new_bool_var("")
        model.add(sum(x for one, x in zip(keys, taken, strict=True) if one == key) == groups[key])
    return groups


def _apart(model: cp_model.CpModel, before, after):
    """Hours between two times of day, as far as they count."""
    apart, counted = model.new_int_var(0, 23, ""), model.new_int_var(0, MOST_HOURS, "")
    model.add_abs_equality(apart, after - before)
    model.add_min_equality(counted, [apart, model.new_constant(MOST_HOURS)])
    return counted


def _gap(model: cp_model.CpModel, task: Task, place: int, before, day):
    """Keeps the window and returns the points of the days off the ideal."""
    bounds = task.bounds[place]
    first, last = min(bounds), max(bounds)
    known = [bounds.get(at, (0, 0, -1)) for at in range(first, last + 1)]
    offset = model.new_int_var(0, last - first, "")
    model.add(offset == before - first)
    floor, ideal, latest = (_looked_up(model, offset, [row[column] for row in known]) for column in range(3))
    model.add(day >= floor)
    model.add(day <= latest)
    most = max(max(row[2] - row[1], row[1] - row[0]) for row in bounds.values())
    off = model.new_int_var(0, most, "")
    model.add_abs_equality(off, day - ideal)
    return _looked_up(model, off, [task.off(place, days) for days in range(most + 1)])


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
    """An index into the candidates a visit; day, practitioner, hour and points by element constraints, each gap one
    table of (day, day, points)."""
    model = cp_model.CpModel()
    visits, costs = [], []
    for place, options in enumerate(task.candidates):
        index = model.new_int_var(0, len(options) - 1, "")
        day, person, hour = (
            _looked_up(model, index, [getattr(one, name) for one in options]) for name in ("day", "person", "hour")
        )
        visits.append((day, person, hour))
        costs.append(_looked_up(model, index, [one.points for one in options]))
        before = visits[place - 1][0] if place else model.new_constant(task.origin)
        pairs = _pairs(task, place)
        points = model.new_int_var(0, max((each[2] for each in pairs), default=0), "")
        model.add_allowed_assignments([before, day, points], pairs)
        costs.append(points)
        if place:
            _day, persons, earlier = visits[place - 1]
            changed = model.new_bool_var("")
            ways = [
                (one, other, int(one != other and other != task.wished))
                for one in range(_people(task))
                for other in range(_people(task))
            ]
            model.add_allowed_assignments([persons, person, changed], ways)
            costs.append(changed * task.weights.change)
            costs.append(_apart(model, earlier, hour) * task.weights.hour)
    model.minimize(sum(costs))
    return model


def _people(task: Task) -> int:
    return max(one.person for options in task.candidates for one in options) + 1


def _pairs(task: Task, place: int) -> list[tuple[int, int, int]]:
    """(day, later day, points of the days off the ideal and of another weekday)."""
    after = sorted({one.day for one in task.candidates[place]})
    changed = task.weights.weekday_change if place else 0
    return [
        (day, later, task.off(place, abs(later - ideal)) + changed * ((later - day) % 7 != 0))
        for day, (floor, ideal, latest) in task.bounds[place].items()
        for later in after
        if floor <= later <= latest
    ]
