"""Free starts at a location, soonest first, read from the strips of everyone and everything that must be free.

Static things are read once (people's hours, holidays, rooms, devices), bookings in stretches that grow, so a search
that finds its slots in the first days never reads the rest of the year. At most eight queries.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from heapq import merge
from itertools import islice
from operator import or_
from typing import Any

from clinic.base.clock import local_date
from clinic.models import Location
from patients.queries.rules import current_rules
from protocols.eligibility.limits import upper_age_day
from protocols.models import Phase, Protocol
from protocols.queries import policies
from scheduling.calendar.queries.free_resources import device_kind
from scheduling.calendar.queries.location_calendar import LocationCalendar, read_location_calendar
from scheduling.models import NEEDLE_KINDS, PRESCRIBER_KINDS, Course, Session
from scheduling.planner.away import Stretch, away_of
from scheduling.planner.busy import Owner, busy_strips, read_busy, ticks, without
from scheduling.planner.calendars import PRESCRIBER
from scheduling.planner.engine.daygrid import (
    STEP,
    STRIDE,
    Grid,
    between,
    bits,
    marks,
    runs,
    to_instant,
    to_minutes,
    whole_days,
)
from scheduling.planner.engine.problem import Visit
from scheduling.planner.hours import open_strip
from scheduling.planner.problem import visits_of
from scheduling.planner.state import at_place, read_state

DEFAULT_MINUTES = 30  # the source's figure (D33); a director may choose another for the clinic
STRETCHES = (3, 10, 30)  # days read at a time, then all the rest


@dataclass(frozen=True, slots=True)
class Opening:
    """A start that could be booked now, with the first room and device that would do."""

    start: datetime
    end: datetime
    practitioner_id: int
    room_id: int
    device_id: int | None


def last_day_of_age(session: Session) -> date | None:
    """The day before the patient reaches the upper age, where the visit is one with a needle (D48)."""
    day = upper_age_day(current_rules(), session.patient.birth_date) if session.kind in NEEDLE_KINDS else None
    return day - timedelta(days=1) if day else None


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `first` and `last` are local dates, both included: from today to the horizon when None.

    `every`: how close two offered starts of one person may be, in minutes. `ignoring`: a session whose own time counts
    as free. `closed`: stretches of local dates, ends included, on which the visit may not be.
    """

    location: Location
    chair_minutes: int = DEFAULT_MINUTES
    first: date | None = None
    last: date | None = None
    not_before: datetime | None = None
    practitioner_id: int | None = None
    prescriber: bool = False
    device_kind_id: int | None = None
    patient_id: int | None = None
    ignoring: int | None = None
    closed: tuple[tuple[date, date], ...] = ()
    limit: int = 20
    every: int = STEP

    @classmethod
    def for_kind(cls, location: Location, kind: str, *, protocol: Protocol | None = None, **rest: Any) -> "Search":
        """For a visit of `kind` that is no session yet; chair time by its protocol's first phase, else as usual."""
        minutes = chair_minutes_of(protocol) if protocol else usual_minutes()
        return cls(location, minutes, prescriber=kind in PRESCRIBER_KINDS, **rest)

    @classmethod
    def for_session(
        cls,
        session: Session,
        *,
        now: datetime,
        first: date | None = None,
        last: date | None = None,
        not_on: date | None = None,
        **rest: Any,
    ) -> "Search":
        """For a session: its chair time, its window, its patient, what its course is treated with, and what planning
        would ask of it besides: who may do it, the patient's days away, other courses on the same skin (D06)."""
        visit, away = planned_as(session, now)
        until = visit.deadline if visit else None
        kept_from = (*(visit.blocked if visit else ()), *away, *([(not_on, not_on)] if not_on else []))
        search = cls(
            session.location,
            session.chair_minutes,
            first=max((day for day in (first, session.first_day) if day), default=None),
            last=min((day for day in (last, session.last_day, until, last_day_of_age(session)) if day), default=None),
            not_before=session.not_before,
            prescriber=PRESCRIBER in visit.practitioner_tags if visit else session.kind in PRESCRIBER_KINDS,
            device_kind_id=device_kind(session),
            patient_id=session.patient_id,
            ignoring=session.pk,
            closed=kept_from,
        )
        return replace(search, **rest)

    def bounded(self, now: datetime) -> "Search":
        """The same search with both dates, today or later and inside the location's horizon."""
        today = local_date(now, self.location.timezone)
        horizon = today + timedelta(days=self.location.horizon_days)
        return replace(self, first=max(self.first or today, today), last=min(self.last or horizon, horizon))

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of a bounded search."""
        if self.first is None or self.last is None:
            raise ValueError("bound the search first")
        return self.first, self.last


def planned_as(session: Session, now: datetime) -> tuple[Visit | None, list[Stretch]]:
    """A visit of a course as planning sees it, None for any other, and the patient's days away."""
    if session.course_id is None:
        return None, away_of(Course.objects.filter(patient=session.patient_id))
    state = at_place(read_state(session.course_id, now), session.location)
    visits = visits_of(state, {})
    return next((visit for visit in visits if visit.session == str(session.pk)), None), state.away


def usual_minutes() -> int:
    """Chair time of a visit that no protocol shapes, as the clinic has set it (D33)."""
    return policies().chair_minutes


def chair_minutes_of(protocol: Protocol) -> int:
    phases = Phase.objects.filter(version__protocol=protocol, version__status="active")
    return phases.order_by("order").values_list("chair_minutes", flat=True).first() or usual_minutes()


