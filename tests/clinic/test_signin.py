"""Getting in by a mailed code: the request waits for no mail server, the code stands nowhere but in the letter, and the
page says how to go on after wrong ones."""

import json
import re
import sys
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic.base import clock
from clinic.models import SealedLetter, SignInMail
from patients.models import Patient
from scheduling.management.commands import dispatch
from scheduling.messages.actions import claims
from scheduling.messages.actions.codes import FIRST_PAUSE, send_codes
from scheduling.models import ChannelTrouble
from tests.chaos.postbox import Postbox, postbox
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ASK, CONFIRM = "account_request_login_code", "account_confirm_login_code"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def guest(patient: Patient) -> Client:
    return Client()


def ask(guest: Client, email: str = "ana@example.test") -> str:
    return guest.post(reverse(ASK), {"email": email}, follow=True).content.decode()


def mailed_code() -> str:
    """Let the sender work, and read what it sent last."""
    assert send_codes()["sent"] == 1
    return re.search(r"^\s{4}(\S+)$", str(mail.outbox[-1].body), re.MULTILINE)[1]  # type: ignore[index]


def enter(guest: Client, code: str) -> str:
    return guest.post(reverse(CONFIRM), {"code": code}, follow=True).content.decode()


class TestAsking:
    def test_the_page_comes_before_the_letter(self, guest: Client) -> None:
        page = ask(guest)
        assert "Enter the code" in page
        assert "It usually comes within a minute. If not, look among your unwanted mail, or send a new code" in page
        assert mail.outbox == []
        assert "Ana" in enter(guest, mailed_code())

    @pytest.mark.parametrize("trouble", ["refuses", "stays silent", "disk is full"])
    def test_whatever_the_mail_server_does_the_page_comes(
        self, trouble: str, guest: Client, settings, tmp_path
    ) -> None:
        """The request does not speak to it at all."""
        settings.EMAIL_BACKEND = f"{__name__}.Reached" if trouble != "disk is full" else FILES
        settings.EMAIL_FILE_PATH = tmp_path / "file"
        settings.EMAIL_FILE_PATH.write_text("no folder")
        assert "Enter the code" in ask(guest)
        assert SignInMail.objects.get().status == "scheduled"

    def test_an_unknown_address_goes_the_same_way(self, guest: Client) -> None:
        ask(guest, "nobody@example.test")
        assert SignInMail.objects.get().kind == "unknown_account"

    def test_the_link_for_a_new_password_goes_the_same_way(self, guest: Client, desk) -> None:
        guest.post(reverse("account_reset_password"), {"email": desk.email})
        assert SignInMail.objects.get().kind == "password_reset_key"
        assert send_codes()["sent"] == 1
        assert "/accounts/password/reset/key/" in str(mail.outbox[-1].body)


FILES = "django.core.mail.backends.filebased.EmailBackend"


