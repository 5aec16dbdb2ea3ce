"""A mail server that misbehaves: what may pass later is tried again, what will not is the desk's, what nobody
knows is said to be unknown."""

import socket
from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.base.outgoing import MOST_ATTEMPTS
from scheduling.messages import senders
from scheduling.messages.actions import claims, dispatch
from scheduling.models import ChannelTrouble, Message
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


class TestAServerThatMisbehaves:
    """What may pass later is tried again, what will not is the desk's, what nobody knows is said to be unknown."""

    @pytest.mark.parametrize("mode", ["421", "450", "451", "452"])
    def test_a_passing_refusal_is_tried_again_after_a_pause(self, mode, box, row):
        box.mode = mode
        assert fate(row) == ("retry", f"SMTP {mode}")
        box.mode = "ok"
        assert fate(row, NOW + A_MINUTE / 2)[0] == "retry"
        assert fate(row, NOW + A_MINUTE) == ("sent", "")
        assert len(box.ids) == 1

    @pytest.mark.parametrize("mode", ["550", "554"])
    def test_a_lasting_refusal_goes_to_the_desk(self, mode, box, row):
        box.mode = mode
        assert fate(row) == ("failed", f"SMTP {mode}")
        box.mode = "ok"
        assert fate(row, NOW + 100 * A_MINUTE)[0] == "failed"
        assert box.ids == []

    def test_nobody_listens(self, mail_settings, row):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            mail_settings.EMAIL_PORT = taken.getsockname()[1]
            assert fate(row) == ("retry", "ConnectionRefusedError")

    @pytest.mark.parametrize("mode", ["hang", "drop"])
    def test_taken_but_not_confirmed_comes_once_more_with_the_same_id(self, mode, box, row):
        box.mode = mode
        assert fate(row)[0] == "retry"
        box.mode = "ok"
        assert fate(row, NOW + A_MINUTE) == ("sent", "")
        assert len(box.ids) == 2
        assert len(set(box.ids)) == 1

    @pytest.mark.parametrize("mode", ["hang", "drop"])
    def test_a_server_that_always_takes_and_never_confirms_gets_it_twice_and_the_desk_hears(
        self, mode, box, row, browser_of, desk
    ):
        """What answers after the time-out is the same to us as what never answers."""
        box.mode = mode
        for hours in range(14):
            dispatch.dispatch_due(now=NOW + hours * claims.LONGEST_PAUSE)
        row.refresh_from_db()
        assert (row.status, row.doubts, len(box.ids), len(set(box.ids))) == ("unknown", 2, 2, 1)
        listed = browser_of(desk).get(reverse("desk:worklists"), {"tab": "messages"}).content.decode()
        assert "Not known whether it arrived" in listed

    def test_the_control_sends_twelve(self, box, row, monkeypatch):
        """A sender that takes silence for a refusal: the test above sees the copies that the product does not send."""
        monkeypatch.setattr(senders, "judged", lambda *_, **__: senders.Outcome(senders.Fate.RETRY, "?"))
        box.mode = "drop"
        for hours in range(14):
            dispatch.dispatch_due(now=NOW + hours * claims.LONGEST_PAUSE)
        assert len(box.ids) == MOST_ATTEMPTS

    def test_unknown_is_held_where_the_clinic_wants_it_held(self, box, row, mail_settings):
        mail_settings.MESSAGE_UNKNOWN_POLICY = "hold"
        box.mode = "drop"
        assert fate(row)[0] == "unknown"
        box.mode = "ok"
        assert fate(row, NOW + 100 * A_MINUTE)[0] == "unknown"
        assert len(box.ids) == 1

    def test_a_line_that_breaks_before_the_letter_is_safe_to_try_again(self, box, row):
        box.mode = "vanish"
        assert fate(row) == ("retry", "SMTPServerDisconnected")
        row.refresh_from_db()
        assert row.doubts == 0

    def test_a_server_that_does_not_want_us_is_no_reason_to_give_up_a_message(self, box, row):
        box.mode = "530"
        assert fate(row) == ("retry", "SMTP 530")

    def test_a_yes_that_comes_after_the_lease_counts_and_a_no_of_a_lost_claim_does_not(self, row):
        moment = claims.Moment(NOW)
        [slow] = dispatch.claim("email", 1, moment)
        Message.objects.update(status="handed_off")
        late = claims.Moment(NOW + claims.LEASE)
        assert dispatch.tidy(late) == Counter({"retry": 1})
        [fresh] = dispatch.claim("email", 1, late)
        failed = senders.Outcome(senders.Fate.FAILED, "SMTP 550")
        claims.write_outcome(slow, failed, late, again=1)
        row.refresh_from_db()
        assert (row.status, row.claim) == ("sending", fresh.claim)
        Message.objects.update(status="retry")
        claims.write_outcome(fresh, senders.Outcome(senders.Fate.SENT), late, again=1)
        row.refresh_from_db()
        assert row.status == "sent"

    def test_it_gives_up_in_the_end_and_says_so(self, box, row):
        box.mode = "451"
        now = NOW
        for _attempt in range(MOST_ATTEMPTS + 2):
            dispatch.dispatch_due(now=now)
            now += claims.LONGEST_PAUSE
        row.refresh_from_db()
        assert (row.status, row.attempts, row.error) == ("failed", MOST_ATTEMPTS, "SMTP 451")

    def test_no_address_and_no_text_is_in_the_error(self, box, row):
        box.mode = "550"
        assert "ana" not in fate(row)[1].lower()


