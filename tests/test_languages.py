"""A language is offered only where it is complete: all English, or all of another, on every surface."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from babel.messages.pofile import read_po
from django.conf import settings as product
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from rest_framework.test import APIClient

from clinic.base import languages
from clinic.catalogs import compile_catalogs
from clinic.models import User
from patients.models import Patient
from scheduling.calendar.actions.feeds import make_feed
from scheduling.messages.actions.codes import send_codes
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.models import Session
from tests.factories import NOW
from tests.languages import marked, sentences, write_catalogue
from tests.scheduling.visits import a_visit, at

Browser = Callable[[User | None], Client]

ITALIAN = {"HTTP_ACCEPT_LANGUAGE": "it-IT,it;q=0.9"}
ITALIAN_DATES = ("mercoledì", "Mercoledì", "maggio", "Maggio", "Mer ", "Mag ")
ENGLISH_DATES = ("Wednesday", "Wed ", "May")


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def second(settings, tmp_path: Path) -> None:
    """Italian is offered too, with a catalogue in which every sentence is marked."""
    write_catalogue(tmp_path, "it")
    compile_catalogs(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [*product.LANGUAGES, ("it", "Italiano")]


@pytest.fixture
def visit(patient: Patient, practitioner: User, desk: User, settings) -> Session:
    """Ana's record says Italian; she has a visit on Wednesday 6 May."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    Patient.objects.filter(pk=patient.pk).update(language="it")
    patient.refresh_from_db()
    return a_visit(patient, at(10), practitioner, desk)


@pytest.fixture
def surfaces(visit: Session, patient: Patient, desk: User, browser_of: Browser) -> dict[str, str]:
    """Everything that reaches Ana and the desk, whose browsers ask for Italian."""
    hers, desks = browser_of(patient.user), browser_of(desk)
    pages = {
        "sign-in": (browser_of(None), reverse("account_login")),
        "code": (browser_of(None), reverse("account_request_login_code")),
        "portal": (hers, reverse("portal:home")),
        "visits": (hers, reverse("portal:visits")),
        "messages": (hers, reverse("portal:messages")),
        "today": (desks, f"{reverse('desk:today')}?date=2026-05-06"),
        "patient": (desks, reverse("patients:detail", args=[patient.pk])),
        "form": (desks, reverse("patients:edit", args=[patient.pk])),
        "not found": (desks, "/nowhere/"),
    }
    shown = {name: page(browser, path) for name, (browser, path) in pages.items()}
    return shown | letters(browser_of(None)) | {"calendar": calendar(patient)}


def page(browser: Client, path: str) -> str:
    browser.cookies[product.LANGUAGE_COOKIE_NAME] = "it"
    return browser.get(path, **ITALIAN).content.decode()


def letters(browser: Client) -> dict[str, str]:
    """The confirmation of the visit, as text and as HTML, and the code for signing in."""
    dispatch_due(now=NOW + timedelta(hours=1))
    (sent,) = mail.outbox
    mail.outbox.clear()
    browser.post(reverse("account_request_login_code"), {"email": "ana@example.test"}, **ITALIAN)
    send_codes(now=NOW)
    (code,) = mail.outbox
    html = str(sent.alternatives[0][0])
    return {
        "mail": f"{sent.subject}\n{sent.body}",
        "mail as html": html,
        "mail with the code": f"{code.subject}\n{code.body}",
    }


def calendar(patient: Patient) -> str:
    answer = Client().get(f"/calendar/{make_feed(owner=patient, by=patient.user)}.ics", **ITALIAN)
    return str(Calendar.from_ical(answer.content).events[0]["summary"])


@pytest.mark.django_db
class TestEnglishAlone:
    def test_is_what_is_offered(self):
        assert languages.offered() == [("en-gb", "English")]

    def test_is_spoken_whatever_browser_and_record_ask_for(self, surfaces: dict[str, str]):
        for name, text in surfaces.items():
            assert not [word for word in ITALIAN_DATES if word in text], name
            assert 'lang="it"' not in text, name
        for name in ("sign-in", "portal", "today", "mail as html", "not found"):
            assert '<html lang="en-gb"' in surfaces[name], name
        for name in ("portal", "mail", "mail as html", "today"):
            assert any(word in surfaces[name] for word in ENGLISH_DATES), name
        assert surfaces["calendar"] == "Appointment"
        assert "We expect you on Wednesday 6 May 2026, 10:00." in surfaces["mail"]

    def test_is_all_that_the_form_offers(self, surfaces: dict[str, str]):
        assert 'value="en-gb"' in surfaces["form"]
        assert 'value="it"' not in surfaces["form"]

    def test_another_one_is_refused_at_its_field(
        self, api_of: Callable[[User | None], APIClient], desk: User, patient: Patient
    ):
        person = {"given_name": "Eva", "family_name": "Neri", "phone": "+39 06 555 0199", "language": "it"}
        answer = api_of(desk).post("/api/v1/patients/", person)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == ["language"]


@pytest.mark.django_db
@pytest.mark.usefixtures("second")
class TestASecondOne:
    def test_is_spoken_on_every_surface(self, surfaces: dict[str, str]):
        for name in ("sign-in", "portal", "today", "mail as html", "not found"):
            assert '<html lang="it"' in surfaces[name], name
        for name in ("sign-in", "code", "portal", "visits", "messages", "today", "patient", "form", "not found"):
            assert "‹" in surfaces[name], name
        for name in ("portal", "mail", "mail as html", "today"):
            assert any(word in surfaces[name] for word in ITALIAN_DATES), name
            assert "Wednesday" not in surfaces[name], name
        assert surfaces["calendar"] == marked("Appointment")
        assert surfaces["mail"].startswith("‹")
        assert surfaces["mail with the code"].startswith("‹")

    def test_is_in_the_form_and_accepted(
        self, surfaces: dict[str, str], api_of: Callable[[User | None], APIClient], desk: User
    ):
        assert '<option value="it" selected>Italiano</option>' in surfaces["form"]
        person = {"given_name": "Eva", "family_name": "Neri", "phone": "+39 06 555 0199", "language": "it-CH"}
        answer = api_of(desk).post("/api/v1/patients/", person)
        assert (answer.status_code, answer.json()["language"]) == (201, "it")

    def test_somebody_else_is_still_spoken_to_in_english(self, surfaces: dict[str, str], browser_of: Browser):
        text = browser_of(None).get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE="de").content.decode()
        assert '<html lang="en-gb"' in text
        assert "‹" not in text


def gaps(source: Path) -> set[object]:
    """The sentences of the product that a catalogue does not translate, or only guesses."""
    with source.open("rb") as file:
        done = read_po(file)
    translated = {(each.context, each.id) for each in done if each.id and each.string and not each.fuzzy}
    translated = {key for key in translated if all(done.get(key[1], context=key[0]).string)}
    return sentences() - translated


def test_every_offered_language_but_english_has_a_complete_catalogue():
    for code, _name in languages.offered():
        if code != product.LANGUAGE_CODE:
            assert not gaps(product.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po"), code


def test_a_catalogue_with_one_gap_is_not_complete(tmp_path: Path):
    source = write_catalogue(tmp_path, "it")
    assert gaps(source) == set()
    source.write_text(source.read_text().replace('msgstr "‹Sign in›"', 'msgstr ""'))
    assert gaps(source) == {(None, "Sign in")}
