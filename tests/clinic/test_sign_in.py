"""Signing in: guessing is slowed down for whoever guesses, and changed sign-in data are told by mail."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.test import Client

from clinic.base import clock
from clinic.base.tokens import issue_token
from clinic.models import User
from clinic.tasks import prune
from scheduling.messages.actions.codes import send_codes
from scheduling.setup.actions.staff import change_staff
from tests.factories import NOW

PASSWORD = "a long enough password"
ATTACKER, ELSEWHERE = "203.0.113.7", "198.51.100.4"


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False) as at:
        yield at


@pytest.fixture
def staff(desk: User) -> User:
    desk.set_password(PASSWORD)
    desk.save()
    return desk


def try_password(user: User, password: str, address: str) -> Any:
    return Client(REMOTE_ADDR=address).post("/accounts/login/", {"login": user.email, "password": password})


def test_who_guesses_waits_and_nobody_else_is_locked_out(staff: User, at_noon: Any):
    for _guess in range(5):
        assert try_password(staff, "wrong", ATTACKER).status_code == 200
    limited = try_password(staff, PASSWORD, ATTACKER)
    assert (limited.status_code, limited["Retry-After"]) == (429, "300")
    assert "sessionid" not in limited.cookies
    assert try_password(staff, PASSWORD, ELSEWHERE).status_code == 302
    at_noon.shift(timedelta(minutes=5, seconds=1))
    assert try_password(staff, PASSWORD, ATTACKER).status_code == 302


def test_other_peoples_sign_ins_do_not_push_the_count_out(staff: User):
    for _guess in range(5):
        try_password(staff, "wrong", ATTACKER)
    for number in range(700):
        cache.set(f"somebody-else-{number}", [1.0], 300)
    assert try_password(staff, PASSWORD, ATTACKER).status_code == 429


def test_counts_that_ran_out_are_removed(staff: User, at_noon: Any):
    try_password(staff, "wrong", ATTACKER)
    at_noon.shift(timedelta(hours=1))
    prune()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM clinic_cache WHERE expires < %s", [clock.now()])
        assert cursor.fetchone() == (0,)


def test_a_changed_password_is_told_by_mail(staff: User):
    browser = Client(REMOTE_ADDR=ELSEWHERE)
    browser.post("/accounts/login/", {"login": staff.email, "password": PASSWORD})
    mail.outbox.clear()
    new = {"oldpassword": PASSWORD, "password1": "quite another one", "password2": "quite another one"}
    browser.post("/accounts/password/change/", new)
    send_codes(now=NOW)
    staff.refresh_from_db()
    assert staff.check_password("quite another one")
    assert [letter.to for letter in mail.outbox] == [[staff.email]]
    assert "quite another one" not in mail.outbox[0].body


# --- tokens --------------------------------------------------------------------------------------------------------

PATIENTS = "/api/v1/patients/"
EVA = {"given_name": "Eva", "family_name": "Greco", "phone": "+39065551234"}


def made_on_the_page(browser: Client, **given: Any) -> str:
    form = {"name": "Report", "scopes": ["read"], "days": "7"} | given
    return str(browser.post("/accounts/tokens/", form).context["secret"])


def call(secret: str, method: str = "GET") -> int:
    headers = {"Authorization": f"Token {secret}"}
    return Client().generic(method, PATIENTS, json.dumps(EVA), "application/json", headers=headers).status_code


def test_a_token_is_made_on_a_page_and_shown_once(desk: User, browser_of: Callable[..., Client]):
    browser = browser_of(desk)
    secret = made_on_the_page(browser)
    assert call(secret) == 200
    page = browser.get("/accounts/tokens/").content.decode()
    assert "Report" in page
    assert secret not in page


def test_a_token_does_what_it_was_made_for(desk: User, browser_of: Callable[..., Client]):
    browser = browser_of(desk)
    reading, booking = made_on_the_page(browser), made_on_the_page(browser, scopes=["book"])
    assert (call(reading), call(reading, "POST")) == (200, 403)
    assert (call(booking), call(booking, "POST")) == (403, 201)


def test_a_token_runs_out(desk: User, browser_of: Callable[..., Client], at_noon: Any):
    secret = made_on_the_page(browser_of(desk))
    at_noon.shift(timedelta(days=7) - timedelta(seconds=1))
    assert call(secret) == 200
    at_noon.shift(timedelta(seconds=1))
    assert call(secret) == 401


def test_a_token_is_ended_by_its_holder_alone(
    desk: User, practitioner: User, browser_of: Callable[..., Client], django_capture_on_commit_callbacks: Any
):
    with django_capture_on_commit_callbacks(execute=True):
        secret = made_on_the_page(browser_of(desk))
    end = f"/accounts/tokens/{desk.tokens.get().pk}/end/"
    assert browser_of(practitioner).post(end).status_code == 404
    assert call(secret) == 200
    with django_capture_on_commit_callbacks(execute=True):
        browser_of(desk).post(end)
    assert call(secret) == 401
    assert [letter.to for letter in mail.outbox] == [[desk.email]] * 2, "made and ended are told by mail"
    assert secret not in "".join(letter.body for letter in mail.outbox)


def test_a_token_without_a_scope_is_refused(desk: User, browser_of: Callable[..., Client]):
    assert browser_of(desk).post("/accounts/tokens/", {"name": "x", "days": "7"}).status_code == 400
    with pytest.raises(IntegrityError, match="token_scopes_known"):
        issue_token(user=desk, scopes=["everything"])


def test_a_changed_role_is_told_by_mail(director: User, desk: User, django_capture_on_commit_callbacks: Any):
    staff = desk.staff
    with django_capture_on_commit_callbacks(execute=True):
        change_staff(
            staff=staff,
            name=desk.name,
            role="administrator",
            location=staff.location,
            prescriber=False,
            training=None,
            active=True,
            by=director,
        )
    assert [letter.to for letter in mail.outbox] == [[desk.email]]