@pytest.fixture
def batch(patient, clinic) -> list[Message]:
    return [
        Message.objects.create(
            patient=patient,
            location=clinic,
            kind="check_24h",
            channel="email",
            dedupe_key=f"row-{number}",
            context={"start": NOW.isoformat()},
            due_at=NOW,
        )
        for number in range(6)
    ]


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("status", flat=True))


class TestABatch:
    def test_goes_over_one_connection(self, box, batch):
        dispatch.dispatch_due(now=NOW)
        assert (states(), box.connections) == ({"sent": 6}, 1)

    def test_one_address_that_is_refused_does_not_hold_up_the_others(self, box, batch, other_patient):
        Message.objects.filter(pk=batch[2].pk).update(patient=other_patient)
        box.unwanted = other_patient.email
        dispatch.dispatch_due(now=NOW)
        assert (states(), box.connections) == ({"sent": 5, "failed": 1}, 1)

    def test_a_line_that_broke_is_opened_again(self, box, batch):
        box.mode = "drop"
        box.only_for = 1
        dispatch.dispatch_due(now=NOW)
        assert (states(), box.connections) == ({"sent": 5, "retry": 1}, 2)


class TestAChannelThatDoesNotWork:
    """It rests, so that its messages are not used up and nobody waits for it; the page of the day says so."""

    def test_three_failures_and_it_rests_then_one_tries_and_all_go(self, mail_settings, batch, browser_of, desk):
        def page() -> str:
            return browser_of(desk).get(reverse("desk:today")).content.decode()

        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            mail_settings.EMAIL_PORT = taken.getsockname()[1]
            assert dispatch.dispatch_due(now=NOW)["retry"] == 3
            assert Message.objects.filter(attempts=0).count() == 3, "the others were put back and lost no attempt"
            assert dispatch.dispatch_due(now=NOW + A_MINUTE / 2) == Counter()
            assert "E-mail does not go out" in page()
        with postbox() as (box, port):
            mail_settings.EMAIL_PORT = port
            dispatch.dispatch_due(now=NOW + A_MINUTE)
            assert len(box.ids) == 1, "one to try"
            dispatch.dispatch_due(now=NOW + A_MINUTE)
            assert states() == {"sent": 6}
        assert "E-mail does not go out" not in page()

    def test_refused_addresses_are_no_trouble_of_the_channel(self, box, batch):
        box.mode = "550"
        dispatch.dispatch_due(now=NOW)
        assert (states(), ChannelTrouble.objects.count()) == ({"failed": 6}, 0)

    def test_a_file_that_cannot_be_written_is_tried_again(self, settings, batch, tmp_path):
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path / "full"
        settings.EMAIL_FILE_PATH.write_text("not a folder")
        assert dispatch.dispatch_due(now=NOW)["retry"] == 3
