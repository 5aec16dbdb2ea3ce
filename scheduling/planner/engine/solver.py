"""The cheapest plan of a course, proven: an exact shortest path over the visits in their order. PURE.

Every soft rule looks at one visit or at two in a row, so the least points from a state (day, practitioner, hour) on
follow from the next visit's alone: one pass forward finds what can be reached and names the first visit that cannot,
one pass backward sums the points, one walk forward picks the path. Of equally cheap plans the one is picked whose first
visit starts earliest, then has the first practitioner, room and device, then the same of the second visit, and so on.

Most days are never worth a look: what people and hours add is left out first, which gives each day a least cost of any
plan through it. Days whose least is above the cost of a plan that is known cannot be on a cheaper or equal one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from protocols.outline.intervals import Window
from scheduling.planner.engine.board import Board, Rows
from scheduling.planner.engine.daygrid import to_instant
from scheduling.planner.engine.edges import Edge, Position, cheapest, onward, pairs, reached
from scheduling.planner.engine.guard import refuse_nonsense
from scheduling.planner.engine.plan import solution_of
from scheduling.planner.engine.problem import Infeasible, Outcome, Placement, Problem, Solution
from scheduling.planner.engine.rules import blocking_rule, place_at
from scheduling.planner.engine.slots import AT_ONCE, Ints
from scheduling.planner.engine.states import FAR, States
from scheduling.planner.engine.windows import window_of


@dataclass(frozen=True, slots=True)
class Reach:
    """What a plan can come to: the rows of each visit. When it ends early, `stuck` are the grid days on which the next
    visit found nothing, and `before` those of the visit before it that lead there."""

    rows: list[Rows]
    stuck: tuple[int, int] | None
    before: Ints


@dataclass(frozen=True, slots=True)
class Path:
    """The cheapest of all plans: start (minutes since the epoch) and practitioner's column of each visit."""

    cost: int
    steps: list[tuple[int, int]]


def solve(problem: Problem) -> Outcome:
    """The cheapest plan that keeps every hard rule, or why there is none and the cheapest one beyond latest (D04).

    Visits that the horizon cannot hold any more are left without a slot. Raises ProblemError for a problem without
    sense, or one too large.
    """
    refuse_nonsense(problem)
    board = Board(problem)
    reach = forward(board, late=False)
    if reach.stuck is None or reach.stuck[1] >= problem.grid.days:
        return _cheapest(board, reach, late=False)
    relaxed = forward(board, late=True)
    plan = _cheapest(board, relaxed, late=True) if len(relaxed.rows) > len(reach.rows) else None
    return _infeasible(board, reach, plan, reach.stuck)


def forward(board: Board, *, late: bool) -> Reach:
    """Which rows can be reached at all; with `late`, those beyond latest too."""
    found: list[Rows] = []
    earlier = Rows(np.array([0]), None)
    for place in range(board.attempted):
        edge = board.edge(place, earlier)
        first, last = int(edge.floor.min()), board.problem.grid.days if late else int(edge.latest.max())
        later = board.rows(place, first, last)
        hit = reached(edge, later.day, later.start, late=late)
        if not hit.any():
            return Reach(found, (first, last), _days_before(board, place, earlier))
        earlier = later.at(hit)
        found.append(earlier)
    return Reach(found, None, earlier.day)


def _days_before(board: Board, place: int, earlier: Rows) -> Ints:
    """The grid days of the visit before `place`, or of what its window counts from."""
    anchor, grid = board.problem.anchor, board.problem.grid
    return earlier.day if place or anchor is None else np.array([grid.index(grid.local_date(anchor.at))])


def _cheapest(board: Board, reach: Reach, *, late: bool) -> Solution:
    """The cheapest of all plans in `reach`."""
    path = enumerate(_path(board, reach.rows, late).steps)
    return solution_of(board.problem, [_placement(board, place, start, person) for place, (start, person) in path])


