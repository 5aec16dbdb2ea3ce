"""Two clocks tick twice as often, and everything still happens once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scheduling.models import Message, Proposal
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import drafts, letters
from tests.chaos.conftest import Told, through
from tests.chaos.faults import fault
from tests.chaos.postbox import Postbox
from tests.sizes import size
from tests.stack import COMMANDS, Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

EMAIL, DUE, FEW = "twice@example.test", size(40, in_proof=600), 40


def states(house: Stack, ids: list[int]) -> Counter[tuple[str, int]]:
    with house.records():
        return Counter(Message.objects.filter(pk__in=ids).values_list("status", "attempts"))


def all_ready(house: Stack, ids: list[int]) -> bool:
    with house.records():
        return set(Proposal.objects.filter(pk__in=ids).values_list("status", flat=True)) == {"ready"}


@contextmanager
def twice(house: Stack, box: Postbox, command: str) -> Iterator[None]:
    """A second clock with a schedule of its own, and a second sender."""
    second = house.folder / "second-schedule"
    house.start_command("second-beat", COMMANDS["beat"].replace("$VAR_DIR/beat-schedule", str(second)), {})
    house.start_command("second-mail", command.replace("mail@", "second@"), through(box.port))
    try:
        until(lambda: list(house.folder.glob("second-schedule*")), "the second clock ticks", house)
        yield
    finally:
        house.stop("second-beat")
        house.stop("second-mail")


@fault("F15")
def test_a_second_beat_and_a_second_sender_do_no_harm(house: Stack, staff: People, box: Postbox, told: Told) -> None:
    doctor = Caller.for_user(house, staff.practitioner)
    with twice(house, box, COMMANDS["mail"]):
        with house.records():
            courses = drafts(staff, 2, "P07")
        asked = [int(doctor("POST", f"courses/{course}/proposals/", {}).body["id"]) for course in courses]
        with house.records():
            ids = letters(DUE, EMAIL)
        until(lambda: states(house, ids) == {("sent", 1): DUE}, "all are sent, each by one attempt", house)
        until(lambda: all_ready(house, asked), "the schedules are ready", house)
    assert box.to.count(EMAIL) == DUE
    told(f"{DUE} mails go once, 2 schedules are built")


@fault("F15", control=True)
def test_two_senders_that_do_not_claim_send_twice(house: Stack, box: Postbox, told: Told) -> None:
    words = COMMANDS["mail"].partition("worker ")[2]
    careless = f"python -m tests.with_django tests.chaos.careless unclaimed worker {words}"
    house.stop("mail")
    house.start_command("mail", careless, through(box.port))
    box.pause = 0.1
    with twice(house, box, careless):
        with house.records():
            ids = letters(FEW, EMAIL)
        until(lambda: {status for status, _attempts in states(house, ids)} == {"sent"}, "all are sent", house)
    assert box.to.count(EMAIL) > FEW
    told(f"without claims sends {box.to.count(EMAIL) - FEW} of {FEW} again")
