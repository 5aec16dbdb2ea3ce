"""Somebody stops working at the clinic: who takes each of their patients over, where the visits after the last day go,
and that their hours and their access end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.access import DIRECTOR, role_of
from clinic.base.clock import local_date
from clinic.base.letters import send_letter
from clinic.base.refusals import BadInput, Conflict, FieldError, Forbidden
from clinic.models import StaffMember, User
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.courses.changing.actions.cascade_steps import Kept
from scheduling.courses.changing.queries.leaving import left_by, left_courses, places_besides
from scheduling.messages.actions.said import Told
from scheduling.models import Practitioner, Replan
from scheduling.planner.engine.cascade import Fate
from scheduling.setup.actions.hours import end_hours, restore_hours

Status = Replan.Status


@transaction.atomic
def request_leaving(
    *, practitioner: Practitioner, last_day: date, to: Mapping[int, int], by: User, now: datetime | None = None
) -> Replan:
    """Queue a batch that gives the visits after `last_day` to others; applying it hands every course on, ends hours and
    sets the last day. `to`: course -> who takes it over.

    BadInput (400) at last_day or at to_<course>: nobody, or somebody who does not work there then or may not prescribe
    where that is needed. Conflict (409) while they also work at another place.
    """
    now, home = now or clock.now(), practitioner.staff.location
    check_last_day(last_day, practitioner.staff, by, now)
    if others := places_besides(practitioner, home, last_day):
        text = _("They also work or have patients at %(places)s. End that first.")
        raise Conflict(text % {"places": ", ".join(others)})
    left = left_courses(practitioner, home, last_day)
    missing = _("Choose who takes this course over.")
    wrong = [
        FieldError(f"to_{each.course.pk}", "required", missing)
        for each in left
        if to.get(each.course.pk) not in {one.pk for one in each.choices}
    ]
    if wrong:
        raise BadInput(_("Please correct the marked fields."), errors=wrong)
    waiting = Replan.objects.filter(leaver=practitioner, status__in=[Status.QUEUED, Status.RUNNING, Status.READY])
    waiting.update(status=Status.STALE)
    row = Replan.objects.create(
        location=home,
        leaver=practitioner,
        last_day=last_day,
        reason=_("%(name)s leaves") % {"name": practitioner.name},
        courses={str(each.course.pk): {"to": to[each.course.pk]} for each in left},
        requested_by=by,
        requested_at=now,
    )
    doorbell.ring("scheduling.build_disruption", row.pk)
    return row


def leave_again(row: Replan, *, by: User, now: datetime) -> Replan:
    """The same request anew, after the calendar changed; BadInput where somebody has to be chosen for a new course."""
    leaver, last_day = row.who_leaves
    to = {int(pk): kept["to"] for pk, kept in row.courses.items() if "to" in kept}
    return request_leaving(practitioner=leaver, last_day=last_day, to=to, by=by, now=now)


def check_last_day(last_day: date, staff: StaffMember, by: User, now: datetime) -> None:
    if staff.user_id == by.pk:
        raise Conflict(_("Nobody changes their own role or access; ask somebody else who may."))
    if last_day < local_date(now, staff.location.timezone):
        raise BadInput.at("last_day", _("This day is over. Choose today or a later one."), "out_of_range")


def check_director(row: Replan, by: User) -> None:
    if row.leaver_id is not None and role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a medical director hands over the patients of somebody who leaves."))


def check_all_seen(row: Replan) -> None:
    """Conflict when a visit or a course came to them since the plan was made."""
    leaver, last_day = row.who_leaves
    seen = {each["session"] for each in row.steps}
    visits = any(str(each.pk) not in seen for each in left_by(leaver, row.location, last_day))
    courses = any(str(each.course.pk) not in row.courses for each in left_courses(leaver, row.location, last_day))
    if visits or courses:
        raise Conflict(_("A visit or a course was added since the plan was made."))


def free_stuck(row: Replan, **how: Any) -> list[Told]:
    """The visits for which nobody else has time lose theirs and go on the list; what their patients have to hear."""
    stuck = [each for each in map(Kept.read, row.steps) if each.step.fate == Fate.UNPLACEABLE and each.step.before]
    had = {each.session: each.step.before.start for each in stuck if each.step.before}
    sessions = placing.lock_sessions(int(pk) for pk in had)
    leave_calendar(sessions=sessions, verb="displace", rebook=True, told=True, **how)
    return [Told(each, None, had=had[str(each.pk)], rebook=True) for each in sessions]


def end_work(row: Replan, *, by: User, now: datetime) -> None:
    """Their hours end with the last day, their access with the evening of it; they read so in a letter."""
    leaver, last_day = row.who_leaves
    row.hours = end_hours(practitioner=leaver, last_day=last_day)
    set_last_day(staff=leaver.staff, last_day=last_day, by=by, now=now)


@transaction.atomic
def set_last_day(*, staff: StaffMember, last_day: date, by: User, now: datetime | None = None) -> StaffMember:
    """Their access ends with the evening of `last_day`. BadInput for a day that is over, Conflict for oneself."""
    check_last_day(last_day, staff, by, now or clock.now())
    StaffMember.objects.filter(pk=staff.pk).update(leaves_on=last_day)
    context: dict[str, Any] = {"name": staff.user.name, "by": by, "day": last_day}
    send_letter(staff.user.email, "leaving", subject=_("Your account at the clinic"), **context)
    return staff


@transaction.atomic
def stay_after_all(*, staff: StaffMember) -> None:
    """No last day any more, and the weekly hours as they were; patients stay with those who took them over.

    Conflict (409) when no last day is set or it is over.
    """
    row = StaffMember.objects.select_for_update().get(pk=staff.pk)
    if row.leaves_on is None or not row.active:
        raise Conflict(_("There is nothing to undo."))
    StaffMember.objects.filter(pk=row.pk).update(leaves_on=None)
    last = Replan.objects.filter(leaver__staff=row, status=Status.APPLIED).order_by("-applied_at").first()
    if last:
        leaver, last_day = last.who_leaves
        restore_hours(practitioner=leaver, last_day=last_day, rows=last.hours)


def handed_on(courses: Sequence[Any], row: Replan) -> None:
    """Each course of the batch to whoever takes it over."""
    for course in courses:
        course.practitioner_id = row.courses[str(course.pk)].get("to", course.practitioner_id)
