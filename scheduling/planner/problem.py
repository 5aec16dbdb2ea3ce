"""A course's state and the calendar as one question to the planner."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

from protocols.eligibility import GateStatus
from protocols.eligibility.gate import WAIT
from protocols.outline.intervals import Interval, Window
from scheduling.models import NEEDLE_KINDS, PRESCRIBER_KINDS, Booking
from scheduling.planner.calendars import PRESCRIBER, Timetable, read_timetable
from scheduling.planner.engine.daygrid import Grid
from scheduling.planner.engine.problem import Anchor, Placement, Problem, Visit, Wishes
from scheduling.planner.engine.windows import reach, window_of
from scheduling.planner.hours import Ranges, open_strip
from scheduling.planner.neighbours import ON_THE_SKIN, blocked_days
from scheduling.planner.state import CourseState, at_place, ends_before
from scheduling.planner.steps import Step

FIRST_WITHIN = timedelta(days=14)  # how long after the wished start a course may begin; no source says
LEAD = timedelta(minutes=30)  # a new course does not begin before somebody had time to accept it
NOTICE = timedelta(days=1)  # nobody who has no time yet is sent one for today
SETTLED = timedelta(days=7)  # what is so near a patient already lives by; no source says
Late = Mapping[int, int]  # sequence -> days beyond latest that a practitioner approved


def problem_of(
    state: CourseState, *, late: Late | None = None, whole: bool = False, freed: Sequence[Booking] = ()
) -> Problem | None:
    """What to ask the planner about `state` where the course goes on; None when every visit there has happened. Times
    that will be `freed` elsewhere count as free.

    Only the days that a window can touch are read, or with `whole` all days up to the horizon: a plan beyond latest, or
    one that a person moves by hand, may need them.
    """
    state = at_place(state, state.course.location)
    visits = visits_of(state, late or {})
    if not visits:
        return None
    grid = grid_of(state)
    everything = [(grid.first, grid.last)]
    timetable = read_timetable(
        location=state.course.location,
        grid=grid,
        ranges=everything if whole else touched(state, visits),
        patients=[state.course.patient_id],
    )
    timetable.give_back(freed)
    return posed(state, visits, timetable)


def posed(state: CourseState, visits: tuple[Visit, ...], timetable: Timetable) -> Problem:
    """The problem of a course on a timetable that is already there; its own bookings count as free."""
    timetable.give_back(own_bookings(state))
    return Problem(
        grid=timetable.grid,
        now=state.now if own_bookings(state) else state.now + LEAD,
        visits=visits,
        practitioners=timetable.resources("practitioner"),
        rooms=timetable.resources("room"),
        devices=timetable.resources("device"),
        patient=timetable.patient(state.course.patient_id, state.away) & ~cannot_come(state, timetable.grid),
        anchor=anchor_of(state),
        wishes=wishes_of(state),
        weights=state.weights,
    )


def cannot_come(state: CourseState, grid: Grid) -> int:
    """The strip of the times at which the patient said they cannot come."""
    return open_strip(grid, state.cannot, range(grid.days), frozenset()) if state.cannot else 0


def grid_of(state: CourseState) -> Grid:
    """From today to the location's booking horizon, or to the last visit booked beyond it."""
    first, zone = state.today, state.zone
    booked = (booking.start.astimezone(zone).date() for booking in own_bookings(state))
    last = max([first + timedelta(days=state.course.location.horizon_days), *booked])
    return Grid(state.course.location.timezone, first, (last - first).days + 1)


def own_bookings(state: CourseState) -> list[Booking]:
    """The bookings of the visits that are being planned."""
    return [step.booking for step in state.pending if step.booking is not None]


def touched(state: CourseState, visits: Sequence[Visit]) -> Ranges:
    anchor = anchor_of(state)
    return reach(visits, anchor.at.astimezone(state.zone).date() if anchor else None, state.today)


def anchor_of(state: CourseState) -> Anchor | None:
    """The visit that happened last; before session 1, a test whose 24 hours are still running."""
    done = state.last_done
    if done is not None:
        at, practitioner = done.happened(state.now), done.practitioner()
        return Anchor(at, str(practitioner) if practitioner else None, done.began()) if at else None
    if state.gate is not None and state.gate.status is GateStatus.WAITING and state.gate.opens_at:
        opens = state.gate.opens_at
        return Anchor(opens - WAIT) if opens.astimezone(state.zone).date() >= first_day(state) else None
    return None


def first_day(state: CourseState) -> date:
    return max(state.course.start_on, state.today)


def visits_of(state: CourseState, late: Late) -> tuple[Visit, ...]:
    """The visits still to plan, as the planner takes them."""
    pending = state.pending
    before = [state.last_done, *pending]
    visits = tuple(_visit(state, step, earlier, late) for step, earlier in zip(pending, before, strict=False))
    return visits[: within_age(state, visits)]


