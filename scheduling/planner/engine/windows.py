"""Where a gap lets the next visit stand: for one date, and for every day of a grid at once. PURE."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from protocols.outline.intervals import Interval, Span, Unit, Window, shift, window
from scheduling.planner.engine.daygrid import Grid
from scheduling.planner.engine.problem import Visit

Days = NDArray[np.int64]


def by_instant(gap: Interval | None) -> bool:
    """Whether the gap is counted from the end of the visit before rather than from its date: a floor in hours, or one
    of zero days, where only the instant keeps two visits of a day apart."""
    return gap is not None and (gap.floor.unit is Unit.HOUR or not (gap.floor.months or gap.floor.days))


def is_regular(visit: Visit) -> bool:
    """Whether its weekday and hour should follow the visit before: not where the gap itself is counted in hours."""
    return visit.gap is not None and not by_instant(visit.gap)


def wait_minutes(gap: Interval) -> int:
    """Elapsed minutes that a `by_instant` gap asks for after the end of the visit before."""
    return gap.floor.amount * 60 if gap.floor.unit is Unit.HOUR else 0


def opens_at(visit: Visit, ended: datetime | None) -> datetime | None:
    """Where the gap counts by the instant: the earliest start when the visit before ended at `ended`."""
    if visit.gap is None or ended is None or not by_instant(visit.gap):
        return None
    return ended + timedelta(minutes=wait_minutes(visit.gap))


def lower_bound(visit: Visit, gap: Interval) -> Span:
    """The floor, or the early limit once a practitioner approved it (D01)."""
    return gap.early_limit if visit.early_approved else gap.floor


def window_of(visit: Visit, previous: date | None) -> Window:
    """The window of a visit whose predecessor is on the local date `previous`."""
    if visit.gap is not None and previous is not None:
        return window(visit.gap, previous)
    if visit.window is None:
        raise ValueError("a visit without a gap needs a window")
    return visit.window


def closed(window: Window, until: date | None) -> Window:
    """The window of a visit with a last day, such as one whose phase ends by date (P08); one that begins after that day
    can never be placed, and stays as it is."""
    if until is None or window.floor > until:
        return window
    latest = min(window.latest, until)
    return Window(window.early_limit, window.floor, min(window.ideal, latest), latest)


def shifted(grid: Grid, span: Span) -> Days:
    """Grid index of `span` after every day of the grid, as `intervals.shift` has it; may leave the grid."""
    days = np.arange(grid.days, dtype=np.int64)
    if not span.months:
        return days + span.days
    dates = np.datetime64(grid.first) + days
    months = dates.astype("datetime64[M]")
    target = months + span.months
    begins = target.astype("datetime64[D]")
    longest = (target + 1).astype("datetime64[D]") - begins
    day_of_month = np.minimum(dates - months.astype("datetime64[D]"), longest - np.timedelta64(1, "D"))
    index: Days = (begins + day_of_month - np.datetime64(grid.first)).astype(np.int64)
    return index + span.days


def inside_horizon(visits: Sequence[Visit], grid: Grid, previous: date | None) -> int:
    """How many visits are to get a slot, the first of them counting from `previous`.

    Counted along ideal dates, and from where a visit is booked: those whose whole window the grid holds, so that none
    is squeezed only because the next must just make it. A first visit has none before it that could be squeezed, and
    no visit is left out while a later one is booked.
    """
    booked = [
        place for place, visit in enumerate(visits) if visit.kept and grid.local_date(visit.kept.start) <= grid.last
    ]
    for place, visit in enumerate(visits):
        if visit.kept:
            ideal = last = grid.local_date(visit.kept.start)
        else:
            own = closed(window_of(visit, previous), visit.deadline)
            ideal = max(own.ideal, visit.not_before or own.ideal, grid.first)
            last = max(ideal, own.latest) if place else ideal
        if last > grid.last and place > max(booked, default=-1):
            return place
        previous = ideal
    return len(visits)


def reach(visits: Sequence[Visit], previous: date | None, today: date) -> list[tuple[date, date]]:
    """Earliest and latest date on which each visit can be at all, for loading no day that no window touches.

    A month clipped at its end never overtakes, so counting along the floors and along the latests is exact.
    """
    ranges = []
    low = high = previous
    for visit in visits:
        first, last = window_of(visit, low), window_of(visit, high)
        low = max(first.early_limit if visit.early_approved else first.floor, visit.not_before or today, today)
        high = max(shift(last.latest, Span(visit.late_days, Unit.DAY)), low)
        ranges.append((low, high))
    return ranges
