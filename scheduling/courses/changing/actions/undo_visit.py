"""Undo what was just done to the time of one visit; what a course did with it goes back as a whole."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.models import User
from scheduling.calendar.queries.confirmed import CONFIRM
from scheduling.courses.actions.sessions import cancel_session, move_session
from scheduling.courses.changing.actions.undo import undo
from scheduling.models import Practitioner, Replan, Room, Session, SessionEvent

WITHIN = timedelta(minutes=10)


def undo_visit(*, session: Session, by: User, now: datetime | None = None) -> None:
    """Within ten minutes: a moved visit goes back to where it was, one that was only just booked is cancelled. Moved
    together with others of its course, all of them go back.

    Conflict (409) when it was longer ago, something else happened since, or the old time was taken meanwhile.
    """
    now = now or clock.now()
    events = list(session.history.order_by("-at", "-id")[:3])
    if len(events) > 1 and events[1].verb == CONFIRM:
        del events[1]  # that the patient meant to come to the old time is no obstacle to going back there
    if together := cascade_of(session, events[:1]):
        undo(replan=together, by=by, now=now)
        return
    if not events or events[0].verb not in ("book", "move") or events[0].at < now - WITHIN:
        raise Conflict(_("There is nothing left to undo."), extra={"state": session.status})
    reason = _("Undone at once")
    if events[0].verb == "book":
        cancel_session(session=session, reason=reason, by=by, now=now)
        return
    place = place_of(events[1]) if len(events) > 1 else None
    if place is None:
        raise Conflict(_("There is nothing left to undo."), extra={"state": session.status})
    move_session(session=session, **place, reason=reason, by=by, now=now)


def cascade_of(session: Session, newest: list[SessionEvent]) -> Replan | None:
    """The cascade that the newest event of the visit was a part of."""
    if session.course_id is None or not newest:
        return None
    rows = Replan.objects.filter(course=session.course_id, status=Replan.Status.APPLIED, applied_at=newest[0].at)
    return rows.order_by("-pk").first()


def place_of(event: SessionEvent) -> dict[str, Any] | None:
    """Where an event of the history put the visit and for how long; None when it put it nowhere."""
    start, end = (parse_datetime(event.detail.get(name) or "") for name in ("start", "end"))
    practitioner = Practitioner.objects.filter(pk=event.detail.get("practitioner")).first()
    room = Room.objects.filter(pk=event.detail.get("room")).first()
    if not (start and end and practitioner and room):
        return None
    minutes = int((end - start).total_seconds() // 60)
    return {"start": start, "minutes": minutes, "practitioner": practitioner, "room": room}