def _path(board: Board, rows: list[Rows], late: bool) -> Path:
    """The cheapest path through `rows`. A first search looks only at days that could be on a path of little more than
    the least; what it finds is a plan, so a second one, of all days up to its cost, is exact."""
    if not rows:
        return Path(0, [])
    least = _least(board, rows, late)
    weights = board.problem.weights
    known = int(least[0].min()) + (2 * weights.hour + weights.change // 10) * len(rows)  # a guess; any would do
    while True:
        near = [each.at(through <= known) for each, through in zip(rows, least, strict=True)]
        found = _search(board, near, late)
        if found.cost <= known:
            return found
        known = found.cost


def _least(board: Board, rows: list[Rows], late: bool) -> list[Ints]:
    """For each row the least points that a plan through its day can have, people and hours left out."""
    weights = board.problem.weights
    days = [np.unique(each.day) for each in rows]
    own = [board.days(place, each).least() for place, each in enumerate(days)]
    edges = [board.edge(place, Rows(days[place - 1] if place else np.array([0]), None)) for place in range(len(days))]

    def worked_out(place: int) -> Iterator[tuple[slice, Ints, Ints]]:
        """From each day of the visit before to each it leads to."""
        for part in edges[place].parts(len(days[place])):
            yield part, *pairs(edges[place].at(part), days[place], weights, late=late)

    small = sum(len(one) * len(other) for one, other in pairwise(days)) < 4 * AT_ONCE
    known = [list(worked_out(place)) for place in range(len(days))] if small else None

    def ways(place: int) -> Iterable[tuple[slice, Ints, Ints]]:
        return known[place] if known else worked_out(place)

    to = [np.full(len(each), FAR) for each in days]
    for place in range(len(days)):
        before = to[place - 1] if place else np.zeros(1, np.int64)
        for part, places, cost in ways(place):
            np.minimum.at(to[place], places, np.minimum(before[part][:, None] + cost, FAR))
        to[place] = np.minimum(to[place] + own[place], FAR)
    onwards = np.zeros(len(days[-1]), np.int64)
    through = [to[-1]]
    for place in reversed(range(len(days) - 1)):
        value, onwards = own[place + 1] + onwards, np.empty(len(days[place]), np.int64)
        for part, places, cost in ways(place + 1):
            onwards[part] = np.minimum((value[places] + cost).min(axis=1), FAR)
        through.append(np.minimum(to[place] + onwards, FAR))
    return [each[np.searchsorted(day, row.day)] for each, day, row in zip(through[::-1], days, rows, strict=True)]


def _search(board: Board, rows: list[Rows], late: bool) -> Path:
    """The cheapest path through these rows, people and hours included."""
    weights, wished, anchor = board.problem.weights, board.wished, board.problem.anchor
    states = [board.states(place, each) for place, each in enumerate(rows)]
    edges = [board.edge(place, rows[place - 1] if place else Rows(np.array([0]), None)) for place in range(len(rows))]
    values = _values(board, states, edges, late)
    began = board.problem.grid.hour(anchor.start) if anchor and anchor.start else None
    before = Position(0, board.column(anchor.practitioner if anchor else None), began)
    steps, totals = [], []
    for edge, there, value in zip(edges, states, values, strict=True):
        row, person, column, points = cheapest(edge, before, there, value, weights, wished, late=late)
        hour = there.first_hour + (column if there.hour is None else int(there.hour[row]))
        steps.append((int(there.start[row, person, column]), person))
        totals.append(points)
        before = Position(row, person, hour)
    return Path(totals[0], steps)


def _values(board: Board, states: list[States], edges: list[Edge], late: bool) -> list[Ints]:
    """For each visit the least points from each of its states to the end of the course."""
    values: list[Ints] = []
    for place in reversed(range(len(states))):
        value = states[place].cost
        if values:
            rest = onward(
                edges[place + 1],
                states[place],
                states[place + 1],
                values[-1],
                board.problem.weights,
                board.wished,
                late=late,
            )
            value = np.minimum(value + rest, FAR)
        values.append(value)
    return values[::-1]


def _placement(board: Board, place: int, start: int, person: int) -> Placement:
    problem = board.problem
    room, device = place_at(problem, problem.visits[place], start)
    return Placement(to_instant(start), problem.practitioners[person].id, room, device)


def _infeasible(board: Board, reach: Reach, plan: Solution | None, stuck: tuple[int, int]) -> Infeasible:
    """Names the rule and the widest window that the visits before could still give the one that found nothing."""
    problem, place = board.problem, len(reach.rows)
    visit, grid = problem.visits[place], problem.grid
    anchored = place > 0 or problem.anchor is not None
    days = (grid.date_of(int(day)) if anchored else None for day in (reach.before.min(), reach.before.max()))
    earliest, latest = (window_of(visit, day) for day in days)
    window = Window(earliest.early_limit, earliest.floor, earliest.ideal, latest.latest)
    return Infeasible(visit.sequence, blocking_rule(problem, visit, *map(grid.date_of, stuck)), window, plan)
