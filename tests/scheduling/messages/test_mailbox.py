"""In the demonstration staff read in the application what was mailed; elsewhere there is no such page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from django.urls import reverse

from clinic.models import User

Browser = Callable[[User | None], Client]


@pytest.fixture
def demo(settings, tmp_path: Path) -> Path:
    settings.DEMO, settings.EMAIL_FILE_PATH = True, tmp_path
    return tmp_path


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


def test_outside_the_demonstration_there_is_no_mailbox(settings, desk: User, browser_of: Browser):
    settings.DEMO = False
    assert browser_of(desk).get(reverse("desk:mailbox")).status_code == 404


def test_only_the_demonstration_leads_to_it(settings, desk: User, browser_of: Browser):
    browser, here = browser_of(desk), reverse("desk:mailbox")
    for demo in (True, False):
        settings.DEMO = demo
        assert (f'href="{here}"' in browser.get(reverse("desk:today")).content.decode()) is demo
