"""The rules of a good plan, one named function each. PURE.

HARD rules say where a visit may start: each gives the strip (see daygrid) of starts that it allows for one visit with
one practitioner, and a start must be allowed by all. They are in the order in which a person would ask, because the
rule that takes the last start away is the one that is named. The window between two visits is a hard rule as well; it
is kept by the solver's edges and named WINDOW. SOFT rules count what a placement costs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache, reduce
from operator import or_

from protocols.outline.intervals import Window
from scheduling.planner.engine.daygrid import (
    HOUR,
    QUARTER,
    STRIDE,
    between,
    day_of,
    marks,
    runs,
    to_minutes,
    whole_days,
)
from scheduling.planner.engine.problem import Placement, Problem, Resource, Visit, Weights, Wishes

WINDOW = "inside_window"

# Two tiers of points: fewest late days come first, because one is more than everything else can sum up to in a problem
# that `guard` lets through; then one sum of all soft rules.
LATE_DAY = 10**13
KEPT_PLACE = 10  # touches nothing else, so any number will do
MOST_HOURS = 3  # from so many hours of difference on, a time of day is simply another one


def occupied(free: int, visit: Visit) -> int:
    """Starts at which a resource is free from preparation to the end of turnover."""
    before = marks(visit.preparation_minutes)
    return runs(free, before + marks(visit.chair_minutes) + marks(visit.turnover_minutes)) << before


def rooms_for(problem: Problem, visit: Visit) -> list[Resource]:
    return [room for room in problem.rooms if visit.room_tags <= room.tags]


def devices_for(problem: Problem, visit: Visit) -> list[Resource]:
    return [device for device in problem.devices if visit.device_tag in device.tags]


def in_the_future(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    """Nothing starts before now."""
    gone = problem.grid.position(problem.now, up=True)
    return whole_days(problem.grid) >> gone << gone


def allowed_dates(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    """The visit's own absolute dates: not before, deadline, and what other courses block (D06)."""
    grid = problem.grid
    allowed = between(grid, visit.not_before or grid.first, visit.deadline or grid.last)
    for first, last in visit.blocked:
        allowed &= ~between(grid, first, last)
    return allowed


