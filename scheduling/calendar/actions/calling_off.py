"""Visits lose their time, or will not happen: status, calendar, ledger and the word to the patient in one go."""

from collections.abc import Sequence
from datetime import datetime

from clinic.models import User
from scheduling.calendar.actions.booking import release
from scheduling.calendar.actions.transitions import transition_all
from scheduling.messages.actions import said as messages
from scheduling.models import Booking, Session


def call_off(
    *, sessions: Sequence[Session], verb: str, by: User | None, now: datetime, reason: str, rebook: bool
) -> None:
    """Take the locked `sessions` (see placing.lock_sessions) off the calendar by "unbook" or "cancel". `rebook`: their
    patients hear that they will get a new time."""
    if not sessions:
        return
    keys = [session.pk for session in sessions]
    booked = dict(Booking.objects.filter(session__in=keys, active=True).values_list("session", "start"))
    transition_all(sessions=sessions, verb=verb, by=by, now=now, reason=reason)
    release(sessions=keys)
    messages.supersede(sessions=keys)
    visits = [(session, booked[session.pk]) for session in sessions if session.pk in booked]
    messages.arm_cancelled(visits=visits, now=now, rebook=rebook)
