"""The broker is only a doorbell: emptied, killed or never there, no request waits for it and no work is lost."""

import pytest

from clinic import embedded
from scheduling.models import Proposal
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import drafts
from tests.own_clinic import queue
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]


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


def test_an_emptied_broker_loses_nothing(house: Stack, staff: People) -> None:
    house.stop("plan")
    ids = asked(house, staff, 3)
    assert queue(house).llen("plan") >= 3
    queue(house).flushall()
    assert all_are(house, ids, "queued")
    house.start("plan")
    until(lambda: all_are(house, ids, "ready"), "the sweep has built them", house)


def test_a_killed_broker_delays_nobody_and_work_goes_on_when_it_is_back(
    house: Stack, staff: People, own_servers: embedded.Servers
) -> None:
    broker = own_servers.valkey
    assert broker.process
    broker.process.kill()
    broker.process.wait()
    ids = asked(house, staff, 3)
    assert all_are(house, ids, "queued")
    broker.start()
    until(lambda: all_are(house, ids, "ready"), "worker and clock have come back by themselves", house, patience=60)
