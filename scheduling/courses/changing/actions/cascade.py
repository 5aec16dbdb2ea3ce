"""What people do to one course: move a visit, call one off, lengthen a phase, hand the course on. Everything else of
the course follows with the fewest moves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Required, TypedDict, Unpack

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of, works_at
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.versions import check_version
from clinic.models import Location, User
from scheduling.calendar.actions.checks import need_reason
from scheduling.courses.actions.course_input import check_practitioner, clean_preferences
from scheduling.courses.changing.actions.cascade_moves import Move, find
from scheduling.courses.changing.actions.cascade_run import Change, CourseChange, GoesOn, carry_out
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.planning.actions.proposals import clean_late
from scheduling.models import Booking, Course, Device, Practitioner, Room, Session, SessionStatus
from scheduling.planner.engine import changes
from scheduling.planner.engine.guard import MOST_VISITS
from scheduling.planner.engine.problem import Problem
from scheduling.planner.state import CourseState


class ChangeOptions(TypedDict, total=False):
    """What every change of a course takes besides itself.

    `preview`: nothing is written. `expect`: the digest of the preview that was seen; Conflict (409) when it would come
    out otherwise now. `version`: of the session for one visit, of the course otherwise; Stale (412). `allow_late`
    [{"sequence": 3, "days": 5}]: visits a practitioner allows beyond latest (D01).
    """

    by: Required[User]
    reason: str
    allow_late: Sequence[Mapping[str, Any]]
    preview: bool
    now: datetime | None
    version: int | None
    expect: str | None


def place_session(
    *,
    session: Session,
    start: datetime,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    device: Device | None = None,
    here: Location | None = None,
    **options: Unpack[ChangeOptions],
) -> Cascade:
    """Book or move one visit of a running course; whoever had it keeps it unless somebody is named. `here`: at another
    place, this visit alone.

    Inside floor…latest for everyone; a practitioner goes down to the early limit or beyond latest with a reason (D01).
    BadInput (400) at start, practitioner, room, device; Refusal (422) outside the window, with the first date that
    passes; Conflict (409) naming what is taken there, with the next free start.
    Forbidden where only a practitioner may go beyond a window.
    """
    move = Move(
        session=session,
        start=start,
        practitioner=practitioner,
        room=room,
        device=device,
        reason=options.get("reason", "").strip(),
        by=options["by"],
        version=options.pop("version", None),
    )
    where = {"at": here or apart(session), "brings": session.pk if here else None}
    wanted = change_of(course_of(session), move.change, options, check=move.check, yields=True, **where)
    return carry_out(wanted, preview=options.get("preview", False))


def leave_out(*, session: Session, **options: Unpack[ChangeOptions]) -> Cascade:
    """One visit will not happen, with a reason; the rest closes up, but nothing is put on the day it had.

    BadInput without a reason, Conflict (409) when it has begun or another outcome was seen, Stale (412) for another
    `version`.
    """
    need_reason(options.get("reason", ""))
    version = options.pop("version", None)

    def change(state: CourseState, problem: Problem) -> Problem:
        step, visit = find(state, problem, session)
        if step.session is not None:
            check_version(step.session, version)
        if len(problem.visits) == 1 and not apart(session):
            raise Conflict(_("This is the last visit of the course. End the course instead."), extra={"state": "last"})
        return changes.drop(changes.release(problem, visit.sequence), visit.sequence)

    wanted = change_of(course_of(session), change, options, yields=True, at=apart(session))
    return carry_out(wanted, preview=options.get("preview", False))


def change_phase(*, course: Course, phase: int, by_sessions: int, **options: Unpack[ChangeOptions]) -> Cascade:
    """The recorded response lengthens a phase (`by_sessions` > 0), shortens it, or ends it (minus what is left of it).

    Needs a reason. Forbidden unless clinical, BadInput at by_sessions, Conflict for a phase with no visit left.
    """
    if role_of(options["by"]) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may change how many sessions there are."))
    need_reason(options.get("reason", ""))
    wanted = change_of(course, partial(lengthened, phase, by_sessions), options)
    return carry_out(wanted, preview=options.get("preview", False))


def lengthened(phase: int, by_sessions: int, state: CourseState, problem: Problem) -> Problem:
    if state.frame.phase(phase) is None:
        raise BadInput.at("phase", _("This protocol has no phase %(phase)s.") % {"phase": phase}, "unknown_phase")
    left = sum(visit.phase == phase for visit in problem.visits)
    if not by_sessions or by_sessions < -left or len(problem.visits) + by_sessions > MOST_VISITS:
        text = _("This phase has %(left)s visits left, and a course has at most %(most)s.")
        raise BadInput.at("by_sessions", text % {"left": left, "most": MOST_VISITS}, "out_of_range")
    if by_sessions < 0:
        return changes.shorten(problem, phase, -by_sessions)
    return changes.extend(problem, phase, by_sessions, state.frame.interval(phase))


def stay_away(*, course: Course, away: Sequence[Sequence[str]], **options: Unpack[ChangeOptions]) -> Cascade:
    """The days a patient is away, entered once: kept with the course, and the visits on them get other times.

    `away`: every stretch that holds from now on, [first, last] as ISO dates, both included. BadInput at
    preferences.away. What was said with another course holds here too and is not kept twice: it is removed once.
    Forbidden where only a practitioner may go beyond a window; Conflict (409) for a visit on these days that is not
    where the course goes on, since that place plans it.
    """
    check_apart(course, away)
    others = course.patient.courses.exclude(pk=course.pk)
    said = {tuple(pair) for other in others for pair in other.preferences.get("away", ())}
    new = [pair for pair in away if tuple(pair) not in said]
    wishes = clean_preferences({**course.preferences, "away": new})
    return carry_out(change_of(course, as_it_is, options, preferences=wishes), preview=options.get("preview", False))


def check_apart(course: Course, away: Sequence[Sequence[str]]) -> None:
    rows = Booking.objects.filter(active=True, session__course=course, session__status=SessionStatus.BOOKED)
    for row in rows.exclude(session__location=course.location).select_related("session__location"):
        place = row.visit.location
        day = clock.local_date(row.start, place.timezone)
        if any(first <= day.isoformat() <= last for first, last in away):
            said = {"day": date_format(day, "j F"), "place": place.name}
            raise Conflict(_("The visit on %(day)s in %(place)s is on these days. Move that one first.") % said)


def as_it_is(_state: CourseState, problem: Problem) -> Problem:
    return problem


def reassign(*, course: Course, to: Practitioner, **options: Unpack[ChangeOptions]) -> Cascade:
    """Another practitioner takes the course over, with a reason; the one before sees this patient no more.

    BadInput at practitioner when they do not work there. Forbidden where only a practitioner may go beyond a window.
    """
    need_reason(options.get("reason", ""))
    check_practitioner(to, course.location, (options.get("now") or clock.now()).date())

    def change(state: CourseState, problem: Problem) -> Problem:
        return changes.reassign(problem, str(state.course.practitioner_id), str(to.pk))

    return carry_out(change_of(course, change, options, practitioner=to), preview=options.get("preview", False))


def change_of(course: Course, change: Change, options: ChangeOptions, **more: Any) -> CourseChange:
    """The order that `how` describes. Forbidden when somebody else than a practitioner allows a late visit (D01)."""
    allowed = clean_late(options.get("allow_late", ()))
    if allowed and role_of(options["by"]) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may allow a visit beyond its window."))
    return CourseChange(
        course=course,
        change=change,
        by=options["by"],
        now=options.get("now") or clock.now(),
        reason=options.get("reason", "").strip(),
        late={each["sequence"]: each["days"] for each in allowed},
        expect=options.get("expect"),
        version=options.get("version"),
        **more,
    )


def go_on_elsewhere(
    *, course: Course, to: Location, practitioner: Practitioner, since: int, **options: Unpack[ChangeOptions]
) -> Cascade:
    """From the visit with the number `since` on the course goes on at another place: in its windows, on that place's
    clock, with its people, rooms and devices. What finds no time there goes on that place's list; what comes before
    stays where it is.

    BadInput at practitioner when they do not work there; at since when that visit is not left to plan here, or one
    before it stands there already and others here. Conflict (409) when it goes on there already. Forbidden unless one
    works at both places.
    """
    by, now = options["by"], options.get("now") or clock.now()
    if not (works_at(by, to.pk) and works_at(by, course.location_id)):
        raise Forbidden(_("A course goes on at another location at which you work too."))
    check_practitioner(practitioner, to, clock.local_date(now, to.timezone))
    options["reason"] = options.get("reason") or _("Goes on in %(place)s") % {"place": to.name}
    fill = course.status == Course.Status.ACTIVE
    more = {"practitioner": practitioner, "goes_on": GoesOn(to, since), "fill": fill, "yields": True}
    return carry_out(change_of(course, as_it_is, options, **more), preview=options.get("preview", False))


def apart(session: Session) -> Location | None:
    """The place of a visit that is not where its course goes on."""
    return session.location if session.location_id != course_of(session).location_id else None


def course_of(session: Session) -> Course:
    if session.course is None:
        raise Conflict(_("This visit belongs to no course."), extra={"state": session.status})
    return session.course
