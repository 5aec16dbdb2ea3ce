"""Mail servers that misbehave and dispatchers that die: nothing is lost, and what comes twice has one Message-ID."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest

from scheduling.messages.actions import dispatch
from scheduling.models import Message
from tests.chaos.postbox import postbox
from tests.chaos.scratch import ROOT, run, scratch_database
from tests.factories import NOW

pytestmark = [pytest.mark.chaos, pytest.mark.django_db]

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
    """F12: what may pass later is tried again, what will not is the desk's, what nobody knows is said to be unknown."""

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
    def test_taken_but_not_confirmed_is_unknown_and_comes_again_with_the_same_id(self, mode, box, row):
        box.mode = mode
        assert fate(row)[0] == "unknown"
        box.mode = "ok"
        assert fate(row, NOW + A_MINUTE)[0] == "sent"
        assert len(box.ids) == 2
        assert len(set(box.ids)) == 1

    def test_unknown_is_held_where_the_clinic_wants_it_held(self, box, row, mail_settings):
        mail_settings.MESSAGE_UNKNOWN_POLICY = "hold"
        box.mode = "drop"
        assert fate(row)[0] == "unknown"
        box.mode = "ok"
        assert fate(row, NOW + 100 * A_MINUTE)[0] == "unknown"
        assert len(box.ids) == 1

    def test_it_gives_up_in_the_end_and_says_so(self, box, row):
        box.mode = "451"
        now = NOW
        for _attempt in range(dispatch.MAX_ATTEMPTS + 2):
            dispatch.dispatch_due(now=now)
            now += dispatch.LONGEST_PAUSE
        row.refresh_from_db()
        assert (row.status, row.attempts, row.error) == ("failed", dispatch.MAX_ATTEMPTS, "SMTP 451")

    def test_no_address_and_no_text_is_in_the_error(self, box, row):
        box.mode = "550"
        assert "ana" not in fate(row)[1].lower()


class TestDispatchersThatDie:
    """F4, F16: the state is in the database, so any of them may be killed at any moment."""

    @pytest.fixture
    def scratch(self, db):
        with scratch_database() as address:
            yield address

    def work(self, scratch, manner: str, rounds: int, pause: float) -> tuple[dict, Counter[str]]:
        with postbox(pause) as (box, port):
            mail = {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port)}
            found = run("tests.chaos.dispatchers", manner, str(rounds), database=scratch, **mail)
            return found, Counter(box.ids)

    def test_three_at_once_send_everything_once(self, scratch):
        found, taken = self.work(scratch, "careful", rounds=0, pause=0.0)
        assert found["states"] == {"sent": 150}
        assert taken == Counter(found["ids"])

    def test_killed_while_sending_nothing_is_lost(self, scratch):
        found, taken = self.work(scratch, "careful", rounds=10, pause=0.03)
        assert found["killed"] >= 10
        assert found["states"] == {"sent": 150}
        assert set(taken) == set(found["ids"])
        assert taken.total() - 150 <= found["killed"]

    def test_the_control_loses_mail(self, scratch):
        """The same kills with a sender that marks first: the test sees the loss that the product does not have."""
        found, taken = self.work(scratch, "careless", rounds=10, pause=0.03)
        assert found["states"] == {"sent": 150}
        assert set(taken) < set(found["ids"])

    def test_the_loop_sends_and_stops_when_told(self, scratch):
        with postbox() as (box, port):
            mail = {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port)}
            environment = os.environ | mail | {"DATABASE_URL": scratch}
            run("tests.chaos.dispatchers", "ledger", "0", database=scratch)
            loop = subprocess.Popen(
                [sys.executable, "manage.py", "dispatch", "--loop", "--every", "0.2"], cwd=ROOT, env=environment
            )
            try:
                until = time.monotonic() + 30
                while not box.ids and time.monotonic() < until:
                    time.sleep(0.1)
                loop.send_signal(signal.SIGTERM)
                assert loop.wait(timeout=20) == 0
            finally:
                loop.kill()
            assert box.ids