class Reached:
    """A backend that fails the test as soon as anybody uses it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise AssertionError("the request spoke to the mail server")


class TestTheFastLane:
    @pytest.fixture
    def box(self, settings) -> Iterator[Postbox]:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = SMTP, "127.0.0.1", 0.5
        with postbox() as (box, port):
            settings.EMAIL_PORT = port
            yield box

    def test_handed_over_it_is_blank(self, guest: Client, box: Postbox) -> None:
        ask(guest)
        assert SealedLetter.objects.get().sealed
        assert send_codes()["sent"] == 1
        assert (len(box.ids), SealedLetter.objects.get().sealed) == (1, "")

    def test_refused_for_now_it_is_tried_again_within_seconds(self, guest: Client, box: Postbox) -> None:
        ask(guest)
        box.mode = "451"
        now = clock.now()
        assert send_codes(now=now)["retry"] == 1
        box.mode = "ok"
        assert send_codes(now=now + FIRST_PAUSE)["sent"] == 1

    def test_of_unknown_fate_it_is_not_repeated(self, guest: Client, box: Postbox) -> None:
        ask(guest)
        box.mode = "drop"
        now = clock.now()
        assert send_codes(now=now)["unknown"] == 1
        assert send_codes(now=now + timedelta(minutes=9)).total() == 0
        assert (len(box.ids), SealedLetter.objects.get().sealed) == (1, "")

    def test_after_ten_minutes_it_never_goes(self, guest: Client, box: Postbox) -> None:
        ask(guest)
        assert send_codes(now=clock.now() + timedelta(minutes=10))["expired"] == 1
        assert (box.ids, SealedLetter.objects.get().sealed) == ([], "")

    @pytest.mark.parametrize("step", ["MailLine.open", "claims.claim", "mine"])
    def test_a_sender_that_dies_before_the_hand_over_leaves_it_to_the_next_at_once(
        self, step: str, guest: Client, box: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No lease is waited for: what it had claimed was claimed in the transaction of the hand-over."""

        def dies(*_given: object) -> None:
            raise SystemExit

        ask(guest)
        with monkeypatch.context() as killed:
            killed.setattr(f"scheduling.messages.actions.codes.{step}", dies)
            with pytest.raises(SystemExit):
                send_codes()
        assert send_codes()["sent"] == 1

    def test_one_that_dies_after_it_leaves_it_unknown_and_never_repeated(
        self, guest: Client, box: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask(guest)
        now = clock.now()
        with monkeypatch.context() as killed:
            killed.setattr("scheduling.messages.actions.codes.deliver", lambda *_given: sys.exit())
            with pytest.raises(SystemExit):
                send_codes(now=now)
        assert SealedLetter.objects.get().sealed == ""
        assert send_codes(now=now + claims.LEASE)["unknown"] == 1
        assert box.ids == []

    def test_a_server_that_is_not_there_is_asked_once_for_all_that_wait(self, box: Postbox, settings) -> None:
        for _letter in range(3):
            ask(Client())
        settings.EMAIL_PORT = 1
        assert send_codes()["retry"] == 3
        assert ChannelTrouble.objects.get().failures == 1

    def test_while_one_sender_is_held_up_another_takes_the_next(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A mail server that does not answer for one letter holds up that letter alone."""
        stop, order, at_work = Event(), list[str](), iter(range(100))

        def sends() -> dict[str, int]:
            if next(at_work) == 0:
                order.append("the first waits")
                assert stop.wait(20), "nobody took the second"
                order.append("the first is done")
            elif not stop.is_set():
                order.append("the second is done")
                stop.set()
            return {}

        monkeypatch.setattr(dispatch, "letters_wait", lambda: True)
        monkeypatch.setattr(dispatch, "send_codes", sends)
        monkeypatch.setattr(dispatch, "alive", lambda _part: None)
        dispatch.side_by_side(stop, 0.01)
        assert order == ["the first waits", "the second is done", "the first is done"]

    def test_an_error_that_is_no_trouble_of_the_database_ends_the_loop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The supervisor starts it again and says so."""

        def breaks() -> dict[str, int]:
            raise LookupError

        monkeypatch.setattr(dispatch, "letters_wait", lambda: True)
        monkeypatch.setattr(dispatch, "send_codes", breaks)
        monkeypatch.setattr(dispatch, "alive", lambda _part: None)
        with pytest.raises(LookupError):
            dispatch.side_by_side(Event(), 0.01)

    def test_it_goes_although_the_channel_rests(self, guest: Client, box: Postbox) -> None:
        later = clock.now() + timedelta(hours=1)
        ChannelTrouble.objects.create(channel="email", failures=9, since=clock.now(), resting_until=later)
        ask(guest)
        assert send_codes()["sent"] == 1

    def test_what_the_fast_lane_put_to_rest_it_wakes(self, guest: Client, box: Postbox, browser_of, desk) -> None:
        """Reminders wait no longer than the mail server is away, and Today takes back what it said."""

        def said() -> bool:
            return "E-mail does not go out" in browser_of(desk).get(reverse("desk:today")).content.decode()

        ask(guest)
        now, box.mode = clock.now(), "421"
        for tries in range(3):
            assert send_codes(now=now + tries * timedelta(minutes=1))["retry"] == 1
        assert said()
        box.mode = "ok"
        assert send_codes(now=now + timedelta(minutes=5))["sent"] == 1
        assert not said()

    def test_sealed_with_another_key_it_is_given_up(self, guest: Client, box: Postbox, settings) -> None:
        ask(guest)
        settings.SECRET_KEY = "another"
        send_codes()
        assert SignInMail.objects.get().status == "failed"


class TestTheCodeStandsNowhereElse:
    def everything(self) -> str:
        """Every row of every table as a dump would show it, compressed sessions opened as far as anybody can."""
        with connection.cursor() as cursor:
            names = [name for name in connection.introspection.table_names(cursor) if name != "django_migrations"]
            texts = []
            for name in names:
                cursor.execute(f'SELECT t::text FROM "{name}" t')
                texts += [row[0] for row in cursor.fetchall()]
        return "\n".join(texts + [opened(word) for text in texts for word in re.findall(r"[\w.:=-]{40,}", text)])

    def places(self, guest: Client, desk, browser_of, api_of, caplog) -> dict[str, str]:
        pages = [reverse("desk:today"), reverse("desk:worklists"), reverse("desk:mailbox")]
        found = {page: browser_of(desk).get(page).content.decode() for page in pages}
        found["the patient's page"] = guest.get(reverse(CONFIRM)).content.decode()
        found["api"] = json.dumps(api_of(desk).get("/api/v1/messages/").json())
        found["log"] = caplog.text
        found["dump"] = self.everything()
        return found

    def test_before_and_after_it_was_sent(
        self, guest: Client, patient: Patient, desk, browser_of, api_of, caplog, settings, tmp_path
    ) -> None:
        settings.DEMO, settings.EMAIL_FILE_PATH = True, tmp_path  # the mailbox page exists; mail goes elsewhere
        caplog.set_level("DEBUG")
        ask(guest)
        before = self.places(guest, desk, browser_of, api_of, caplog)
        code = mailed_code()
        after = self.places(guest, desk, browser_of, api_of, caplog)
        assert "Your code is" not in before["dump"]
        assert not [place for place, text in (before | after).items() if code in text]
        assert not [place for place, text in before.items() if code in text]
        assert "Ana" in enter(guest, code)

    def test_the_control_finds_it_in_djangos_own_sessions(self, guest: Client, settings) -> None:
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
        ask(guest)
        assert mailed_code() in self.everything()

    def test_the_ledger_says_only_what_kind_and_when(self, guest: Client) -> None:
        ask(guest)
        row = SignInMail.objects.get()
        assert row.expires_at - row.due_at == timedelta(minutes=10)
        assert "ana" not in str(vars(row)).lower()


def opened(word: str) -> str:
    """What is in a signed or compressed value of Django's."""
    compressed, body = word.startswith("."), word.lstrip(".").split(":")[0]
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return (zlib.decompress(raw) if compressed else raw).decode(errors="replace")
    except (ValueError, zlib.error):
        return ""


class TestWrongCodes:
    """How many tries are left, how long to wait, and a new code from the same page."""

    def test_each_wrong_one_says_how_many_tries_are_left(self, guest: Client) -> None:
        ask(guest)
        assert "2 tries left" in enter(guest, "wrong-one")
        assert "1 try left" in enter(guest, "wrong-two")

    def test_the_third_says_that_a_new_one_works_at_once_and_sends_it(self, guest: Client) -> None:
        ask(guest)
        mailed_code()
        enter(guest, "wrong-one")
        enter(guest, "wrong-two")
        page = enter(guest, "wrong-three")
        assert "You need not wait" in page
        assert "Try again later" not in page
        assert re.search(r'name="email" value="ana@example\.test"', page)
        ask(guest)  # what its button does
        assert "Ana" in enter(guest, mailed_code())

    def test_send_again_on_the_page_makes_a_new_code_with_its_own_tries(self, guest: Client) -> None:
        assert "Send a new code" in ask(guest)
        first = mailed_code()
        enter(guest, "wrong-one")
        enter(guest, "wrong-two")
        assert "Enter the code" in guest.post(reverse(CONFIRM), {"action": "resend"}, follow=True).content.decode()
        second = mailed_code()
        assert "2 tries left" in enter(guest, first)
        assert "Ana" in enter(guest, second)

    def test_after_several_codes_in_a_minute_the_page_says_how_long_to_wait(self, guest: Client) -> None:
        with time_machine.travel(NOW, tick=False) as at:
            for _code in range(3):
                ask(Client())  # from the beginning each time
                at.shift(timedelta(seconds=10))
            assert "The next can be sent in 30 seconds" in ask(guest)
            at.shift(timedelta(seconds=29))
            assert "The next can be sent in 1 second." in ask(guest)
            at.shift(timedelta(seconds=1))
            assert "Enter the code" in ask(guest)

    def test_a_code_used_up_after_several_says_when_the_next_can_be_sent(self, guest: Client) -> None:
        with time_machine.travel(NOW, tick=False):
            ask(Client())
            ask(Client())
            assert "The next can be sent in 60 seconds" in ask(guest), "beside the button too"
            for wrong in ("one", "two", "three"):
                page = enter(guest, wrong)
            assert "does not work any more. Several codes were sent" in page
            assert "You need not wait" not in page

    def test_send_again_counts_among_them_and_the_old_code_keeps_its_tries(self, guest: Client) -> None:
        def again() -> str:
            return guest.post(reverse(CONFIRM), {"action": "resend"}, follow=True).content.decode()

        ask(guest)
        assert "Several codes" not in again()
        assert "Several codes" in again(), "it went, and the next has to wait"
        enter(guest, "wrong-one")
        assert "The next can be sent in" in again()
        assert SignInMail.objects.count() == 3
        assert "1 try left" in enter(guest, "wrong-two")

    def test_after_three_times_send_again_the_page_says_how_to_go_on(self, guest: Client, settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "9/m/key"}
        ask(guest)
        for _time in range(3):
            page = guest.post(reverse(CONFIRM), {"action": "resend"}, follow=True).content.decode()
        assert "Three new codes were sent. For another, start again." in page

    def test_the_used_up_code_opens_nothing(self, guest: Client) -> None:
        ask(guest)
        code = mailed_code()
        for wrong in ("one", "two", "three"):
            enter(guest, wrong)
        enter(guest, code)
        assert guest.get(reverse("portal:home")).status_code == 302


@contextmanager
def refused(name: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        yield


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("signinmail_sent_has_time", {"status": "sent"}),
        ("signinmail_sending_has_lease", {"status": "sending"}),
        ("signinmail_repeated_once", {"doubts": 3}),
        ("signinmail_attempts_end", {"attempts": 13}),
        ("signinmail_expires", {"expires_at": None}),
    ],
)
def test_the_table_refuses(name: str, fields: dict[str, object]) -> None:
    now = clock.now()
    with refused(name):
        SignInMail.objects.create(**{"kind": "login_code", "due_at": now, "expires_at": now} | fields)
