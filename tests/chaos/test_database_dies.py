"""A database that restarts, is away, or dies between a commit and its answer: nothing is half done, everybody hears."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any

import psycopg
import pytest

from clinic import embedded
from scheduling.models import Proposal, Session
from tests.browser.clinic import People
from tests.chaos.caller import Answer, Caller
from tests.chaos.cases import booked, consultations, drafts, fates, letters, nobody_sends, overlaps, settled
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.chaos.postbox import Postbox
from tests.sizes import size
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

CARELESS = {"DJANGO_SETTINGS_MODULE": "tests.chaos.careless_settings", "WEB_WORKERS": "1", "WEB_THREADS": "1"}
READ = "patients/?q=x"
MAILS = size(40, in_proof=600)


def goes_down(server: embedded.Server, how: str = "kill") -> None:
    """In order, with its clients cut off, or all at once."""
    if how == "stop":
        server.stop()
    elif server.process:
        server.process.kill()
        server.process.wait()


def restarts(server: embedded.Server) -> None:
    goes_down(server)
    server.start()


@contextmanager
def careless_web(house: Stack, desk: Caller) -> Iterator[Caller]:
    """The clinic through a web server that trusts its connections and knows no 503."""
    with house.second_web(**CARELESS) as address:
        careless = Caller(int(address.rpartition(":")[2]), desk.token)
        assert careless("GET", READ).status == 200  # its connection is open
        yield careless


@fault("F09")
def test_after_a_restart_the_next_request_is_answered_and_the_one_before_was_refused(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        wanted = consultations(staff, 2, apart_minutes=60, days=40)
    for _thread in range(16):
        desk("GET", READ)  # connections are open
    with ThreadPoolExecutor(1) as pool:
        with closing(psycopg.connect(house.database)) as other:
            other.execute("LOCK TABLE scheduling_message IN ACCESS EXCLUSIVE MODE")
            asked = pool.submit(desk, "POST", "sessions/", wanted[0])
            until(lambda: waits(house, "mesoplan-web"), "the request is in the middle of its work", house)
            restarts(own_servers.postgres)
        in_flight = asked.result()
    assert (in_flight.status, "Retry-After" in in_flight.headers) == (503, True)
    answers = Counter(desk("GET", READ).status for _request in range(16))
    assert answers == {200: 16}
    with house.records():
        assert not Session.objects.filter(patient=wanted[0]["patient"]).exists(), "nothing of it was kept"
    assert desk("POST", "sessions/", wanted[1]).status == 201
    told("in flight 503 and nothing kept, the next 16 of 16 answered")


@fault("F09", control=True)
def test_who_trusts_an_open_connection_fails_the_next_request(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    with careless_web(house, Caller.for_user(house, staff.desk)) as careless:
        restarts(own_servers.postgres)
        answer = careless("GET", READ)
        assert answer.status == 500, answer
    told("that trusts its connection answers 500")


def waits(house: Stack, part: str) -> bool:
    looks = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
    with psycopg.connect(house.database) as line:
        return line.execute(looks.encode(), [part]).fetchone() is not None


@fault("F09")
def test_mail_under_way_is_sent_or_said_to_be_unknown(
    house: Stack, own_servers: embedded.Servers, box: Postbox, told: Told
) -> None:
    box.pause, restarted = 0.02, 3
    with house.records():
        ids = letters(MAILS, "restart@example.test")
    for number in range(restarted):
        until(lambda least=number * MAILS // 4: len(box.to) > least, "some have gone", house)
        restarts(own_servers.postgres)
        with house.records():
            nobody_sends(ids)
    until(lambda: settled(house, ids, "retry"), "all are settled", house, patience=90)
    with house.records():
        found = fates(ids)
    repeats = len(box.ids) - len(set(box.ids))
    assert len(set(box.ids)) + found["unknown"] >= MAILS
    assert repeats + found["unknown"] <= restarted
    told(f"of {MAILS} mails under way none is lost, {repeats} came twice, {found['unknown']} unknown")


@fault("F10")
def test_without_its_database_it_says_so_and_goes_on_when_it_is_back(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    desk, doctor = (Caller.for_user(house, each) for each in (staff.desk, staff.practitioner))
    with house.records():
        [wanted], [course] = consultations(staff, 1, days=41), drafts(staff, 1, "P07")
    house.stop("plan")
    asked = int(doctor("POST", f"courses/{course}/proposals/", {}).body["id"])
    own_servers.postgres.stop()
    house.start("plan")
    refused = desk("POST", "sessions/", wanted)
    assert (refused.status, "Retry-After" in refused.headers) == (503, True)
    assert (house.get("/healthz"), house.get("/readyz")[0]) == ((200, "ok"), 503)
    own_servers.postgres.start()
    until(lambda: desk("POST", "sessions/", wanted).status == 201, "it goes on", house)
    until(lambda: is_ready(house, asked), "what was asked for before is built", house, patience=60)
    told("503 with Retry-After, readyz 503, healthz 200; what was asked for before is built afterwards")


def is_ready(house: Stack, pk: int) -> bool:
    with house.records():
        return Proposal.objects.filter(pk=pk, status="ready").exists()


@fault("F10", control=True)
def test_who_knows_no_503_answers_500(house: Stack, staff: People, own_servers: embedded.Servers, told: Told) -> None:
    with careless_web(house, Caller.for_user(house, staff.desk)) as careless:
        own_servers.postgres.stop()
        answer = careless("GET", READ)
        assert answer.status == 500, answer
        own_servers.postgres.start()
    told("that knows no 503 answers 500")


@fault("F11")
def test_a_database_that_dies_under_load_books_each_once(
    house: Stack, staff: People, own_servers: embedded.Servers, told: Told
) -> None:
    """Also when the answer to COMMIT was lost: the key says what became of it."""
    desk = Caller.for_user(house, staff.desk)
    with house.records():
        days = [consultations(staff, 12, apart_minutes=45, days=day) for day in range(20, 26)]

    def books(day: int, wanted: list[dict[str, Any]]) -> list[tuple[Answer, int]]:
        return [desk.until_answered("POST", "sessions/", each, key=f"{day}-{n}") for n, each in enumerate(wanted)]

    with ThreadPoolExecutor(len(days)) as pool:
        running = [pool.submit(books, number, wanted) for number, wanted in enumerate(days)]
        for end in ("stop", "kill", "kill"):  # in this thread: a server ends with the one that started it
            time.sleep(0.3)
            goes_down(own_servers.postgres, end)
            own_servers.postgres.start()
    answers = list(chain.from_iterable(each.result() for each in running))
    assert {answer.status for answer, _broken in answers} == {201}
    broken = sum(broken for _answer, broken in answers)
    assert broken, "nobody noticed that the database was gone"
    assert (booked(house, list(chain.from_iterable(days))), overlaps(house)) == (72, 0)
    told(f"72 bookings of 6 clients, 3 restarts, {broken} requests asked again with their keys: 72 booked")
