"""The course after a change: what stays, what moves where, what has no free time, and why. PURE.

Keeping is a soft rule that outweighs every wish (`rules.KEPT_TIME`), so the solver itself moves as few visits as can
be, then changes as few people as can be. A preview and what is applied are the same call.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from scheduling.planner.engine import changes
from scheduling.planner.engine.plan import solution_of, stands_of
from scheduling.planner.engine.problem import Infeasible, Outcome, Placement, Problem, Solution, Visit
from scheduling.planner.engine.rules import Stand, device_free, room_free, rule_against
from scheduling.planner.engine.solver import solve

# Why, where it is not the name of a hard rule.
ASKED = "asked"  # somebody moved or released this very visit
TOO_SOON = "too_soon"  # the visit before it moved, and the floor is not over yet
TOO_LATE = "too_late"
MADE_ROOM = "made_room"  # it could have stayed, but more others would have had to move
NEW = "new"
GONE = "gone"
HORIZON = "beyond_horizon"
BEHIND = "behind"  # a visit before it has no place
OPEN = "open"  # it waits for a time that nobody looks for now
NO_PLACE = "no_place"  # it had a time, has to leave it and finds no other


class Fate(StrEnum):
    KEPT = "kept"
    MOVED = "moved"
    PLACED = "placed"  # had no place, has one now
    WAITING = "waiting"  # has no place, or none any more
    UNPLACEABLE = "unplaceable"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one visit. `why` is the name of a hard rule or one of the constants above, "" for a visit that
    stays. `after` of an unplaceable visit is its place beyond latest, `late_days` in need of approval, if it has one.
    """

    visit: Visit
    fate: Fate
    before: Placement | None
    after: Placement | None
    why: str = ""
    late_days: int = 0


@dataclass(frozen=True, slots=True)
class Diff:
    """One change for each visit, then those that were dropped. Not to be applied while something is unplaceable."""

    changes: tuple[Change, ...]
    outcome: Outcome
    problem: Problem  # what the outcome is an answer to

    def of(self, fate: Fate) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.fate is fate)

    @property
    def kept(self) -> tuple[Change, ...]:
        return self.of(Fate.KEPT)

    @property
    def moved(self) -> tuple[Change, ...]:
        return self.of(Fate.MOVED)

    @property
    def unplaceable(self) -> tuple[Change, ...]:
        return self.of(Fate.UNPLACEABLE)


def replan(before: Problem, after: Problem, *, aside: Collection[str] = ()) -> Diff:
    """Plan `after`, which functions of `changes` made of `before`, and say visit by visit what differs.

    The visits of the sessions `aside` have no time afterwards and are in nobody's way.

    Visits are the same when their `session` is, or where there is none their sequence. When no plan keeps every window
    the changes are those of the plan beyond latest; when there is not even that, of the visits before the stuck one.
    """
    whole, after = after, changes.set_aside(after, aside)
    outcome = solve(after) if after.visits else solution_of(after, [])
    plan = _plan(after, outcome)
    stands = stands_of(after, plan.windows, plan.placed)
    booked = {_name(visit): visit.kept for visit in before.visits}
    told = [
        _placed(stand, booked.get(_name(stand.visit)), outcome, late)
        for stand, late in zip(stands, plan.late_days, strict=False)
    ]
    told += [_unplaced(visit, booked.get(_name(visit)), outcome) for visit in after.visits[len(stands) :]]
    left = {visit.sequence for visit in after.visits}
    told += [_aside(visit, booked.get(_name(visit))) for visit in whole.visits if visit.sequence not in left]
    told.sort(key=lambda change: change.visit.sequence)
    return Diff((*told, *_dropped(before, whole)), outcome, after)


def _aside(visit: Visit, before: Placement | None) -> Change:
    return Change(visit, Fate.WAITING, before, None, NO_PLACE if before else OPEN)


def _name(visit: Visit) -> str | int:
    return visit.sequence if visit.session is None else visit.session


def _plan(problem: Problem, outcome: Outcome) -> Solution:
    if isinstance(outcome, Solution):
        return outcome
    if outcome.plan:
        return outcome.plan
    placeable = tuple(visit for visit in problem.visits if visit.sequence < outcome.sequence)
    if not placeable:
        return solution_of(problem, [])
    beginning = solve(replace(problem, visits=placeable))
    return solution_of(problem, beginning.placed if isinstance(beginning, Solution) else [])


def _placed(stand: Stand, before: Placement | None, outcome: Outcome, late_days: int) -> Change:
    visit, after = stand.visit, stand.placement
    if late_days and isinstance(outcome, Infeasible):
        return Change(visit, Fate.UNPLACEABLE, before, after, outcome.rule, late_days)
    if before is None:
        return Change(visit, Fate.PLACED, None, after, NEW)
    if before == after:
        return Change(visit, Fate.KEPT, before, after)
    return Change(visit, Fate.MOVED, before, after, _why_moved(stand, before))


def _unplaced(visit: Visit, before: Placement | None, outcome: Outcome) -> Change:
    if isinstance(outcome, Solution) or outcome.plan:
        return Change(visit, Fate.WAITING, before, None, HORIZON)
    if visit.sequence == outcome.sequence:
        return Change(visit, Fate.UNPLACEABLE, before, None, outcome.rule)
    return Change(visit, Fate.WAITING, before, None, BEHIND)


def _why_moved(stand: Stand, before: Placement) -> str:
    """The first reason that holds: asked for, a hard rule against the old place, its window, or the others."""
    visit = stand.visit
    if visit.fixed or visit.kept is None:
        return ASKED
    if rule := rule_against(stand.problem, visit, before):
        return rule
    if (before.start, before.practitioner) == (stand.placement.start, stand.placement.practitioner):
        return device_free.__name__ if before.room == stand.placement.room else room_free.__name__
    day = stand.problem.grid.local_date(before.start)
    if day < stand.earliest or (stand.opens and before.start < stand.opens):
        return TOO_SOON
    return TOO_LATE if day > stand.latest else MADE_ROOM


def _dropped(before: Problem, after: Problem) -> list[Change]:
    """Visits that are gone, without those at the beginning that were performed."""
    left = {_name(visit) for visit in after.visits}
    gone = [visit for visit in before.visits if _name(visit) not in left]
    if after.anchor != before.anchor:
        done = list(takewhile(lambda visit: _name(visit) not in left, before.visits))
        gone = gone[len(done) :]
    return [Change(visit, Fate.DROPPED, visit.kept, None, GONE) for visit in gone]
