"""A visit is called off while its reminder is on its way: claimed, but not handed over yet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import pytest

from patients.models import Patient
from scheduling.messages.senders import message_id
from scheduling.models import Message
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import consultations
from tests.chaos.conftest import Told, through
from tests.chaos.faults import fault
from tests.chaos.postbox import Postbox
from tests.stack import COMMANDS, Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

DAYS = count(120)
Cancelled = Callable[[], Message]


@pytest.fixture
def on_its_way(house: Stack, staff: People, box: Postbox) -> Cancelled:
    """Calls a visit off while somebody who has its reminder in hand stands at the door of the mail server; then the
    door opens. Returns the reminder once its fate is known."""

    def happens() -> Message:
        desk, email = Caller.for_user(house, staff.desk), "reminded@example.test"
        with house.records():
            [wanted] = consultations(staff, 1, days=next(DAYS))
            Patient.objects.filter(pk=wanted["patient"]).update(email=email)
        visit = desk("POST", "sessions/", wanted).body["id"]
        reminder = Message.objects.filter(session=visit, channel="email", kind="reminder")
        with box.door_closed():
            with house.records():
                assert reminder.update(due_at=datetime.now(UTC)) == 1
            until(lambda: box.at_the_door, "somebody comes with the reminder", house)
            assert desk("POST", f"sessions/{visit}/cancel/", {"reason": "Cannot come"}).status == 200

        def settled() -> Message | None:
            with house.records():
                return reminder.filter(status__in=("sent", "superseded")).first()

        found: Message = until(settled, "its fate is known", house)
        return found

    return happens


@contextmanager
def careless(house: Stack, box: Postbox) -> Iterator[None]:
    """A sender that does not look again at what the message says."""
    words = COMMANDS["mail"].partition("worker ")[2]
    house.stop("mail")
    house.start_command(
        "mail", f"python -m tests.with_django tests.chaos.careless unchecked worker {words}", through(box.port)
    )
    yield


@fault("F20")
def test_it_is_not_sent(on_its_way: Cancelled, box: Postbox, told: Told) -> None:
    reminder = on_its_way()
    assert (reminder.status, message_id(reminder) in box.ids) == ("superseded", False)
    told("called off between claim and hand-over it is not sent")


@fault("F20", control=True)
def test_who_does_not_look_again_sends_it(house: Stack, on_its_way: Cancelled, box: Postbox, told: Told) -> None:
    with careless(house, box):
        reminder = on_its_way()
    assert (reminder.status, message_id(reminder) in box.ids) == ("sent", True)
    told("that does not look again reminds of a visit that is called off")
