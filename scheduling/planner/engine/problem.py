"""What the planner is asked and what it answers: plain frozen values, no behaviour beyond reading them. PURE.

Instants are aware datetimes (answers come in UTC), dates are local dates of the clinic, lengths are whole minutes.
Gaps and windows are those of `protocols.outline.intervals` (D01, B05).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time

from protocols.outline.intervals import Interval, Window
from scheduling.planner.engine.daygrid import Grid


class ProblemError(ValueError):
    """A problem that makes no sense: `rule` is a stable name, `message` one English sentence for a person."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule
        self.message = message


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a visit is booked. `start` is when the patient comes in: staff, room and device are taken from
    `preparation_minutes` before it until `turnover_minutes` after its end. `device` is None when none is needed."""

    start: datetime
    practitioner: str
    room: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to plan; visits are in the order they happen, and each counts from the one before it.

    Give `gap`, or for a first visit `window`. A gap whose floor is in hours counts elapsed hours from the *end* of the
    visit before (nobody knows when within it the needle went in); every other bound counts local dates.
    `not_before`, `deadline` and `blocked` (inclusive ranges, such as the floor of another course on the same area,
    D06) are absolute and never relaxed. `early_approved` and `late_days` carry a practitioner's approval: down to the
    early limit, or so many days beyond latest. `kept` is where the visit is booked: moving it costs, and more when it
    is `settled` (the patient already lives by it); `fixed` says that time and person must stay. `phase` is the phase's
    order, 0 for none. `session` is the caller's own name for it and comes back untouched. Who and what fits:
    `practitioners` lists ids (empty: anyone), the tags must all be carried by practitioner and room.
    """

    sequence: int
    phase: int
    kind: str
    chair_minutes: int
    gap: Interval | None = None
    window: Window | None = None
    not_before: date | None = None
    deadline: date | None = None
    blocked: tuple[tuple[date, date], ...] = ()
    practitioners: frozenset[str] = frozenset()
    practitioner_tags: frozenset[str] = frozenset()
    room_tags: frozenset[str] = frozenset()
    device_tag: str | None = None
    preparation_minutes: int = 0
    turnover_minutes: int = 0
    early_approved: bool = False
    late_days: int = 0
    kept: Placement | None = None
    settled: bool = False
    fixed: bool = False
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A practitioner, room or device. `free` is its calendar: the free masks of all days of the grid in one strip, as
    `daygrid.Calendar.strip` gives it (and too long a number to be printed). `open` is the same with nothing booked:
    what is open and not free is the load that prices a slot; 0 where nobody asks."""

    id: str
    free: int = field(repr=False)
    tags: frozenset[str] = frozenset()
    open: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the patient would like. Weekdays count from Monday = 0, none given means any. Times are wall-clock and hold
    the whole visit: start at or after `earliest`, end at or before `latest`."""

    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None
    practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """What things cost in one sum of points, whole numbers from 0 to 5000, a move's to 100 000, a minute's to 100.

    `day` is multiplied by the square of the days off the ideal, so that one slip of six days is worse than six of one;
    `wait` by the days from the wished start to a first visit that nothing clinical counts towards. `hour` is charged
    for each hour between two visits' times of day, `weekday_change` when their weekdays differ. `busy` is what a slot
    costs on a day, or in an hour of the day, that is wholly booked; `hole` for each rest beside it that is too short
    for another visit; `off_quarter` away from the quarter hours. Defaults: the spacing comes first.
    """

    day: int = 60
    wait: int = 20
    minute: int = 2
    weekday: int = 1000
    change: int = 250
    other_practitioner: int = 600
    weekday_change: int = 50
    hour: int = 40
    busy: int = 100
    hole: int = 60
    off_quarter: int = 25
    moved: int = 20_000
    moved_settled: int = 60_000
    moved_person: int = 4_000


SPACING_FIRST = Weights()
CONVENIENCE_FIRST = Weights(day=15, minute=10, weekday=2000, other_practitioner=2000, hour=80)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the last session that really happened: the first visit's gap counts from here (D02, D03). `start` is
    when it began, None when the hour of the next visit need not follow it."""

    at: datetime
    practitioner: str | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything one planning run may know. Nothing starts before `now` or after the grid's last day, the booking
    horizon. Equal plans are told apart by the order of `practitioners`, `rooms` and `devices`: list them by id.

    Calendars must leave out the bookings of the visits being planned, or those would be in their own way.
    `patient` is the patient's own strip, None means always free.
    """

    grid: Grid
    now: datetime
    visits: tuple[Visit, ...]
    practitioners: tuple[Resource, ...]
    rooms: tuple[Resource, ...]
    devices: tuple[Resource, ...] = ()
    patient: int | None = field(default=None, repr=False)
    anchor: Anchor | None = None
    wishes: Wishes = field(default_factory=Wishes)
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class Term:
    """One soft rule that cost something: `amount` in the rule's own unit (days, minutes, times), `points` weighted."""

    rule: str
    amount: int
    points: int


@dataclass(frozen=True, slots=True)
class Solution:
    """The cheapest plan there is; `cost` is the sum of all terms. The tuples run beside `Problem.visits`.

    A visit beyond the horizon has the placement None and only its window, counted along the ideal dates. `late_days`
    are the days beyond latest that nobody has approved yet: all 0 unless this is the plan of an Infeasible.
    """

    cost: int
    placements: tuple[Placement | None, ...]
    windows: tuple[Window, ...]
    terms: tuple[tuple[Term, ...], ...]
    late_days: tuple[int, ...]
    proven: bool = True

    @property
    def placed(self) -> tuple[Placement, ...]:
        """The places of the first visits, as far as the horizon goes."""
        return tuple(one for one in self.placements if one)


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No plan keeps every window. `sequence` is the first visit that no choice of the earlier ones can place, `rule`
    the hard rule that takes its last start away, `window` the dates it could have had at best. `plan` has the fewest
    days beyond latest, then the least cost, and needs a practitioner's approval (D04); None: not even that exists.
    """

    sequence: int
    rule: str
    window: Window
    plan: Solution | None


Outcome = Solution | Infeasible
