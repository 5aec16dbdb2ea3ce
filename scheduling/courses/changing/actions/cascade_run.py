"""One visit moves and the rest of its course follows with the fewest moves. Preview and apply are one computation: who
applies names the outcome they saw, and nothing is written when the calendar has since made it another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import BadInput, Conflict, Reason, Refusal
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import Location, User
from protocols.outline.intervals import Window
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.courses.actions.course_progress import save_windows
from scheduling.courses.actions.courses import lock_course
from scheduling.courses.changing.actions.cascade_steps import Cascade, cascade_of, steps_json, trace
from scheduling.courses.planning.actions.plan_rows import write_plan
from scheduling.courses.queries.courses import why_moved
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.said import Told
from scheduling.models import Course, Practitioner, Replan, Session
from scheduling.planner.beside import bookings_beside, bound_to
from scheduling.planner.engine.cascade import Diff, Fate, replan
from scheduling.planner.engine.explain import explain
from scheduling.planner.engine.plan import windows_of
from scheduling.planner.engine.problem import Infeasible, Placement, Problem, ProblemError, Solution
from scheduling.planner.problem import own_bookings, problem_of
from scheduling.planner.rows import PlanRow, rows_of
from scheduling.planner.state import CourseState, at_place, gone_on, read_state
from scheduling.planner.windows import windows_now

Change = Callable[[CourseState, Problem], Problem]


@dataclass(frozen=True, slots=True)
class GoesOn:
    """Another place of the clinic, from the visit with this number on."""

    place: Location
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseChange:
    """Who wants what done to a course, and what they saw.

    `expect` is the digest of the preview, `version` the course's, `late` {visit number: days beyond latest that a
    practitioner allows}. `check` may refuse the outcome. A course that changes hands names its new `practitioner`, one
    whose patient wishes otherwise the whole new `preferences`, one that `goes_on` elsewhere the place. `at`: where the
    visits are that are planned, if not at the course's place; `brings`: the session (id) that is there from now on.
    Visits that have no time stay without one, in nobody's way, unless the change is to `fill` the course. Where it
    `yields`, so do visits that have to leave their time and find no other; a practitioner is asked first when the
    window could be stretched for them.
    """

    course: Course
    change: Change
    by: User | None
    now: datetime
    reason: str = ""
    late: Mapping[int, int] = field(default_factory=dict)
    expect: str | None = None
    version: int | None = None
    check: Callable[[CourseState, Diff], None] | None = None
    practitioner: Practitioner | None = None
    preferences: Mapping[str, Any] | None = None
    goes_on: GoesOn | None = None
    at: Location | None = None
    brings: int | None = None
    fill: bool = False
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """`windows` of every visit still to come, by its number; `problem` holds them all, `diff.problem` those planned."""

    state: CourseState
    problem: Problem
    diff: Diff
    windows: Mapping[int, Window]
    cascade: Cascade


def carry_out(wanted: CourseChange, *, preview: bool) -> Cascade:
    """The cascade of a change, applied unless it is only a preview.

    Raises Conflict (409) when the outcome is not the one expected or somebody took a slot meanwhile, with the cascade
    as it would be now; Refusal (422) naming each visit that has no free time inside its window.
    """
    if preview:
        return compute(wanted).cascade
    try:
        return apply(wanted)
    except Conflict as conflict:
        if "conflicts" in conflict.extra and "cascade" not in conflict.extra:
            conflict.extra = {**conflict.extra, "cascade": compute(wanted).cascade.as_json()}
        raise


def compute(wanted: CourseChange) -> Computed:
    """Reads and thinks; nothing is written. Conflict (409) when no visit of the course is left to plan."""
    state = read_state(wanted.course.pk, wanted.now)
    check_version(state.course, wanted.version)
    for step in state.steps:
        if wanted.at and step.session and step.session.pk == wanted.brings:
            step.session.location = wanted.at
    state = at_place(state, wanted.at or state.course.location)
    if wanted.preferences is not None:
        state.course.preferences = dict(wanted.preferences)
    before = problem_of(state, late=wanted.late, whole=True)
    runs = state.course.status == Course.Status.ACTIVE or (wanted.goes_on and not wanted.fill and waits(state.course))
    if not runs and state.course.status == Course.Status.ON_HOLD:
        raise Conflict(_("This course is on hold, the practitioner will call."), extra={"state": state.course.status})
    if not runs or before is None:
        raise Conflict(_("No visit of this course is left to plan."), extra={"state": state.course.status})
    try:
        if wanted.goes_on:
            state, before, after = elsewhere(state, before, wanted)
        else:
            after = wanted.change(state, before)
        after, diff = in_one_visit(state, before, after, wanted)
    except ProblemError as error:
        raise Conflict(
            _("This cannot be planned: %(why)s") % {"why": error.message}, extra={"rule": error.rule}
        ) from error
    if wanted.check:
        wanted.check(state, diff)
    windows = windows_by_number(after, diff)
    return Computed(state, after, diff, windows, cascade_of(state, diff, windows))


def waits(course: Course) -> bool:
    """A paused course whose times are free goes elsewhere as it waits."""
    return course.status == Course.Status.ON_HOLD and course.times_kept_until is None


def elsewhere(state: CourseState, before: Problem, wanted: CourseChange) -> tuple[CourseState, Problem, Problem]:
    """The course at its new place, its visits that go there as they stand, and what to ask about them there."""
    assert wanted.goes_on is not None
    assert wanted.practitioner is not None
    place, since, here = wanted.goes_on.place, wanted.goes_on.since, {each.sequence for each in state.pending}
    if state.course.location_id == place.pk:
        raise Conflict(_("This course goes on there already."), extra={"state": state.course.status})
    there = {each.sequence for each in state.steps if each.over and each.session and each.session.location == place}
    if since not in here or (min(here) < since and any(number < since for number in there)):
        raise BadInput.at("since", _("Choose a visit from which all of them can go there."), "out_of_range")
    gone = gone_on(state, place, wanted.practitioner, since)
    after = problem_of(gone, late=wanted.late, whole=True, freed=own_bookings(state))
    if after is None:
        raise Conflict(_("No visit of this course is left to plan."), extra={"state": state.course.status})
    go = {visit.session for visit in after.visits}
    return gone, replace(before, visits=tuple(each for each in before.visits if each.session in go)), after


def in_one_visit(state: CourseState, before: Problem, after: Problem, wanted: CourseChange) -> tuple[Problem, Diff]:
    """New visits of a course that is wanted together with others are tried in their visits first (D06)."""
    if wanted.fill and not wanted.goes_on:
        for bound in bound_to(after, bookings_beside(state)):
            diff = carried(before, bound, wanted)
            if not diff.moved and not diff.unplaceable:
                return bound, diff
    return after, carried(before, after, wanted)


def carried(before: Problem, after: Problem, wanted: CourseChange) -> Diff:
    """What becomes of each visit. Every turn takes one more visit out, so it ends."""
    aside = frozenset() if wanted.fill else without_time(before, after)
    while True:
        diff = replan(before, after, aside=aside)
        stuck = giving_way(diff, wanted)
        if stuck is None:
            return diff
        aside |= {stuck}


def giving_way(diff: Diff, wanted: CourseChange) -> str | None:
    """The session of a visit that stops the change and is not what it is about."""
    if not wanted.yields or not isinstance(diff.outcome, Infeasible):
        return None
    asked = wanted.by is not None and role_of(wanted.by) in CLINICAL and not wanted.goes_on
    if asked and diff.outcome.plan is not None:
        return None
    stuck = next(visit for visit in diff.problem.visits if visit.sequence == diff.outcome.sequence)
    return None if stuck.fixed else stuck.session


def without_time(before: Problem, after: Problem) -> frozenset[str]:
    """Sessions of visits that had no time and are not what this is about."""
    had_none = {visit.session for visit in before.visits if not visit.kept}
    return frozenset(
        visit.session for visit in after.visits if visit.session and visit.session in had_none and not visit.kept
    )


def windows_by_number(problem: Problem, diff: Diff) -> dict[int, Window]:
    """The window of every visit of `problem` as the plan leaves it; those without a time count at their ideal date."""
    at = {visit.sequence: place for visit, place in zip(diff.problem.visits, placed(diff), strict=False)}
    windows = windows_of(problem, [at.get(visit.sequence) for visit in problem.visits])
    return {visit.sequence: window for visit, window in zip(problem.visits, windows, strict=True)}


def placed(diff: Diff) -> Sequence[Placement]:
    """Where the plan puts the first visits; beyond latest if it must, nothing if it cannot."""
    plan = diff.outcome if isinstance(diff.outcome, Solution) else diff.outcome.plan
    return plan.placed if plan else ()


@with_retry
@transaction.atomic
def apply(wanted: CourseChange) -> Cascade:
    """The same computation under the course's lock, written if it came out as expected."""
    course = lock_course(wanted.course)
    done = compute(wanted)
    if wanted.expect is not None and wanted.expect != done.cascade.digest:
        text = _("The calendar changed since you looked. Please look at the new times.")
        raise Conflict(text, extra={"cascade": done.cascade.as_json()})
    check_placeable(done.cascade)
    before = {"practitioner": course.practitioner_id, "preferences": course.preferences}
    left = course.location if wanted.goes_on else None
    if wanted.goes_on or wanted.brings:
        go = Session.objects.filter(pk__in=[step.session for step in done.cascade.steps if step.session])
        before |= {
            "location": course.location_id,
            "visits_at": {str(pk): at for pk, at in go.values_list("pk", "location")},
        }
        course.location = wanted.goes_on.place if wanted.goes_on else course.location
        go.update(location=wanted.at or course.location)
    added = write(course, done, wanted, left)
    act = None
    course.version += 1
    course.practitioner = wanted.practitioner or course.practitioner
    course.preferences = done.state.course.preferences
    course.save(update_fields=["version", "practitioner", "preferences", "location"])
    if wanted.at:  # what comes after it at another place counts from it
        save_windows(list(windows_now(read_state(course.pk, wanted.now))))
    if wanted.by is not None:
        act = keep(course, before, steps_of(done, added), wanted.by, wanted).pk
    return done.cascade.as_applied(course.version, act)


