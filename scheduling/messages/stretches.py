"""Stretches of treatment (D44): acts with a needle, allergy test and upkeep included, less than 28 days apart. PURE."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

GAP = timedelta(days=28)  # a gap this long ends a stretch (D44)


@dataclass(frozen=True, slots=True)
class Act:
    """One act with a needle: the local day on which it was, is booked or is planned.

    `until` is that day too, or the last day of the window of an act without a time. `booked_ahead`: it has a time that
    lies ahead and nothing holds its course back.
    """

    session: int
    day: date
    until: date
    booked_ahead: bool = False
    course: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Acts in order of their days, none 28 days or more after the one before. `free`: how long before the first of them
    no aspirin is taken, by the rule in force (F209, F272)."""

    acts: tuple[Act, ...]
    free: timedelta

    @property
    def first(self) -> date:
        return self.acts[0].day

    @property
    def last(self) -> date:
        """Never earlier than the last act that is booked or planned."""
        return max(act.until for act in self.acts)

    @property
    def aspirin_free_from(self) -> date:
        return self.first - self.free

    @property
    def sessions(self) -> frozenset[int]:
        return frozenset(act.session for act in self.acts)

    @property
    def course(self) -> int | None:
        """The one course of what lies ahead; None when it is of several, or of none."""
        courses = {act.course for act in self.acts if act.booked_ahead}
        return courses.pop() if len(courses) == 1 else None


def stretches_of(acts: Iterable[Act], free: timedelta) -> list[Stretch]:
    """The acts of one patient as stretches, the earliest first."""
    runs: list[list[Act]] = []
    for act in sorted(acts, key=lambda each: (each.day, each.session)):
        if runs and act.day - runs[-1][-1].day < GAP:
            runs[-1].append(act)
        else:
            runs.append([act])
    return [Stretch(tuple(run), free) for run in runs]
