"""Dispatchers that die: nothing is lost, and what comes twice has one Message-ID."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.chaos.postbox import postbox
from tests.chaos.scratch import ROOT, run, scratch_database
from tests.sizes import size

pytestmark = [pytest.mark.chaos, pytest.mark.django_db]

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class TestDispatchersThatDie:
    """The state is in the database, so any of them may be killed at any moment."""

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
        rounds = size(4, in_proof=10)
        found, taken = self.work(scratch, "careful", rounds=rounds, pause=0.03)
        assert found["killed"] >= rounds
        assert set(found["states"]) <= {"sent", "unknown"}
        assert set(found["ids"]) - set(taken) <= set(found["unknown"]), "lost without a word"
        repeats = taken.total() - len(taken)
        assert repeats + len(found["unknown"]) <= found["killed"]
        assert max(taken.values()) <= 2

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
