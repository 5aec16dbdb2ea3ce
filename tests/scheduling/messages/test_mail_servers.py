"""A mail server that misbehaves (F12): what may pass later is tried again, what will not is the desk's, what nobody
knows is said to be unknown."""

import socket
from datetime import timedelta

import pytest

from scheduling.messages.actions import dispatch
from scheduling.models import Message
from tests.chaos.postbox import postbox
from tests.factories import NOW

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def mail_settings(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = SMTP, "127.0.0.1", 0.5
    settings.MESSAGE_UNKNOWN_POLICY = "resend"
    return settings


@pytest.fixture
def box(mail_settings):
    with postbox() as (box, port):
        mail_settings.EMAIL_PORT = port
        yield box


@pytest.fixture
def row(patient, clinic) -> Message:
    return Message.objects.create(
        patient=patient,
        location=clinic,
        kind="check_24h",
        channel="email",
        dedupe_key="row",
        context={"start": NOW.isoformat()},
        due_at=NOW,
    )


def fate(row: Message, now=NOW) -> tuple[str, str]:
    dispatch.dispatch_due(now=now)
    row.refresh_from_db()
    return row.status, row.error


@pytest.mark.parametrize("mode", ["421", "450", "451", "452"])
def test_a_passing_refusal_is_tried_again_after_a_pause(mode, box, row):
    box.mode = mode
    assert fate(row) == ("retry", f"SMTP {mode}")
    box.mode = "ok"
    assert fate(row, NOW + A_MINUTE / 2)[0] == "retry"
    assert fate(row, NOW + A_MINUTE) == ("sent", "")
    assert len(box.ids) == 1


@pytest.mark.parametrize("mode", ["550", "554"])
def test_a_lasting_refusal_goes_to_the_desk(mode, box, row):
    box.mode = mode
    assert fate(row) == ("failed", f"SMTP {mode}")
    box.mode = "ok"
    assert fate(row, NOW + 100 * A_MINUTE)[0] == "failed"
    assert box.ids == []


def test_nobody_listens(mail_settings, row):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        mail_settings.EMAIL_PORT = taken.getsockname()[1]
        assert fate(row) == ("retry", "ConnectionRefusedError")


@pytest.mark.parametrize("mode", ["hang", "drop"])
def test_taken_but_not_confirmed_is_unknown_and_comes_again_with_the_same_id(mode, box, row):
    box.mode = mode
    assert fate(row)[0] == "unknown"
    box.mode = "ok"
    assert fate(row, NOW + A_MINUTE)[0] == "sent"
    assert len(box.ids) == 2
    assert len(set(box.ids)) == 1


def test_unknown_is_held_where_the_clinic_wants_it_held(box, row, mail_settings):
    mail_settings.MESSAGE_UNKNOWN_POLICY = "hold"
    box.mode = "drop"
    assert fate(row)[0] == "unknown"
    box.mode = "ok"
    assert fate(row, NOW + 100 * A_MINUTE)[0] == "unknown"
    assert len(box.ids) == 1


def test_it_gives_up_in_the_end_and_says_so(box, row):
    box.mode = "451"
    now = NOW
    for _attempt in range(dispatch.MAX_ATTEMPTS + 2):
        dispatch.dispatch_due(now=now)
        now += dispatch.LONGEST_PAUSE
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error) == ("failed", dispatch.MAX_ATTEMPTS, "SMTP 451")


def test_no_address_and_no_text_is_in_the_error(box, row):
    box.mode = "550"
    assert "ana" not in fate(row)[1].lower()