def check_placeable(cascade: Cascade) -> None:
    """Refusal (422) naming each visit without a place, and what a practitioner would have to allow (D01, D04)."""
    stuck = cascade.unplaceable
    if stuck:
        text = _("There is not a free time for every visit inside its window.")
        reasons = [Reason(step.why, why_moved(step.why), step.latest, ("D01", "D04")) for step in stuck]
        raise Refusal(text, reasons=reasons, extra={"cascade": cascade.as_json()})


def write(course: Course, done: Computed, wanted: CourseChange, left: Location | None = None) -> dict[int, Session]:
    """Sessions with their new windows, bookings, history and messages, in one go; those made for it by number. `left`:
    the place from which they go elsewhere."""
    outcome = done.diff.outcome
    if not isinstance(outcome, Solution):
        raise TypeError("only a plan in which every visit has its place is written")
    problem = done.diff.problem
    rows = rows_of(done.state, problem, outcome, explain(problem, outcome)) + waiting_rows(done)
    rows = [replace(row, window=done.windows[row.sequence]) for row in rows]
    gone = give_up(done.diff, wanted)
    pairs = write_plan(course, rows, by=wanted.by, now=wanted.now, reason=wanted.reason, confirm="")
    changes = [replace(each, left=left) for each in (*gone, *given_times(done.diff, pairs))]
    messages.tell(changes=changes, now=wanted.now)
    return {session.sequence: session for session, row in pairs if row.session is None}


