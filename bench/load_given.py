"""Searches in a full place, and bookings at an empty one, so that every booking can be made; one token for each.

python -m tests.with_django bench.load_given      with DATABASE_URL of a stored clinic: prints them as JSON
"""

import json
from typing import Any
from urllib.parse import urlencode

from bench.jobs import DAY, TODAY, annex, working_times
from clinic.base import scope
from clinic.base.tokens import issue_token
from clinic.models import Location, Role, StaffMember, User
from tests.factories import PatientFactory, StaffFactory, UserFactory

PEOPLE, TIMES = 10, 63  # of the place where bookings go: each with each is more than the highest rate asks for


def given() -> dict[str, Any]:
    house = Location.objects.get(name="House 0")
    location, people = annex("Load", people=PEOPLE, rooms=PEOPLE)
    weeks = [{"from": TODAY + n * DAY, "to": TODAY + (n + 14) * DAY} for n in range(1, 60)]
    asked = [urlencode({"location": house.pk, "kind": "consultation", "limit": 20} | week) for week in weeks]
    bookings = [
        {"patient": str(PatientFactory(at=[location]).pk), "kind": "consultation", "start": start.isoformat()}
        | {"practitioner": str(person.pk)}
        for start in working_times(TIMES)
        for person in people
    ]
    return {
        "searches": [f"/api/v1/slots/?{each}" for each in asked],
        "bookings": [json.dumps(each) for each in bookings],
        "reader": token(house),
        "writer": token(location),
    }


def token(location: Location) -> str:
    staff: StaffMember = StaffFactory(location=location, role=Role.DESK.value)
    return issue_token(user=staff.user)


if __name__ == "__main__":
    UserFactory.reset_sequence(User.objects.latest("pk").pk + 1)  # other runs were here before
    with scope.whole():
        print(json.dumps(given()))
