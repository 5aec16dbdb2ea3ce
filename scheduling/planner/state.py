"""Everything planning must know of some courses, read in a fixed number of queries however many they are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.base.clock import local_date
from clinic.models import Location
from patients.queries.allergy import gate_for
from patients.queries.rules import current_rules
from protocols.eligibility import Gate, GateStatus
from protocols.eligibility.limits import upper_age_day
from protocols.outline.intervals import reach
from protocols.outline.phases import Policy
from protocols.outline.spacing import AreaPath, AreaUse
from protocols.queries import policies
from scheduling.models import WITH_A_TIME, Booking, Course, Device, Practitioner, Session
from scheduling.planner.away import Stretch, away_of, cannot_of
from scheduling.planner.choices import Frame, clinic_policy, clinic_weights, frame_of
from scheduling.planner.engine.problem import SPACING_FIRST, Weights
from scheduling.planner.hours import Stretch as WeeklyStretch
from scheduling.planner.neighbours import read_paths, read_uses
from scheduling.planner.steps import OPEN, Step, drafted, running

TEST_FIRST = frozenset({GateStatus.NO_TEST, GateStatus.REPEAT})
Devices = frozenset[tuple[int, int]]  # (location, kind) of the devices in use


@dataclass(frozen=True, slots=True)
class CourseState:
    """A course, its visits, what lies around it and where it is. For a draft also: `gate` of the allergy test, and
    `too_old_from`, the birthday from which the upper age rules treatment out (D48)."""

    course: Course
    frame: Frame
    steps: tuple[Step, ...]
    areas: frozenset[AreaPath]
    others: tuple[AreaUse, ...]
    gate: Gate | None
    owns_device: bool
    now: datetime
    too_old_from: date | None = None
    weights: Weights = SPACING_FIRST

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.course.location.timezone)

    @property
    def today(self) -> date:
        return local_date(self.now, self.course.location.timezone)

    @property
    def away(self) -> list[Stretch]:
        """The patient's days away, whichever of their courses they were said with."""
        return away_of(self._courses)

    @property
    def cannot(self) -> list[WeeklyStretch]:
        """The times of the week at which the patient cannot come."""
        return cannot_of(self._courses)

    @property
    def _courses(self) -> list[Course]:
        """The patient's courses, this one as it is wished now, perhaps not yet written."""
        return [self.course, *(each for each in self.course.patient.courses.all() if each.pk != self.course.pk)]

    @property
    def last_done(self) -> Step | None:
        """The visit that happened or began last; whatever is open counts from it."""
        done = [(at, step.sequence, step) for step in self.steps if (at := step.happened(self.now))]
        return max(done)[2] if done else None

    @property
    def pending(self) -> tuple[Step, ...]:
        """The visits to plan, in order: also those that a later one has overtaken."""
        left = (step for step in self.steps if not step.happened(self.now))
        return tuple(step for step in left if step.session is None or step.session.status in OPEN)


def read_state(course: int, now: datetime) -> CourseState:
    """One course; Course.DoesNotExist when it is gone."""
    states = read_states([course], now)
    if not states:
        raise Course.DoesNotExist(course)
    return states[0]


def read_states(courses: Iterable[int], now: datetime) -> list[CourseState]:
    """The courses with these keys, in the order of the keys."""
    rows = list(_courses(courses))
    chosen, paths, devices = policies(), read_paths(), _devices(rows)
    policy, weights = clinic_policy(chosen), clinic_weights(chosen)
    courses_of = Counter(course.patient_id for course in rows)
    alone = {course.pk for course in rows if courses_of[course.patient_id] == 1}  # nobody here keeps away from these
    uses = read_uses(courses_of.keys(), policy, paths, but_for=alone)
    bookings = _bookings(rows)
    return [
        replace(_state(course, policy, paths, uses.get(course.patient_id, []), bookings, devices, now), weights=weights)
        for course in rows
    ]


