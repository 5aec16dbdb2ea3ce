"""What a batch shows of each displaced visit: where it goes, or that somebody has to call the patient. What is
not going to be written is not shown as if it were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from scheduling.calendar.actions.booking import Slot
from scheduling.courses.changing.actions.cascade_steps import Cascade, Step, trace
from scheduling.models import Course, Session
from scheduling.planner.engine.cascade import Fate
from scheduling.planner.rows import Place

BY_HAND = "by_hand"  # nothing can be planned for it here
TOGETHER = "together"  # it would have found a place, but another visit of its course did not
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """One course of the batch, or one single visit. `rows` are written when the batch is applied; without
    them nothing of it changes. `took`: the stretches of the calendar of visits that had none; `cost`: of the plan."""

    course: Course | None
    steps: Sequence[Step]
    rows: Sequence[Row]
    sessions: Mapping[str, Session]
    took: Sequence[Slot] = ()
    cost: int = 0

    @property
    def placed(self) -> int:
        """How many visits without a time have one now."""
        return len(self.took)

    @property
    def lacks(self) -> bool:
        return any(step.fate == Fate.UNPLACEABLE for step in self.steps)

    @property
    def free(self) -> bool:
        """Whether it can be planned anew: no visit that has a time was moved for it."""
        return not any(step.fate == Fate.MOVED for step in self.steps)

    def as_json(self) -> Iterable[dict[str, Any]]:
        """What a page shows of each visit, what will be written (`row`) and what undoing needs (`told`, `was`)."""
        rows = {row["session"]: row for row in self.rows}
        for step in self.steps:
            session, row = self.sessions[step.session or ""], rows.get(step.session or "")
            near = step.near.as_json() if step.near else None
            yield {
                **step.as_json({}),
                **trace(session),
                "near": near,
                "row": row and {**row, "version": session.version},
            }


def listed(lost: Iterable[Session], steps: Iterable[Step], today: date) -> list[Step]:
    """The steps, and one for each lost visit that has none: nobody who lost a time is out of sight."""
    told = list(steps)
    seen = {step.session for step in told}
    return told + [without_place(session, today) for session in lost if str(session.pk) not in seen]


def as_it_stands(cascade: Cascade, lost: Iterable[Session]) -> list[Step]:
    """A plan in which some visit has no free time: nothing of the course is written, so what stands stays, and all
    that lost their time are without one."""
    gone = {str(session.pk) for session in lost}
    return [_unwritten(step, lost=step.session in gone) for step in cascade.steps]


def _unwritten(step: Step, *, lost: bool) -> Step:
    if step.fate == Fate.UNPLACEABLE:
        return step
    if lost:
        return replace(step, fate=str(Fate.UNPLACEABLE), after=None, why=TOGETHER)
    fate = Fate.KEPT if step.before else Fate.WAITING
    return replace(step, fate=str(fate), after=step.before, why="" if step.before else step.why)


def without_place(session: Session, today: date, why: str = BY_HAND, *, before: Place | None = None) -> Step:
    """A visit for which the planner has no word."""
    ideal = session.ideal or today
    return Step(
        course=str(session.course_id or ""),
        session=str(session.pk),
        sequence=session.sequence,
        kind=session.kind,
        fate=str(Fate.UNPLACEABLE),
        before=before,
        after=None,
        floor=session.floor or ideal,
        ideal=ideal,
        latest=session.latest or ideal,
        why=why,
        late_days=0,
    )
