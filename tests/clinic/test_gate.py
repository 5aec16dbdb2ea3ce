"""One gate for pages and API: the second factor, idle time, and what ends somebody's access."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from clinic.base.tokens import issue_token
from clinic.models import User
from patients.models import Patient
from tests.access_matrix import ROUTES
from tests.test_access_matrix import CALLS, PAGES, address

PASSWORD = "a long enough password"
SECRET = "JBSWY3DPEHPK3PXP"
NOON = datetime(2026, 5, 5, 12, 0, tzinfo=UTC)
PATIENTS = "/api/v1/patients/"
SECOND_FACTOR, AGAIN = "/accounts/2fa/", "/accounts/reauthenticate/"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as at:
        yield at


@pytest.fixture
def signed_in(desk: User, clock: Any) -> Client:
    """The desk, signed in by password alone."""
    return sign_in(desk)


def sign_in(user: User) -> Client:
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save()
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser


def enrol(user: User) -> None:
    TOTP.activate(user, SECRET)


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


# --- the second factor ---------------------------------------------------------------------------------------------


def test_a_password_alone_opens_no_call_of_the_api_whatever_the_method(signed_in: Client, settings: Any):
    settings.STAFF_NEED_SECOND_FACTOR = True
    for (method, name), pattern in CALLS.items():
        answer = signed_in.generic(method, address(name, pattern), b"{}", content_type="application/json")
        assert answer.status_code == 403, (method, name)
        assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["where"].endswith(SECOND_FACTOR)
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert signed_in.generic(method, PATIENTS).status_code in (403, 405), method


def test_a_password_alone_opens_no_page(signed_in: Client, settings: Any):
    settings.STAFF_NEED_SECOND_FACTOR = True
    for name in ("desk:today", "patients:list", "protocols:library"):
        assert signed_in.get(reverse(name))["Location"].startswith(SECOND_FACTOR)
    assert signed_in.get("/healthz").status_code == 200
    assert signed_in.get(SECOND_FACTOR).status_code == 200, "there it is enrolled"


def test_whether_the_clinic_lives_is_answered_without_looking_up_who_asks(
    signed_in: Client, django_assert_num_queries: Any
):
    with django_assert_num_queries(0):
        assert signed_in.get("/healthz").status_code == 200


def test_a_second_factor_that_this_session_did_not_show_opens_nothing(signed_in: Client, desk: User, settings: Any):
    settings.STAFF_NEED_SECOND_FACTOR = True
    enrol(desk)
    assert signed_in.get(PATIENTS).status_code == 403
    where = signed_in.get("/today/")["Location"]
    assert where.startswith("/accounts/2fa/reauthenticate/")
    assert "Is it still you?" in signed_in.get(where).content.decode()
    signed_in.post(where, {"code": code()})
    assert signed_in.get(PATIENTS).status_code == 200
    assert signed_in.get("/today/").status_code == 200


def test_password_and_second_factor_open_both(desk: User, clock: object, settings: Any):
    settings.STAFF_NEED_SECOND_FACTOR = True
    enrol(desk)
    browser = sign_in(desk)
    assert browser.get(PATIENTS).status_code == 401, "not signed in before the code"
    browser.post("/accounts/2fa/authenticate/", {"code": code()})
    assert browser.get(PATIENTS).status_code == browser.get("/today/").status_code == 200


def test_patients_and_tokens_need_no_second_factor(
    desk: User, patient: Patient, browser_of: Callable[..., Client], settings: Any
):
    settings.STAFF_NEED_SECOND_FACTOR = True
    assert browser_of(patient.user).get("/me/").status_code == 200
    headers = {"Authorization": f"Token {issue_token(user=desk)}"}
    assert Client().get(PATIENTS, headers=headers).status_code == 200


# --- idle and long sessions ----------------------------------------------------------------------------------------


def test_fifteen_minutes_without_activity_lock_pages_and_api(signed_in: Client, clock: Any):
    signed_in.get("/today/")
    clock.shift(timedelta(minutes=15))
    assert signed_in.get("/today/").status_code == signed_in.get(PATIENTS).status_code == 200
    clock.shift(timedelta(minutes=15, seconds=1))
    for name, pattern in PAGES.items():
        if "front_desk" in ROUTES[name]:
            assert signed_in.get(address(name, pattern))["Location"].startswith(AGAIN), name
    answer = signed_in.get(PATIENTS)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["where"].endswith(AGAIN)
    assert signed_in.get(SECOND_FACTOR)["Location"].startswith(AGAIN), "nor is a second factor changed"


def test_signing_in_again_opens_it(signed_in: Client, clock: Any):
    signed_in.get("/today/")
    clock.shift(timedelta(hours=1))
    where = signed_in.get("/patients/?q=ana")["Location"]
    assert signed_in.post(where, {"password": "wrong"}).status_code == 200
    assert signed_in.get("/today/").status_code == 302
    assert signed_in.post(where, {"password": PASSWORD})["Location"] == "/patients/?q=ana"
    assert signed_in.get("/today/").status_code == signed_in.get(PATIENTS).status_code == 200


def test_what_a_page_asks_by_itself_is_no_activity(signed_in: Client, clock: Any):
    signed_in.get("/today/")
    for _minute in range(15):
        clock.shift(timedelta(minutes=1))
        assert signed_in.get("/today/", headers={"X-Background": "1", "HX-Request": "true"}).status_code == 200
    clock.shift(timedelta(minutes=1))
    locked = signed_in.get("/today/", headers={"X-Background": "1", "HX-Request": "true"})
    assert (locked.status_code, "HX-Redirect" in locked) == (401, False), "the page with what was typed stays"


def test_twelve_hours_are_the_longest_however_busy(signed_in: Client, clock: Any):
    for _quarter in range(4 * 12):
        assert signed_in.get("/today/").status_code == 200
        clock.shift(timedelta(minutes=15))
    clock.shift(timedelta(seconds=1))
    assert signed_in.get("/today/")["Location"].startswith(AGAIN)


@pytest.mark.parametrize("query", ["", "?from=list"])
def test_what_was_typed_survives_signing_in_again(signed_in: Client, clock: Any, query: str):
    signed_in.get("/today/")
    clock.shift(timedelta(hours=1))
    name = {"given_name": "Eva", "family_name": "Greco"}
    typed = name | {"phone": "+39 06 5551234", "sex": "unknown", "language": "en-gb"}
    where = signed_in.post(f"{reverse('patients:register')}{query}", typed)["Location"]
    assert not Patient.objects.exists()
    signed_in.post(where, {"password": PASSWORD})
    assert Patient.objects.get().family_name == "Greco"


def test_a_patient_is_not_locked_by_the_minute(patient: Patient, browser_of: Callable[..., Client], clock: object):
    browser = browser_of(patient.user)
    browser.get("/me/")
    clock.shift(timedelta(hours=2))
    assert browser.get("/me/").status_code == 200


# --- what ends access ----------------------------------------------------------------------------------------------


def new_password(user: User) -> None:
    user.set_password("another long password")
    user.save()


def other_role(user: User) -> None:
    user.staff.role = "administrator"
    user.staff.save()


def dismissed(user: User) -> None:
    user.staff.active = False
    user.staff.save()


def other_address(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="other@example.test")


@pytest.mark.parametrize("change", [new_password, other_role, dismissed, other_address])
def test_session_and_token_end_with_the_change_and_nothing_revives(desk: User, change: Callable[[User], None]):
    browser, headers = sign_in(desk), {"Authorization": f"Token {issue_token(user=desk)}"}
    assert browser.get(PATIENTS).status_code == Client().get(PATIENTS, headers=headers).status_code == 200
    before = User.objects.get(pk=desk.pk)
    change(User.objects.get(pk=desk.pk))
    assert browser.get("/today/").status_code == 302
    assert (browser.get(PATIENTS).status_code, Client().get(PATIENTS, headers=headers).status_code) == (401, 401)
    desk.staff.refresh_from_db()
    desk.staff.role, desk.staff.active = "front_desk", True
    desk.staff.save()
    before.save()  # everything as it was, the old count included
    assert browser.get("/today/").status_code == 302
    assert (browser.get(PATIENTS).status_code, Client().get(PATIENTS, headers=headers).status_code) == (401, 401)


def test_the_session_that_is_at_work_is_not_ended_by_a_change_of_name(desk: User):
    browser = sign_in(desk)
    desk.name = "New Name"
    desk.save()
    assert browser.get("/today/").status_code == 200
