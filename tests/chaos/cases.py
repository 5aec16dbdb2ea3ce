"""What a running clinic is given before it is hurt: people to book and courses to plan."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from clinic.models import Location, User
from scheduling.models import Course, Practitioner, Room
from tests.browser.clinic import People
from tests.factories import PatientFactory
from tests.scheduling.course_steps import make_course


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
