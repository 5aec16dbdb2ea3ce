"""A plan as its rows: one visit each, with its window and its place. A proposal and a batch keep them as JSON (instants
in UTC, dates local to the location); `read` and `as_json` are the only ways in and out of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from protocols.outline.intervals import Window
from scheduling.planner.engine.explain import Param, Reason
from scheduling.planner.engine.problem import Placement, Problem, Solution, Visit
from scheduling.planner.engine.windows import closed, opens_at
from scheduling.planner.state import CourseState

Row = dict[str, Any]
NO_WISH = frozenset({"within_latest", "kept_time", "kept_practitioner", "kept_place"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit stands: from when to when, with whom and in what."""

    start: datetime
    end: datetime
    practitioner: int
    room: int
    device: int | None

    @classmethod
    def of(cls, placement: Placement, minutes: int) -> "Place":
        device = int(placement.device) if placement.device else None
        end = placement.start + timedelta(minutes=minutes)
        return cls(placement.start, end, int(placement.practitioner), int(placement.room), device)

    @classmethod
    def read(cls, row: Mapping[str, Any] | None) -> "Place | None":
        """The place that a row or a step keeps; None for one without a time."""
        if not row or not row["start"]:
            return None
        start, end = (datetime.fromisoformat(row[edge]) for edge in ("start", "end"))
        device = int(row["device"]) if row["device"] else None
        return cls(start, end, int(row["practitioner"]), int(row["room"]), device)

    def as_json(self) -> Row:
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "practitioner": str(self.practitioner),
            "room": str(self.room),
            "device": str(self.device) if self.device else None,
        }


NOWHERE: Row = dict.fromkeys(("start", "end", "practitioner", "room", "device"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One visit still to come: its window, its place (None beyond the booking horizon) and why it stands there."""

    sequence: int
    phase: int
    kind: str
    chair_minutes: int
    review_due: bool
    window: Window
    not_before: datetime | None
    place: Place | None
    session: str | None  # None for a visit that the course does not have yet
    late_days: int
    why: list[Row]

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "PlanRow":
        return cls(
            **{name: row[name] for name in PLAIN},
            window=Window(*(date.fromisoformat(row[name]) for name in WINDOW)),
            not_before=datetime.fromisoformat(row["not_before"]) if row["not_before"] else None,
            place=Place.read(row),
        )

    def as_json(self) -> Row:
        return {
            **{name: getattr(self, name) for name in PLAIN},
            **{name: getattr(self.window, name).isoformat() for name in WINDOW},
            "not_before": self.not_before.isoformat() if self.not_before else None,
            **(self.place.as_json() if self.place else NOWHERE),
        }


WINDOW = ("early_limit", "floor", "ideal", "latest")
PLAIN = ("sequence", "phase", "kind", "chair_minutes", "review_due", "session", "late_days", "why")


def cost_of(solution: Solution) -> int:
    """What the plan costs but for late days and moves, which come apart."""
    return sum(term.points for terms in solution.terms for term in terms if term.rule not in NO_WISH)


def rows_of(
    state: CourseState, problem: Problem, solution: Solution, reasons: Sequence[Sequence[Reason]]
) -> list[PlanRow]:
    """One row a visit still to come."""
    review = {(step.session and str(step.session.pk)) or step.sequence: step.review_due for step in state.pending}
    waits = list(_waits(problem, solution.placements))
    return [
        PlanRow(
            sequence=visit.sequence,
            phase=visit.phase,
            kind=str(visit.kind),
            chair_minutes=visit.chair_minutes,
            review_due=review.get(visit.session or visit.sequence, False),
            window=closed(window, visit.deadline),
            not_before=wait,
            place=Place.of(placement, visit.chair_minutes) if placement else None,
            session=visit.session,
            late_days=late,
            why=[reason_json(reason) for reason in why] + approvals(state, visit, placement, solution, place),
        )
        for place, (visit, window, placement, late, why, wait) in enumerate(
            zip(problem.visits, solution.windows, solution.placements, solution.late_days, reasons, waits, strict=True)
        )
    ]


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
