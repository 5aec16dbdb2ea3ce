"""Take back what was just done to one visit; what a course did with several goes back as a whole (see undo)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.base.retry import with_retry
from clinic.models import Location, User
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.booking import Slot
from scheduling.calendar.actions.checks import check_not_on_hold
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.transitions import transition_all
from scheduling.courses.changing.actions.undo import check_skin, undo
from scheduling.courses.changing.queries.acts import WITHIN, came_between, made_today
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.messages.actions.said import Told
from scheduling.messages.queries.heard import heard
from scheduling.models import NEEDLE_KINDS, Booking, Session, SessionEvent

OFF = ("displace", "unbook")
# What a visit that was only just given a time goes back to, by the state it was in.
GIVEN_BACK = {"displaced": "displace", "no_show": "unbook", "planned": "unbook"}


def undo_visit(*, session: Session, act: int, by: User, now: datetime | None = None) -> Session:
    """Take back `act`, the line of the visit's history that it was shown for. A time given, moved or freed goes back to
    what it was within ten minutes; a check-in and a no-show within the day. Nobody is told what they never heard.
    What was said or done of an arrival goes back for all its visits. A check-in for which the visit was moved
    takes the move back with it; when the old time is over or taken, or the course changed since, the visit stays booked
    where it is.

    Conflict (409) when it was longer ago, is not to be taken back, when somebody acted since (it says who and when),
    when the old time is over, or was taken meanwhile.
    """
    now = now or clock.now()
    row = undo_act(session=session, act=act, by=by, now=now)
    events = list(row.history.order_by("-at", "-id")[:3])
    if [each.verb for each in events] == ["undo", "check_in", "move"] and events[1].detail.get("came"):
        with suppress(Conflict):
            undo_coming(row, moved_at=events[2].at, left=events[1].detail.get("left"), by=by, now=now)
            row.refresh_from_db()
    return row


def undo_coming(row: Session, *, moved_at: datetime, left: int | None, by: User, now: datetime) -> None:
    if row.course is not None:
        undo(replan=row.course.replans.get(applied_at=moved_at), by=by, now=now, came=True)
        return
    with transaction.atomic():
        row = placing.lock_session(row.pk)
        events = list(row.history.order_by("-at", "-id"))
        if left and left != row.location_id:
            row.location = Location.objects.get(pk=left)
            row.save(update_fields=["location"])
        back_there({row: events[2:]}, by=by, now=now)


@with_retry
@transaction.atomic
def undo_act(*, session: Session, act: int, by: User, now: datetime) -> Session:
    off = [session.pk, *off_together(session)]
    locked = placing.lock_with_courses(off) if len(off) > 1 else placing.lock_arrival(session)
    row, *others = sorted(locked, key=lambda each: each.pk != session.pk)
    events = list(row.history.select_related("by").order_by("-at", "-id"))
    if not events or all(event.pk != act for event in events):
        raise nothing_left(row)
    if events[0].pk != act:
        raise Conflict(came_between(events[0], row.location), extra={"state": "changed"})
    if events[0].verb in ("check_in", "no_show"):
        if not made_today(events[0].at, row.location, now):
            raise nothing_left(row)
        said_together = [row, *(each for each in others if same_act(each, events[0]))]
        transition_all(sessions=said_together, verb="undo", by=by, now=now)
        arm_aspirin(sessions=said_together, now=now)
        return row
    if events[0].verb not in ("book", "move", *OFF) or events[0].at < now - WITHIN:
        raise nothing_left(row)
    if events[0].verb not in OFF and events[0].from_status in GIVEN_BACK:
        no_time_again(row, events, by=by, now=now)
    else:
        gone = [each for each in others if same_act(each, events[0])]
        back_there({row: events, **{each: list(each.history.order_by("-at", "-id")) for each in gone}}, by=by, now=now)
    return row


def off_together(session: Session) -> list[int]:
    """The visits (ids) that lost their times with this one in one act, because their patient is not well."""
    last = session.history.order_by("-at", "-id").first()
    if last is None or last.verb not in OFF or last.by is None:
        return []
    same = Session.objects.filter(patient=session.patient_id, status=session.status).exclude(course=session.course_id)
    same = same.filter(history__verb=last.verb, history__at=last.at, history__by=last.by, history__reason=last.reason)
    return list(same.values_list("pk", flat=True))


def same_act(other: Session, event: SessionEvent) -> bool:
    """Whether the last thing that happened to another visit of the arrival is the same act."""
    last = other.history.order_by("-at", "-id").first()
    return last is not None and (last.verb, last.at) == (event.verb, event.at)


def no_time_again(row: Session, events: Sequence[SessionEvent], *, by: User, now: datetime) -> None:
    """A visit that was made with its time is off; one that waited for a time waits again."""
    made = len(events) == 1 and row.course_id is None
    verb = "cancel" if made else GIVEN_BACK[events[0].from_status]
    start = Booking.objects.get(session=row, active=True).start
    known = heard([row])[row.pk]
    how: dict[str, Any] = {"by": by, "now": now, "reason": _("Undone at once")}
    leave_calendar(sessions=[row], verb=verb, rebook=not made, told=True, **how)
    told = Told(row, None, had=start, rebook=not made)
    messages.tell(changes=[told], now=now, silent={row.pk: known.silent(has_a_time=False)})


def back_there(rows: Mapping[Session, Sequence[SessionEvent]], *, by: User, now: datetime) -> None:
    """Where these visits were before the last line of each one's history; all or none."""
    slots = [next(filter(None, (slot_of(row, event) for event in rows[row][1:])), None) for row in rows]
    known, told = heard(rows), []
    for row, slot in zip(rows, slots, strict=True):
        if slot is None or slot.start <= now:
            raise nothing_left(row)
        if row.kind in NEEDLE_KINDS:
            check_not_on_hold(row.patient_id)
        row.chair_minutes = int((slot.end - slot.start).total_seconds() // 60)
        row.save(update_fields=["chair_minutes"])
        told.append(Told(row, slot.start, had=slot.start if known[row.pk].now else None))
    verb = "book" if any(row.status == "planned" for row in rows) else "move"
    how: dict[str, Any] = {"by": by, "now": now, "reason": _("Undone at once"), "confirm": ""}
    placing.place(slots=[slot for slot in slots if slot], sessions=list(rows), verb=verb, **how)
    check_skin((row, slot.start) for row, slot in zip(rows, slots, strict=True) if slot)
    messages.tell(changes=told, now=now, silent={row.pk: known[row.pk].silent(has_a_time=True) for row in rows})


def slot_of(row: Session, event: SessionEvent) -> Slot | None:
    """Where an event of the history put the visit and for how long; None when it put it nowhere."""
    start, end = (parse_datetime(event.detail.get(name) or "") for name in ("start", "end"))
    practitioner, room = event.detail.get("practitioner"), event.detail.get("room")
    if not (start and end and practitioner and room):
        return None
    minutes = int((end - start) / timedelta(minutes=1))
    device = event.detail.get("device")
    return Slot.for_session(
        row, start=start, practitioner_id=practitioner, room_id=room, device_id=device, minutes=minutes
    )


def nothing_left(row: Session) -> Conflict:
    return Conflict(_("There is nothing left to undo."), extra={"state": row.status})
