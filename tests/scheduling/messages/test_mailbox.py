"""In the demonstration staff read in the application what was mailed; elsewhere there is no such page.

The letters hold sign-in codes. What counts is that the demonstration was loaded into this database, not how the clinic
was started.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from django.urls import reverse

from clinic.base import demonstration
from clinic.models import User
from scheduling.messages.queries.mailbox import letters
from tests.factories import NOW

Browser = Callable[[User | None], Client]


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    """A clinic as `make run` starts it, whatever is in its database."""
    settings.DEMO, settings.EMAIL_FILE_PATH = True, tmp_path
    return tmp_path


@pytest.fixture
def demo(db: None, folder: Path) -> Path:
    demonstration.filled(patients=300, now=NOW)
    return folder


def send(folder: Path, *subjects: str) -> None:
    backend = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(folder))
    letters = [
        EmailMessage(each, f"Body of {each}: à côté, <b>not bold</b>", to=["ana@example.test"]) for each in subjects
    ]
    backend.send_messages(letters)


def test_every_letter_of_a_batch_is_listed_and_opens(demo: Path, desk: User, browser_of: Browser):
    send(demo, "First", "Second")
    browser = browser_of(desk)
    page = browser.get(reverse("desk:mailbox"))
    assert [each.subject for each in page.context["letters"]] == ["Second", "First"]
    opened = browser.get(reverse("desk:letter", args=[page.context["letters"][0].id])).content.decode()
    assert "Body of Second: à côté, &lt;b&gt;not bold&lt;/b&gt;" in opened


def test_a_clinic_in_which_nothing_was_sent_says_so(demo: Path, desk: User, browser_of: Browser):
    assert "No letter yet" in browser_of(desk).get(reverse("desk:mailbox")).content.decode()


@pytest.mark.parametrize("name", ["../secret_key", "..", "none-0"])
def test_no_other_file_can_be_read(demo: Path, desk: User, browser_of: Browser, name: str):
    assert browser_of(desk).get(f"/mail/{name}/").status_code == 404


def test_a_clinic_of_ones_own_has_no_mailbox_however_it_was_started(folder: Path, desk: User, browser_of: Browser):
    send(folder, "Your code: 123456")
    browser = browser_of(desk)
    assert browser.get(reverse("desk:mailbox")).status_code == 404
    letter = letters(folder)[0]
    assert browser.get(reverse("desk:letter", args=[letter.id])).status_code == 404
    assert "/mail/" not in browser.get(reverse("desk:today")).content.decode()


def test_where_the_demonstration_is_switched_off_there_is_none(demo: Path, settings, desk: User, browser_of: Browser):
    settings.DEMO = False
    assert browser_of(desk).get(reverse("desk:mailbox")).status_code == 404


def test_only_the_demonstration_leads_to_it(demo: Path, settings, desk: User, browser_of: Browser):
    browser, here = browser_of(desk), reverse("desk:mailbox")
    for on in (True, False):
        settings.DEMO = on
        assert (f'href="{here}"' in browser.get(reverse("desk:today")).content.decode()) is on
