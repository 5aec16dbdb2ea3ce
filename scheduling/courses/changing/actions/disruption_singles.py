"""New times for single visits: a consultation, a test by itself, a review. No window binds them, so they go
as near as can be to the day they had, with whoever they had."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from clinic.base.clock import local_date
from protocols.outline.intervals import Window
from scheduling.courses.changing.actions.cascade_steps import Step
from scheduling.courses.changing.actions.disruption_steps import Planned, without_place
from scheduling.courses.planning.actions.plan_rows import slot_of
from scheduling.models import PRESCRIBER_KINDS, Booking, Session, SessionEvent, SessionStatus
from scheduling.planner.calendars import PRESCRIBER, Timetable
from scheduling.planner.engine.cascade import HORIZON, NEW, Fate
from scheduling.planner.engine.explain import explain
from scheduling.planner.engine.problem import Problem, ProblemError, Solution, Visit, Wishes
from scheduling.planner.engine.rules import practitioner_free
from scheduling.planner.engine.solver import solve
from scheduling.planner.problem import FIRST_WITHIN, NOTICE, placement_of
from scheduling.planner.rows import Place, cost_of, reason_json

Range = tuple[date, date]


def last_bookings(sessions: Iterable[Session]) -> dict[int, Booking]:
    """Where each of these visits stood before it was displaced. One query."""
    rows = Booking.objects.filter(session__in=sessions).order_by("pk")
    return {row.session_id: row for row in rows if row.session_id is not None}


def days_refused(sessions: Sequence[Session]) -> dict[str, tuple[Range, ...]]:
    """By visit that has no time, of these and of their courses: the days on which the patient cannot come, since they
    gave the time back that they had there. One query."""
    courses = {session.course_id for session in sessions if session.course_id}
    theirs = Q(session__in=sessions) | Q(session__course__in=courses)
    freed = {"session__status": SessionStatus.DISPLACED, "verb": "displace", "detail__has_key": "not_on"}
    rows = SessionEvent.objects.filter(theirs, **freed).order_by("pk")
    found: dict[str, tuple[Range, ...]] = {}
    for session, detail in rows.values_list("session", "detail"):
        day = date.fromisoformat(detail["not_on"])
        found[str(session)] = (*found.get(str(session), ()), (day, day))
    return found


def plan_single(
    session: Session, had: Booking | None, timetable: Timetable, now: datetime, blocked: tuple[Range, ...] = ()
) -> Planned:
    """One visit on the calendar as it is now; its new time is taken from those after it. One that still has a time
    keeps it where somebody else is free then."""
    stands = had if had and had.active else None
    timetable.give_back([stands] if stands else [])
    before = place_of(stands) if stands else None
    problem = _problem(session, had, timetable, now, blocked)
    sessions = {str(session.pk): session}
    try:
        outcome = solve(problem)
    except ProblemError:
        return Planned(None, [without_place(session, timetable.grid.first, before=before)], [], sessions)
    if not isinstance(outcome, Solution) or outcome.placements[0] is None:
        why = HORIZON if isinstance(outcome, Solution) else outcome.rule
        stuck = without_place(session, timetable.grid.first, why, before=before)
        return Planned(None, [_inside(stuck, problem)], [], sessions)
    place = Place.of(outcome.placements[0], session.chair_minutes)
    row = {"session": str(session.pk), "why": [reason_json(why) for why in explain(problem, outcome)[0]]}
    row |= place.as_json()
    slot = slot_of(session, place)
    timetable.take([slot])
    step = without_place(session, timetable.grid.first, practitioner_free.__name__ if before else NEW, before=before)
    step = replace(step, fate=str(Fate.MOVED if before else Fate.PLACED), after=place)
    return Planned(None, [_inside(step, problem)], [row], sessions, [slot], cost_of(outcome))


def place_of(booking: Booking) -> Place:
    return Place.of(placement_of(booking), (booking.end - booking.start).seconds // 60)


def _inside(step: Step, problem: Problem) -> Step:
    """The step with the window that was searched."""
    own = problem.visits[0].window
    return replace(step, floor=own.floor, ideal=own.ideal, latest=own.latest) if own else step


def _problem(
    session: Session, had: Booking | None, timetable: Timetable, now: datetime, blocked: tuple[Range, ...]
) -> Problem:
    location, grid = session.location, timetable.grid
    first = local_date(now, location.timezone) + NOTICE
    visit = Visit(
        sequence=1,
        phase=0,
        kind=session.kind,
        chair_minutes=session.chair_minutes,
        window=_window(session, had, first),
        not_before=first,
        blocked=blocked,
        practitioner_tags=frozenset({PRESCRIBER} if session.kind in PRESCRIBER_KINDS else ()),
        preparation_minutes=location.preparation_minutes,
        turnover_minutes=location.turnover_minutes,
        session=str(session.pk),
        kept=placement_of(had) if had and had.active else None,
    )
    return Problem(
        grid=grid,
        now=now,
        visits=(visit,),
        practitioners=timetable.resources("practitioner"),
        rooms=timetable.resources("room"),
        devices=timetable.resources("device"),
        patient=timetable.patient(session.patient_id),
        wishes=Wishes(practitioner=str(had.practitioner_id) if had else None),
    )


def _window(session: Session, had: Booking | None, first: date) -> Window:
    """Its own window where it has one, else two weeks around the day it had."""
    if session.floor and session.ideal and session.latest:
        return Window(session.early_limit or session.floor, session.floor, session.ideal, session.latest)
    day = had.start.astimezone(ZoneInfo(session.location.timezone)).date() if had else first
    ideal = max(day, first)
    floor = max(first, ideal - FIRST_WITHIN)
    return Window(floor, floor, ideal, ideal + FIRST_WITHIN)
