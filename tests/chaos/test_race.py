"""Sixteen processes at the door at once: one gets in, nobody deadlocks, and whoever books elsewhere does not wait.

The proof runs a hundred rounds, the tests the first of them; all races are run by one process after the other.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.chaos.scratch import run, scratch_database
from tests.sizes import size

pytestmark = [pytest.mark.chaos, pytest.mark.django_db, pytest.mark.xdist_group("races")]

GUARDS = ("patient", "practitioner", "room", "device")
SLOTS, PAIRS, ABSENCES = size(4, in_proof=100), size(2, in_proof=10), size(3, in_proof=40)
Found = dict[str, Any]  # what a race came to


@pytest.fixture
def scratch(db: None) -> Iterator[str]:
    with scratch_database() as address:
        yield address


def races(database: str, *wanted: str) -> dict[str, Found]:
    return run("tests.chaos.racers", *wanted, database=database)


@pytest.fixture(scope="module")
def found(django_db_setup: None) -> dict[str, Found]:
    """Every race whose booking is as it should be."""
    with scratch_database() as address:
        return races(address, f"courses={PAIRS}", f"absence={ABSENCES}", "apart", f"slot={SLOTS}")


@fault("F17", quick=True)
def test_one_slot_sixteen_processes_round_after_round(found: dict[str, Found], told: Told) -> None:
    race = found["slot"]
    assert race["answers"] == {"booked": SLOTS, "Conflict": 15 * SLOTS}
    assert (race["bookings"], race["overlaps"]) == (SLOTS, 0)
    told(f"{SLOTS} slots, 16 processes each: {SLOTS} booked, no overlap")


@fault("F17", control=True)
def test_without_the_constraints_the_same_race_double_books(scratch: str, told: Told) -> None:
    """The control: it is the database that keeps the door, not luck and not the test."""
    with psycopg.connect(scratch, autocommit=True) as owner:
        for name in GUARDS:
            owner.execute(f"ALTER TABLE scheduling_booking DROP CONSTRAINT booking_{name}_free".encode())
    race = races(scratch, "slot=5")["slot"]
    assert race["overlaps"] > 0
    assert race["bookings"] > 5
    told(f"without constraints books {race['bookings']} visits on 5 slots")


@fault("F18", quick=True)
def test_two_courses_in_opposite_order_one_is_booked_whole(found: dict[str, Found], told: Told) -> None:
    race = found["courses"]
    assert race["answers"] == {"booked": PAIRS, "Conflict": PAIRS}
    assert (race["bookings"], race["overlaps"]) == (10 * PAIRS, 0)
    told(f"{PAIRS} times one of two is booked whole, the other not at all; {race['deadlocks']} deadlocks")


@fault("F18", control=True)
def test_each_in_its_own_order_they_deadlock(scratch: str, told: Told) -> None:
    deadlocks = races(scratch, "unsorted=4")["unsorted"]["deadlocks"]
    assert deadlocks
    told(f"in the order they are listed in meets {deadlocks} deadlocks in 4 rounds")


def test_an_absence_and_a_booking_never_both_stand(found: dict[str, Found]) -> None:
    race = found["absence"]
    assert race["answers"]["absent"] == ABSENCES
    assert race["answers"].get("booked", 0) + race["answers"].get("Conflict", 0) == ABSENCES
    assert race["overlaps"] == 0
    assert race["blocks"] == ABSENCES
    assert race["bookings"] == 0
    assert set(race["states"]) <= {"displaced", "planned"}


def test_who_wants_another_time_does_not_wait(found: dict[str, Found]) -> None:
    assert found["apart"] == {"while_the_other_was_open": True, "bookings": 2}
