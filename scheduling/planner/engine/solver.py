"""The cheapest plan of a course, proven: an exact shortest path over the visits in their order. PURE.

Every soft rule looks at one visit or at two in a row, so the least points from a state (day, practitioner) on follow
from the next visit's alone: one pass forward finds what can be reached and names the first visit that cannot, one pass
backward sums the points, one walk forward picks the path. Of equally cheap plans the one is picked whose first visit
starts earliest, then has the first practitioner, room and device, then the same of the second visit, and so on.
"""

from dataclasses import dataclass

import numpy as np

from protocols.outline.intervals import Window
from scheduling.planner.engine.board import Board
from scheduling.planner.engine.daygrid import to_instant
from scheduling.planner.engine.edges import Edge, cheapest, edge, onward, reached
from scheduling.planner.engine.guard import refuse_nonsense
from scheduling.planner.engine.plan import solution_of
from scheduling.planner.engine.problem import Infeasible, Outcome, Placement, Problem, Solution
from scheduling.planner.engine.rules import blocking_rule, place_at
from scheduling.planner.engine.states import FAR, Ints, States
from scheduling.planner.engine.windows import window_of


@dataclass(frozen=True, slots=True)
class Reach:
    """What a plan can come to: for each visit its states and the edge into them. When it ends early, `stuck` are the
    grid days on which the next visit found nothing, and `before` those of the visit before it that lead there."""

    states: list[States]
    links: list[Edge]
    stuck: tuple[int, int] | None
    before: Ints


def solve(problem: Problem) -> Outcome:
    """The cheapest plan that keeps every hard rule, or why there is none and the cheapest one beyond latest (D04).

    Visits that the horizon cannot hold any more are left without a slot. Raises Refused for a problem without sense.
    """
    refuse_nonsense(problem)
    board = Board(problem)
    reach = forward(board, late=False)
    if reach.stuck is None or reach.stuck[1] >= problem.grid.days:
        return _cheapest(board, reach, late=False)
    relaxed = forward(board, late=True)
    plan = _cheapest(board, relaxed, late=True) if len(relaxed.states) > len(reach.states) else None
    return _infeasible(board, reach, plan, reach.stuck)


def forward(board: Board, *, late: bool) -> Reach:
    """Which states can be reached at all; with `late`, those beyond latest too."""
    states: list[States] = []
    links: list[Edge] = []
    earlier, live = board.origin(), np.array([True])
    for place in range(board.attempted):
        floor, ideal, latest, opens = board.bounds(place, earlier)
        first, last = int(floor[live].min()), board.problem.grid.days if late else int(latest[live].max())
        later = board.states(place, first, last)
        link = edge(later, floor, ideal, latest, opens)
        hit = reached(link, live, len(later.day), late=late)
        if not hit.any():
            return Reach(states, links, (first, last), earlier.day[live])
        low, end = int(hit.argmax()), len(hit) - int(hit[::-1].argmax())
        earlier, live = later.rows(low, end), hit[low:end]
        states.append(earlier)
        links.append(link.within(low, end))
    return Reach(states, links, None, earlier.day[live])


def _cheapest(board: Board, reach: Reach, *, late: bool) -> Solution:
    """The cheapest of all plans in `reach`."""
    path = enumerate(_path(board, reach, late))
    placements = [_placement(board, place, start, person) for place, (start, person) in path]
    return solution_of(board.problem, placements)


def _path(board: Board, reach: Reach, late: bool) -> list[tuple[int, int]]:
    """Start (minutes since the epoch) and practitioner of each visit."""
    weights = board.problem.weights
    values = _values(board, reach, late)
    path = []
    row, person = 0, board.last_practitioner
    for link, states, value in zip(reach.links, reach.states, values, strict=True):
        row, person = cheapest(
            link, row, states, value, person=person, day=weights.day, change=weights.change, late=late
        )
        path.append((int(states.start[row, person]), person))
    return path


def _values(board: Board, reach: Reach, late: bool) -> list[Ints]:
    """For each visit the least points from each of its states to the end of the course."""
    weights = board.problem.weights
    values: list[Ints] = []
    for place in reversed(range(len(reach.states))):
        value = reach.states[place].cost
        if values:
            link, later = reach.links[place + 1], reach.states[place + 1]
            rest = onward(link, later, values[-1], day=weights.day, change=weights.change, late=late)
            value = np.minimum(value + rest, FAR)
        values.append(value)
    return values[::-1]


def _placement(board: Board, place: int, start: int, person: int) -> Placement:
    problem = board.problem
    room, device = place_at(problem, problem.visits[place], start)
    return Placement(to_instant(start), problem.practitioners[person].id, room, device)


def _infeasible(board: Board, reach: Reach, plan: Solution | None, stuck: tuple[int, int]) -> Infeasible:
    """Names the rule and the widest window that the visits before could still give the one that found nothing."""
    problem, place = board.problem, len(reach.states)
    visit, grid = problem.visits[place], problem.grid
    anchored = place > 0 or problem.anchor is not None
    days = (grid.date_of(int(day)) if anchored else None for day in (reach.before.min(), reach.before.max()))
    earliest, latest = (window_of(visit, day) for day in days)
    window = Window(earliest.early_limit, earliest.floor, earliest.ideal, latest.latest)
    return Infeasible(visit.sequence, blocking_rule(problem, visit, *map(grid.date_of, stuck)), window, plan)
