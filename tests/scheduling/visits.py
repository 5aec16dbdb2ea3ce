"""Short words for visits in tests: a session, a time on the wall of the clinic, one that is booked."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.sessions import book_session
from scheduling.models import Practitioner, Session
from tests.factories import NOW, TODAY

TOMORROW = TODAY + timedelta(days=1)


def at(hour: int, minute: int = 0, day: date = TOMORROW, zone: str = "Europe/Rome") -> datetime:
    """A wall time at the clinic, tomorrow (a Wednesday) unless said otherwise."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone))


def a_session(patient: Patient, clinic: Location, **given: Any) -> Session:
    """A planned consultation of 30 minutes that stands alone."""
    return Session.objects.create(**{"patient": patient, "location": clinic, "kind": "consultation", **given})


def who(user: User) -> Practitioner:
    return user.staff.practitioner


def a_visit(
    patient: Patient, start: datetime, practitioner: User, by: User, *, now: datetime = NOW, **given: Any
) -> Session:
    """A booked visit."""
    session = a_session(patient, practitioner.staff.location, **given)
    return book_session(session=session, start=start, practitioner=who(practitioner), by=by, now=now)