def free_slots(*, search: Search, now: datetime) -> list[Opening]:
    """The next `limit` free starts, soonest first, then by practitioner; [] when there are none up to `last`."""
    bounded = search.bounded(now)
    first, last = bounded.days
    return list(islice(openings(bounded, now), bounded.limit)) if first <= last else []


def next_start(search: Search, *, after: datetime, now: datetime) -> datetime | None:
    """The first free start of a search from `after` on; two weeks beyond it when its last day is nearer than that."""
    bounded = search.bounded(now)
    first, last = bounded.days
    day = max(local_date(after, search.location.timezone), first)
    later = replace(bounded, first=day, last=max(last, day + timedelta(days=14)), limit=1)
    found = free_slots(search=replace(later, not_before=latest_of(search.not_before, after)), now=now)
    return found[0].start if found else None


def latest_of(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def openings(search: Search, now: datetime) -> Iterator[Opening]:
    first, last = search.days
    calendar = read_location_calendar(
        location=search.location.pk,
        first=first,
        last=last,
        prescriber=search.prescriber,
        practitioner=search.practitioner_id,
        kind=search.device_kind_id,
        session=search.ignoring,
    )
    for grid in stretches(search):
        yield from openings_of(calendar, grid, search, latest_of(now, search.not_before) or now)


def stretches(search: Search) -> Iterator[Grid]:
    """The days from first to last, a few at first and then more at a time."""
    first, last = search.days
    for length in (*STRETCHES, (last - first).days + 1):
        length = min(length, (last - first).days + 1)
        if length > 0:
            yield Grid(search.location.timezone, first, length)
        first += timedelta(days=length)


def openings_of(calendar: LocationCalendar, grid: Grid, search: Search, since: datetime) -> Iterator[Opening]:
    """The free starts of the grid's days from `since` on.

    A start needs the patient for the chair time, and a person, a room and a device for the occupied range.
    """
    location, whole = search.location, whole_days(grid)
    before, chair = marks(location.preparation_minutes), marks(search.chair_minutes)
    length = before + chair + marks(location.turnover_minutes)
    busy = busy_of(calendar, grid, search)

    def free(name: str, ids: Iterable[int], strip: int = whole) -> dict[int, int]:
        return {pk: runs(strip & ~busy.get((name, pk), 0), length) for pk in ids}

    rooms, devices = free("room", calendar.rooms), free("device", calendar.devices)
    there = without_days(grid, search.closed) & ~busy.get(("patient", search.patient_id or 0), 0)
    patient = runs(there, chair)
    possible = anyone(rooms) & (patient & ahead(grid, since)) >> before
    if calendar.devices:
        possible &= anyone(devices)
    people = {
        pk: open_strip(grid, rows, range(grid.days), calendar.closed) & ~busy.get(("practitioner", pk), 0)
        for pk, rows in calendar.hours.items()
    }
    starts = (starts_of(pk, (runs(strip, length) & possible) << before, search.every) for pk, strip in people.items())
    for place, pk in merge(*starts):
        start = to_instant(grid.minutes(*divmod(place, STRIDE)))
        end = start + timedelta(minutes=search.chair_minutes)
        room, device = first_with(rooms, place - before), first_with(devices, place - before)
        yield Opening(start, end, pk, room or 0, device)


def busy_of(calendar: LocationCalendar, grid: Grid, search: Search) -> dict[Owner, int]:
    wanted = {"practitioner": calendar.hours, "room": calendar.rooms, "device": calendar.devices}
    patients = [search.patient_id] if search.patient_id else []
    span = (to_instant(grid.midnights[0]), to_instant(grid.midnights[-1]))
    rows = read_busy({**wanted, "patient": patients}, [span])
    if calendar.own:
        begins = {"patient": ticks(calendar.own.start)}
        usual = ticks(calendar.own.occupied_start)
        rows = {owner: without(taken, [begins.get(owner[0], usual)]) for owner, taken in rows.items()}
    return dict(zip(rows, busy_strips(grid, list(rows.values())), strict=True))


def without_days(grid: Grid, closed: Iterable[Stretch]) -> int:
    """All marks of the grid but those of some stretches of days."""
    return whole_days(grid) & ~reduce(or_, (between(grid, first, last) for first, last in closed), 0)


def anyone(strips: Mapping[int, int]) -> int:
    return reduce(or_, strips.values(), 0)


def ahead(grid: Grid, since: datetime) -> int:
    """All marks of the grid from `since` on."""
    day, mark = grid.locate(to_minutes(since + timedelta(minutes=STEP) - timedelta.resolution))
    gone = max(day, 0) * STRIDE + mark
    return whole_days(grid) >> gone << gone


def starts_of(pk: int, free: int, every: int) -> Iterator[tuple[int, int]]:
    return ((place, pk) for place in spaced(bits(free), marks(every)))


def spaced(found: Iterator[int], every: int) -> Iterator[int]:
    """Places on the full `every`, and the first of a run that holds none of those, so that no gap goes unoffered."""
    if every <= 1:
        yield from found
        return
    run: list[int] = []
    for place in found:
        if run and place != run[-1] + 1:
            yield from on_full(run, every)
            run = []
        run.append(place)
    yield from on_full(run, every)


def on_full(run: list[int], every: int) -> list[int]:
    return [place for place in run if place % STRIDE % every == 0] or run[:1]


def first_with(strips: Mapping[int, int], place: int) -> int | None:
    return next((pk for pk, strip in strips.items() if strip >> place & 1), None)
