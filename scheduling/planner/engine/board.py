"""A problem laid out for the solver: states and windows of each visit, worked out once, when asked for. PURE."""

from dataclasses import dataclass

import numpy as np

from protocols.outline.intervals import Span
from scheduling.planner.engine.daygrid import minutes_from
from scheduling.planner.engine.edges import Edge
from scheduling.planner.engine.problem import Problem, ProblemError, Visit
from scheduling.planner.engine.slots import Bools, Ints, Open
from scheduling.planner.engine.states import States, by_day, by_start, keeping
from scheduling.planner.engine.windows import (
    by_instant,
    inside_horizon,
    is_regular,
    lower_bound,
    shifted,
    wait_minutes,
    window_of,
)

MOST_CELLS = 4 * 2**20  # of day, practitioner and hour, in all tables together: 64 MB


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a visit can stand: grid days, and where its neighbours see the instant the starts, one a row."""

    day: Ints
    start: Ints | None = None

    def at(self, rows: Ints | Bools) -> "Rows":
        return Rows(self.day[rows], None if self.start is None else self.start[rows])


class Board:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._open: dict[object, Open] = {}
        self._by_day: dict[object, States] = {}
        self._shifted: dict[Span, Ints] = {}
        self._cells = 0

    @property
    def attempted(self) -> int:
        """How many visits are to get a slot."""
        grid, anchor = self.problem.grid, self.problem.anchor
        return inside_horizon(self.problem.visits, grid, grid.local_date(anchor.at) if anchor else None)

    def column(self, practitioner: str | None) -> int | None:
        """Column of a practitioner, -1 for one who is not on the roster any more, None for nobody."""
        columns = {one.id: column for column, one in enumerate(self.problem.practitioners)}
        return None if practitioner is None else columns.get(practitioner, -1)

    @property
    def wished(self) -> int | None:
        column = self.column(self.problem.wishes.practitioner)
        return None if column == -1 else column

    def rows(self, place: int, first_day: int, last_day: int) -> Rows:
        """Where a visit can stand on the grid days `first_day` to `last_day`."""
        these = self._open_for(self.problem.visits[place])
        if self._sees_instants(place):
            rows = Rows(*these.starts(first_day, last_day))
        else:
            low, high = np.searchsorted(these.day, [first_day, last_day + 1]).tolist()
            rows = Rows(these.day[low:high], None)
        self._count(len(rows.day))
        return rows

    def days(self, place: int, days: Ints) -> States:
        """The states of a visit on these grid days, one row a day."""
        visit = self.problem.visits[place]
        these = self._open_for(visit)
        table = self._days_for(visit, these)
        return keeping(table.at(np.searchsorted(table.day, days)), these, self.problem, visit)

    def states(self, place: int, rows: Rows) -> States:
        """The states of a visit on these rows."""
        visit = self.problem.visits[place]
        if rows.start is None:
            found = self.days(place, rows.day)
        else:
            self._count(len(rows.day) * len(self.problem.practitioners))
            these = self._open_for(visit)
            found = keeping(by_start(these, rows.day, rows.start), these, self.problem, visit)
        self._count(found.cost.size)
        return found

    def edge(self, place: int, earlier: Rows) -> Edge:
        """The way to a visit from each row of the one before; for the first one row, from what counts towards it."""
        visit = self.problem.visits[place]
        if visit.gap is None or place == 0:
            return self._first_edge(visit)
        spans = (lower_bound(visit, visit.gap), visit.gap.ideal, visit.gap.latest)
        floor, ideal, latest = (self._shift(span)[earlier.day] for span in spans)
        opens = None
        if by_instant(visit.gap) and earlier.start is not None:
            opens = earlier.start + self.problem.visits[place - 1].chair_minutes + wait_minutes(visit.gap)
        return Edge(earlier.day, floor, ideal, latest + visit.late_days, opens, True, is_regular(visit))

    def _first_edge(self, visit: Visit) -> Edge:
        anchor, grid = self.problem.anchor, self.problem.grid
        own = window_of(visit, grid.local_date(anchor.at) if anchor else None)
        floor = own.early_limit if visit.early_approved else own.floor
        days = [np.array([grid.index(day)]) for day in (floor, own.ideal, own.latest)]
        opens = None
        if anchor and visit.gap and by_instant(visit.gap):
            opens = np.array([minutes_from(anchor.at) + wait_minutes(visit.gap)])
        began = anchor.start if anchor and is_regular(visit) else None
        day = np.array([grid.index(grid.local_date(began)) if began else 0])
        counts = visit.gap is not None
        return Edge(day, days[0], days[1], days[2] + visit.late_days, opens, counts, began is not None)

    def _sees_instants(self, place: int) -> bool:
        return any(by_instant(visit.gap) for visit in self.problem.visits[place : place + 2])

    def _open_for(self, visit: Visit) -> Open:
        key = self._kind(visit)
        if key not in self._open:
            self._open[key] = Open(self.problem, visit)
        return self._open[key]

    def _days_for(self, visit: Visit, these: Open) -> States:
        key = self._kind(visit)
        if key not in self._by_day:
            self._count(len(these.day) * len(self.problem.practitioners) * these.hours)
            self._by_day[key] = by_day(these)
        return self._by_day[key]

    def _shift(self, span: Span) -> Ints:
        if span not in self._shifted:
            self._shifted[span] = shifted(self.problem.grid, span)
        return self._shifted[span]

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > MOST_CELLS:
            raise ProblemError("too_large", "These windows hold more choices than can be compared; narrow them.")

    @staticmethod
    def _kind(visit: Visit) -> object:
        """What the hard rules and the wishes look at: visits alike in it have the same starts."""
        times = (visit.preparation_minutes, visit.chair_minutes, visit.turnover_minutes)
        dates = (visit.not_before, visit.deadline, visit.blocked)
        who_and_what = (visit.practitioners, visit.practitioner_tags, visit.room_tags, visit.device_tag)
        return times, dates, who_and_what, visit.kept if visit.fixed else None
