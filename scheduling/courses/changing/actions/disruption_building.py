"""Planning a batch in the worker: the calendar of the location is read once and kept in step, so that each course and
each single visit sees what those before it were given; then what found no time is tried with its neighbours."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, TruncDate

from clinic.base import clock
from scheduling.calendar.actions.booking import Slot
from scheduling.courses.changing.actions.cascade_run import windows_by_number
from scheduling.courses.changing.actions.cascade_steps import Step, cascade_of
from scheduling.courses.changing.actions.disruption_singles import Range, days_refused, last_bookings, plan_single
from scheduling.courses.changing.actions.disruption_steps import Planned, as_it_stands, listed
from scheduling.courses.changing.actions.improving import Job, improve
from scheduling.courses.changing.queries.leaving import left_by
from scheduling.courses.planning.actions.plan_rows import slot_of
from scheduling.messages.actions import leases
from scheduling.models import Booking, Course, Practitioner, Replan, Session, SessionStatus
from scheduling.planner.calendars import Timetable, read_timetable
from scheduling.planner.engine.cascade import Change, Diff, Fate, replan
from scheduling.planner.engine.daygrid import Grid
from scheduling.planner.engine.explain import explain
from scheduling.planner.engine.problem import Problem, ProblemError, Solution
from scheduling.planner.problem import grid_of, own_bookings, posed, visits_of
from scheduling.planner.rows import Place, PlanRow, cost_of, rows_of
from scheduling.planner.state import CourseState, at_place, read_states

logger = logging.getLogger(__name__)

MOST_SESSIONS = 200
Status = Replan.Status


def build_disruption(*, replan_id: int, now: datetime | None = None) -> Replan | None:
    """Plan one batch; None when it is done, given up, or in another worker's hands."""
    now = now or clock.now()
    claimed = leases.claim(Replan, replan_id, now, given_up={})
    saved = _save(claimed, list(plan_batch(claimed, now))) if claimed else None
    logger.info("replan %s: %s", replan_id, f"{len(saved.steps)} visits planned" if saved else "nothing to build here")
    return saved


def sweep_disruptions(*, now: datetime | None = None) -> int:
    """Build what nobody has built; how many."""
    now = now or clock.now()
    waiting = Replan.objects.filter(leases.waiting(now)).order_by("requested_at").values_list("pk", flat=True)
    return sum(build_disruption(replan_id=pk, now=now) is not None for pk in list(waiting))


def displaced(replan: Replan) -> list[Session]:
    """The visits that need a new time, the one whose window ends soonest first (D04), a single visit by the day
    it had."""
    had = Booking.objects.filter(session=OuterRef("pk")).order_by("-pk").values("start")[:1]
    day = TruncDate(Subquery(had), tzinfo=ZoneInfo(replan.location.timezone))
    rows = Session.objects.filter(location=replan.location, status=SessionStatus.DISPLACED)
    rows = rows.select_related("location", "course").order_by(Coalesce("latest", day), "pk")
    return list(rows[:MOST_SESSIONS])


