"""Tokens: shown once, stored hashed, revocable, and worth no more than their user. Versions: If-Match."""

from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from clinic.base.access import role_of
from clinic.base.refusals import BadInput, Stale
from clinic.base.tokens import digest, held, issue_token
from clinic.base.versions import check_version, parse_if_match
from clinic.models import ApiToken, User
from patients.models import Patient
from tests.factories import NOW

PATIENTS = "/api/v1/patients/"


def ask(secret: str, word: str = "Token") -> int:
    return Client().get(PATIENTS, headers={"Authorization": f"{word} {secret}"}).status_code


def test_the_command_prints_a_token_that_works_as_its_last_word(desk: User):
    out = StringIO()
    call_command("issue_token", "Desk@example.test", stdout=out)
    secret = out.getvalue().split()[-1]
    assert ask(secret) == ask(secret, "token") == 200
    assert ApiToken.objects.get().digest == digest(secret)
    assert secret not in str(ApiToken.objects.values())


@pytest.mark.parametrize("email", ["nobody@example.test", "outsider@example.test"])
def test_nobody_without_a_role_gets_a_token(outsider: User, email: str):
    with pytest.raises(CommandError):
        call_command("issue_token", email)
    assert not ApiToken.objects.exists()


def test_a_patients_token_opens_only_their_own_record(patient: Patient, other_patient: Patient):
    headers = {"Authorization": f"Token {issue_token(user=patient.user)}"}
    own, other = (Client().get(f"{PATIENTS}{each.pk}/", headers=headers) for each in (patient, other_patient))
    assert (own.status_code, other.status_code) == (200, 404)


@pytest.mark.parametrize("secret", ["wrong", "", "a b", "ü"])
def test_a_wrong_token_is_401_and_says_how_to_sign_in(desk: User, secret: str):
    answer = Client().get(PATIENTS, headers={"Authorization": f"Token {secret}".encode().decode("latin-1")})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer["Content-Type"] == "application/problem+json"


def test_a_revoked_token_or_a_disabled_person_is_out_at_once(desk: User):
    secret = issue_token(user=desk)
    assert ask(secret) == 200
    ApiToken.objects.update(revoked_at=NOW)
    assert ask(secret) == 401
    ApiToken.objects.update(revoked_at=None)
    User.objects.update(is_active=False)
    assert ask(secret) == 401


def test_a_token_of_staff_whose_access_was_taken_away_opens_nothing(desk: User):
    secret = issue_token(user=desk)
    desk.staff.active = False
    desk.staff.save()
    assert ask(secret) == 401


def test_whoever_holds_a_token_is_known_with_their_role_after_one_query(
    desk: User, patient: Patient, django_assert_num_queries: Callable[..., Any]
):
    at_desk, at_home = issue_token(user=desk), issue_token(user=patient.user)
    with django_assert_num_queries(1):
        holder = held(at_desk).holder
        assert (holder, role_of(holder), holder.staff.user.name) == (desk, "front_desk", desk.name)
    with django_assert_num_queries(2):
        assert role_of(held(at_home).holder) == "patient"
    assert held("wrong") is None


def test_a_browser_session_needs_the_csrf_token_to_write(desk: User, browser_of: Callable[..., Client]):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(desk)
    assert browser.get(PATIENTS).status_code == 200
    answer = browser.post(PATIENTS, {"given_name": "Eva"}, content_type="application/json")
    assert answer.status_code == 403
    assert not Patient.objects.exists()


# --- versions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "version"), [("7", 7), ('"7"', 7), ('W/"7"', 7), (" 7 ", 7), ("*", None), (None, None)]
)
def test_if_match_names_a_version(header: str | None, version: int | None):
    assert parse_if_match(header) == version


@pytest.mark.parametrize("header", ["soon", "-1", '"a"', "", "1.5"])
def test_a_crooked_if_match_is_refused(header: str):
    with pytest.raises(BadInput) as refused:
        parse_if_match(header)
    assert refused.value.errors[0].field == "If-Match"


def test_another_version_than_the_one_seen_is_stale():
    row = SimpleNamespace(version=3)
    check_version(row, 3)
    check_version(row, None)
    with pytest.raises(Stale) as refused:
        check_version(row, 2)
    assert refused.value.extra == {"version": 3}
