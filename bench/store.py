"""Fill a database with so many stored visits:  python -m tests.with_django bench.store ROWS  (see calendars)."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from bench import lived
from bench.calendars import AROUND, PEOPLE, ROWS_A_LOCATION, ZONE, Taken, taken
from clinic.models import Location, Role, User
from protocols.models import DeliveryDevice
from scheduling.models import Device, PublicHoliday
from tests.factories import LocationFactory, PractitionerFactory, RoomFactory, StaffFactory

WRITTEN = ("clinic", "patients", "scheduling")  # the catalogue is there already
NEAR = timedelta(minutes=AROUND)
GUARDS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'scheduling_booking'::regclass AND contype = 'x'
"""
STORED = """
CREATE TEMP TABLE stored (key int, patient int, location bigint, practitioner bigint, room bigint, start timestamptz,
    "end" timestamptz, minutes int)
"""
House = tuple[Location, list[int], list[int]]  # and the keys of its people and of its rooms


def fill(rows: int, today: date) -> None:
    with transaction.atomic():
        houses = [house(number, today) for number in range(max(1, rows // ROWS_A_LOCATION))]
        lived.mixes()
    write(rows, today, houses)


def house(number: int, today: date) -> House:
    """A location with ten people, rooms and devices, closed on one day a month; and the keys of people and rooms."""
    location = LocationFactory(name=f"House {number}", timezone=ZONE, horizon_days=800)
    staff = [PractitionerFactory(staff__location=location) for _person in range(PEOPLE)]
    rooms = [RoomFactory(location=location) for _room in range(PEOPLE)]
    kind = DeliveryDevice.objects.get(code="multi_injector")
    Device.objects.bulk_create(Device(location=location, name=f"Device {n}", kind=kind) for n in range(PEOPLE))
    days = (today + timedelta(days=30 * month + 11) for month in range(27))
    PublicHoliday.objects.bulk_create(PublicHoliday(location=location, date=day, name="Closed") for day in days)
    if number == 0:
        for role in (Role.DESK, Role.DIRECTOR, Role.ADMINISTRATOR):
            StaffFactory(location=location, role=role.value, user__email=f"{role.value}@bench.test")
    return location, [each.pk for each in staff], [each.pk for each in rooms]


def write(rows: int, today: date, houses: list[House]) -> None:
    """In bulk: no row triggers, and the guards are built once over everything, which checks every row as well."""
    patients = lived.patients_of(rows)
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], cursor_factory=psycopg.ClientCursor) as owner:
        owner.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        guards = owner.execute(GUARDS).fetchall()
        for table, name, _definition in guards:
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        for statement in blanks():
            owner.execute(statement)
        owner.execute(STORED)
        with owner.cursor() as cursor, cursor.copy("COPY stored FROM STDIN") as stream:
            for key, visit in enumerate(taken(rows, today=today), start=1):
                stream.write_row(line(key, visit, houses, patients))
        values = lived.given(owner, patients=patients, now=datetime.now(UTC), near=NEAR)
        for statements in lived.LIFE:
            owner.execute(statements, values)
        for table, name, definition in guards:
            owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def blanks() -> Iterator[sql.Composed]:
    """What the models put into a column that nobody fills, as defaults of this database: the statements of bench.lived
    name only what they are about."""
    for model in (each for app in WRITTEN for each in apps.get_app_config(app).get_models()):
        for field in model._meta.concrete_fields:
            given = field.has_default() or field.empty_strings_allowed
            if given and not (
                field.null or field.primary_key or field.remote_field or field.has_db_default() or field.generated
            ):
                value = field.get_db_prep_value(field.get_default(), connection)
                table, column = sql.Identifier(model._meta.db_table), sql.Identifier(field.column)
                yield sql.SQL("ALTER TABLE {} ALTER {} SET DEFAULT {}").format(table, column, sql.Literal(value))


def span(visit: Taken) -> tuple[datetime, datetime]:
    """As instants; between nine and six no clock changes."""
    midnight = datetime.combine(visit.day, time(), ZoneInfo(ZONE))
    return instant(midnight, visit.start), instant(midnight, visit.end)


def instant(midnight: datetime, minutes: int) -> datetime:
    return (midnight + timedelta(minutes=minutes)).astimezone(UTC)  # wall time: added before it becomes an instant


def line(key: int, visit: Taken, houses: list[House], patients: int) -> tuple[Any, ...]:
    start, end = span(visit)
    location, staff, rooms = houses[visit.location]
    patient = lived.patient_of(key, visit.location, visit.person, patients)
    who, where = staff[visit.person], rooms[visit.person]
    return (key, patient, location.pk, who, where, start, end, visit.end - visit.start)


if __name__ == "__main__":
    fill(int(sys.argv[1]), datetime.now(ZoneInfo(ZONE)).date())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scheduling_booking WHERE active AND kind = 'session'")
        print(json.dumps({"bookings": cursor.fetchone()[0], "by": User.objects.get(email="front_desk@bench.test").pk}))