def plan_batch(row: Replan, now: datetime) -> Iterator[Planned]:
    """Each course and each single visit that needs a new time, the most urgent first."""
    lost = left_by(row.who_leaves[0], row.location, row.who_leaves[1]) if row.leaver else displaced(row)
    if not lost:
        return
    groups = grouped(lost)
    read = read_states([course for course, _single in groups if course], now)
    states = {state.course.pk: at_place(state, row.location) for state in read}
    timetable = whole_calendar(row, states.values(), {session.patient_id for session in lost}, now)
    if row.leaver:
        leaver, last_day = row.who_leaves
        timetable.leaves(leaver.pk, last_day)
        hand_on(row, states)
    refused = days_refused(lost)
    had = last_bookings([session for session in lost if session.course is None])
    jobs: list[Job] = []
    for (course, pk), sessions in groups.items():
        if course:
            given = states[course], timetable, sessions, row.leaver, row.late, refused
            jobs.append(Job(partial(plan_course, *given)))
        else:
            alone = sessions[0], had.get(pk), timetable, now, refused.get(str(pk), ())
            jobs.append(Job(partial(plan_single, *alone)))
        tell(row, len(jobs) * 90 // len(groups))
    if not row.leaver:
        most = improve(jobs, timetable, seed=row.pk, each_round=partial(tell, row, 95))
        placed = sum(job.planned.placed for job in jobs)
        logger.info("replan %s: %s visits without a time have one, at most %s can", row.pk, placed, most)
    yield from (job.planned for job in jobs)


def tell(row: Replan, percent: int) -> None:
    """How far it is, and that somebody still works on it."""
    leases.report(row, percent, lease_until=clock.now() + leases.LEASE)


def hand_on(row: Replan, states: Mapping[int, CourseState]) -> None:
    """The courses as those see them who take them over."""
    to = {int(pk): kept["to"] for pk, kept in row.courses.items() if int(pk) in states}
    people = Practitioner.objects.select_related("staff").in_bulk(to.values())
    for pk, successor in to.items():
        states[pk].course.practitioner = people[successor]


def grouped(lost: Iterable[Session]) -> dict[tuple[int, int], list[Session]]:
    """The visits by (course, 0), or by (0, session) when they belong to no course; in their order."""
    groups: dict[tuple[int, int], list[Session]] = {}
    for session in lost:
        key = (session.course_id, 0) if session.course_id else (0, session.pk)
        groups.setdefault(key, []).append(session)
    return groups


def whole_calendar(row: Replan, states: Iterable[CourseState], patients: set[int], now: datetime) -> Timetable:
    """Everybody's time from today to the horizon, or to the last day that any of the courses reaches."""
    zone = row.location.timezone
    days = max([row.location.horizon_days + 1, *(grid_of(state).days for state in states)])
    grid = Grid(zone, clock.local_date(now, zone), days)
    return read_timetable(location=row.location, grid=grid, ranges=[(grid.first, grid.last)], patients=patients)


def plan_course(
    state: CourseState,
    timetable: Timetable,
    lost: Sequence[Session],
    leaver: Practitioner | None,
    late: Mapping[str, int],
    refused: Mapping[str, tuple[Range, ...]],
) -> Planned:
    """One course on the calendar as it is now; what it is given is taken from those after it. A lost visit that finds
    no time stops none of the others. A course of which nothing can be placed, or that does not run, is left as it is
    and shown. Who leaves keeps the visits of the time that is left, also of a patient who wants nobody but another."""
    sessions = {str(session.pk): session for session in lost} | sessions_of(state)
    also = {str(leaver.pk)} if leaver else set()
    visits = visits_of(state, {each.sequence: late[str(each.pk)] for each in lost if str(each.pk) in late})
    visits = tuple(
        replace(
            each,
            practitioners=each.practitioners and each.practitioners | also,
            blocked=each.blocked + refused.get(each.session or "", ()),
        )
        for each in visits
    )
    problem = posed(state, visits, timetable)
    stuck: dict[str, Change] = {}
    try:
        diff = with_room(problem, {str(session.pk) for session in lost}, stuck) if is_running(state) else None
    except ProblemError:
        diff = None
    if diff is None:
        timetable.take(own_bookings(state))
        return Planned(None, listed(lost, [], state.today), [], sessions)
    cascade = cascade_of(state, diff, windows_by_number(problem, diff))
    gained = diff.moved if leaver else diff.of(Fate.PLACED)
    if not gained or not isinstance(diff.outcome, Solution):
        timetable.take(own_bookings(state))
        left = without_time(as_it_stands(cascade, lost), stuck)
        return Planned(None, listed(lost, left, state.today), [], sessions)
    rows = rows_of(state, diff.problem, diff.outcome, explain(diff.problem, diff.outcome))
    taken = list(slots(state, rows))
    timetable.take(taken)
    steps = listed(lost, without_time(cascade.steps, stuck), state.today)
    had = {booking.session_id for booking in own_bookings(state)}
    took, cost = [slot for slot in taken if slot.session_id not in had], cost_of(diff.outcome)
    return Planned(state.course, steps, [row.as_json() for row in rows], sessions, took, cost)


def is_running(state: CourseState) -> bool:
    return state.course.status == Course.Status.ACTIVE


def with_room(problem: Problem, lost: Set[str], stuck: dict[str, Change]) -> Diff:
    """The plan of a course without the lost visits that find no time; `stuck` gets each of them, with the rule that
    stops it and where it could be beyond its window."""
    while True:
        diff = replan(problem, problem, aside=stuck)
        if isinstance(diff.outcome, Solution):
            return diff
        number = diff.outcome.sequence
        change = next(each for each in diff.changes if each.visit.sequence == number)
        if change.visit.session is None or change.visit.session not in lost:
            return diff
        stuck[change.visit.session] = replace(change, why=diff.outcome.rule)


def without_time(steps: Iterable[Step], stuck: Mapping[str, Change]) -> list[Step]:
    """The steps, those of the visits that find no time with the rule that stops them and the nearest choice."""
    return [
        stopped(step, stuck[step.session]) if step.session is not None and step.session in stuck else step
        for step in steps
    ]


def stopped(step: Step, change: Change) -> Step:
    late = change.late_days if change.after else 0
    near = Place.of(change.after, change.visit.chair_minutes) if change.after and late else None
    return replace(step, fate=str(Fate.UNPLACEABLE), after=None, why=change.why, near=near, late_days=late)


def slots(state: CourseState, rows: Iterable[PlanRow]) -> Iterator[Slot]:
    """The stretches of the calendar that a plan takes."""
    sessions = sessions_of(state)
    for row in rows:
        if row.place:
            session = sessions[row.session or ""]
            session.location = state.course.location
            yield slot_of(session, row.place)


def sessions_of(state: CourseState) -> dict[str, Session]:
    return {str(step.session.pk): step.session for step in state.steps if step.session}


@transaction.atomic
def _save(claimed: Replan, plans: Sequence[Planned]) -> Replan | None:
    row = leases.still_mine(claimed)
    if row is None:
        return None
    row.steps = [step for plan in plans for step in plan.as_json()]
    courses = [plan.course for plan in plans if plan.course]
    planned = {course.pk: course for course in courses}
    rest = Course.objects.in_bulk(int(pk) for pk in row.courses if int(pk) not in planned)  # their visits are not moved
    row.courses = {
        str(pk): {
            **row.courses.get(str(pk), {}),
            "version": course.version,
            "practitioner": row.leaver_id if str(pk) in row.courses else course.practitioner_id,
        }
        for pk, course in (planned | rest).items()
    }
    row.status, row.progress, row.lease_until, row.version = Status.READY, 100, None, row.version + 1
    row.save()
    return row
