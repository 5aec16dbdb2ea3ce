"""Undo a cascade that was just applied: every visit goes back to where it was, those that were added go and
those that were dropped return, or nothing changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.refusals import Conflict
from clinic.base.retry import with_retry
from clinic.models import Location, User
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.transitions import transition_all
from scheduling.courses.actions.course_growth import planned_again
from scheduling.courses.actions.course_progress import save_windows
from scheduling.courses.actions.courses import lock_courses
from scheduling.courses.changing.actions.cascade_steps import Kept
from scheduling.courses.changing.actions.leaving import check_director, stay_after_all
from scheduling.courses.changing.queries.acts import WITHIN, came_between, made_today, since
from scheduling.courses.planning.actions.plan_rows import ASIDE, place_sessions
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.messages.actions.said import Told
from scheduling.messages.queries.heard import Heard, heard
from scheduling.models import Booking, Course, Replan, Session, SessionStatus
from scheduling.planner.engine.cascade import Fate
from scheduling.planner.neighbours import free_of_others
from scheduling.planner.state import read_states
from scheduling.planner.windows import windows_now

# The states in which a cascade leaves a visit, by whether it was dropped. In any other, something happened to it since.
AS_LEFT = {
    False: frozenset({SessionStatus.BOOKED, SessionStatus.PLANNED, SessionStatus.DISPLACED}),
    True: frozenset({SessionStatus.CANCELLED}),
}


@with_retry
@transaction.atomic
def undo_cascade(*, course: Course, act: int, by: User, now: datetime | None = None) -> Replan:
    """Take back one change of a course, the one it was shown for (see `undo`), and what came along in another course of
    the patient (see `along`); of it they hear once.

    Conflict (409) when there is no such change, or it is too late.
    """
    row = Replan.objects.filter(course=course, pk=act).first()
    if row is None:
        raise Conflict(_("There is nothing to undo."), extra={"state": course.status})
    same_act = {"applied_at": row.applied_at, "applied_by": row.applied_by, "status": Replan.Status.APPLIED}
    along = Replan.objects.filter(course__patient=course.patient_id, **same_act).exclude(course=course)
    acts = list(Replan.objects.select_for_update(of=("self",)).filter(pk__in=along.values("pk")).order_by("pk"))
    if acts:
        lock_courses(int(pk) for each in (row, *acts) for pk in each.courses)
    for each in acts:
        undo(replan=each, by=by, now=now)
    undone = undo(replan=row, by=by, now=now)
    if acts:
        visits = Session.objects.filter(course=course, status=SessionStatus.BOOKED)
        arm_aspirin(sessions=visits.select_related("location", "patient__contact", "course"), now=now or clock.now())
    return undone


@with_retry
@transaction.atomic
def undo(*, replan: Replan, by: User, now: datetime | None = None, came: bool = False) -> Replan:
    """Put every visit of an applied cascade back, patients told again. Visits that were added are cancelled; one that
    was dropped is planned again where it was, and the row that was cancelled for it is entered in error.

    Nobody is told what they never heard. A pause goes back within the day, and so does the move of a visit whose
    patient `came` on another day and was not here after all; anything else within ten minutes.

    Conflict (409) when it is too late, when a course or visit of it has changed since (it says by whom and when), when
    a time of it is over, or, with what is taken, when somebody has an old time meanwhile.
    """
    now = now or clock.now()
    row = Replan.objects.select_for_update(of=("self",)).get(pk=replan.pk)
    check_director(row, by)
    courses = lock_courses(int(pk) for pk in row.courses)
    check_may(row, courses, now, came)
    steps = [Kept.read(each) for each in row.steps]
    sessions = {str(each.pk): each for each in placing.lock_sessions(int(each.session) for each in steps)}
    changed = [each for each in steps if each.step.before != each.step.after or dropped(each) or each.was is None]
    check_ahead(changed, sessions, now, came)
    check_still_there(row, changed)
    known = heard(sessions.values())
    come_back(row, sessions)
    how: dict[str, Any] = {"by": by, "now": now, "reason": _("Undone")}
    take_away(changed, sessions, **how)
    number_again(steps, sessions)
    sessions |= planned_anew([each for each in changed if dropped(each)], sessions, **how)
    tell_again([each for each in steps if each.was], sessions)
    place_sessions([(sessions[each.session], each.step.before) for each in changed], confirm="", **how)
    check_skin((sessions[each.session], each.step.before.start) for each in changed if each.step.before)
    tell_back(changed, sessions, known, now)
    restore(row, courses, now)
    if row.leaver:
        stay_after_all(staff=row.leaver.staff)
    row.status, row.version = Replan.Status.UNDONE, row.version + 1
    row.save(update_fields=["status", "version"])
    return row


def come_back(row: Replan, sessions: Mapping[str, Session]) -> None:
    """Visits that went elsewhere are each at the place they left."""
    left = {pk: at for course in row.courses.values() for pk, at in course.get("visits_at", {}).items()}
    places = Location.objects.in_bulk(left.values())
    gone = [each for pk, each in sessions.items() if pk in left]
    for each in gone:
        each.location = places[left[str(each.pk)]]
    Session.objects.bulk_update(gone, ["location"])


def check_may(row: Replan, courses: Sequence[Course], now: datetime, came: bool) -> None:
    if row.status == Replan.Status.UNDONE:
        raise Conflict(_("This was undone already."), extra={"state": row.status})
    if row.status != Replan.Status.APPLIED or row.applied_at is None or not in_time(row, row.applied_at, now, came):
        raise Conflict(_("It is too late to undo this."), extra={"state": row.status})
    changed = [course for course in courses if course.version != row.courses[str(course.pk)]["version"]]
    if changed:
        event = since(Session.objects.filter(course__in=changed).values_list("pk", flat=True), row.applied_at)
        text = came_between(event, row.location) if event else _("The course has changed since.")
        raise Conflict(text, extra={"state": row.status})


def in_time(row: Replan, applied_at: datetime, now: datetime, came: bool) -> bool:
    if came or any("status" in course for course in row.courses.values()):
        return made_today(applied_at, row.location, now)
    return now - applied_at <= WITHIN


def dropped(kept: Kept) -> bool:
    return kept.step.fate == Fate.DROPPED


def check_ahead(steps: Sequence[Kept], sessions: Mapping[str, Session], now: datetime, came: bool) -> None:
    """Nobody can be sent back to a time that is over, and a visit that began stays where it is; one whose patient
    `came` now has not begun."""
    places = [place for each in steps for place in (each.step.before, None if came else each.step.after) if place]
    over = any(place.start <= now for place in places)
    begun = any(sessions[each.session].status not in AS_LEFT[dropped(each)] for each in steps)
    if over or begun:
        raise Conflict(_("One of these visits has begun, or one of the times is over."), extra={"state": "over"})


def check_still_there(row: Replan, steps: Sequence[Kept]) -> None:
    """A visit that stands alone has no course whose version would tell that it went elsewhere since."""
    placed = {int(each.session): each.step.after.start for each in steps if each.step.after}
    stands = dict(Booking.objects.filter(session__in=placed, active=True).values_list("session", "start"))
    if stands != placed:
        event = since(placed, row.applied_at) if row.applied_at else None
        text = came_between(event, row.location) if event else _("One of these visits has moved since.")
        raise Conflict(text, extra={"state": "changed"})


def check_skin(visits: Iterable[tuple[Session, datetime]]) -> None:
    """Another course may have taken a day near the old one meanwhile: the skin keeps its distance (D06)."""
    for session, start in visits:
        day = local_date(start, session.location.timezone)
        if free_of_others(session, day, booked=True) > day:
            raise Conflict(_("Another course treats this skin too close to the old time."), extra={"state": "changed"})


def take_away(steps: Sequence[Kept], sessions: Mapping[str, Session], **how: Any) -> None:
    """What was given to visits that had no time: added ones are off, the others wait again as they did."""
    for verb, rebook, wanted in (
        ("cancel", False, lambda was: was is None),
        ("displace", True, lambda was: was and was["status"] == SessionStatus.DISPLACED),
        ("unbook", False, lambda was: was and was["status"] != SessionStatus.DISPLACED),
    ):
        new = [each for each in steps if each.step.before is None and (each.step.after or each.was is None)]
        given = [each for each in new if wanted(each.was)]
        leave_calendar(sessions=[sessions[each.session] for each in given], verb=verb, rebook=rebook, told=True, **how)


def number_again(steps: Sequence[Kept], sessions: Mapping[str, Session]) -> None:
    """The numbers from before. They are unique in a course, so those that change step aside first."""
    numbers = {each.session: each.was["sequence"] for each in steps if each.was}
    moving = [sessions[pk] for pk, number in numbers.items() if sessions[pk].sequence != number]
    Session.objects.filter(pk__in=[each.pk for each in moving]).update(sequence=F("sequence") + ASIDE)
    for each in moving:
        each.sequence = numbers[str(each.pk)]
    Session.objects.bulk_update(moving, ["sequence"])


def planned_anew(steps: Sequence[Kept], sessions: Mapping[str, Session], **how: Any) -> dict[str, Session]:
    """For each visit that was dropped another just like it, under the old one's key. A cancelled visit never comes
    back, so the old row stays, as the mistake that it was."""
    given_up = [sessions[each.session] for each in steps]
    transition_all(sessions=given_up, verb="mark_error", **how)
    messages.supersede(sessions=[session.pk for session in given_up])
    fresh = planned_again(given_up)
    locked = {session.pk: session for session in placing.lock_sessions(session.pk for session in fresh)}
    return {str(old.pk): locked[new.pk] for old, new in zip(given_up, fresh, strict=True)}


def tell_back(
    steps: Sequence[Kept], sessions: Mapping[str, Session], known: Mapping[int, Heard], now: datetime
) -> None:
    """What each patient has to hear: nothing of what was not sent before it was taken back."""
    changes, silent = [], {}
    for each in steps:
        row, old, place = sessions[each.session], known[int(each.session)], each.step.before
        had = each.step.after.start if each.step.after and old.now else None
        rebook = each.was is not None
        if place:
            changes.append(Told(row, place.start, had=had or (place.start if old.now else None)))
        elif each.step.after:
            changes.append(Told(row, None, had=each.step.after.start, rebook=rebook))
        silent[row.pk] = old.silent(has_a_time=place is not None)
    messages.tell(changes=changes, now=now, silent=silent)


def tell_again(steps: Sequence[Kept], sessions: Mapping[str, Session]) -> None:
    """The reasons that went with the old times, a practitioner's word among them."""
    for each in steps:
        sessions[each.session].why = each.told
    Session.objects.bulk_update([sessions[each.session] for each in steps], ["why"])


def restore(row: Replan, courses: Sequence[Course], now: datetime) -> None:
    """Whose course it was and what the patient wished, and the windows as they follow from the old times."""
    for course in courses:
        was = row.courses[str(course.pk)]
        course.practitioner_id = was["practitioner"]
        course.preferences = was.get("preferences", course.preferences)  # a batch changes nobody's wishes
        course.location_id = was.get("location", course.location_id)
        if "status" in was:  # a pause is over
            course.status, course.back_on, course.ask_on = was["status"], None, None
        course.status_reason = was.get("status_reason", course.status_reason)
        course.version += 1
    kept = ["practitioner", "preferences", "location", "status", "status_reason", "back_on", "ask_on", "version"]
    Course.objects.bulk_update(courses, kept)
    due = [due for state in read_states([course.pk for course in courses], now) for due in windows_now(state)]
    save_windows(due)
