"""A plan as the rows that a proposal keeps and a page shows: JSON, instants in UTC, dates local to the location."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.planner.engine.explain import Param, Reason
from scheduling.planner.engine.problem import Placement, Problem, Solution, Visit
from scheduling.planner.engine.windows import opens_at
from scheduling.planner.state import CourseState

Row = dict[str, Any]
NO_WISH = frozenset({"within_latest", "kept_time", "kept_practitioner", "kept_place"})


def cost_of(solution: Solution) -> int:
    """What the plan costs in wishes: days from the ideal, times, weekdays, people. Late days and moves come apart."""
    return sum(term.points for terms in solution.terms for term in terms if term.rule not in NO_WISH)


def rows_of(state: CourseState, problem: Problem, solution: Solution, reasons: Sequence[Sequence[Reason]]) -> list[Row]:
    """One row a visit still to come: window, place (null beyond the booking horizon) and why it is there."""
    review = {(step.session and str(step.session.pk)) or step.sequence: step.review_due for step in state.pending}
    waits = list(_waits(problem, solution.placements))
    return [
        {
            "sequence": visit.sequence,
            "phase": visit.phase,
            "kind": str(visit.kind),
            "chair_minutes": visit.chair_minutes,
            "review_due": review.get(visit.session or visit.sequence, False),
            "early_limit": window.early_limit.isoformat(),
            "floor": window.floor.isoformat(),
            "ideal": window.ideal.isoformat(),
            "latest": window.latest.isoformat(),
            "not_before": wait.isoformat() if wait else None,
            **place_json(placement, visit.chair_minutes),
            "session": visit.session,
            "late_days": late,
            "why": [reason_json(reason) for reason in why] + approvals(state, visit, placement, solution, place),
        }
        for place, (visit, window, placement, late, why, wait) in enumerate(
            zip(problem.visits, solution.windows, solution.placements, solution.late_days, reasons, waits, strict=True)
        )
    ]


def place_json(placement: Placement | None, minutes: int) -> Row:
    """start, end, practitioner, room and device; all null without a place."""
    if placement is None:
        return dict.fromkeys(("start", "end", "practitioner", "room", "device"))
    return {
        "start": placement.start.isoformat(),
        "end": (placement.start + timedelta(minutes=minutes)).isoformat(),
        "practitioner": placement.practitioner,
        "room": placement.room,
        "device": placement.device,
    }


def reason_json(reason: Reason) -> Row:
    """{code, params}; dates as ISO text, several of them as a list."""
    return {"code": reason.code, "params": {name: _param(value) for name, value in reason.params.items()}}


def _param(value: Param) -> int | str | list[str]:
    if isinstance(value, tuple):
        return [day.isoformat() for day in value]
    return value.isoformat() if isinstance(value, date) else value


def approvals(
    state: CourseState, visit: Visit, placement: Placement | None, solution: Solution, place: int
) -> list[Row]:
    """What a practitioner allowed and the place makes use of, kept with the visit so that it may stay there (D01)."""
    if placement is None or visit.gap is None:
        return []
    day, window = placement.start.astimezone(state.zone).date(), solution.windows[place]
    late, early = (day - window.latest).days, (window.floor - day).days
    found = {"approved_late": late if visit.late_days else 0, "approved_early": early if visit.early_approved else 0}
    return [{"code": code, "params": {"days": days}} for code, days in found.items() if days > 0]


def _waits(problem: Problem, placements: Sequence[Placement | None]) -> Iterator[datetime | None]:
    """For each visit the instant before which it may not start, where its gap counts hours (B02)."""
    ended = problem.anchor.at if problem.anchor else None
    for visit, placement in zip(problem.visits, placements, strict=True):
        yield opens_at(visit, ended)
        ended = placement.start + timedelta(minutes=visit.chair_minutes) if placement else None
