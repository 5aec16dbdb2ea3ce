"""A form that was left open while the session changed: what was typed stays, and the way leads to sign-in and back."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from clinic.models import User
from patients.models import Patient
from scheduling.setup.forms import FirstDirectorForm

Browser = Callable[[User | None], Client]
TYPED = {"given_name": "Eva", "family_name": "Conti-Zöe", "phone": "+39 06 5557 001"}
REGISTER = "/patients/register/"


def careful(user: User | None) -> Client:
    """A browser whose forms are checked for the token of the session, as in life."""
    browser = Client(enforce_csrf_checks=True)
    if user is not None:
        browser.force_login(user)
    return browser


def token_of(answer: Any) -> str:
    return unescape(answer.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0])


def assert_kept(answer: Any) -> None:
    page = unescape(answer.content.decode())
    assert answer.status_code == 403
    assert all(f'name="{name}" value="{value}"' in page for name, value in TYPED.items())
    assert "CSRF verification" not in page
    assert not Patient.objects.filter(family_name=TYPED["family_name"]).exists()


def test_signed_out_and_in_elsewhere_the_form_comes_back_filled_and_can_be_sent(desk: User, patient: Patient) -> None:
    browser = careful(desk)
    old = token_of(browser.get(REGISTER))
    browser.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32  # what signing in again does to it
    kept = browser.post(
        REGISTER, TYPED | {"csrfmiddlewaretoken": old}, headers={"referer": f"http://testserver{REGISTER}"}
    )
    assert_kept(kept)
    assert desk.name in kept.content.decode(), "the page says who is signed in now"
    sent = browser.post(REGISTER, TYPED | {"csrfmiddlewaretoken": token_of(kept)})
    assert sent.status_code == 302
    assert Patient.objects.filter(family_name=TYPED["family_name"]).exists()


def test_after_the_session_ended_the_form_waits_for_the_sign_in(desk: User, browser_of: Browser) -> None:
    browser = browser_of(desk)
    browser.get(REGISTER)
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    kept = browser.post(REGISTER, TYPED, headers={"referer": f"http://testserver{REGISTER}?from=today"})
    assert_kept(kept)
    assert "/accounts/login/?next=%2Fpatients%2Fregister%2F%3Ffrom%3Dtoday" in kept.content.decode()
    browser.force_login(desk)
    assert browser.post(REGISTER, TYPED).status_code == 302


def test_the_address_that_leads_back_is_always_ours(browser_of: Browser, db: None) -> None:
    kept = browser_of(None).post(REGISTER, TYPED, headers={"referer": "https://evil.example/x"})
    assert "evil" not in kept.content.decode()


def test_a_form_of_another_site_is_refused_and_not_offered_again(desk: User) -> None:
    browser = careful(desk)
    browser.get(REGISTER)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        refused = browser.post(REGISTER, TYPED, headers=headers)
        assert refused.status_code == 403
        assert "Conti" not in refused.content.decode()


def test_a_password_is_never_kept(db: None) -> None:
    refused = careful(None).post("/accounts/login/", {"login": "a@example.test", "password": "my-long-password"})
    assert refused.status_code == 403
    assert "my-long-password" not in refused.content.decode()

    typed = {"email": "a@example.test", "password": "my-long-password", "password_again": "my-long-password"}
    assert typed.keys() <= set(FirstDirectorForm().fields)
    refused = careful(None).post("/first-director/secret/", typed).content.decode()
    assert "a@example.test" in refused
    assert "my-long-password" not in refused


@pytest.mark.parametrize("boosted", [True, False])
def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(browser_of: Browser, db: None, boosted: bool) -> None:
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/patients/?q=ro"}
    answer = browser_of(None).get("/patients/?q=ros", headers=headers | ({"hx-boosted": "true"} if boosted else {}))
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fpatients%2F%3Fq%3Dro"
    assert answer.content == b""


def test_a_part_that_sends_what_is_typed_leaves_the_page_and_says_so(browser_of: Browser, patient: Patient) -> None:
    url = f"/patients/{patient.pk}/intake/illnesses/"
    answer = browser_of(None).post(url, {"preview": "1", "note": "typed"}, headers={"hx-request": "true"})
    assert answer.status_code == 403
    assert "toast" in answer["HX-Trigger"]
    assert "HX-Redirect" not in answer


def test_the_api_says_it_in_its_own_words(desk: User) -> None:
    answer = careful(desk).post("/api/v1/patients/", TYPED, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
