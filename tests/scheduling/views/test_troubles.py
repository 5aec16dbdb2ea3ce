"""Today says what of the machinery does not work, in words, to the people whose work hangs on it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base import clock
from clinic.models import Heartbeat, User
from scheduling.models import ChannelTrouble

pytestmark = pytest.mark.django_db

Browser = Callable[[User | None], Client]
FILES = "django.core.mail.backends.filebased.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
NO_SERVER = "No mail server is set up"


def today(browser: Client) -> str:
    return browser.get(reverse("desk:today")).content.decode()


class TestNoMailServer:
    """A new clinic whose letters are files."""

    @pytest.fixture(autouse=True)
    def new_clinic(self, settings) -> None:
        settings.DEMO, settings.EMAIL_BACKEND = False, FILES

    def test_the_director_and_the_administrator_read_it_and_what_to_do(
        self, director: User, administrator: User, browser_of: Browser
    ) -> None:
        for user in (director, administrator):
            page = today(browser_of(user))
            assert NO_SERVER in page
            assert "EMAIL_HOST" in page

    def test_nobody_else_is_bothered_with_it(self, desk: User, practitioner: User, browser_of: Browser) -> None:
        assert NO_SERVER not in today(browser_of(desk)) + today(browser_of(practitioner))

    def test_with_a_server_it_is_not_said(self, director: User, browser_of: Browser, settings) -> None:
        settings.EMAIL_BACKEND = SMTP
        assert NO_SERVER not in today(browser_of(director))

    def test_the_demonstration_has_its_mailbox(self, director: User, browser_of: Browser, settings) -> None:
        settings.DEMO = True
        assert NO_SERVER not in today(browser_of(director))


class TestParts:
    @pytest.mark.parametrize(
        ("part", "said"),
        [
            ("plan", "Schedules are not being worked out."),
            ("mail", "Messages are not being sent."),
            ("codes", "patients cannot sign in"),
            ("sweep", "overdue reactions are not passed on"),
        ],
    )
    def test_one_that_fell_silent_is_said(self, part: str, said: str, desk: User, browser_of: Browser) -> None:
        Heartbeat.objects.create(part=part, beat_at=clock.now() - timedelta(seconds=61))
        assert said in today(browser_of(desk))
        Heartbeat.objects.update(beat_at=clock.now())
        assert said not in today(browser_of(desk))


class TestChannels:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            ("SMTP 421", "it was refused (SMTP 421)"),
            ("SMTPAuthenticationError 535", "the name or password is wrong (SMTPAuthenticationError 535)"),
            ("ConnectionRefusedError", "nobody answers (ConnectionRefusedError)"),
            ("ImproperlyConfigured", "its settings cannot be read (ImproperlyConfigured)"),
            ("OSError", "it fails (OSError)"),
        ],
    )
    def test_one_that_rests_is_said_with_the_time_and_why(
        self, error: str, said: str, desk: User, browser_of: Browser
    ) -> None:
        now = clock.now()
        ChannelTrouble.objects.create(
            channel="email", failures=3, since=now, resting_until=now + timedelta(minutes=1), error=error
        )
        page = today(browser_of(desk))
        assert "E-mail does not go out since" in page
        assert said in page
        assert "Ring up whoever must know today." in page

    def test_one_failure_is_no_news(self, desk: User, browser_of: Browser) -> None:
        ChannelTrouble.objects.create(channel="email", failures=1, since=clock.now(), error="SMTP 421")
        assert "does not go out" not in today(browser_of(desk))
