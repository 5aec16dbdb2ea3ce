"""Take back what was just done to the time of a visit that stands alone. Courses undo through their cascade."""

from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.models import User
from scheduling.actions.sessions import cancel_session, move_session
from scheduling.models import Practitioner, Room, Session, SessionEvent

WITHIN = timedelta(minutes=10)


def undo_visit(*, session: Session, by: User, now: datetime | None = None) -> Session:
    """Within ten minutes: a moved visit goes back to where it was, one that was only just booked is called off.

    Conflict (409) when it was longer ago, something else happened since, or the old time was taken meanwhile.
    """
    now = now or clock.now()
    events = list(session.history.order_by("-at", "-id")[:2])
    if not events or events[0].verb not in ("book", "move") or events[0].at < now - WITHIN:
        raise Conflict(_("There is nothing left to take back."), extra={"state": session.status})
    reason = _("Taken back at once")
    if events[0].verb == "book":
        return cancel_session(session=session, reason=reason, by=by, now=now)
    place = place_of(events[1]) if len(events) > 1 else None
    if place is None:
        raise Conflict(_("There is nothing left to take back."), extra={"state": session.status})
    start, practitioner, room = place
    return move_session(
        session=session, start=start, practitioner=practitioner, room=room, reason=reason, by=by, now=now
    )


def place_of(event: SessionEvent) -> tuple[datetime, Practitioner, Room] | None:
    """Where an event of the history put the visit; None when it put it nowhere."""
    start = parse_datetime(event.detail.get("start") or "")
    practitioner = Practitioner.objects.filter(pk=event.detail.get("practitioner")).first()
    room = Room.objects.filter(pk=event.detail.get("room")).first()
    return (start, practitioner, room) if start and practitioner and room else None
