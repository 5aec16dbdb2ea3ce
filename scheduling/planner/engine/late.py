"""What becomes of a course that fell behind, phase by phase (design: late policy). PURE."""

from dataclasses import dataclass, replace
from datetime import date

from protocols.outline.phases import LatePolicy
from scheduling.planner.engine.changes import renumbered
from scheduling.planner.engine.problem import Visit
from scheduling.planner.engine.windows import window_of


@dataclass(frozen=True, slots=True)
class Revision:
    """The visits still to come under a policy; `asks` when a practitioner has to choose one first."""

    visits: tuple[Visit, ...]
    asks: bool = False


def days_late(visits: tuple[Visit, ...], previous: date | None, today: date) -> int:
    """Days by which the next visit is already beyond its latest date and what was approved; 0 while it can be kept."""
    if not visits:
        return 0
    latest = window_of(visits[0], previous).latest
    return max((today - latest).days - visits[0].late_days, 0)


def revise(visits: tuple[Visit, ...], policy: LatePolicy, done: int) -> Revision:
    """The visits to plan after a gap beyond latest.

    `visits` are those still to come, the first of them the late one, `done` how many of its phase were performed.
    continue: no change. add_session: one more at the end of the phase. restart_phase: the phase begins again, as many
    visits as were done are added. ask: no change until somebody decides. New visits have no place and no `session`.
    """
    if not visits or policy is LatePolicy.ASK:
        return Revision(visits, asks=bool(visits))
    more = {LatePolicy.CONTINUE: 0, LatePolicy.ADD_SESSION: 1, LatePolicy.RESTART_PHASE: done}[policy]
    late = visits[0]
    end = next((place for place, visit in enumerate(visits) if visit.phase != late.phase), len(visits))
    last = visits[end - 1]
    another = replace(last, window=None, kept=None, fixed=False, early_approved=False, late_days=0, session=None)
    return Revision(renumbered([*visits[:end], *[another] * more, *visits[end:]]))
