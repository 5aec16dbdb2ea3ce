"""The one way out of the calendar: status, booking, ledger and the message to the patient in one go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from clinic.models import User
from scheduling.calendar.actions.booking import release
from scheduling.calendar.actions.transitions import transition_all
from scheduling.messages.actions import said as messages
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.models import Booking, Session


def leave_calendar(
    *,
    sessions: Sequence[Session],
    verb: str,
    by: User | None,
    now: datetime,
    reason: str,
    rebook: bool,
    details: Mapping[int, dict[str, Any]] | None = None,
    told: bool = False,
) -> None:
    """Take the locked `sessions` (see placing.lock_sessions) off the calendar by "unbook", "displace" or "cancel".

    What was to be said before the visits is not said any more. Their patients hear that they will not take place, and
    with `rebook` that they will get a new time; not who is `told` in person. `details` {session id: what the history
    keeps}. Raises Conflict (409) naming the state that forbids it.
    """
    if not sessions:
        return
    keys = [session.pk for session in sessions]
    booked = dict(Booking.objects.filter(session__in=keys, active=True).values_list("session", "start"))
    transition_all(sessions=sessions, verb=verb, by=by, now=now, reason=reason, details=details)
    release(sessions=keys)
    messages.supersede(sessions=keys)
    if not told:
        visits = [(session, booked[session.pk]) for session in sessions if session.pk in booked]
        messages.arm_cancelled(visits=visits, now=now, rebook=rebook)
    arm_aspirin(sessions=sessions, now=now)
