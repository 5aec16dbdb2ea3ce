"""Sixteen processes at the door at once: one gets in, nobody deadlocks, and whoever books elsewhere does not wait.

The proof runs a hundred rounds, the tests the first of them.
"""

import psycopg
import pytest

from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.chaos.scratch import run, scratch_database
from tests.sizes import size

pytestmark = [pytest.mark.chaos, pytest.mark.django_db]

RACERS = "tests.chaos.racers"
GUARDS = ("patient", "practitioner", "room", "device")


@pytest.fixture
def scratch(db):
    with scratch_database() as address:
        yield address


@fault("F17", quick=True)
def test_one_slot_sixteen_processes_round_after_round(scratch, told: Told):
    rounds = size(20, in_proof=100)
    found = run(RACERS, "slot", str(rounds), "16", database=scratch)
    assert found["answers"] == {"booked": rounds, "Conflict": 15 * rounds}
    assert (found["bookings"], found["overlaps"]) == (rounds, 0)
    told(f"{rounds} slots, 16 processes each: {rounds} booked, no overlap")


@fault("F17", control=True, quick=True)
def test_without_the_constraints_the_same_race_double_books(scratch, told: Told):
    """The control: it is the database that keeps the door, not luck and not the test."""
    with psycopg.connect(scratch, autocommit=True) as owner:
        for name in GUARDS:
            owner.execute(f"ALTER TABLE scheduling_booking DROP CONSTRAINT booking_{name}_free".encode())
    found = run(RACERS, "slot", "5", "16", database=scratch)
    assert found["overlaps"] > 0
    assert found["bookings"] > 5
    told(f"without constraints books {found['bookings']} visits on 5 slots")


@fault("F18", quick=True)
def test_two_courses_in_opposite_order_one_is_booked_whole(scratch, told: Told):
    rounds = size(4, in_proof=10)
    found = run(RACERS, "courses", str(rounds), database=scratch)
    assert found["answers"] == {"booked": rounds, "Conflict": rounds}
    assert (found["bookings"], found["overlaps"]) == (10 * rounds, 0)
    told(f"{rounds} times one of two is booked whole, the other not at all; {found['deadlocks']} deadlocks")


@fault("F18", control=True)
def test_each_in_its_own_order_they_deadlock(scratch, told: Told):
    found = run(RACERS, "unsorted", "10", database=scratch)
    assert found["deadlocks"]
    told(f"in the order they are listed in meets {found['deadlocks']} deadlocks in 10 rounds")


def test_an_absence_and_a_booking_never_both_stand(scratch):
    rounds = size(10, in_proof=40)
    found = run(RACERS, "absence", str(rounds), database=scratch)
    assert found["answers"]["absent"] == rounds
    assert found["answers"].get("booked", 0) + found["answers"].get("Conflict", 0) == rounds
    assert found["overlaps"] == 0
    assert found["blocks"] == rounds
    assert found["bookings"] == 0
    assert set(found["states"]) <= {"displaced", "planned"}


def test_who_wants_another_time_does_not_wait(scratch):
    assert run(RACERS, "apart", database=scratch) == {"while_the_other_was_open": True, "bookings": 2}
