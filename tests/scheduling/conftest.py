"""What the scheduling tests have besides the fixed cast."""

from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from clinic.models import Location, User
from patients.models import Patient
from protocols.models import DeliveryDevice
from scheduling.models import Course, Device
from tests.databases import shared_rows
from tests.factories import NOW, ana, aventino
from tests.scheduling.running import accepted

KEPT = {"kept_course", "kept_courses"}  # fixtures of a module whose rows every later test of it meets


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within a module those come last who share its course, so that the others do not meet it. Before pytest-django
    puts those who empty the tables at the end of all: after them every test has to load the catalogue."""
    modules = {module: place for place, module in reversed(list(enumerate(item.path for item in items)))}
    items.sort(key=lambda item: (modules[item.path], bool(KEPT & set(getattr(item, "fixturenames", ())))))


@pytest.fixture
def gun(clinic: Location) -> Device:
    """The one injection gun of the clinic."""
    kind = DeliveryDevice.objects.create(code="gun_test", name="Gun", kind="gun")
    return Device.objects.create(location=clinic, kind=kind, name="Gun 1")


@pytest.fixture(scope="module")
def kept_course(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The cast's clinic and patient with an accepted course (P07, the first treatment today), once for a module.

    Each test that asks for it finds them as they were made: `clinic`, `patient` and `course` are these rows.
    """
    with shared_rows(django_db_blocker):
        with time_machine.travel(NOW, tick=False):
            clinic = aventino()
            accepted(ana(), clinic, User.objects.get(email="practitioner@example.test"))
        yield


@pytest.fixture
def course(kept_course: None, clinic: Location, patient: Patient, practitioner: User) -> Course:
    """P07, accepted: six treatments 15 days apart on workdays from today, a Tuesday, and one upkeep visit."""
    kept: Course = patient.courses.get()
    return kept


@pytest.fixture
def at_ten() -> Iterator[None]:
    """It is NOW: ten o'clock in Rome, and stays so."""
    with time_machine.travel(NOW, tick=False):
        yield
