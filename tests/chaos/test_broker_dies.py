"""The broker is only a doorbell: emptied, killed, full, silent or never there, no request waits for it and no work is
lost."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clinic import embedded
from scheduling.models import Proposal
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import consultations, drafts, fates, letters
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.chaos.postbox import Postbox
from tests.chaos.scratch import ROOT
from tests.own_clinic import queue
from tests.sizes import size
from tests.stack import Stack, free_port, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

MAILS = size(40, in_proof=600)
RING = "from scheduling.tasks import build_proposal; build_proposal.delay(1)"


def asked(house: Stack, staff: People, count: int) -> list[int]:
    """Ask for so many schedules over HTTP; each is accepted, whatever the broker does."""
    doctor = Caller.for_user(house, staff.practitioner)
    with house.records():
        courses = drafts(staff, count, "P07")
    answers = [doctor("POST", f"courses/{course}/proposals/", {}) for course in courses]
    assert {answer.status for answer in answers} == {202}
    return [int(answer.body["id"]) for answer in answers]


def all_are(house: Stack, ids: list[int], status: str) -> bool:
    with house.records():
        return set(Proposal.objects.filter(pk__in=ids).values_list("status", flat=True)) == {status}


def sent(house: Stack, ids: list[int]) -> bool:
    with house.records():
        return fates(ids) == {"sent": len(ids)}


def killed(broker: embedded.Server) -> None:
    assert broker.process
    broker.process.kill()
    broker.process.wait()


@fault("F06")
def test_an_emptied_broker_loses_nothing(house: Stack, staff: People, box: Postbox, told: Told) -> None:
    house.stop("plan")
    ids = asked(house, staff, 3)
    with house.records():
        mails = letters(MAILS, "emptied@example.test")
    assert queue(house).llen("plan") >= 3
    queue(house).flushall()
    assert all_are(house, ids, "queued")
    house.start("plan")
    until(lambda: all_are(house, ids, "ready"), "the sweep has built them", house)
    until(lambda: sent(house, mails), "the mail has gone", house)
    assert Counter(box.ids).most_common(1)[0][1] == 1
    told(f"3 schedules are built and {MAILS} mails sent once")


@fault("F06", control=True)
def test_a_task_that_is_nowhere_else_is_lost_with_it(house: Stack, staff: People, told: Told) -> None:
    house.stop("plan")
    with house.without("beat"):
        ids = asked(house, staff, 3)
        queue(house).flushall()
        house.start("plan")
        time.sleep(6)
        assert all_are(house, ids, "queued")
    told("without a sweep loses 3 of 3")


@fault("F05")
def test_a_killed_broker_delays_nobody_and_work_goes_on_when_it_is_back(
    house: Stack, staff: People, own_servers: embedded.Servers, box: Postbox, told: Told
) -> None:
    with house.records():
        mails = letters(MAILS, "killed@example.test")
    until(lambda: box.to, "the first mail has gone", house)
    killed(own_servers.valkey)
    ids = asked(house, staff, 3)
    assert all_are(house, ids, "queued")
    own_servers.valkey.start()
    until(lambda: all_are(house, ids, "ready"), "worker and clock have come back by themselves", house, patience=60)
    until(lambda: sent(house, mails), "the mail has gone", house, patience=60)
    assert Counter(box.ids).most_common(1)[0][1] == 1
    told(f"3 schedules are built and {MAILS} mails sent once, nothing started anew")


@fault("F05", control=True)
def test_without_the_sweep_it_is_not_asked_for_again(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    with house.without("beat"):
        killed(own_servers.valkey)
        ids = asked(house, staff, 3)
        own_servers.valkey.start()
        time.sleep(6)
        assert all_are(house, ids, "queued")
    told("without a sweep loses 3 of 3")


@contextmanager
def silence() -> Iterator[str]:
    """A broker that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@fault("F07")
def test_a_broker_that_refuses_or_says_nothing_holds_up_no_request(house: Stack, staff: People, told: Told) -> None:
    took = {}
    with silence() as silent, house.records():
        courses, visits = drafts(staff, 2, "P07"), consultations(staff, 2, apart_minutes=60, days=90)
        brokers = {"refuses": f"redis://127.0.0.1:{free_port()}/0", "is silent": silent}
    with silence() as silent:
        brokers["is silent"] = silent
        for (name, broker), course, visit in zip(brokers.items(), courses, visits, strict=True):
            with house.second_web(REDIS_URL=broker) as address:
                port = int(address.rpartition(":")[2])
                desk, doctor = (Caller.for_user(house, each) for each in (staff.desk, staff.practitioner))
                desk.port = doctor.port = port
                desk("GET", "patients/?q=x")  # the first request of a process is slower
                began = time.monotonic()
                assert desk("POST", "sessions/", visit).status == 201
                assert doctor("POST", f"courses/{course}/proposals/", {}).status == 202
                took[name] = time.monotonic() - began
    told(", ".join(f"where it {name} a booking and a request took {took[name]:.1f} s" for name in brokers))


@fault("F07", control=True)
def test_who_publishes_as_it_comes_waits_and_fails(house: Stack, told: Told) -> None:
    with silence() as silent:
        seconds, said = published(house, REDIS_URL=silent)
    assert (said.returncode, "TimeoutError" in said.stderr) == (1, True)
    told(f"that publishes as it comes fails after {seconds:.0f} s")


def published(house: Stack, **environment: str) -> tuple[float, "subprocess.CompletedProcess[str]"]:
    """Celery's own `delay` in a process of its own: how long it took, and what it said."""
    command, began = [sys.executable, "manage.py", "shell", "-c", RING], time.monotonic()
    given = os.environ | house.parts.environment | environment
    said = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    return time.monotonic() - began, said


@contextmanager
def full(house: Stack) -> Iterator[None]:
    """A broker that takes nothing more."""
    queue(house).config_set("maxmemory", "1")
    try:
        yield
    finally:
        queue(house).config_set("maxmemory", "0")


@fault("F08")
def test_a_full_broker_refuses_no_request_and_is_caught_up_with(house: Stack, staff: People, told: Told) -> None:
    with full(house):
        ids = asked(house, staff, 3)
        assert all_are(house, ids, "queued")
    until(lambda: all_are(house, ids, "ready"), "the sweep has built them", house, patience=60)
    told("3 requests are accepted meanwhile and built afterwards")


@fault("F08", control=True)
def test_who_publishes_as_it_comes_fails(house: Stack, told: Told) -> None:
    with full(house):
        _seconds, said = published(house)
    assert said.returncode
    assert "redis.exceptions" in said.stderr
    told("that publishes as it comes fails")
