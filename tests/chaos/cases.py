"""What a running clinic is given before it is hurt: people to book and courses to plan."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from clinic.models import Location, User
from scheduling.models import Booking, Course, Message, Practitioner, Room
from tests.browser.clinic import People
from tests.chaos.racers import OVERLAPS
from tests.factories import PatientFactory
from tests.scheduling.course_steps import make_course
from tests.stack import Stack


def drafts(people: People, count: int, code: str = "P01") -> list[int]:
    """Ids of courses that want a schedule, each of a patient of their own."""
    location, by = Location.objects.get(pk=people.location), User.objects.get(email=people.practitioner)
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    return [draft(location, by, code, tomorrow).pk for _number in range(count)]


def draft(location: Location, by: User, code: str, start_on: date) -> Course:
    return make_course(PatientFactory(), location, by, code, start_on=start_on, confirmed=True)


def consultations(people: People, count: int, *, apart_minutes: int = 0, days: int = 3) -> list[dict[str, Any]]:
    """Requests to book a consultation, each for another patient, so many minutes apart (0: all at the same time)."""
    practitioner = Practitioner.objects.get(staff__user__email=people.practitioner)
    room = Room.objects.filter(location=people.location).first()
    assert room is not None
    first = (datetime.now(UTC) + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    return [
        {
            "patient": str(PatientFactory(family_name=f"Zzracer{number}").pk),
            "kind": "consultation",
            "practitioner": str(practitioner.pk),
            "room": str(room.pk),
            "start": (first + timedelta(minutes=apart_minutes * number)).isoformat(),
        }
        for number in range(count)
    ]


def letters(count: int, email: str) -> list[int]:
    """Mails to a new patient with this address that are due now; their ids."""
    patient, location, now = PatientFactory(email=email), Location.objects.first(), datetime.now(UTC)
    rows = Message.objects.bulk_create(
        Message(
            patient=patient,
            location=location,
            kind="check_24h",
            channel="email",
            dedupe_key=f"{email}-{now.timestamp()}-{number}",
            context={"start": now.isoformat()},
            due_at=now,
        )
        for number in range(count)
    )
    return [row.pk for row in rows]


def fates(ids: list[int]) -> Counter[str]:
    return Counter(Message.objects.filter(pk__in=ids).values_list("status", flat=True))


def nobody_sends(ids: list[int], *states: str) -> None:
    """Whoever had these in hand is gone: the leases of those in `states` end now instead of in two minutes."""
    held = Message.objects.filter(pk__in=ids, lease_until__isnull=False, status__in=states or Message.WAITING)
    held.update(lease_until=datetime.now(UTC))


def settled(house: Stack, ids: list[int], *states: str) -> bool:
    """Whether each is sent or said to be unknown; those in `states` need not wait for it."""
    with house.records():
        nobody_sends(ids, *states)
        return set(fates(ids)) <= {"sent", "unknown"}


def overlaps(house: Stack) -> int:
    with psycopg.connect(house.database) as line:
        row = line.execute(OVERLAPS).fetchone()
    assert row
    return int(row[0])


def booked(house: Stack, wanted: list[dict[str, Any]]) -> int:
    """How many of these consultations are in the calendar."""
    with house.records():
        return Booking.objects.filter(active=True, patient__in=[each["patient"] for each in wanted]).count()