def within_age(state: CourseState, visits: Sequence[Visit]) -> int:
    """How many visits come before the patient is too old, counted along ideal dates; later ones are left out (D48)."""
    last = last_day_of_age(state)
    if last is None:
        return len(visits)
    own = zip(visits, ideal_windows(state, visits), strict=True)
    late = (place for place, (visit, window) in enumerate(own) if window.ideal > last and visit.kind in NEEDLE_KINDS)
    return next(late, len(visits))


def reaches_beyond_age(state: CourseState, visits: Sequence[Visit]) -> bool:
    """Whether the window of the last visit reaches beyond the last day of age: there may be no free time before."""
    last = last_day_of_age(state)
    return last is not None and len(visits) > 1 and ideal_windows(state, visits)[-1].latest > last


def ideal_windows(state: CourseState, visits: Sequence[Visit]) -> list[Window]:
    """The window of each visit when every one before it is at its ideal date."""
    anchor, found = anchor_of(state), list[Window]()
    previous = anchor.at.astimezone(state.zone).date() if anchor else None
    for visit in visits:
        found.append(window_of(visit, previous))
        previous = found[-1].ideal
    return found


def last_day_of_age(state: CourseState) -> date | None:
    """The day before the upper age is reached; nothing with a needle is proposed after it."""
    return state.too_old_from - timedelta(days=1) if state.too_old_from else None


def left_out(state: CourseState, problem: Problem | None) -> int:
    """How many visits of a draft are not proposed because the patient will be too old (D48)."""
    return len(state.pending) - (len(problem.visits) if problem else 0) if state.too_old_from else 0


def _visit(state: CourseState, step: Step, earlier: Step | None, late: Late) -> Visit:
    location, skin = state.course.location, step.kind in ON_THE_SKIN
    after_test = earlier is not None and earlier.phase == 0
    prescribes = step.kind in PRESCRIBER_KINDS or after_test  # the reading may be the first step of session 1 (D22)
    gap = _gap(state, step, earlier)
    return Visit(
        sequence=step.sequence,
        phase=step.phase,
        kind=step.kind,
        chair_minutes=step.chair_minutes,
        not_before=state.today + NOTICE if step.session and not step.booking else None,
        deadline=_deadline(state, step),
        blocked=blocked_days(state.areas, state.frame.interval(step.phase).floor, state.others) if skin else (),
        practitioners=_only(state, prescribes=prescribes),
        practitioner_tags=frozenset({PRESCRIBER}) if prescribes else frozenset(),
        device_tag=_device_tag(state) if skin else None,
        preparation_minutes=location.preparation_minutes,
        turnover_minutes=location.turnover_minutes,
        early_approved=bool(step.approved("approved_early")),
        late_days=max(late.get(step.sequence, 0), step.approved("approved_late")),
        kept=placement_of(step.booking) if step.booking else None,
        settled=bool(step.booking and step.booking.start < state.now + SETTLED),
        session=str(step.session.pk) if step.session else None,
        gap=gap,
        window=None if gap else _first_window(state, step),
    )


def _only(state: CourseState, *, prescribes: bool) -> frozenset[str]:
    """The practitioner asked for, when it must be nobody else, for what they may do; empty for anybody."""
    who = state.course.practitioner
    wanted = state.course.preferences.get("only") and (who.staff.prescriber or not prescribes)
    return frozenset({str(who.pk)} if wanted else ())


def _deadline(state: CourseState, step: Step) -> date | None:
    days = (
        step.until,
        last_day_of_age(state) if step.kind in NEEDLE_KINDS else None,
        last_day_of_test(state) if step == state.pending[0] else None,
    )
    return min((day for day in days if day is not None), default=None)


def last_day_of_test(state: CourseState) -> date | None:
    """The last day on which the test that is open now serves for the first session of a draft (D42)."""
    gate = state.gate
    return gate.serves_through if gate and not ends_before(gate, state.course.start_on) else None


def _gap(state: CourseState, step: Step, earlier: Step | None) -> Interval | None:
    if earlier is not None:
        return state.frame.gap(earlier.phase, step.phase)
    return state.frame.after_test if anchor_of(state) else None


def _first_window(state: CourseState, step: Step) -> Window:
    """Nothing clinical counts towards the first visit: from the wished start on, and wherever it is booked."""
    day = first_day(state)
    booked = [step.booking.start.astimezone(state.zone).date()] if step.booking else []
    floor, latest = min([day, *booked]), max([day + FIRST_WITHIN, *booked])
    return Window(floor, floor, day, latest)


def _device_tag(state: CourseState) -> str | None:
    device = state.course.delivery_device
    return device.code if device and state.owns_device else None


def placement_of(booking: Booking) -> Placement:
    """Where a visit is booked, in the planner's words."""
    device = str(booking.device_id) if booking.device_id else None
    return Placement(booking.start, str(booking.practitioner_id), str(booking.room_id), device)


def wishes_of(state: CourseState) -> Wishes:
    wanted = state.course.preferences
    return Wishes(
        weekdays=frozenset(wanted.get("weekdays", ())),
        earliest=time.fromisoformat(wanted["from"]) if wanted.get("from") else None,
        latest=time.fromisoformat(wanted["to"]) if wanted.get("to") else None,
        practitioner=str(state.course.practitioner_id),
    )
