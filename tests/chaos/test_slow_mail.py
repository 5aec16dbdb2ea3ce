"""A mail server that stalls holds up mail and nothing else."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from statistics import median
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from clinic.models import Heartbeat
from scheduling.messages.actions.claims import LEASE
from scheduling.models import Message, Proposal
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import drafts, letters
from tests.chaos.conftest import through
from tests.chaos.postbox import Postbox
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

SLOW = "slow@example.test"
DUE, TIMES = 60, 6
LOOK = 0.5  # seconds between two looks for codes (Procfile)
ONE_FOR_ALL = "celery --quiet -A clinic.celery worker --queues plan,mail,sweep --concurrency 1 --loglevel WARNING"


@pytest.fixture
def slow(box: Postbox) -> Postbox:
    """A mail server that takes 40 seconds for each letter to SLOW."""
    box.slow_for = SLOW
    return box


@contextmanager
def mails_due(house: Stack, box: Postbox) -> Iterator[None]:
    """Sixty letters that the server will not take, and somebody who tries."""
    with house.records():
        ids = letters(DUE, SLOW)
    until(lambda: box.stalled, "somebody waits for the server", house)
    yield
    with house.records():
        Message.objects.filter(pk__in=ids).delete()


def built(house: Stack, doctor: Caller, course: int) -> float:
    """Seconds until a schedule that was asked for is ready."""
    began = time.monotonic()
    pk = int(doctor("POST", f"courses/{course}/proposals/", {}).body["id"])
    until(lambda: is_ready(house, pk), "the schedule is ready", house, patience=60)
    return time.monotonic() - began


def is_ready(house: Stack, pk: int) -> bool:
    with house.records():
        return Proposal.objects.filter(pk=pk, status="ready").exists()


def arrived(house: Stack, box: Postbox, email: str, phase: float) -> float:
    """Seconds until the code that a patient asks for on the page is in their mailbox."""
    time.sleep((phase - time.monotonic() / LOOK) % 1 * LOOK)
    guest, began = build_opener(HTTPCookieProcessor(CookieJar())), time.monotonic()
    assert "Enter the code" in ask(guest, house, email)
    until(lambda: email in box.to, "the code has come", house)
    return time.monotonic() - began


def ask(guest: OpenerDirector, house: Stack, email: str) -> str:
    page = f"{house.url}/accounts/login/code/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', guest.open(page).read().decode())
    assert token
    form = urlencode({"csrfmiddlewaretoken": token[1], "email": email}).encode()
    return str(guest.open(page, form).read().decode())


@pytest.mark.proof
def test_a_schedule_and_a_code_are_as_quick_as_without(
    house: Stack, staff: People, slow: Postbox, record_property: Callable[[str, object], None]
) -> None:
    """The middle of TIMES of each. Codes are asked for at moments spread evenly between two looks of the sender."""
    doctor = Caller.for_user(house, staff.practitioner)
    with house.records():
        courses = iter(drafts(staff, 2 * TIMES + 1, "P07"))
    built(house, doctor, next(courses))  # the first is slower for everybody

    def middles(word: str) -> tuple[float, float]:
        return (
            median(built(house, doctor, next(courses)) for _time in range(TIMES)),
            median(arrived(house, slow, f"{word}-{number}@example.test", number / TIMES) for number in range(TIMES)),
        )

    without = middles("without")
    with mails_due(house, slow):
        stalled = middles("stalled")
        assert slow.stalled, "the server still stalls"
    for name, mine, its in zip(("schedule", "code"), stalled, without, strict=True):
        record_property(f"{name}, stalled : without", f"{mine:.2f} s : {its:.2f} s = {mine / its:.2f}")
        assert mine <= 1.5 * its, name


@pytest.mark.proof
def test_a_code_whose_sender_is_killed_at_the_door_goes_with_the_next(house: Stack, box: Postbox) -> None:
    with box.door_closed():
        guest = build_opener(HTTPCookieProcessor(CookieJar()))
        ask(guest, house, "killed@example.test")
        until(lambda: box.at_the_door, "the sender stands at the door", house)
        house.kill("codes")
    began = time.monotonic()
    house.start("codes", **through(box.port))
    until(lambda: "killed@example.test" in box.to, "the next sender has sent it", house)
    assert time.monotonic() - began < LEASE.total_seconds() / 4, "no lease was waited for"


@pytest.mark.proof
def test_a_code_that_the_server_does_not_take_holds_up_no_other(house: Stack, slow: Postbox) -> None:
    for number, email in enumerate((SLOW, "quick-1@example.test", SLOW, "quick-2@example.test")):
        ask(build_opener(HTTPCookieProcessor(CookieJar())), house, email)
        if email == SLOW:
            until(lambda least=number // 2: slow.stalled > least, "a sender is held up", house)
        else:
            until(lambda one=email: one in slow.to, "the other has come", house, patience=8)
            assert slow.stalled


@pytest.mark.proof
def test_what_the_clock_looks_after_goes_on(house: Stack, staff: People, slow: Postbox) -> None:
    desk = Caller.for_user(house, staff.desk)
    with mails_due(house, slow):
        seen = datetime.now(UTC)
        until(lambda: beat_of(house, "sweep") > seen, "the housekeeping goes on", house)
        assert desk("GET", "patients/?q=x").status == 200
        assert slow.stalled


def beat_of(house: Stack, part: str) -> datetime:
    with house.records():
        return Heartbeat.objects.get(part=part).beat_at


@pytest.mark.proof
def test_the_control_waits_for_the_mail_server(house: Stack, staff: People, slow: Postbox) -> None:
    """One worker for everything: the schedule waits, as the tests above would see."""
    doctor = Caller.for_user(house, staff.practitioner)
    with house.records():
        course, other = drafts(staff, 2, "P07")
    without = built(house, doctor, course)
    for part in ("plan", "mail", "sweep"):
        house.stop(part)
    house.start_command("plan", ONE_FOR_ALL, through(slow.port))
    try:
        with mails_due(house, slow):
            pk = int(doctor("POST", f"courses/{other}/proposals/", {}).body["id"])
            time.sleep(3 * without + 2)
            assert not is_ready(house, pk)
    finally:
        for part in ("plan",):
            house.kill(part)
        for part in ("plan", "mail", "sweep"):
            house.start(part)
