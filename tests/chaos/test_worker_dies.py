"""A worker is killed while it builds: nothing is half saved, and the schedule is completed by the next sweep."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest

from scheduling.models import Proposal, Session
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import drafts
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.own_clinic import queue
from tests.sizes import SEED
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

VISITS = 1 + 6 + 10 + 12  # the allergy test and P01
CALENDARS = "LOCK TABLE scheduling_booking IN ACCESS EXCLUSIVE MODE"
ITS_ROW = "SELECT 1 FROM scheduling_proposal WHERE id = {} FOR UPDATE"


@pytest.fixture
def ask(house: Stack, staff: People) -> Callable[[], int]:
    """Asks for the schedule of another course of 28 sessions; returns the proposal."""
    doctor = Caller.for_user(house, staff.practitioner)

    def asks() -> int:
        with house.records():
            [course] = drafts(staff, 1)
        return int(doctor("POST", f"courses/{course}/proposals/", {}).body["id"])

    return asks


def state(house: Stack, pk: int) -> Proposal:
    with house.records():
        return Proposal.objects.get(pk=pk)


def a_minute_later(house: Stack, pk: int) -> None:
    """The lease of the dead worker lapses."""
    with house.records():
        Proposal.objects.filter(pk=pk, status="running").update(lease_until=datetime.now(UTC))


def check_whole(house: Stack, pk: int) -> None:
    """Built from end to end or not at all; nothing of it is a visit before somebody accepts it."""
    found = state(house, pk)
    assert (found.status, len(found.sessions)) in {("queued", 0), ("running", 0), ("ready", VISITS)}
    with house.records():
        assert not Session.objects.filter(course=found.course_id).exists()


def is_built(house: Stack, pk: int) -> Proposal:
    a_minute_later(house, pk)
    until(lambda: state(house, pk).status == "ready", "the next sweep has built it", house)
    check_whole(house, pk)
    return state(house, pk)


@contextmanager
def held(house: Stack, statement: str) -> Iterator[None]:
    """Somebody holds what the worker needs next, so that it is in the middle of its work."""
    with psycopg.connect(house.database) as other:
        other.execute(statement.encode())
        yield


def stands(house: Stack, pk: int) -> bool:
    """Whether a worker has begun and waits for what somebody else holds."""
    if state(house, pk).status != "running":
        return False
    looks = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'mesoplan-plan' AND wait_event_type = 'Lock'"
    with psycopg.connect(house.database) as line:
        return line.execute(looks.encode()).fetchone() is not None


@fault("F02")
def test_killed_while_it_reads_it_is_built_by_the_next_worker(house: Stack, ask: Callable[[], int]) -> None:
    with held(house, CALENDARS):
        pk = ask()
        until(lambda: stands(house, pk), "the worker stands before the calendars", house)
        house.kill("plan")
    check_whole(house, pk)
    house.start("plan")
    built = is_built(house, pk)
    assert int(built.built_by.rpartition(":")[2]) in house.pids("plan")


@fault("F02")
def test_killed_before_it_saves_it_is_built_by_the_next_worker(house: Stack, ask: Callable[[], int]) -> None:
    with ExitStack() as later:
        with held(house, CALENDARS):
            pk = ask()
            until(lambda: stands(house, pk), "the worker stands before the calendars", house)
            later.enter_context(held(house, ITS_ROW.format(pk)))
        until(lambda: stands(house, pk), "the worker cannot write down how far it is", house)
        house.kill("plan")
    check_whole(house, pk)
    house.start("plan")
    is_built(house, pk)


@fault("F02")
def test_killed_at_any_moment_it_is_built_by_the_next_worker(house: Stack, ask: Callable[[], int], told: Told) -> None:
    chance, kills, phases = random.Random(SEED), 6, Counter[str]()
    for _time in range(kills):
        pk = ask()
        time.sleep(chance.uniform(0, 0.5))
        house.kill("plan")
        phases[state(house, pk).status] += 1
        check_whole(house, pk)
        house.start("plan")
        is_built(house, pk)
    fell = ", ".join(f"{status} {count}" for status, count in sorted(phases.items()))
    told(f"{kills + 2} kills, all built by the next worker; the {kills} at any moment found it {fell}")


@fault("F02", control=True)
def test_without_the_sweep_the_next_worker_does_nothing(house: Stack, ask: Callable[[], int], told: Told) -> None:
    with no_sweep(house):
        pk = stopped_in_its_work(house, ask, lambda _pk: house.kill("plan"))
        house.start("plan")
        is_never_built(house, pk)
    told("without a sweep never builds it")


@contextmanager
def no_sweep(house: Stack) -> Iterator[None]:
    """The clock is away, and what it had asked for before is over: a sweep takes a fraction of a second."""
    with house.without("beat"):
        until(lambda: not queue(house).llen("sweep"), "no sweep waits", house)
        time.sleep(1)
        yield


def stopped_in_its_work(house: Stack, ask: Callable[[], int], stop: Callable[[int], object]) -> int:
    """A schedule whose worker was stopped while it read the calendars."""
    with held(house, CALENDARS):
        pk = ask()
        until(lambda: stands(house, pk), "the worker stands before the calendars", house)
        stop(pk)
    return pk


def is_never_built(house: Stack, pk: int) -> None:
    """Its lease is over, another worker is there, and nothing happens for as long as a sweep would have taken."""
    a_minute_later(house, pk)
    time.sleep(6)
    assert state(house, pk).status == "running"


def kill_the_child(house: Stack, pk: int) -> None:
    os.kill(int(state(house, pk).built_by.rpartition(":")[2]), signal.SIGKILL)


@fault("F03")
def test_told_to_stop_it_finishes_what_it_builds(house: Stack, ask: Callable[[], int], told: Told) -> None:
    worker = house.parts.children["plan"]
    pk = stopped_in_its_work(house, ask, lambda _pk: worker.send_signal(signal.SIGTERM))
    assert worker.wait(60) == 0
    assert (state(house, pk).status, state(house, pk).attempts) == ("ready", 1)
    told("it finishes the schedule in its one attempt and goes")


@fault("F03", control=True)
def test_killed_instead_it_leaves_it_unfinished(house: Stack, ask: Callable[[], int], told: Told) -> None:
    pk = stopped_in_its_work(house, ask, lambda _pk: house.kill("plan"))
    assert state(house, pk).status == "running"
    house.start("plan")
    is_built(house, pk)
    told("that is killed instead leaves it running")


@fault("F01", control=True)
def test_without_the_sweep_nobody_takes_it_from_a_dead_child(house: Stack, ask: Callable[[], int], told: Told) -> None:
    with no_sweep(house):
        pk = stopped_in_its_work(house, ask, lambda pk: kill_the_child(house, pk))
        time.sleep(15)  # Celery delivers it again after ten seconds, while its lease still holds
        is_never_built(house, pk)
    told("without a sweep never builds it")


@fault("F01")
def test_a_child_of_the_worker_dies_and_its_sister_goes_on(house: Stack, ask: Callable[[], int], told: Told) -> None:
    with held(house, CALENDARS):
        pk = ask()
        until(lambda: stands(house, pk), "a child reads the calendars", house)
        child = int(state(house, pk).built_by.rpartition(":")[2])
        os.kill(child, signal.SIGKILL)
    check_whole(house, pk)
    began = time.monotonic()
    built = is_built(house, pk)
    assert int(built.built_by.rpartition(":")[2]) in house.pids("plan") - {child}
    told(f"built whole by another {time.monotonic() - began:.1f} s after the lease was over")