def practitioner_suitable(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    """Some acts need a prescriber (D20), some visits one of certain people, a fixed one its own person."""
    listed = not visit.practitioners or practitioner.id in visit.practitioners
    booked = not visit.fixed or visit.kept is None or visit.kept.practitioner == practitioner.id
    return whole_days(problem.grid) if listed and booked and visit.practitioner_tags <= practitioner.tags else 0


def practitioner_free(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    return occupied(practitioner.free, visit)


def patient_free(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    """The patient is there from start to end; preparation and turnover happen without them."""
    free = whole_days(problem.grid) if problem.patient is None else problem.patient
    return runs(free, marks(visit.chair_minutes))


def room_free(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    """Some suitable room."""
    return reduce(or_, (occupied(room.free, visit) for room in rooms_for(problem, visit)), 0)


def device_free(problem: Problem, visit: Visit, practitioner: Resource) -> int:
    """Some suitable device, for a visit that needs one."""
    if visit.device_tag is None:
        return whole_days(problem.grid)
    return reduce(or_, (occupied(device.free, visit) for device in devices_for(problem, visit)), 0)


HardRule = Callable[[Problem, Visit, Resource], int]
HARD: tuple[HardRule, ...] = (
    in_the_future,
    allowed_dates,
    practitioner_suitable,
    practitioner_free,
    patient_free,
    room_free,
    device_free,
)
PERSONAL: frozenset[HardRule] = frozenset({practitioner_suitable, practitioner_free})  # the others are the same for all


def sieve(problem: Problem, visit: Visit, free: int) -> Iterator[tuple[str, list[int]]]:
    """What is left of the starts in the strip `free`, one strip a practitioner, after each hard rule in their order."""
    people = problem.practitioners
    if visit.fixed and visit.kept:
        free &= 1 << problem.grid.position(visit.kept.start)
    left = [free] * len(people)
    yield WINDOW, left
    for rule in HARD:
        if rule in PERSONAL:
            left = [starts & rule(problem, visit, one) for one, starts in zip(people, left, strict=True)]
        else:
            allowed = rule(problem, visit, people[0])
            left = [starts & allowed for starts in left]
        yield rule.__name__, left


def blocking_rule(problem: Problem, visit: Visit, first: date, last: date) -> str:
    """Name of the rule that takes away the last start of a visit on the local dates `first` to `last`."""
    if last < problem.grid.first:
        return in_the_future.__name__
    free = between(problem.grid, first, last)
    return next((name for name, left in sieve(problem, visit, free) if not any(left)), WINDOW)


def rule_against(problem: Problem, visit: Visit, placement: Placement) -> str | None:
    """Name of the first hard rule that forbids this start with this practitioner, whatever the window says."""
    there = sieve(problem, replace(visit, kept=placement, fixed=True), whole_days(problem.grid))
    return next((name for name, left in there if not any(left)), None)


def place_at(problem: Problem, visit: Visit, start: int) -> tuple[str, str | None]:
    """Room and device for an allowed start (minutes since the epoch): the first that is free, or the booked one when
    the visit is booked for that very start."""
    day, mark = problem.grid.locate(start)
    booked = visit.kept if visit.kept and to_minutes(visit.kept.start) == start else None
    room = _first_free(rooms_for(problem, visit), visit, day, mark, booked.room if booked else None)
    if visit.device_tag is None:
        return room, None
    return room, _first_free(devices_for(problem, visit), visit, day, mark, booked.device if booked else None)


def _first_free(resources: list[Resource], visit: Visit, day: int, mark: int, booked: str | None) -> str:
    """The id of the booked or else the first resource that is free; "" when none is."""
    asked = sorted(resources, key=lambda one: one.id != booked)
    return next((one.id for one in asked if occupied(day_of(one.free, day), visit) >> mark & 1), "")


@dataclass(frozen=True, slots=True)
class Stand:
    """A visit where it is: what the soft rules look at.

    `earliest` and `latest` are the window's bounds with what was approved, `opens` the instant before which a gap
    counted in hours allows nothing; `before` is the practitioner of the visit before, None when nobody is known, and
    `began` its start, None when this visit's weekday and hour need not follow it.
    """

    problem: Problem
    visit: Visit
    window: Window
    earliest: date
    latest: date
    opens: datetime | None
    before: str | None
    placement: Placement
    began: datetime | None = None

    @property
    def day(self) -> date:
        return self.problem.grid.local_date(self.placement.start)

    @property
    def bit(self) -> int:
        """The bit of its start in a strip."""
        return self.problem.grid.position(self.placement.start)

    @property
    def practitioner(self) -> Resource | None:
        people = self.problem.practitioners
        return next((one for one in people if one.id == self.placement.practitioner), None)


def minutes_outside(wishes: Wishes, start: int, minutes: int) -> int:
    """Minutes by which a visit of `minutes`, starting at wall minute `start`, sticks out of the wished time."""
    early = _minute(wishes.earliest) - start if wishes.earliest else 0
    late = start + minutes - _minute(wishes.latest) if wishes.latest else 0
    return max(early, 0) + max(late, 0)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def ideal_day(stand: Stand) -> int:
    """Days between the visit and its ideal date."""
    return abs((stand.day - stand.window.ideal).days) if stand.visit.gap else 0


def wished_start(stand: Stand) -> int:
    """Days between a first visit that counts from nothing and the day it was asked for."""
    return 0 if stand.visit.gap else abs((stand.day - stand.window.ideal).days)


def wished_time(stand: Stand) -> int:
    """Minutes outside the wished time of day."""
    grid = stand.problem.grid
    day, mark = grid.locate(to_minutes(stand.placement.start))
    return minutes_outside(stand.problem.wishes, grid.wall_minute(day, mark), stand.visit.chair_minutes)


def wished_weekday(stand: Stand) -> int:
    weekdays = stand.problem.wishes.weekdays
    return int(bool(weekdays) and stand.day.weekday() not in weekdays)


def wished_practitioner(stand: Stand) -> int:
    return int(stand.problem.wishes.practitioner not in (None, stand.placement.practitioner))


def same_practitioner(stand: Stand) -> int:
    """A change of practitioner since the visit before, unless it is one to the practitioner asked for."""
    now = stand.placement.practitioner
    return int(stand.before not in (None, now) and now != stand.problem.wishes.practitioner)


def same_weekday(stand: Stand) -> int:
    """Another weekday than the visit before."""
    began = stand.began
    return int(began is not None and stand.problem.grid.local_date(began).weekday() != stand.day.weekday())


def same_hour(stand: Stand) -> int:
    """Hours between the times of day of this visit and the one before, each taken as the hour it begins in."""
    if stand.began is None:
        return 0
    return hours_apart(stand.problem.grid.hour(stand.began), stand.problem.grid.hour(stand.placement.start))


def hours_apart(one: int, other: int) -> int:
    return min(abs(one - other), MOST_HOURS)


def busy_day(stand: Stand) -> int:
    """Percent of the practitioner's time of that day that is booked."""
    one, day = stand.practitioner, stand.bit // STRIDE
    return load(day_of(one.open, day), day_of(one.free, day)) if one else 0


def busy_hour(stand: Stand) -> int:
    """Percent of the practitioner's time in that hour of all days that is booked."""
    one, hour = stand.practitioner, stand.bit % STRIDE // HOUR
    if one is None or not one.open:
        return 0
    return load(one.open & every_day(stand.problem.grid.days, hour), one.free)


def load(opened: int, free: int) -> int:
    """Percent of what is open that is booked."""
    return (opened & ~free).bit_count() * 100 // max(opened.bit_count(), 1)


@lru_cache(maxsize=512)
def every_day(days: int, hour: int) -> int:
    """The strip of one hour, counted from midnight, of every day."""
    return reduce(or_, (((1 << HOUR) - 1) << day * STRIDE + hour * HOUR for day in range(days)), 0)


def holes(stand: Stand) -> int:
    """Rests before and after it that are too short for another visit like it."""
    one, (day, mark) = stand.practitioner, divmod(stand.bit, STRIDE)
    before, after = rests(day_of(one.free, day), stand.visit) if one else (0, 0)
    return (before >> mark & 1) + (after >> mark & 1)


def rests(free: int, visit: Visit) -> tuple[int, int]:
    """The starts before which, and after which, a rest of a quarter of an hour or more is left that no visit as long as
    this one fits into. A shorter rest is the price of starting on the quarter."""
    ahead = marks(visit.preparation_minutes)
    length = ahead + marks(visit.chair_minutes) + marks(visit.turnover_minutes)
    some = marks(QUARTER)
    if length <= some:
        return 0, 0
    short, enough = runs(free, some), runs(free, length)
    before = (short << some) & ~(enough << length)
    return before << ahead, (short & ~enough) >> length << ahead


def off_quarter(stand: Stand) -> int:
    """Not on a quarter of an hour."""
    grid = stand.problem.grid
    return int(grid.wall_minute(*divmod(stand.bit, STRIDE)) % QUARTER != 0)


def kept_time(stand: Stand) -> int:
    """Moved to another time than it is booked for."""
    return int(stand.visit.kept is not None and stand.visit.kept.start != stand.placement.start)


def kept_practitioner(stand: Stand) -> int:
    """Same time as booked, other practitioner."""
    kept = stand.visit.kept
    return int(kept is not None and not kept_time(stand) and kept.practitioner != stand.placement.practitioner)


def kept_place(stand: Stand) -> int:
    """Same time as booked, other room and other device: one each."""
    kept, now = stand.visit.kept, stand.placement
    if kept is None or kept_time(stand):
        return 0
    return (kept.room != now.room) + (kept.device != now.device)


def within_latest(stand: Stand) -> int:
    """Days beyond latest that nobody approved; only the plan offered for approval has any."""
    return max((stand.day - stand.latest).days, 0)


SoftRule = Callable[[Stand], int]
Points = Callable[[Weights, Visit, int], int]
SOFT: tuple[tuple[SoftRule, Points], ...] = (
    (within_latest, lambda _weights, _visit, days: LATE_DAY * days),
    (kept_time, lambda weights, visit, _moved: weights.moved_settled if visit.settled else weights.moved),
    (kept_practitioner, lambda weights, _visit, _changed: weights.moved_person),
    (kept_place, lambda _weights, _visit, places: KEPT_PLACE * places),
    (ideal_day, lambda weights, _visit, days: weights.day * days * days),
    (wished_start, lambda weights, _visit, days: weights.wait * days),
    (wished_time, lambda weights, _visit, minutes: weights.minute * minutes),
    (wished_weekday, lambda weights, _visit, _broken: weights.weekday),
    (wished_practitioner, lambda weights, _visit, _broken: weights.other_practitioner),
    (same_practitioner, lambda weights, _visit, _changed: weights.change),
    (same_weekday, lambda weights, _visit, _changed: weights.weekday_change),
    (same_hour, lambda weights, _visit, hours: weights.hour * hours),
    (busy_day, lambda weights, _visit, percent: price(weights.busy, percent)),
    (busy_hour, lambda weights, _visit, percent: price(weights.busy, percent)),
    (holes, lambda weights, _visit, number: weights.hole * number),
    (off_quarter, lambda weights, _visit, _off: weights.off_quarter),
)
PRICE: frozenset[str] = frozenset(rule.__name__ for rule in (busy_day, busy_hour, holes, off_quarter))


def price(busy: int, percent: int) -> int:
    return busy * percent // 100
