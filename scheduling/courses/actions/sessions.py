"""One visit: give it a time, move it, give the time back, call it off. Courses re-plan around it in `cascade`."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.refusals import Conflict
from clinic.base.retry import with_retry
from clinic.base.versions import check_version
from clinic.models import User
from scheduling.calendar.actions import checks
from scheduling.calendar.actions.booking import Overtaken
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.placing import lock_arrival, lock_known, lock_session, place
from scheduling.calendar.actions.slots import slot_for
from scheduling.calendar.actions.transitions import transition_all
from scheduling.calendar.queries import search as calendar
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.actions import course_progress
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.models import Booking, Device, Practitioner, Room, Session

CHOICES = 8  # as many desks may press at one moment before one is told that no room is free


def book_session(
    *,
    session: Session,
    start: datetime,
    practitioner: Practitioner | None,
    room: Room | None = None,
    device: Device | None = None,
    minutes: int | None = None,
    reason: str = "",
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """Give a planned, displaced or missed visit a time; without a room the first free one.

    Raises BadInput (400) at start, practitioner, room, device or minutes, Refusal (422) outside the window (D01), Stale
    (412), and Conflict (409) with `next`, the first free start from then on.
    """
    now = now or clock.now()
    wanted = {"start": start, "practitioner": practitioner, "room": room, "device": device, "minutes": minutes}
    return take(session=session, verb="book", wanted=wanted, reason=reason, by=by, now=now, version=version)


def move_session(
    *,
    session: Session,
    start: datetime,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    device: Device | None = None,
    minutes: int | None = None,
    reason: str = "",
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> Session:
    """Move a booked or displaced visit; whoever treats stays unless named. `minutes` shortens or lengthens it.

    Stale (412) for another `version`.
    """
    now = now or clock.now()
    wanted = {"start": start, "practitioner": practitioner, "room": room, "device": device, "minutes": minutes}
    return take(session=session, verb="move", wanted=wanted, reason=reason, by=by, now=now, version=version)


@transaction.atomic
def try_place(*, session: Session, start: datetime, reason: str = "", by: User, **where: Any) -> None:
    """Whether a visit could be moved or booked there: raises what `move_session` would, and writes nothing."""
    wanted: dict[str, Any] = {"start": start, "minutes": None, "practitioner": None, "room": None, "device": None}
    verb = "move" if session.status in ("booked", "displaced") else "book"
    take(session=session, verb=verb, wanted=wanted | where, reason=reason, by=by, now=clock.now(), version=None)
    transaction.set_rollback(True)


def take(*, session: Session, wanted: dict[str, Any], now: datetime, **rest: Any) -> Session:
    """Take the time, or say which would be free: the search runs after the rollback, so it holds no lock."""
    try:
        return take_time(session=session, wanted=wanted, now=now, **rest)
    except Conflict as conflict:
        if "conflicts" in conflict.extra:
            conflict.next = calendar.next_start(
                calendar.Search.for_session(session, now=now), after=max(wanted["start"], now), now=now
            )
        raise


def choosing_again(action: Callable[..., Session]) -> Callable[..., Session]:
    """Decorator of what takes the time `wanted`: when somebody else was given the room or device that was chosen for
    it meanwhile, choose once more; what was asked for by name is refused."""

    @wraps(action)
    def tried(*, wanted: dict[str, Any], **rest: Any) -> Session:
        for _try in range(CHOICES):
            try:
                return action(wanted=wanted, **rest)
            except Overtaken as conflict:
                if not conflict.what <= {"room", "device"} or any(wanted[name] for name in conflict.what):
                    raise
        return action(wanted=wanted, **rest)

    return tried


@choosing_again
@with_retry
@transaction.atomic
def take_time(
    *, session: Session, verb: str, wanted: dict[str, Any], reason: str, by: User, now: datetime, version: int | None
) -> Session:
    row = lock_known(session)
    check_version(row, version)
    place_checked(row, verb=verb, wanted=wanted, reason=reason, by=by, now=now)
    return row


def place_checked(row: Session, *, verb: str, wanted: dict[str, Any], reason: str, by: User, now: datetime) -> None:
    """Check the time asked for and put the locked session there."""
    slot = slot_for(row, wanted, by=by, reason=reason, now=now)
    if wanted["minutes"] and wanted["minutes"] != row.chair_minutes:
        row.chair_minutes = wanted["minutes"]
        row.save(update_fields=["chair_minutes"])
    place(slots=[slot], sessions=[row], verb=verb, by=by, now=now, reason=reason)


@with_retry
@transaction.atomic
def displace_session(
    *, session: Session, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """The patient does not come then: the visit, and what else they were to come for in the same arrival, goes to the
    list of those that need a new time. It is not sought on that day. They hear of it once.

    BadInput without a reason; Stale (412) for another `version`.
    """
    now = now or clock.now()
    here, *rest = lock_arrival(session)
    others = [each for each in rest if each.status == here.status]
    row = leave(session=session, verb="displace", reason=reason, by=by, now=now, version=version)
    how: dict[str, Any] = {"reason": reason.strip(), "rebook": True, "told": True, "details": not_that_day(others)}
    leave_calendar(sessions=others, verb="displace", by=by, now=now, **how)
    return row


def cancel_session(
    *, session: Session, reason: str, by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """Call the visit off for good. In a course the visits after it count from the last one performed.

    BadInput without a reason; Stale (412) for another `version`.
    """
    return leave(session=session, verb="cancel", reason=reason, by=by, now=now, version=version)


@with_retry
@transaction.atomic
def leave(*, session: Session, verb: str, reason: str, by: User, now: datetime | None, version: int | None) -> Session:
    now = now or clock.now()
    reason = checks.need_reason(reason)
    row = lock_session(session.pk)
    check_version(row, version)
    how: dict[str, Any] = {"reason": reason, "rebook": verb != "cancel"}
    leave_calendar(sessions=[row], verb=verb, by=by, now=now, details=not_that_day([row]), **how)
    if verb == "cancel" and row.course_id:
        course_progress.session_cancelled(session=row, by=by, now=now)
    return row


def not_that_day(rows: Iterable[Session]) -> dict[int, dict[str, Any]]:
    """What the history keeps of visits whose patient cannot come: the day that they had."""
    had = [(row, booking.start) for row in rows if (booking := current_booking(row))]
    return {row.pk: {"not_on": local_date(start, row.location.timezone).isoformat()} for row, start in had}


@with_retry
@transaction.atomic
def no_show(
    *, session: Session, reason: str = "", by: User, now: datetime | None = None, version: int | None = None
) -> Session:
    """The patient did not come, to no visit of the arrival. Each keeps its place in its course and can be booked again.

    Conflict (409) before its time or in another state; Stale (412) for another `version`.
    """
    now = now or clock.now()
    rows = lock_arrival(session)
    row = rows[0]
    check_version(row, version)
    missed = [row, *(each for each in rows[1:] if each.status == row.status)]
    first = Booking.objects.filter(session__in=missed, active=True).order_by("start").first()
    if first is not None and first.start > now:
        raise Conflict(_("The visit has not begun yet."), extra={"state": row.status})
    transition_all(sessions=missed, verb="no_show", by=by, now=now, reason=reason)
    messages.supersede(sessions=[each.pk for each in missed])
    arm_aspirin(sessions=missed, now=now)
    return row
