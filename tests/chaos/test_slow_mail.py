"""A mail server that stalls holds up mail and nothing else."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from clinic.models import Heartbeat
from scheduling.models import Message, Proposal
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import drafts, letters
from tests.chaos.conftest import through
from tests.chaos.postbox import Postbox
from tests.stack import Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

SLOW = "slow@example.test"
DUE, TIMES = 60, 3
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


def arrived(house: Stack, box: Postbox, email: str) -> float:
    """Seconds until the code that a patient asks for on the page is in their mailbox."""
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
    doctor = Caller.for_user(house, staff.practitioner)
    with house.records():
        courses = drafts(staff, 2 * TIMES + 1, "P07")
    built(house, doctor, courses.pop())  # the first is slower for everybody
    without = sum(built(house, doctor, course) for course in courses[:TIMES])
    code_without = arrived(house, slow, "first@example.test")
    with mails_due(house, slow):
        stalled = sum(built(house, doctor, course) for course in courses[TIMES:])
        code_stalled = arrived(house, slow, "second@example.test")
        assert slow.stalled, "the server still stalls"
    record_property("schedule, stalled : without", f"{stalled / without:.2f}")
    record_property("code, stalled : without", f"{code_stalled / code_without:.2f}")
    assert stalled <= 1.5 * without + TIMES * 0.2
    assert code_stalled <= 1.5 * code_without + 1


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
