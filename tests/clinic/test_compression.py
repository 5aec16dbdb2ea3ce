"""Answers are short on the wire where that tells nobody anything, and static files always."""

import gzip
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from clinic.base.tokens import issue_token
from clinic.models import Location, User
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]
WANTED = {"Accept-Encoding": "gzip"}


def way(browser: Client, address: str, **more: str) -> str:
    return str(browser.get(address, headers=WANTED | more).get("Content-Encoding", "plain"))


def test_a_page_is_compressed_and_reads_the_same(desk: User, browser_of: Browser):
    browser = browser_of(desk)
    answer = browser.get("/today/", headers=WANTED)
    assert answer["Content-Encoding"] == "gzip"
    plain = gzip.decompress(answer.content)
    assert b"<main" in plain
    assert len(answer.content) < len(plain) / 3
    assert browser.get("/today/").get("Content-Encoding") is None


def test_a_page_that_repeats_a_word_of_its_address_is_not(desk: User, browser_of: Browser):
    assert way(browser_of(desk), "/patients/?q=rossi") == "plain"


def test_an_answer_to_a_form_is_not(desk: User, browser_of: Browser):
    answer = browser_of(desk).post("/patients/register/", {"given_name": "x"}, headers=WANTED)
    assert (answer.status_code, answer.get("Content-Encoding")) == (200, None)


def test_the_board_is_since_it_repeats_nothing(desk: User, clinic: Location, browser_of: Browser):
    address = f"/board/{clinic.pk}/events/?start=2026-05-04T00:00&end=2026-05-11T00:00"
    assert way(browser_of(desk), address) == "gzip"


def test_the_api_is_for_whoever_sends_a_token_since_no_other_site_can(desk: User, browser_of: Browser):
    for _number in range(5):
        PatientFactory()
    address = "/api/v1/patients/?page_size=2"
    assert way(Client(), address, Authorization=f"Token {issue_token(user=desk)}") == "gzip"
    assert way(browser_of(desk), address) == "plain"


def test_static_files_are_not_compressed_twice():
    order = settings.MIDDLEWARE
    assert order.index("whitenoise.middleware.WhiteNoiseMiddleware") < order.index("clinic.middleware.Compressed")
