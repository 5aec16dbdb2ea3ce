"""Many clients at once, over real HTTP: one gets the slot, and a repeated request books once."""

import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from itertools import count
from typing import Any

import psutil
import pytest

from scheduling.models import Session
from tests.browser.clinic import People
from tests.chaos.caller import Answer, Caller
from tests.chaos.cases import booked, consultations, overlaps
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.sizes import size
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

CLIENTS = size(20, in_proof=50)  # two processes have sixteen threads
DAYS = count(100)  # each visit has a day of its own


def all_at_once(calls: list[Any]) -> list[Any]:
    """Run every call in a thread of its own; they begin together."""
    start = threading.Barrier(len(calls))

    def run(call: Any) -> Any:
        start.wait(timeout=20)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@fault("F17", quick=True)
def test_many_clients_want_one_slot(house: Stack, staff: People, told: Told) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        wanted = consultations(staff, CLIENTS)
    answers: list[Answer] = all_at_once([lambda each=each: desk("POST", "sessions/", each) for each in wanted])
    assert Counter(answer.status for answer in answers) == {201: 1, 409: CLIENTS - 1}
    assert (booked(house, wanted), overlaps(house)) == (1, 0)
    with house.records():
        assert Session.objects.filter(patient__in=[each["patient"] for each in wanted]).count() == 1
    refused = [answer.body for answer in answers if answer.status == 409]
    assert all(body["next"] for body in refused), "each loser hears the next free time"
    assert "Zzracer" not in str(refused), "and of nobody else"
    told(f"of {CLIENTS} over HTTP 1 is booked and all others hear 409 with the next free time")


def test_one_request_sent_twenty_times_at_once_books_once(house: Stack, staff: People) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        [wanted] = consultations(staff, 1, days=4)
    answers = all_at_once([lambda: desk("POST", "sessions/", wanted, key="twenty") for _each in range(20)])
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    assert booked(house, [wanted]) == 1


@fault("F27")
def test_web_workers_killed_in_the_middle_of_requests_book_each_once(house: Stack, staff: People, told: Told) -> None:
    desk, chance = Caller.for_user(house, staff.desk), random.Random(7)
    with house.records():
        wanted = consultations(staff, 8, apart_minutes=45, days=5)
    master = psutil.Process(house.parts.children["web"].pid)

    def kill_the_workers() -> tuple[None, int]:
        time.sleep(chance.uniform(0, 0.08))
        for worker in master.children():
            worker.kill()
        return None, 0

    answers = []
    for number, each in enumerate(wanted):
        sent = partial(desk.until_answered, "POST", "sessions/", each, key=f"web-{number}")
        answers.append(all_at_once([sent, kill_the_workers])[0])
    assert {answer.status for answer, _broken in answers} == {201}
    cut = sum(broken for _answer, broken in answers)
    assert cut, "no request was ever cut off"
    assert (booked(house, wanted), overlaps(house)) == (8, 0)
    told(f"8 requests cut off {cut} times are asked for again with their keys and booked once each")


def answer_lost(house: Stack, desk: Caller, wanted: dict[str, Any], *, key: str) -> None:
    """Somebody asks, the clinic books, and the line breaks before the answer comes."""
    line = HTTPConnection("127.0.0.1", desk.port)
    line.request("POST", "/api/v1/sessions/", json.dumps(wanted), desk.headers(key))
    until(lambda: booked(house, [wanted]), "it is booked", house)
    line.close()


@fault("F11", quick=True)
def test_who_asks_again_with_the_key_hears_what_became_of_it(house: Stack, staff: People, told: Told) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        [wanted] = consultations(staff, 1, days=30)
    answer_lost(house, desk, wanted, key="lost")
    again = desk("POST", "sessions/", wanted, key="lost")
    assert (again.status, again.headers.get("Idempotent-Replay")) == (201, "true")
    assert booked(house, [wanted]) == 1
    told("the key brings the lost answer back")


@fault("F11", "F27", control=True, quick=True)
def test_who_asks_again_without_a_key_is_refused_their_own_time(house: Stack, staff: People, told: Told) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        [wanted] = consultations(staff, 1, days=31)
    answer_lost(house, desk, wanted, key="")
    assert desk("POST", "sessions/", wanted).status == 409
    told("without a key is refused its own time")


def changed_by_five(house: Stack, desk: Caller, booked: dict[str, Any], *, version: str) -> Counter[int]:
    """Five people move one visit at once, each an hour further: what they were told."""
    start = datetime.fromisoformat(booked["booking"]["start"])
    place = {name: booked["booking"][name] for name in ("practitioner", "room")}
    moves = [place | {"start": (start + timedelta(hours=hours)).isoformat()} for hours in range(1, 6)]
    path = f"sessions/{booked['id']}/move/"
    calls = [partial(desk, "POST", path, each, seen=version) for each in moves]
    answers: list[Answer] = all_at_once(calls)
    assert all("version" in answer.body for answer in answers), "the version that counts is said"
    return Counter(answer.status for answer in answers)


@pytest.fixture
def visit(house: Stack, staff: People) -> dict[str, Any]:
    with house.records():
        [wanted] = consultations(staff, 1, days=next(DAYS))
    booked: dict[str, Any] = Caller.for_user(house, staff.desk)("POST", "sessions/", wanted).body
    return booked


@fault("F19", quick=True)
def test_of_five_who_saw_the_same_version_one_changes_it(
    house: Stack, staff: People, visit: dict[str, Any], told: Told
) -> None:
    desk = Caller.for_user(house, staff.desk)
    assert changed_by_five(house, desk, visit, version=str(visit["version"])) == {200: 1, 412: 4}
    told("of 5 one changes it, 4 hear 412 with the version that counts")


@fault("F19", control=True, quick=True)
def test_who_names_no_version_overwrites(house: Stack, staff: People, visit: dict[str, Any], told: Told) -> None:
    desk = Caller.for_user(house, staff.desk)
    assert changed_by_five(house, desk, visit, version="") == {200: 5}
    told("without a version all 5 overwrite each other")
