"""The windows of the visits to come, counted from what really happened and where the others stand (D03). No calendar
is read, so it is cheap enough for every performed visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from protocols.outline.intervals import Window
from scheduling.planner.engine.windows import closed, opens_at, window_of
from scheduling.planner.problem import anchor_of, visits_of
from scheduling.planner.state import CourseState
from scheduling.planner.steps import Step


@dataclass(frozen=True, slots=True)
class Due:
    """A visit still to come, the window it has now, and before when it may not start (hours after the test, B02).

    `gone`: its phase ends by date before it could take place (P08).
    """

    step: Step
    window: Window
    not_before: datetime | None
    early_approved: bool
    late_days: int
    gone: bool = False

    def stands_outside(self, state: CourseState) -> bool:
        """It is booked where neither its window nor a practitioner's word allows it."""
        if self.step.booking is None:
            return False
        start = self.step.booking.start
        if self.not_before is not None and start < self.not_before:
            return True
        first = self.window.early_limit if self.early_approved else self.window.floor
        last = self.window.latest + timedelta(days=self.late_days)
        return not first <= start.astimezone(state.zone).date() <= last


def windows_now(state: CourseState) -> Iterator[Due]:
    """Every visit still to come, in order. One that has no time is counted at its ideal date, its end unknown."""
    anchor = anchor_of(state)
    day = anchor.at.astimezone(state.zone).date() if anchor else None
    ended = anchor.at if anchor else None
    for visit, step in zip(visits_of(state, {}), state.pending, strict=True):
        window = window_of(visit, day)
        gone = step.until is not None and window.floor > step.until
        window = closed(window, step.until)
        yield Due(step, window, opens_at(visit, ended), visit.early_approved, visit.late_days, gone)
        if not gone:
            day = step.booking.start.astimezone(state.zone).date() if step.booking else window.ideal
            ended = step.booking.end if step.booking else None
