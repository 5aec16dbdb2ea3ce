"""What a change does to a course, visit by visit: what stays, moves or has no free time. The same object is
the preview, what is applied, and what the history keeps."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clinic.base.refusals import Conflict
from protocols.outline.intervals import Window
from scheduling.courses.queries.courses import names_of, why_moved, with_names
from scheduling.models import Session
from scheduling.planner.engine.cascade import Change, Diff, Fate
from scheduling.planner.engine.problem import Placement
from scheduling.planner.rows import Place
from scheduling.planner.state import CourseState


@dataclass(frozen=True, slots=True)
class Step:
    """One visit: its places (None where it has none), its window after the change, and why it moves."""

    course: str
    session: str | None
    sequence: int
    kind: str
    fate: str
    before: Place | None
    after: Place | None
    floor: date
    ideal: date
    latest: date
    why: str
    late_days: int
    near: Place | None = None  # of a batch: where it could be `late_days` beyond latest, if a practitioner allows that

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Step":
        """The step that a row keeps (see `as_json`)."""
        return cls(
            course=kept["course"],
            session=kept["session"],
            sequence=kept["sequence"],
            kind=kept["kind"],
            fate=kept["fate"],
            before=Place.read(kept["before"]),
            after=Place.read(kept["after"]),
            floor=date.fromisoformat(kept["floor"]),
            ideal=date.fromisoformat(kept["ideal"]),
            latest=date.fromisoformat(kept["latest"]),
            why=kept["why"]["code"],
            late_days=kept["late_days"],
            near=Place.read(kept.get("near")),
        )

    def as_json(self, names: Mapping[str, str]) -> dict[str, Any]:
        return {
            "course": self.course,
            "session": self.session,
            "sequence": self.sequence,
            "kind": self.kind,
            "fate": self.fate,
            "before": with_names(self.before, names),
            "after": with_names(self.after, names),
            "floor": self.floor.isoformat(),
            "ideal": self.ideal.isoformat(),
            "latest": self.latest.isoformat(),
            "why": {"code": self.why, "params": {}},
            "message": why_moved(self.why),
            "late_days": self.late_days,
        }


@dataclass(frozen=True, slots=True)
class Cascade:
    """The steps of one change. `digest` names this very outcome: who applies it says which one they saw. `act`: the row
    that keeps it once it is applied, for whoever takes it back."""

    steps: tuple[Step, ...]
    course_version: int
    applied: bool = False
    act: int | None = None

    @property
    def digest(self) -> str:
        told = [
            (step.course, step.session, step.sequence, step.fate, _json(step.before), _json(step.after))
            for step in self.steps
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def of(self, *fates: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.fate in fates)

    @property
    def kept(self) -> tuple[Step, ...]:
        return self.of(Fate.KEPT)

    @property
    def moved(self) -> tuple[Step, ...]:
        return self.of(Fate.MOVED)

    @property
    def unplaceable(self) -> tuple[Step, ...]:
        return self.of(Fate.UNPLACEABLE)

    def as_json(self) -> dict[str, Any]:
        """The API's answer: kept, moved, placed, waiting, unplaceable and dropped, each a list of steps."""
        names = names_of(place for step in self.steps for place in (step.before, step.after) if place)
        lists = {str(fate): [step.as_json(names) for step in self.of(fate)] for fate in Fate}
        return {"applied": self.applied, "digest": self.digest, "version": self.course_version, **lists}

    def as_applied(self, version: int, act: int | None) -> "Cascade":
        return replace(self, applied=True, course_version=version, act=act)


def cascade_of(state: CourseState, diff: Diff, windows: Mapping[int, Window]) -> Cascade:
    """`windows` by visit number, as the plan has them."""
    rows = {str(step.session.pk): step.session for step in state.steps if step.session}
    steps = tuple(_step(state, change, rows, windows) for change in diff.changes)
    return Cascade(steps, state.course.version)


def _step(state: CourseState, change: Change, rows: Mapping[str, Session], windows: Mapping[int, Window]) -> Step:
    visit = change.visit
    window = _old_window(rows[visit.session or ""]) if change.fate is Fate.DROPPED else windows[visit.sequence]
    return Step(
        course=str(state.course.pk),
        session=visit.session,
        sequence=visit.sequence,
        kind=str(visit.kind),
        fate=str(change.fate),
        before=_place(change.before, visit.chair_minutes),
        after=_place(change.after, visit.chair_minutes),
        floor=window.floor,
        ideal=window.ideal,
        latest=window.latest,
        why=change.why,
        late_days=change.late_days,
    )


def _old_window(row: Session) -> Window:
    """The window that a visit had which will not happen."""
    if row.floor is None or row.ideal is None or row.latest is None:
        raise Conflict(
            _("A visit of this course has no window yet. Look for new times first."), extra={"state": row.status}
        )
    return Window(row.early_limit or row.floor, row.floor, row.ideal, row.latest)


def _place(placement: Placement | None, minutes: int) -> Place | None:
    return Place.of(placement, minutes) if placement else None


def _json(place: Place | None) -> dict[str, Any] | None:
    return place.as_json() if place else None


def trace(session: Session) -> dict[str, Any]:
    """What undoing needs of a visit as it was: its reasons, its state and its number."""
    return {"told": session.why, "was": {"status": session.status, "sequence": session.sequence}}


@dataclass(frozen=True, slots=True)
class Kept:
    """A step of a batch or of a change that was applied, as its row keeps it, and its visit as it stood before."""

    step: Step
    session: str
    message: str  # why it moves, in words
    told: list[dict[str, Any]]  # the reasons of its old time
    was: Mapping[str, Any] | None  # its state and number; None for a visit that was added
    row: Mapping[str, Any] | None  # what applying the batch writes

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Kept":
        step, told = Step.read(kept), kept["told"] or []
        return cls(step, kept["session"], kept["message"], told, kept["was"], kept.get("row"))

    @property
    def place(self) -> Place | None:
        """Where applying the batch puts it."""
        return Place.read(self.row)


def steps_json(cascades: Iterable[Cascade]) -> list[dict[str, Any]]:
    """All steps of some cascades, as a row keeps them."""
    return [step.as_json({}) for cascade in cascades for step in cascade.steps]