def at_place(state: CourseState, place: Location) -> CourseState:
    """The course as it is planned at one of its places. What is still to come at another stands: visits before those
    here count as if they had happened, at their ideal date where they have no time; the last one here leaves the next
    one there its distance."""
    pending = state.pending
    away = {each.sequence for each in pending if each.session and each.session.location_id != place.pk}
    if not away and state.course.location_id == place.pk:
        return state
    first = min((each.sequence for each in pending if each.sequence not in away), default=0)
    steps: list[Step] = []
    for step in state.steps:
        if step.sequence not in away:
            steps.append(step)
        elif step.sequence < first:
            day = max((step.session and step.session.ideal) or state.today, state.today)
            noon = datetime.combine(day, time(12), state.zone)
            steps.append(replace(step, over=step.booking.end if step.booking else noon))
        elif steps and step.booking and steps[-1].happened(state.now) is None:
            day = local_date(step.booking.start, state.course.location.timezone)
            apart = reach(state.frame.gap(steps[-1].phase, step.phase).floor)[1]
            last = day - timedelta(days=apart)
            steps[-1] = replace(steps[-1], until=min(steps[-1].until or last, last))
    there = replace(state, course=copy(state.course), steps=tuple(steps))
    there.course.location = place
    return replace(there, owns_device=owned_devices(there.course))


def gone_on(state: CourseState, place: Location, who: Practitioner, since: int) -> CourseState:
    """The course (see `at_place`) with its visits from number `since` on at another place, without their times."""
    course, pending = copy(state.course), {each.sequence for each in state.pending if each.sequence >= since}
    course.practitioner = who
    steps = []
    for step in state.steps:
        session = copy(step.session)
        if session and step.sequence in pending:
            session.location = place
            step = replace(step, session=session, booking=None)
        steps.append(step)
    return at_place(replace(state, course=course, steps=tuple(steps)), place)


def _courses(keys: Iterable[int]) -> Iterable[Course]:
    rows = Course.objects.filter(pk__in=list(keys)).order_by("pk")
    return rows.select_related(
        "patient", "location", "practitioner__staff", "protocol_version__protocol", "formulation", "delivery_device"
    ).prefetch_related("areas", "protocol_version__phases", "sessions__allergy_test", "patient__courses")


def _devices(courses: Iterable[Course]) -> Devices:
    """The kinds of device that each location owns: a kind of which it owns none is a consumable and never booked."""
    rows = Device.objects.filter(active=True, location__in={course.location_id for course in courses})
    return frozenset(rows.values_list("location", "kind"))


def owned_devices(course: Course) -> bool:
    """Whether the location of `course` owns the device it is delivered with, so that it must be booked."""
    return (course.location_id, course.delivery_device_id) in _devices([course])


def _bookings(courses: Iterable[Course]) -> dict[int, Booking]:
    """Where the sessions of these courses stand, by session."""
    rows = Booking.objects.filter(active=True, session__course__in=courses, session__status__in=WITH_A_TIME)
    return {booking.session_id: booking for booking in rows if booking.session_id is not None}


def ends_before(gate: Gate, start_on: date) -> bool:
    """Whether the test that is open now serves no longer on the day the course is to start (D42)."""
    return gate.serves_through is not None and gate.serves_through < start_on


def _state(
    course: Course,
    policy: Policy,
    paths: Mapping[str, AreaPath],
    uses: Iterable[AreaUse],
    bookings: Mapping[int, Booking],
    devices: Devices,
    now: datetime,
) -> CourseState:
    frame = frame_of(course, policy)
    sessions: list[Session] = list(course.sessions.all())
    zone = ZoneInfo(course.location.timezone)
    gate = None if sessions else gate_for(course.patient, course.formulation, now.astimezone(zone))
    needs_test = gate is not None and (gate.status in TEST_FIRST or ends_before(gate, course.start_on))
    return CourseState(
        course=course,
        frame=frame,
        steps=running(frame, sessions, bookings, zone) if sessions else drafted(frame, needs_test=needs_test),
        areas=frozenset(paths[area.code] for area in course.areas.all()),
        others=tuple(use for use in uses if use.course != str(course.pk)),
        gate=gate,
        owns_device=(course.location_id, course.delivery_device_id) in devices,
        now=now,
        too_old_from=None if sessions else upper_age_day(current_rules(), course.patient.birth_date),
    )
