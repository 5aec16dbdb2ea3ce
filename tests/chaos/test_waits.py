"""Nobody waits for long: not for a row that somebody holds, not for a database that stands still."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import psutil
import psycopg
import pytest

from clinic import embedded
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import consultations
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

BUDGET = 5.0
ENOUGH = BUDGET + 3.0  # a busy machine is slow, not wrong; without a budget nothing would end at all
CLIENTS = 10
DAYS = count(60)  # each visit has a day of its own


@pytest.fixture
def visit(house: Stack, staff: People) -> dict[str, Any]:
    """A booked consultation, and the request that moves it."""
    with house.records():
        [wanted] = consultations(staff, 1, days=next(DAYS))
    booked = Caller.for_user(house, staff.desk)("POST", "sessions/", wanted)
    assert booked.status == 201
    move = {name: wanted[name] for name in ("practitioner", "room", "start")}
    return booked.body | {"move": move}


@contextmanager
def row_held(house: Stack, session: str) -> Iterator[None]:
    """Somebody has the row open and does not go on."""
    with psycopg.connect(house.database) as other:
        other.execute("SELECT 1 FROM scheduling_session WHERE id = %s FOR UPDATE", [session])
        yield


@contextmanager
def standing_still(server: embedded.Server) -> Iterator[None]:
    """Every process of the database stops where it is: connections stay open, nothing is answered."""
    assert server.process
    family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
    for member in family:
        os.kill(member.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for member in reversed(family):
            os.kill(member.pid, signal.SIGCONT)


def timed(call: Any) -> tuple[Any, float]:
    began = time.monotonic()
    return call(), time.monotonic() - began


@contextmanager
def asking_for_health(house: Stack) -> Iterator[list[float]]:
    """How long /healthz took, asked again and again during the block."""
    took: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            (status, _body), seconds = timed(lambda: house.get("/healthz"))
            assert status == 200
            took.append(seconds)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            yield took
        finally:
            over.set()
            asking.result()


def move(desk: Caller, visit: dict[str, Any], timeout: float = 60.0) -> int:
    return desk("POST", f"sessions/{visit['id']}/move/", visit["move"], timeout=timeout).status


@fault("F26")
def test_ten_moves_of_a_row_that_somebody_holds_end_within_the_budget(
    house: Stack, staff: People, visit: dict[str, Any], told: Told
) -> None:
    desk = Caller.for_user(house, staff.desk)
    with row_held(house, visit["id"]), asking_for_health(house) as health, ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda _n: timed(lambda: move(desk, visit)), range(CLIENTS)))
    assert Counter(status for status, _seconds in answers) == {503: CLIENTS}
    assert max(seconds for _status, seconds in answers) < ENOUGH
    assert max(health) < min(seconds for _status, seconds in answers), "alive was answered before any of them"
    longest = max(seconds for _status, seconds in answers)
    told(f"10 moves of a held row end with 503, the last after {longest:.1f} s; healthz at most {max(health):.2f} s")


@fault("F26", control=True)
def test_the_control_still_waits(house: Stack, staff: People, visit: dict[str, Any], told: Told) -> None:
    """Without budget and time-outs the same request hangs: the test above sees what the product does not do."""
    with house.second_web(REQUEST_SECONDS="600", PGOPTIONS="-c timezone=UTC") as address:
        desk = Caller.for_user(house, staff.desk)
        desk.port = int(address.rpartition(":")[2])
        with row_held(house, visit["id"]), pytest.raises(TimeoutError):
            move(desk, visit, timeout=ENOUGH)
    told(f"without a budget still waits after {ENOUGH:.0f} s")


@pytest.mark.proof
def test_more_requests_than_threads_share_one_budget(house: Stack, staff: People, visit: dict[str, Any]) -> None:
    """Who waited for a thread has that much less time: nobody waits twice. Alive is answered meanwhile."""
    desk, many = Caller.for_user(house, staff.desk), 40  # two processes have sixteen threads
    with row_held(house, visit["id"]), asking_for_health(house) as health, ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(lambda _n: timed(lambda: move(desk, visit)), range(many)))
    assert Counter(status for status, _seconds in answers) == {503: many}
    assert max(seconds for _status, seconds in answers) < ENOUGH + 2
    assert max(health) < BUDGET / 2


@fault("F26")
def test_a_database_that_stands_still_is_said_and_requests_end(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    desk = Caller.for_user(house, staff.desk)
    assert desk("GET", "patients/?q=x").status == 200  # connections are open
    with standing_still(own_servers.postgres):
        assert house.get("/healthz") == (200, "ok")
        (status, body), seconds = timed(lambda: house.get("/readyz"))
        assert (status, "does not answer" in body) == (503, True)
        assert seconds < BUDGET
        answer, seconds = timed(lambda: desk("GET", "patients/?q=x"))
        assert answer.status == 503
        assert seconds < ENOUGH
        (status, body), seconds = timed(lambda: house.get("/accounts/login/code/"))
        assert status in (200, 503)
        assert seconds < ENOUGH
    until(lambda: desk("GET", "patients/?q=x").status == 200, "it goes on", house)
    assert house.get("/readyz")[0] == 200
    told("a database that stands still is said and every request ends")


@fault("F26", control=True)
def test_the_control_hangs_with_the_database(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    with house.second_web(REQUEST_SECONDS="600", WEB_WORKERS="1", WEB_THREADS="1") as address:
        desk = Caller.for_user(house, staff.desk)
        desk.port = int(address.rpartition(":")[2])
        assert desk("GET", "patients/?q=x").status == 200
        with standing_still(own_servers.postgres), pytest.raises(TimeoutError):
            desk("GET", "patients/?q=x", timeout=ENOUGH)
    told("hangs with the database")
