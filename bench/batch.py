"""Two hundred visits that all fit, but not in the order of their windows: what planning them jointly brings.

    python -m tests.with_django bench.batch      with DATABASE_URL of an empty clinic

The instance is made around a plan that holds every visit: on ten days each of ten practitioners is there for exactly
two visits, in eight rooms. Each visit may be on some days before and after its own, with anybody, or with anybody who
may prescribe. The seed is published, so the instance is always the same.
"""

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from clinic.base import clock, scope
from clinic.models import Location
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.changing.actions import improving
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import request_disruption
from scheduling.models import Practitioner, Replan, Session
from tests.factories import LocationFactory, PatientFactory, PractitionerFactory, RoomFactory

SEED, ZONE = 20261130, "Europe/Rome"
DAYS, PEOPLE, ROOMS, PATIENTS, TWICE = 10, 10, 8, 150, 50
MORNING, AFTERNOON = time(9), time(14)
LENGTHS = (20, 30, 40, 60)
AROUND = 2  # working days that a window reaches to each side of the planned day
Figures = dict[str, Any]


def instance(drawn: random.Random) -> Location:
    """Eight practitioners work in the morning and two in the afternoon, so that all rooms are needed."""
    location = LocationFactory(name="Batch", timezone=ZONE, horizon_days=40, preparation_minutes=0, turnover_minutes=0)
    RoomFactory.create_batch(ROOMS, location=location)
    people = [PractitionerFactory(staff__location=location, staff__prescriber=n % 2 == 0) for n in range(PEOPLE)]
    days = working_days(clock.local_date(clock.now(), ZONE) + timedelta(days=2), DAYS + 2 * AROUND)
    inner = days[AROUND:-AROUND]
    patients = iter(drawn.sample(whose(), DAYS * PEOPLE * 2))
    for number, person in enumerate(people):
        opens = MORNING if number < ROOMS else AFTERNOON
        there = []
        for place, day in enumerate(inner, start=AROUND):
            lengths = drawn.choices(LENGTHS, k=2)
            there.append((at(day, opens), at(day, opens) + timedelta(minutes=sum(lengths))))
            for minutes in lengths:
                visit(next(patients), location, person, days, place, minutes, drawn)
        away_but(person, there)
    return location


def whose() -> list[Any]:
    """The patient of each visit: fifty have two."""
    patients = PatientFactory.create_batch(PATIENTS)
    return [*patients, *patients[:TWICE]]


def working_days(first: date, count: int) -> list[date]:
    every = (first + timedelta(days=number) for number in range(3 * count))
    return [day for day in every if day.weekday() < 5][:count]


def at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, ZoneInfo(ZONE)).astimezone(UTC)


def visit(
    patient: Any, location: Location, person: Practitioner, days: list[date], place: int, minutes: int, drawn: Any
) -> None:
    floor, latest = days[place - drawn.randint(0, AROUND)], days[place + drawn.randint(0, AROUND)]
    prescribes = person.staff.prescriber and drawn.random() < 0.6
    Session.objects.create(
        patient=patient,
        location=location,
        kind="consultation" if prescribes else "review",
        status="displaced",
        chair_minutes=minutes,
        early_limit=floor,
        floor=floor,
        ideal=drawn.choice([day for day in days if floor <= day <= latest]),
        latest=latest,
    )


def away_but(person: Practitioner, there: list[tuple[datetime, datetime]]) -> None:
    """Away at all times but these."""
    ends, now = [clock.now() - timedelta(days=1), *(end for _start, end in there)], clock.now()
    starts = [*(start for start, _end in there), now + timedelta(days=60)]
    for start, end in zip(ends, starts, strict=True):
        report_absence(practitioner=person, start=start, end=end, reason="Away", by=person.staff.user)


def planned(location: Location) -> Figures:
    by = Practitioner.objects.filter(staff__location=location)[0].staff.user
    Replan.objects.all().delete()
    asked = request_disruption(location=location, by=by)
    began = perf_counter()
    built = build_disruption(replan_id=asked.pk)
    seconds = perf_counter() - began
    assert built is not None
    return {"placed": sum(step["after"] is not None for step in built.steps), "seconds": seconds}


def compared() -> Figures:
    location = instance(random.Random(SEED))
    with patch.object(improving, "MOST_IDLE", 0):
        first = planned(location)
    return {"visits": DAYS * PEOPLE * 2, "first": first, "jointly": planned(location)}


if __name__ == "__main__":
    with scope.whole():
        print(json.dumps(compared()))
