"""Take back a cascade that was just applied: every visit goes back to where it stood, or nothing changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.models import User
from scheduling.actions import placing
from scheduling.actions.calling_off import call_off
from scheduling.actions.course_progress import save_windows
from scheduling.actions.courses import lock_courses
from scheduling.actions.plan_rows import place_sessions
from scheduling.actions.retry import with_retry
from scheduling.models import Course, Replan, Session
from scheduling.planning.state import read_states
from scheduling.planning.windows import windows_now

WITHIN = timedelta(minutes=10)
Step = Mapping[str, Any]


def undo_cascade(*, course: Course, by: User, now: datetime | None = None) -> Replan:
    """Take back the last change of a course (see `undo`)."""
    last = Replan.objects.filter(course=course, status=Replan.Status.APPLIED).order_by("-pk").first()
    if last is None:
        raise Conflict(_("There is nothing to take back."), extra={"state": course.status})
    return undo(replan=last, by=by, now=now)


@with_retry
@transaction.atomic
def undo(*, replan: Replan, by: User, now: datetime | None = None) -> Replan:
    """Put every visit of an applied cascade back, patients told anew.

    Conflict (409) after ten minutes, when a course of it has changed since, when visits were added or dropped (change
    the phase back instead), or when an old time has been taken meanwhile.
    """
    now = now or clock.now()
    row = Replan.objects.select_for_update(of=("self",)).get(pk=replan.pk)
    courses = lock_courses(int(pk) for pk in row.courses)
    check_may(row, courses, now)
    changed = [step for step in row.steps if step["before"] != step["after"]]
    sessions = {str(each.pk): each for each in placing.lock_sessions(int(step["session"]) for step in changed)}
    check_ahead(changed, sessions, now)
    tell_again(changed, sessions)
    alone = [sessions[step["session"]] for step in changed if step["before"] is None]
    call_off(sessions=alone, verb="unbook", by=by, now=now, reason=_("Taken back"), rebook=False)
    back = [(sessions[step["session"]], step["before"]) for step in changed if step["before"]]
    place_sessions(back, by=by, now=now, reason=_("Taken back"))
    restore(row, courses, now)
    row.status, row.version = Replan.Status.UNDONE, row.version + 1
    row.save(update_fields=["status", "version"])
    return row


def check_may(row: Replan, courses: Sequence[Course], now: datetime) -> None:
    if row.status != Replan.Status.APPLIED or row.applied_at is None or now - row.applied_at > WITHIN:
        raise Conflict(_("It is too late to take this back."), extra={"state": row.status})
    if any(course.version != row.courses[str(course.pk)]["version"] for course in courses):
        raise Conflict(_("The course has changed since."), extra={"state": row.status})
    if any(step["fate"] == "dropped" or step["session"] is None for step in row.steps):
        raise Conflict(_("Visits were added or dropped. Change the phase back instead."), extra={"state": row.status})


def check_ahead(steps: Sequence[Step], sessions: Mapping[str, Session], now: datetime) -> None:
    """Nobody can be sent back to a time that is over, and a visit that began stays where it is."""
    over = any(step["before"] and datetime.fromisoformat(step["before"]["start"]) <= now for step in steps)
    begun = any(session.status not in ("booked", "planned", "displaced") for session in sessions.values())
    if over or begun:
        raise Conflict(_("One of the old times is over."), extra={"state": "over"})


def tell_again(steps: Sequence[Step], sessions: Mapping[str, Session]) -> None:
    """The reasons that went with the old times, a practitioner's word among them."""
    for step in steps:
        sessions[step["session"]].why = step["told"] or []
    Session.objects.bulk_update(list(sessions.values()), ["why"])


def restore(row: Replan, courses: Sequence[Course], now: datetime) -> None:
    """Whose course it was, and the windows as they follow from the old times."""
    for course in courses:
        course.practitioner_id = row.courses[str(course.pk)]["practitioner"]
        course.version += 1
    Course.objects.bulk_update(courses, ["practitioner", "version"])
    due = [due for state in read_states([course.pk for course in courses], now) for due in windows_now(state)]
    save_windows(due)
