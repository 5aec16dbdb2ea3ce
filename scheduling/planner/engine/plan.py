"""From a path to a plan: what each visit costs there, and why. PURE."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import zip_longest

from protocols.outline.intervals import Window
from scheduling.planner.engine.problem import Placement, Problem, Solution, Term
from scheduling.planner.engine.rules import SOFT, Stand, within_latest
from scheduling.planner.engine.windows import is_regular, opens_at, window_of


def solution_of(problem: Problem, placements: Sequence[Placement]) -> Solution:
    """The plan in which the first visits are at `placements` and the others are not placed yet."""
    windows = windows_of(problem, placements)
    stands = stands_of(problem, windows, placements)
    terms = tuple(terms_of(stand) for stand in stands)
    unplaced = len(problem.visits) - len(stands)
    return Solution(
        cost=sum(term.points for visit_terms in terms for term in visit_terms),
        placements=(*placements, *[None] * unplaced),
        windows=windows,
        terms=terms + ((),) * unplaced,
        late_days=(*[within_latest(stand) for stand in stands], *[0] * unplaced),
    )


def windows_of(problem: Problem, placements: Sequence[Placement | None]) -> tuple[Window, ...]:
    """The window of every visit: after a placed one it counts from there, after another from its ideal date."""
    grid, anchor = problem.grid, problem.anchor
    previous = grid.local_date(anchor.at) if anchor else None
    windows = []
    for visit, placement in zip_longest(problem.visits, placements):
        own = window_of(visit, previous)
        previous = grid.local_date(placement.start) if placement else own.ideal
        windows.append(own)
    return tuple(windows)


def stands_of(problem: Problem, windows: Sequence[Window], placements: Sequence[Placement]) -> list[Stand]:
    """The placed visits as the soft rules see them."""
    person = problem.anchor.practitioner if problem.anchor else None
    ended = problem.anchor.at if problem.anchor else None
    began = problem.anchor.start if problem.anchor else None
    stands = []
    for visit, window, placement in zip(problem.visits, windows, placements, strict=False):
        earliest = window.early_limit if visit.early_approved else window.floor
        latest = window.latest + timedelta(days=visit.late_days)
        follows = began if is_regular(visit) else None
        stands.append(
            Stand(problem, visit, window, earliest, latest, opens_at(visit, ended), person, placement, follows)
        )
        person, ended = placement.practitioner, placement.start + timedelta(minutes=visit.chair_minutes)
        began = placement.start
    return stands


def terms_of(stand: Stand) -> tuple[Term, ...]:
    """Every soft rule that cost something here."""
    found = ((rule, rule(stand), points) for rule, points in SOFT)
    terms = (
        Term(rule.__name__, amount, points(stand.problem.weights, stand.visit, amount))
        for rule, amount, points in found
        if amount
    )
    return tuple(term for term in terms if term.points)
