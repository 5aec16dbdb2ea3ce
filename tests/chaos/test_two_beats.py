"""Two clocks tick twice as often, and everything still happens once."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from clinic.models import Location
from scheduling.messages.queries.mailbox import letters
from scheduling.models import Message, Proposal
from tests.browser.clinic import People
from tests.chaos.caller import Caller
from tests.chaos.cases import drafts
from tests.factories import PatientFactory
from tests.stack import COMMANDS, Stack, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

EMAIL, DUE = "twice@example.test", 40


def due(house: Stack) -> list[int]:
    with house.records():
        patient, location = PatientFactory(email=EMAIL), Location.objects.first()
        now = datetime.now(UTC)
        rows = Message.objects.bulk_create(
            Message(
                patient=patient,
                location=location,
                kind="check_24h",
                channel="email",
                dedupe_key=f"twice-{number}",
                context={"start": now.isoformat()},
                due_at=now,
            )
            for number in range(DUE)
        )
    return [row.pk for row in rows]


def states(house: Stack, ids: list[int]) -> Counter[tuple[str, int]]:
    with house.records():
        return Counter(Message.objects.filter(pk__in=ids).values_list("status", "attempts"))


def all_ready(house: Stack, ids: list[int]) -> bool:
    with house.records():
        return set(Proposal.objects.filter(pk__in=ids).values_list("status", flat=True)) == {"ready"}


def test_a_second_beat_and_a_second_sender_do_no_harm(house: Stack, staff: People) -> None:
    doctor = Caller.for_user(house, staff.practitioner)
    second = house.folder / "second-schedule"
    house.start_command("second-beat", COMMANDS["beat"].replace("$VAR_DIR/beat-schedule", str(second)), {})
    house.start_command("second-mail", COMMANDS["mail"].replace("mail@", "second@"), {})
    try:
        until(lambda: list(house.folder.glob("second-schedule*")), "the second clock ticks", house)
        with house.records():
            courses = drafts(staff, 2, "P07")
        asked = [int(doctor("POST", f"courses/{course}/proposals/", {}).body["id"]) for course in courses]
        ids = due(house)
        until(lambda: states(house, ids) == {("sent", 1): DUE}, "all are sent, each by one attempt", house)
        until(lambda: all_ready(house, asked), "the schedules are ready", house)
    finally:
        house.stop("second-beat")
        house.stop("second-mail")
    assert len([each for each in letters(house.mail, limit=1000) if each.to == EMAIL]) == DUE
