"""What changes much at once is killed half way: all of it is there, or nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import psycopg
import pytest

from clinic.models import User
from scheduling.models import Booking, Course, Proposal, Session
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.chaos.scratch import ROOT, scratch_database
from tests.factories import FormulationFactory, PatientFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.stack import Stack, until
from tests.steps import make_ready

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

LATE = {"DJANGO_SETTINGS_MODULE": "tests.chaos.late_settings", "PGOPTIONS": "-c client_connection_check_interval=500"}
BUSY = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
ITS_TABLE = "SELECT 1 FROM pg_class WHERE relname = 'late_thing'"
ITS_RECORD = "SELECT 1 FROM django_migrations WHERE app = 'late'"


@pytest.fixture
def scratch(db: None) -> Iterator[str]:
    with scratch_database() as address:
        yield address


def manage(database: str, *words: str) -> "subprocess.Popen[str]":
    environment = os.environ | LATE | {"DATABASE_URL": database}
    command = [sys.executable, "manage.py", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def found(database: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as line:
        return line.execute(statement.encode()).fetchall()


def asleep(database: str) -> bool:
    return bool(found(database, f"{BUSY} AND query LIKE '%pg_sleep%'"))


@fault("F21")
def test_a_migration_that_is_killed_leaves_nothing_and_of_two_one_waits(scratch: str, told: Told) -> None:
    first = manage(scratch, "prepare", "schema")
    until(lambda: asleep(scratch), "it is half way", patience=120)
    first.kill()
    first.communicate()
    until(lambda: not found(scratch, BUSY), "the database has noticed")
    assert (found(scratch, ITS_TABLE), found(scratch, ITS_RECORD)) == ([], [])
    both = [manage(scratch, "prepare", "schema") for _one in range(2)]
    said = [each.communicate()[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert any("waiting for it" in each for each in said)
    assert found(scratch, "SELECT id FROM late_thing ORDER BY id") == [(1,), (2,)]
    told("killed half way nothing is left; of two at once one waits, both end well, it is applied once")


@fault("F21", control=True)
def test_two_plain_migrations_at_once_get_in_each_others_way(scratch: str, told: Told) -> None:
    both = [manage(scratch, "migrate", "-v0") for _one in range(2)]
    said = [each.communicate()[0] for each in both]
    assert sorted(each.returncode for each in both) == [0, 1], said
    told("of two plain migrations one fails")


@pytest.fixture
def proposed(house: Stack, staff: People) -> Proposal:
    """A schedule of 28 treatments that may be accepted."""
    with house.records():
        by = User.objects.get(email=staff.practitioner)
        location, patient, mix = by.staff.location, PatientFactory(), FormulationFactory(substances=MIX)
        now = datetime.now(UTC)
        make_ready(patient, mix, by=by, location=location, now=now)
        start_on = now.date() + timedelta(days=2)
        course = make_course(patient, location, by, "P01", formulation=mix, start_on=start_on, confirmed=True)
    doctor = Caller.for_user(house, staff.practitioner)
    pk = int(doctor("POST", f"courses/{course.pk}/proposals/", {}).body["id"])

    def is_ready() -> Proposal | None:
        with house.records():
            return Proposal.objects.filter(pk=pk, status="ready").first()

    ready: Proposal = until(is_ready, "the schedule is ready", house, patience=90)
    return ready


def there(house: Stack, course: int) -> tuple[int, int, str]:
    """Visits and times of a course, and whether it runs."""
    with house.records():
        visits, times = Session.objects.filter(course=course), Booking.objects.filter(session__course=course)
        return visits.count(), times.count(), Course.objects.get(pk=course).status


@contextmanager
def last_step_held(house: Stack) -> Iterator[None]:
    """Somebody has what an acceptance writes last."""
    with psycopg.connect(house.database) as line:
        line.execute("LOCK TABLE scheduling_message IN ACCESS EXCLUSIVE MODE")
        yield


def stands_there(house: Stack, part: str) -> bool:
    looks = f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{part}' AND wait_event_type = 'Lock'"
    return bool(found(house.database, looks))


@fault("F25")
def test_an_acceptance_that_is_killed_half_way_books_nothing_and_then_all(
    house: Stack, staff: People, proposed: Proposal, told: Told
) -> None:
    doctor, path = Caller.for_user(house, staff.practitioner), f"proposals/{proposed.pk}/accept/"
    with ThreadPoolExecutor(1) as pool:
        with last_step_held(house):
            asked = pool.submit(doctor.until_answered, "POST", path, {}, key=f"accept-{proposed.pk}")
            until(lambda: stands_there(house, "mesoplan-web"), "it is half way", house)
            for worker in psutil.Process(house.parts.children["web"].pid).children():
                worker.kill()
            until(lambda: not stands_there(house, "mesoplan-web"), "the database has noticed", house)
            assert there(house, proposed.course_id) == (0, 0, "draft")
        answer, broken = asked.result()
    assert (answer.status, broken > 0) == (201, True)
    assert there(house, proposed.course_id) == (len(proposed.sessions), len(proposed.sessions), "active")
    told(f"killed half way 0 of {len(proposed.sessions)} visits are there, asked again with the key all of them")


@fault("F25", control=True)
def test_who_books_one_after_the_other_leaves_half(house: Stack, staff: People, proposed: Proposal, told: Told) -> None:
    with house.records():
        by = User.objects.get(email=staff.practitioner).pk
    command = [sys.executable, "-m", "tests.with_django", "tests.chaos.halves", str(proposed.pk), str(by)]
    with house.log_of("halves").open("w") as log:
        half = subprocess.Popen(command, cwd=ROOT, env=house.parts.environment, stdout=log, stderr=log)
        until(lambda: there(house, proposed.course_id)[0] > 2 or half.poll() is not None, "it is half way", house)
        half.kill()
        half.wait()
    visits, _times, status = there(house, proposed.course_id)
    assert (0 < visits < len(proposed.sessions), status) == (True, "draft")
    told(f"that books one after the other leaves {visits} of {len(proposed.sessions)} in a draft")
