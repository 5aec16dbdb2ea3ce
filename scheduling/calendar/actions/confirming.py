"""A patient confirms a visit."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.base.versions import check_version
from clinic.models import User
from scheduling.calendar.actions.placing import lock_arrival
from scheduling.calendar.actions.transitions import add_event
from scheduling.calendar.queries.confirmed import CONFIRM, is_confirmed
from scheduling.models import Booking, Session, SessionStatus


@transaction.atomic
def confirm_visit(*, session: Session, by: User, now: datetime | None = None, version: int | None = None) -> Session:
    """Write down that the patient means to come to this visit as it is now, and to the others of its arrival; saying it
    twice changes nothing.

    A visit that moves afterwards is not confirmed any more. Conflict (409) unless it is booked, lies ahead and
    its course is not on hold.
    Stale (412) for another `version`.
    """
    now = now or clock.now()
    rows = lock_arrival(session)
    row = rows[0]
    check_version(row, version)
    ahead = Booking.objects.filter(session=row, active=True, start__gt=now).exists()
    if row.status != SessionStatus.BOOKED or not ahead or row.rests:
        raise Conflict(_("This visit cannot be confirmed any more."), extra={"state": row.status})
    for each in rows:
        if each.status == SessionStatus.BOOKED and not is_confirmed(each):
            add_event(session=each, verb=CONFIRM, at=now, by=by, detail={"revision": each.revision})
    return row