def waiting_rows(done: Computed) -> list[PlanRow]:
    """The visits that stay without a time, with their new numbers."""
    sessions = {str(step.session.pk): step.session for step in done.state.steps if step.session}
    planned = {visit.sequence for visit in done.diff.problem.visits}
    rows = []
    for change in done.diff.changes:
        if change.fate is Fate.WAITING and change.visit.sequence not in planned:
            visit, session = change.visit, sessions.get(change.visit.session or "")
            rows.append(
                PlanRow(
                    sequence=visit.sequence,
                    phase=visit.phase,
                    kind=str(visit.kind),
                    chair_minutes=visit.chair_minutes,
                    review_due=session.review_due if session else False,
                    window=done.windows[visit.sequence],
                    not_before=session.not_before if session else None,
                    place=None,
                    session=visit.session,
                    late_days=0,
                    why=session.why if session else [],
                )
            )
    return rows


def given_times(diff: Diff, pairs: Sequence[tuple[Session, PlanRow]]) -> list[Told]:
    """The visits that have another time now, and those that have one for the first time."""
    rows = {row.sequence: session for session, row in pairs}
    return [
        Told(rows[change.visit.sequence], change.after.start, had=start_of(change.before))
        for change in diff.changes
        if change.after and change.after != change.before
    ]


def start_of(placement: Placement | None) -> datetime | None:
    return placement.start if placement else None


def give_up(diff: Diff, wanted: CourseChange) -> list[Told]:
    """Visits that will not happen are cancelled; those that only need a new time stay planned."""
    told: list[Told] = []
    lost = [change for change in diff.of(Fate.WAITING) if change.before]
    for verb, changes in (("cancel", diff.of(Fate.DROPPED)), ("unbook", lost)):
        sessions = placing.lock_sessions(int(change.visit.session) for change in changes if change.visit.session)
        rebook = verb == "unbook"
        had = {change.visit.session: start_of(change.before) for change in changes}
        how: dict[str, Any] = {"by": wanted.by, "now": wanted.now, "reason": wanted.reason}
        leave_calendar(sessions=sessions, verb=verb, rebook=rebook, told=True, **how)
        told += [Told(session, None, had=had[str(session.pk)], rebook=rebook) for session in sessions]
    return told


def steps_of(done: Computed, added: Mapping[int, Session]) -> list[dict[str, Any]]:
    """The steps as they are kept, so that they can be undone: each with its visit as it was before; `was` is None
    for a visit that was added."""
    known = {str(step.session.pk): step.session for step in done.state.steps if step.session}
    kept = []
    for step in steps_json([done.cascade]):
        if step["session"] is None:
            kept.append({**step, "session": str(added[step["sequence"]].pk), "told": None, "was": None})
        else:
            kept.append({**step, **trace(known[step["session"]])})
    return kept


def keep(course: Course, before: dict[str, Any], steps: list[dict[str, Any]], by: User, wanted: CourseChange) -> Replan:
    """What was applied, so that it can be undone within minutes: whose course it was, what the patient wished and where
    each visit stood."""
    return Replan.objects.create(
        location=wanted.at or course.location,
        course=course,
        status=Replan.Status.APPLIED,
        reason=wanted.reason[:200],
        courses={str(course.pk): {"version": course.version, **before}},
        steps=steps,
        progress=100,
        requested_by=by,
        requested_at=wanted.now,
        applied_by=by,
        applied_at=wanted.now,
    )
