"""What goes wrong does not say whom it happened to: no name in a log, in the broker or in a subject line."""

from datetime import UTC, datetime

import pytest

from clinic import embedded
from scheduling.models import Message
from tests.browser.clinic import People
from tests.canary import CANARY, sings_in
from tests.chaos.caller import Answer, Caller
from tests.chaos.cases import consultations
from tests.stack import Stack, free_port, until

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("own clinic")]

PERSON = {
    "given_name": f"{CANARY}given",
    "family_name": f"{CANARY}family",
    "phone": "+39 06 7777 0001",
    "email": f"{CANARY.lower()}@example.test",
}
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def desk(house: Stack, staff: People) -> Caller:
    return Caller.for_user(house, staff.desk)


def booked(house: Stack, staff: People, desk: Caller, patient: str, days: int) -> Answer:
    with house.records():
        [wanted] = consultations(staff, 1, days=days)
    return desk("POST", "sessions/", wanted | {"patient": patient})


def test_the_canary_is_heard_where_it_sings(house: Stack) -> None:
    planted = house.folder / "planted.log"
    planted.write_text(f"ERROR: {PERSON['family_name']} could not be saved")
    try:
        assert sings_in(house) == ["planted.log"]
    finally:
        planted.unlink()


def test_refused_requests_say_no_name(house: Stack, desk: Caller) -> None:
    for wrong in ({"phone": CANARY}, {"birth_date": CANARY}, {CANARY: CANARY}, {"given_name": f"{CANARY}\0"}):
        assert desk("POST", "patients/", PERSON | wrong).status in {400, 422}
    assert desk("GET", f"patients/?q={CANARY}").status == 200
    assert desk("PATCH", "patients/0/", {"family_name": CANARY}).status == 404
    assert sings_in(house) == []


@pytest.mark.proof
def test_a_mail_that_cannot_be_sent_says_no_name(house: Stack, staff: People, desk: Caller) -> None:
    """The mail server is away: the worker tries, says that it failed, and names nobody."""
    patient = desk("POST", "patients/", PERSON).body["id"]
    house.kill("mail")
    assert booked(house, staff, desk, patient, days=40).status == 201
    assert sings_in(house) == [], "nor does what waits in the broker"
    with house.records():
        Message.objects.filter(patient=patient, channel="email").update(due_at=datetime.now(UTC))
    house.start("mail", EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(free_port()))
    until(lambda: fates(house, patient) & {"retry", "unknown"}, "the worker has tried to send", house)
    house.stop("mail")
    assert sings_in(house) == []


def fates(house: Stack, patient: str) -> set[str]:
    with house.records():
        return set(Message.objects.filter(patient=patient, channel="email").values_list("status", flat=True))


def test_a_database_that_is_away_says_no_name(house: Stack, desk: Caller, own_servers: embedded.Servers) -> None:
    own_servers.postgres.stop()
    assert desk("POST", "patients/", PERSON).status == 503
    own_servers.postgres.start()
    assert sings_in(house) == []
