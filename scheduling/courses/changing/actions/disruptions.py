"""Many visits need a new time at once: somebody is ill, a room is closed. One batch over all their courses and the
single visits, built by a worker while the page shows how far it is, looked at, then applied as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import Conflict, Forbidden
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import Location, User
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.queries.stranded import stranded
from scheduling.courses.actions.courses import lock_courses
from scheduling.courses.changing.actions import leaving
from scheduling.courses.changing.actions.cascade_steps import Kept
from scheduling.courses.planning.actions.plan_rows import place_sessions, revised
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.said import Told
from scheduling.models import Absence, Booking, Course, Practitioner, Replan, Session, SessionStatus
from scheduling.planner.rows import WINDOW, Place, PlanRow

Row = Mapping[str, Any]  # what applying the batch writes, as it is kept
Status = Replan.Status


@transaction.atomic
def request_disruption(
    *,
    location: Location,
    absence: Absence | None = None,
    late: Mapping[str, int] | None = None,
    by: User,
    now: datetime | None = None,
) -> Replan:
    """Queue a plan for every displaced visit of a location, the most urgent first, and ring a worker; returns at once.

    One that is in the making comes back instead; an older one that was not applied is out of date. `late`: session ->
    days beyond latest; Forbidden unless a practitioner allows them (D01).
    """
    if late and role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may allow a visit beyond its window."))
    waiting = Replan.objects.filter(location=location, course=None, leaver=None)
    making = waiting.filter(status__in=[Status.QUEUED, Status.RUNNING]).first()
    if making is None:
        waiting.filter(status=Status.READY).update(status=Status.STALE)
        making = Replan.objects.create(
            location=location, absence=absence, late=late or {}, requested_by=by, requested_at=now or clock.now()
        )
    doorbell.ring("scheduling.build_disruption", making.pk)
    return making


@with_retry
@transaction.atomic
def rehouse(*, location: Location, by: User, now: datetime | None = None) -> Replan:
    """Free the times of the visits for which nobody is there any more, tell their patients, and queue one batch."""
    now = now or clock.now()
    keys = [row.session_id for row in stranded(location, now) if row.session_id is not None]
    sessions = [each for each in placing.lock_sessions(keys) if each.status == SessionStatus.BOOKED]
    reason = _("Outside the hours of whoever treats, or on a closing day")
    leave_calendar(sessions=sessions, verb="displace", by=by, now=now, reason=reason, rebook=True)
    return request_disruption(location=location, by=by, now=now)


def apply_disruption(*, replan: Replan, by: User, now: datetime | None = None, version: int | None = None) -> Replan:
    """Give every visit of the batch the place that was shown, all or nothing; visits without one stay displaced.

    Stale (412) for another version, Conflict (409) when a course changed, a time passed or was taken meanwhile; a fresh
    batch is then queued and named.
    """
    now = now or clock.now()
    try:
        return _apply(replan=replan, by=by, now=now, version=version)
    except Conflict as conflict:
        if conflict.extra.get("state") is None:
            Replan.objects.filter(pk=replan.pk, status=Status.READY).update(status=Status.STALE)
            fresh = (
                leaving.leave_again(replan, by=by, now=now)
                if replan.leaver
                else request_disruption(location=replan.location, absence=replan.absence, by=by, now=now)
            )
            conflict.extra = {**conflict.extra, "replan": str(fresh.pk)}
        raise


@with_retry
@transaction.atomic
def _apply(*, replan: Replan, by: User, now: datetime, version: int | None) -> Replan:
    row = Replan.objects.select_for_update(of=("self",)).get(pk=replan.pk)
    check_version(row, version)
    leaving.check_director(row, by)
    courses = lock_courses(int(pk) for pk in row.courses)
    rows = [each.row for each in map(Kept.read, row.steps) if each.row]
    check_current(row, courses, rows, now)
    gone: list[Told] = []
    if row.leaver:
        leaving.check_all_seen(row)
        gone = leaving.free_stuck(row, by=by, now=now, reason=row.reason)
    pairs = save_rows(rows)
    stood = Booking.objects.filter(session__in=[each.pk for each, _to in pairs], active=True)
    had = {booking.session_id: booking for booking in stood.select_related("practitioner")}
    place_sessions(pairs, by=by, now=now, reason=row.reason, confirm="")
    messages.tell(changes=[*gone, *changed_times(pairs, had)], now=now)
    leaving.handed_on(courses, row)
    for course in courses:
        course.version += 1
        row.courses[str(course.pk)]["version"] = course.version
    Course.objects.bulk_update(courses, ["version", "practitioner"])
    if row.leaver:
        leaving.end_work(row, by=by, now=now)
    row.status, row.applied_by, row.applied_at, row.version = Status.APPLIED, by, now, row.version + 1
    row.save()
    return row


def changed_times(pairs: Sequence[tuple[Session, Place | None]], had: Mapping[int | None, Booking]) -> Iterator[Told]:
    """What patients have to hear: another time, and who treats them where that is somebody else than they expect."""
    names = dict(
        Practitioner.objects.filter(pk__in={to.practitioner for _each, to in pairs if to}).values_list("pk", "name")
    )
    for each, to in pairs:
        was = had.get(each.pk)
        other = bool(to and was and to.practitioner != was.practitioner_id)
        if to and (was is None or was.start != to.start or other):
            yield Told(each, to.start, had=was.start if was else None, who=names[to.practitioner] if other else "")


def check_current(row: Replan, courses: Sequence[Course], rows: Sequence[Row], now: datetime) -> None:
    """Conflict with `state` for a batch that cannot be applied at all, without it for one that a fresh one replaces."""
    if row.status != Status.READY:
        text = _("This batch is “%(status)s” and cannot be applied.") % {"status": row.get_status_display()}
        raise Conflict(text, extra={"state": row.status})
    changed = [str(course.pk) for course in courses if course.version != row.courses[str(course.pk)]["version"]]
    places = [place for place in map(Place.read, rows) if place]
    if changed or any(place.start <= now for place in places):
        raise Conflict(_("Some of these courses changed since the plan was made."), extra={"courses": changed})


def save_rows(rows: Sequence[Row]) -> list[tuple[Session, Place | None]]:
    """The locked sessions of a batch with their new windows, each with its place."""
    wanted = {row["session"]: row for row in rows}
    sessions = placing.lock_sessions(int(pk) for pk in wanted)
    pairs = [(session, wanted[str(session.pk)]) for session in sessions]
    if any(session.version != row["version"] for session, row in pairs):
        raise Conflict(_("Some of these visits changed since the plan was made."))
    Session.objects.bulk_update([told(session, row) for session, row in pairs], [*WINDOW, "not_before", "why"])
    return [(session, Place.read(row)) for session, row in pairs]


def told(session: Session, row: Row) -> Session:
    """Why it stands there; a visit of a course its window too."""
    session.why = row["why"]
    return revised(session, PlanRow.read(row)) if session.course_id else session
