"""/readyz says which part is missing; /healthz only that the web server lives. The parts are really gone."""

import json
from datetime import timedelta

import pytest

from clinic import embedded
from clinic.base import clock
from clinic.models import Heartbeat
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

MINUTE = timedelta(seconds=61)


def ready(house: Stack) -> tuple[int, str, dict[str, str]]:
    """Status code, overall state, and the parts that are not in order."""
    assert house.get("/healthz") == (200, "ok"), "the web server lives whatever else does not"
    status, text = house.get("/readyz")
    body = json.loads(text)
    return status, body["status"], {part: said for part, said in body["parts"].items() if said != "ok"}


def in_order(house: Stack) -> bool:
    return ready(house) == (200, "ok", {})


def test_everything_runs(house: Stack) -> None:
    until(lambda: in_order(house), "the worker has shown signs of work", house)


@pytest.mark.proof
def test_without_some_of_its_workers_it_is_degraded_until_all_work_again(house: Stack) -> None:
    until(lambda: in_order(house), "the worker has shown signs of work", house)
    gone: dict[str, str] = {}
    for part in ("plan", "mail", "codes", "sweep"):
        house.kill(part)
        with house.records():  # a minute goes by
            Heartbeat.objects.filter(part=part).update(beat_at=clock.now() - MINUTE)
        gone[part] = "no sign of work for a minute"
        assert ready(house) == (200, "degraded", gone)
    house.start(*gone)
    until(lambda: in_order(house), "the new workers have shown signs of work", house)


def test_without_a_broker_it_is_degraded(house: Stack, own_servers: embedded.Servers) -> None:
    until(lambda: in_order(house), "the worker has shown signs of work", house)
    own_servers.valkey.stop()
    assert ready(house) == (200, "degraded", {"broker": "does not answer"})
    own_servers.valkey.start()
    until(lambda: in_order(house), "worker and clock have come back by themselves", house, patience=60)


def test_without_its_database_it_is_down_and_comes_back(house: Stack, own_servers: embedded.Servers) -> None:
    own_servers.postgres.stop()
    assert ready(house) == (503, "down", {"database": "does not answer"})
    own_servers.postgres.start()
    until(lambda: ready(house)[0] == 200, "the database is found again", house)
    until(lambda: in_order(house), "and so has the worker found it", house, patience=60)
