"""A problem laid out for the solver: states and windows of each visit, worked out once, when asked for. PURE."""

import numpy as np

from protocols.outline.intervals import Span
from scheduling.planner.engine.daygrid import minutes_from
from scheduling.planner.engine.problem import Problem, Visit
from scheduling.planner.engine.states import Ints, Open, States, by_day, by_start, keeping, open_starts
from scheduling.planner.engine.windows import by_instant, inside_horizon, lower_bound, shifted, wait_minutes, window_of

Bounds = tuple[Ints, Ints, Ints, Ints | None]


class Board:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._open: dict[object, Open] = {}
        self._by_day: dict[object, States] = {}
        self._shifted: dict[Span, Ints] = {}

    @property
    def attempted(self) -> int:
        """How many visits are to get a slot."""
        grid, anchor = self.problem.grid, self.problem.anchor
        return inside_horizon(self.problem.visits, grid, grid.local_date(anchor.at) if anchor else None)

    @property
    def last_practitioner(self) -> int | None:
        """Column of the practitioner of the last performed session, -1 for one who is not on the roster any more."""
        last = self.problem.anchor.practitioner if self.problem.anchor else None
        columns = {one.id: column for column, one in enumerate(self.problem.practitioners)}
        return None if last is None else columns.get(last, -1)

    def origin(self) -> States:
        """One row: the last performed session, or any day where there is none."""
        anchor, grid = self.problem.anchor, self.problem.grid
        day = grid.index(grid.local_date(anchor.at)) if anchor else 0
        minutes = minutes_from(anchor.at) if anchor else 0
        return States(np.array([day]), np.array([[minutes]]), np.array([[0]]))

    def states(self, place: int, first_day: int, last_day: int) -> States:
        """The states of a visit on the grid days `first_day` to `last_day`."""
        visit = self.problem.visits[place]
        these = self._open_for(visit)
        if self._sees_instants(place):
            states = by_start(these, first_day, last_day)
        else:
            states = self._days_for(visit, these)
            low, high = np.searchsorted(states.day, [first_day, last_day + 1]).tolist()
            states = states.rows(low, high)
        return keeping(states, these, self.problem, visit, visit.kept) if visit.kept else states

    def bounds(self, place: int, earlier: States) -> Bounds:
        """Floor, ideal and latest (grid days) and where a gap counts by the instant the first minute, for each row of
        the visit before. What was approved is in them."""
        visit = self.problem.visits[place]
        if visit.gap is None or place == 0:
            return self._first_bounds(visit)
        spans = (lower_bound(visit, visit.gap), visit.gap.ideal, visit.gap.latest)
        floor, ideal, latest = (self._shift(span)[earlier.day] for span in spans)
        opens = None
        if by_instant(visit.gap):
            opens = earlier.start[:, 0] + self.problem.visits[place - 1].chair_minutes + wait_minutes(visit.gap)
        return floor, ideal, latest + visit.late_days, opens

    def _first_bounds(self, visit: Visit) -> Bounds:
        problem, anchor = self.problem, self.problem.anchor
        own = window_of(visit, problem.grid.local_date(anchor.at) if anchor else None)
        floor = own.early_limit if visit.early_approved else own.floor
        days = [np.array([problem.grid.index(day)]) for day in (floor, own.ideal, own.latest)]
        opens = None
        if anchor and visit.gap and by_instant(visit.gap):
            opens = np.array([minutes_from(anchor.at) + wait_minutes(visit.gap)])
        return days[0], days[1], days[2] + visit.late_days, opens

    def _sees_instants(self, place: int) -> bool:
        return any(by_instant(visit.gap) for visit in self.problem.visits[place : place + 2])

    def _open_for(self, visit: Visit) -> Open:
        key = self._kind(visit)
        if key not in self._open:
            self._open[key] = open_starts(self.problem, visit)
        return self._open[key]

    def _days_for(self, visit: Visit, these: Open) -> States:
        key = self._kind(visit)
        if key not in self._by_day:
            self._by_day[key] = by_day(these)
        return self._by_day[key]

    def _shift(self, span: Span) -> Ints:
        if span not in self._shifted:
            self._shifted[span] = shifted(self.problem.grid, span)
        return self._shifted[span]

    @staticmethod
    def _kind(visit: Visit) -> object:
        """What the hard rules and the wishes look at: visits alike in it have the same starts."""
        times = (visit.preparation_minutes, visit.chair_minutes, visit.turnover_minutes)
        dates = (visit.not_before, visit.deadline, visit.blocked)
        who_and_what = (visit.practitioners, visit.practitioner_tags, visit.room_tags, visit.device_tag)
        return times, dates, who_and_what, visit.kept if visit.fixed else None
