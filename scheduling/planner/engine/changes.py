"""What can happen to a course, each as a problem turned into the problem that is left. PURE.

The visits keep their `kept` places; `cascade.replan` then says what stays and what has to move.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import Any

from protocols.outline.intervals import Interval, Span, Unit, Window, joined, reach, shift
from scheduling.planner.engine.daygrid import between, whole_days
from scheduling.planner.engine.guard import MOST_WINDOW_DAYS
from scheduling.planner.engine.problem import Placement, Problem, ProblemError, Visit


def move(
    problem: Problem, sequence: int, to: Placement, *, early_approved: bool = False, late_days: int = 0
) -> Problem:
    """The visit must be at `to`. The approvals are the practitioner's, for this visit (D01)."""
    return _with(problem, sequence, kept=to, fixed=True, early_approved=early_approved, late_days=late_days)


def release(problem: Problem, sequence: int) -> Problem:
    """The patient cannot come that day: the visit needs another one, and nothing else is put on the day it had."""
    visit = _find(problem, sequence)
    if visit.kept is None:
        return problem
    day = problem.grid.local_date(visit.kept.start)
    without = _with(problem, sequence, kept=None, fixed=False)
    free = whole_days(problem.grid) if problem.patient is None else problem.patient
    return replace(without, patient=free & ~between(problem.grid, day, day))


def drop(problem: Problem, sequence: int) -> Problem:
    """The visit will not happen and is not replaced. The next one counts from the one before, by its own gap; after a
    first visit it may stand wherever that could, or where it stands."""
    gone = _find(problem, sequence)
    visits = [visit for visit in problem.visits if visit is not gone]
    if visits and problem.visits[0] is gone and gone.window and visits[0].gap:
        visits[0] = replace(visits[0], gap=None, window=_around(problem, gone.window, visits[0]))
    return replace(problem, visits=tuple(visits))


def set_aside(problem: Problem, sessions: Container[str | None]) -> Problem:
    """The problem without the visits of these sessions, which wait for a time that nobody looks for now, and without
    the new ones right after them. Whoever comes after counts its floor from the visit before them and may be as late
    as if they took place."""
    visits: list[Visit] = []
    waiting: list[Visit] = []
    for visit in problem.visits:
        if visit.session in sessions or (waiting and visit.session is None):
            waiting.append(visit)
            continue
        visits.append(_after(problem, waiting, visit) if waiting else visit)
        waiting = []
    return replace(problem, visits=tuple(visits))


def _after(problem: Problem, waiting: Iterable[Visit], visit: Visit) -> Visit:
    """The visit with the gap, or for a first one the window, that it has when some before it wait."""
    opens = None
    later: list[Interval] = []
    for each in waiting:
        opens = opens or each.window
        later += [each.gap] if each.gap else []
    if visit.gap is None:
        return visit
    gap = visit.gap
    ideal, latest = gap.ideal, gap.latest
    for earlier in later:
        ideal, latest = joined(earlier.ideal, ideal), joined(earlier.latest, latest)
    most = Span(reach(gap.early_limit)[0] + MOST_WINDOW_DAYS - visit.late_days, Unit.DAY)
    latest = min(latest, most, key=lambda span: reach(span)[1])
    ideal = min(ideal, latest, key=lambda span: reach(span)[1])
    if opens is None:
        return replace(visit, gap=replace(gap, ideal=ideal, latest=latest))
    window = replace(opens, ideal=shift(opens.ideal, ideal), latest=shift(opens.latest, latest))
    return replace(visit, gap=None, window=_around(problem, window, visit))


def _around(problem: Problem, window: Window, visit: Visit) -> Window:
    """The window, widened to the day on which the visit stands."""
    day = problem.grid.local_date(visit.kept.start) if visit.kept else window.floor
    first, last = min(window.floor, day), max(window.latest, day)
    return Window(min(window.early_limit, first), first, day if visit.kept else min(window.ideal, last), last)


def extend(problem: Problem, phase: int, by: int, gap: Interval) -> Problem:
    """`by` more visits at the end of the phase, `gap` apart. The visits are numbered again."""
    places = _places(problem, phase)
    like = replace(problem.visits[places[-1]], gap=gap, window=None, kept=None, fixed=False, session=None, late_days=0)
    visits = [*problem.visits[: places[-1] + 1], *[like] * by, *problem.visits[places[-1] + 1 :]]
    return replace(problem, visits=renumbered(visits))


def shorten(problem: Problem, phase: int, by: int) -> Problem:
    """The last `by` visits of the phase will not happen. The visits keep their numbers."""
    gone = _places(problem, phase)[-by:] if by > 0 else []
    shorter = problem
    for place in reversed(gone):
        shorter = drop(shorter, problem.visits[place].sequence)
    return shorter


def reassign(problem: Problem, old: str, new: str) -> Problem:
    """Another practitioner takes the course over: `old` sees the patient no more, `new` is who they wish for."""
    others = frozenset(one.id for one in problem.practitioners)
    visits = (replace(one, practitioners=(one.practitioners or others) - {old} | {new}) for one in problem.visits)
    return replace(problem, visits=tuple(visits), wishes=replace(problem.wishes, practitioner=new))


def renumbered(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """The visits numbered one after the other, from the first one's number on."""
    ordered = list(visits)
    first = ordered[0].sequence if ordered else 1
    return tuple(replace(visit, sequence=number) for number, visit in enumerate(ordered, start=first))


def _find(problem: Problem, sequence: int) -> Visit:
    for visit in problem.visits:
        if visit.sequence == sequence:
            return visit
    raise ProblemError("unknown_visit", f"There is no visit {sequence} left to plan.")


def _places(problem: Problem, phase: int) -> list[int]:
    places = [place for place, visit in enumerate(problem.visits) if visit.phase == phase]
    if not places:
        raise ProblemError("unknown_phase", f"Phase {phase} has no visit left to plan.")
    return places


def _with(problem: Problem, sequence: int, **fields: Any) -> Problem:
    changed = _find(problem, sequence)
    visits = (replace(visit, **fields) if visit is changed else visit for visit in problem.visits)
    return replace(problem, visits=tuple(visits))
