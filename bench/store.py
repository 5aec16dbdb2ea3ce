"""Fill a database with so many stored visits:  python -m tests.with_django bench.store ROWS  (see calendars)."""

import json
import os
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.db import connection, transaction

from bench.calendars import AROUND, PEOPLE, ROWS_A_LOCATION, ZONE, Taken, taken
from clinic.models import Location, Role, User
from patients.models import Patient
from protocols.models import DeliveryDevice
from scheduling.models import Device, PublicHoliday
from tests.factories import LocationFactory, PractitionerFactory, RoomFactory, StaffFactory

VISITS_A_PATIENT = 25
NEAR = timedelta(minutes=AROUND)
GUARDS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'scheduling_booking'::regclass AND contype = 'x'
"""
SESSIONS = """
COPY scheduling_session (id, patient_id, location_id, sequence, phase, kind, chair_minutes, review_due, why, status,
    performed_at, revision, version, created_at) FROM STDIN
"""
BOOKINGS = """
COPY scheduling_booking (kind, session_id, patient_id, practitioner_id, room_id, start, "end", occupied_start,
    occupied_end, active, created_at) FROM STDIN
"""


def fill(rows: int, today: date) -> None:
    locations = max(1, rows // ROWS_A_LOCATION)
    with transaction.atomic():
        houses = [house(number, today) for number in range(locations)]
        crowd = people(rows // VISITS_A_PATIENT)
    copy(rows, today, houses, crowd)


def house(number: int, today: date) -> tuple[Location, list[int], list[int]]:
    """A location with ten people, rooms and devices, closed on one day a month; and the keys of people and rooms."""
    location = LocationFactory(name=f"House {number}", timezone=ZONE, horizon_days=800)
    staff = [PractitionerFactory(staff__location=location) for _person in range(PEOPLE)]
    rooms = [RoomFactory(location=location) for _room in range(PEOPLE)]
    kind = DeliveryDevice.objects.get(code="multi_injector")
    Device.objects.bulk_create(Device(location=location, name=f"Device {n}", kind=kind) for n in range(PEOPLE))
    days = (today + timedelta(days=30 * month + 11) for month in range(27))
    PublicHoliday.objects.bulk_create(PublicHoliday(location=location, date=day, name="Closed") for day in days)
    if number == 0:
        StaffFactory(location=location, role=Role.DESK.value, user__email="desk@bench.test")
    return location, [each.pk for each in staff], [each.pk for each in rooms]


def people(count: int) -> list[int]:
    rows = (
        Patient(given_name=f"Given {n}", family_name=f"Family {n}", phone=f"+3906{n:08d}", birth_date=date(1990, 1, 1))
        for n in range(count)
    )
    return [each.pk for each in Patient.objects.bulk_create(rows, batch_size=5000)]


def copy(rows: int, today: date, houses: list[tuple[Location, list[int], list[int]]], crowd: list[int]) -> None:
    """In bulk: no row triggers, and the guards are built once over everything, which checks every row as well."""
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        guards = cursor.execute(GUARDS).fetchall()
        for table, name, _definition in guards:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for statement, lines in ((SESSIONS, session), (BOOKINGS, booking)):
            with cursor.copy(statement) as stream:
                for key, visit in enumerate(taken(rows, today=today), start=1):
                    stream.write_row(lines(key, visit, houses, patient_of(key, visit, crowd)))
        for table, name, definition in guards:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("SELECT setval(pg_get_serial_sequence('scheduling_session', 'id'), %s)", [rows])
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def patient_of(key: int, visit: Taken, crowd: list[int]) -> int:
    """Everybody comes to one person only, so that nobody is in two places at once."""
    person = visit.location * PEOPLE + visit.person
    people = len(crowd) // (PEOPLE * max(1, len(crowd) * VISITS_A_PATIENT // ROWS_A_LOCATION))
    return crowd[person * people + key % people]


def span(visit: Taken) -> tuple[datetime, datetime]:
    """As instants; between nine and six no clock changes."""
    midnight = datetime.combine(visit.day, time(), ZoneInfo(ZONE))
    return instant(midnight, visit.start), instant(midnight, visit.end)


def instant(midnight: datetime, minutes: int) -> datetime:
    return (midnight + timedelta(minutes=minutes)).astimezone(UTC)  # wall time: added before it becomes an instant


def session(key: int, visit: Taken, houses: Any, patient: int) -> tuple[Any, ...]:
    start, end = span(visit)
    now = datetime.now(UTC)
    done = start < now
    location = houses[visit.location][0].pk
    minutes = visit.end - visit.start
    status = "completed" if done else "booked"
    return (key, patient, location, 1, 0, "review", minutes, False, "[]", status, end if done else None, 1, 1, now)


def booking(key: int, visit: Taken, houses: Any, patient: int) -> tuple[Any, ...]:
    start, end = span(visit)
    _location, staff, rooms = houses[visit.location]
    who, where = staff[visit.person], rooms[visit.person]
    return ("session", key, patient, who, where, start, end, start - NEAR, end + NEAR, True, start)


if __name__ == "__main__":
    fill(int(sys.argv[1]), datetime.now(ZoneInfo(ZONE)).date())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scheduling_booking WHERE active")
        print(json.dumps({"bookings": cursor.fetchone()[0], "by": User.objects.get(email="desk@bench.test").pk}))
