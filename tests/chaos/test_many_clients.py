"""Many clients at once, over real HTTP: one gets the slot, and a repeated request books once."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

import psutil
import psycopg
import pytest

from clinic import embedded
from scheduling.models import Booking, Session
from tests.browser.clinic import People
from tests.chaos.caller import Answer, Caller
from tests.chaos.cases import consultations
from tests.chaos.racers import OVERLAPS
from tests.stack import Stack

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]


def all_at_once(calls: list[Any]) -> list[Any]:
    """Run every call in a thread of its own; they begin together."""
    start = threading.Barrier(len(calls))

    def run(call: Any) -> Any:
        start.wait(timeout=20)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def overlaps(house: Stack) -> int:
    with psycopg.connect(house.database) as line:
        row = line.execute(OVERLAPS).fetchone()
    assert row
    return int(row[0])


def booked(house: Stack, wanted: list[dict[str, Any]]) -> int:
    """How many of these consultations are in the calendar."""
    with house.records():
        return Booking.objects.filter(active=True, patient__in=[each["patient"] for each in wanted]).count()


def test_fifty_clients_want_one_slot(house: Stack, staff: People) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        wanted = consultations(staff, 50)
    answers: list[Answer] = all_at_once([lambda each=each: desk("POST", "sessions/", each) for each in wanted])
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 49}
    assert (booked(house, wanted), overlaps(house)) == (1, 0)
    with house.records():
        assert Session.objects.filter(patient__in=[each["patient"] for each in wanted]).count() == 1
    refused = [answer.body for answer in answers if answer.status == 409]
    assert all(body["next"] for body in refused), "each loser hears the next free time"
    assert "Zzracer" not in str(refused), "and of nobody else"


def test_one_request_sent_twenty_times_at_once_books_once(house: Stack, staff: People) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        [wanted] = consultations(staff, 1, days=4)
    answers = all_at_once([lambda: desk("POST", "sessions/", wanted, key="twenty") for _each in range(20)])
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    assert booked(house, [wanted]) == 1


def test_web_workers_killed_in_the_middle_of_requests_book_each_once(house: Stack, staff: People) -> None:
    desk, chance = Caller.for_user(house, staff.desk), random.Random(7)
    with house.records():
        wanted = consultations(staff, 8, apart_minutes=45, days=5)
    master = psutil.Process(house.parts.children["web"].pid)

    def kill_the_workers() -> tuple[None, int]:
        time.sleep(chance.uniform(0, 0.08))
        for worker in master.children():
            worker.kill()
        return None, 0

    told = []
    for number, each in enumerate(wanted):
        sent = partial(desk.until_answered, "POST", "sessions/", each, key=f"web-{number}")
        told.append(all_at_once([sent, kill_the_workers])[0])
    assert {answer.status for answer, _broken in told} == {201}
    assert sum(broken for _answer, broken in told), "no request was ever cut off"
    assert (booked(house, wanted), overlaps(house)) == (8, 0)


def goes_down(server: embedded.Server, how: str) -> None:
    """In order, with its clients cut off, or all at once."""
    if how == "stop":
        server.stop()
    elif server.process:
        server.process.kill()
        server.process.wait()


def test_a_database_that_dies_under_load_books_each_once(
    house: Stack, staff: People, own_servers: embedded.Servers
) -> None:
    """Also when the answer to COMMIT was lost: the key says what became of it."""
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        days = [consultations(staff, 12, apart_minutes=45, days=day) for day in range(20, 26)]

    def books(day: int, wanted: list[dict[str, Any]]) -> list[tuple[Answer, int]]:
        return [desk.until_answered("POST", "sessions/", each, key=f"{day}-{n}") for n, each in enumerate(wanted)]

    with ThreadPoolExecutor(len(days)) as pool:
        running = [pool.submit(books, number, wanted) for number, wanted in enumerate(days)]
        for end in ("stop", "kill"):  # in this thread: a server ends with the one that started it
            time.sleep(0.3)
            goes_down(own_servers.postgres, end)
            own_servers.postgres.start()
    told = list(chain.from_iterable(each.result() for each in running))
    assert {answer.status for answer, _broken in told} == {201}
    assert sum(broken for _answer, broken in told), "nobody noticed that the database was gone"
    assert (booked(house, list(chain.from_iterable(days))), overlaps(house)) == (72, 0)
