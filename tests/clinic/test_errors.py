"""What programs and people get when something goes wrong, and what every answer carries."""

import logging
from collections.abc import Callable, Iterator
from io import StringIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, connections, transaction
from django.test import Client, override_settings
from rest_framework.test import APIClient

from clinic.base.logs import NamelessFormatter, SecretsMasked
from clinic.models import User
from patients.models import Patient
from tests.factories import UserFactory

V1 = "/api/v1"
PROBLEM = "application/problem+json"
Caller = Callable[[User | None], APIClient]
NEWCOMER = {"given_name": "Zzgiven", "family_name": "Zzfamily", "phone": "+39 06 7777 0001", "email": "zz@example.test"}


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of a refusal with this status."""
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content[:200]
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    return body


# --- addresses and methods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/patients/", "/api/v1/nothing/"])
def test_an_unknown_address_below_api_is_a_problem_document(path: str, desk: User, api_of: Caller) -> None:
    problem_of(api_of(desk).get(path), 404)


def test_an_unknown_page_is_a_page(desk: User, browser_of: Callable[..., Client]) -> None:
    answer = browser_of(desk).get("/nothing/")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (404, "text/html")


def test_nul_in_an_address_is_400(desk: User, api_of: Caller, browser_of: Callable[..., Client]) -> None:
    problem_of(api_of(desk).get(f"{V1}/protocols/%00/"), 400)
    problem_of(api_of(desk).get(f"{V1}/patients/?q=%00"), 400)
    assert browser_of(desk).get("/protocols/%00/").status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_a_call_does_not_have_is_405_with_those_it_has(method: str, desk: User, api_of: Caller) -> None:
    answer = api_of(desk).generic(method, f"{V1}/patients/")
    problem_of(answer, 405)
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD"}


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
def test_the_documentation_is_only_read(path: str, db: None) -> None:
    for method in ("OPTIONS", "POST", "DELETE"):
        problem_of(Client().generic(method, path), 405)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/today/", "/patients/register/", "/accounts/login/", "/healthz"])
def test_a_page_knows_reading_and_sending_only(
    path: str, method: str, desk: User, browser_of: Callable[..., Client]
) -> None:
    answer = browser_of(desk).generic(method, path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")


def test_a_fault_of_ours_is_a_problem_document_and_tells_nothing(
    desk: User, api_of: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**given: Any) -> None:
        raise ZeroDivisionError("Zzfamily")

    monkeypatch.setattr("patients.api.people.register_patient", breaks)
    caller = api_of(desk)
    caller.raise_request_exception = False
    answer = caller.post(f"{V1}/patients/", NEWCOMER)
    problem_of(answer, 500)
    assert b"Zz" not in answer.content


# --- headers and bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["²", "٣", "-1", "9" * 5000, "1.0", "", '"', "W/", "a"])
def test_a_crooked_version_is_400(version: str, desk: User, patient: Patient, api_of: Caller) -> None:
    answer = api_of(desk).patch(f"{V1}/patients/{patient.pk}/", {"phone": "+39061111"}, HTTP_IF_MATCH=version)
    assert problem_of(answer, 400)["errors"][0]["field"] == "If-Match"


@pytest.mark.parametrize(
    "body",
    [
        b'{"phone": "+39061111", "phone": "+39062222"}',
        b'{"phone": "\xff"}',
        b'{"phone": NaN}',
        b'{"phone": 1e999}',
        b'{"phone": "\\ud800"}',
        b'{"phone": "\\u0000"}',
        b'{"phone": ' + b"9" * 5000 + b"}",
        b'{"phone": 1' + b"0" * 30 + b"}",
        b"[" * 100_000,
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b"",
        b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_a_crooked_body_is_400_and_nothing_is_saved(body: bytes, desk: User, patient: Patient, api_of: Caller) -> None:
    before = patient.phone
    answer = api_of(desk).generic("PATCH", f"{V1}/patients/{patient.pk}/", body, content_type="application/json")
    if body:
        problem_of(answer, 400)
    patient.refresh_from_db()
    assert patient.phone == before


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/xml", "multipart/form-data; boundary=x"])
def test_a_body_of_another_kind_is_415(kind: str, desk: User, api_of: Caller) -> None:
    problem_of(api_of(desk).generic("POST", f"{V1}/patients/", b"x", content_type=kind), 415)


@pytest.mark.parametrize("kind", ["application/json; charset=foo", "application/json; charset=base64"])
def test_json_is_utf_8_whatever_its_header_says(kind: str, desk: User, api_of: Caller) -> None:
    answer = api_of(desk).generic("POST", f"{V1}/patients/", b"{}", content_type=kind)
    assert problem_of(answer, 422)["errors"]


def test_too_much_is_413(desk: User, api_of: Caller, browser_of: Callable[..., Client]) -> None:
    problem_of(api_of(desk).generic("POST", f"{V1}/patients/", b" " * 1_100_000, content_type="application/json"), 413)
    assert browser_of(desk).post("/patients/register/", {"given_name": "x" * 3_000_000}).status_code == 413


# --- queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sessions/?course=abc", "course"),
        ("sessions/?course=²", "course"),
        ("sessions/?status=asleep", "status"),
        ("sessions/?colour=red", "colour"),
        ("sessions/?from=9999-12-31T00:00:00Z", "from"),
        ("messages/?session=abc", "session"),
        ("messages/?page_size=null", "page_size"),
        ("courses/?page_size=0", "page_size"),
        ("courses/?page_size=201", "page_size"),
        ("courses/?page_size=" + "9" * 400, "page_size"),
        ("courses/?patient=-1", "patient"),
        ("slots/?from=9999-12-31&location=1", "from"),
        ("slots/?location=" + "9" * 25, "location"),
        ("slots/?limit=101", "limit"),
        ("areas/?selectable=true", "selectable"),
        ("protocols/P07/?verbose=1", "verbose"),
        ("rooms/?location=1", "location"),
        ("patients/?name=Rossi", "name"),
    ],
)
def test_what_a_query_may_not_say_is_400_and_named(query: str, field: str, desk: User, api_of: Caller) -> None:
    body = problem_of(api_of(desk).get(f"{V1}/{query}"), 400)
    assert field in [error["field"] for error in body["errors"]]


def test_a_write_takes_no_query(desk: User, api_of: Caller) -> None:
    problem_of(api_of(desk).post(f"{V1}/patients/?dry_run=1", NEWCOMER), 400)
    assert not Patient.objects.filter(family_name="Zzfamily").exists()


def test_a_sequence_beyond_all_courses_is_400(practitioner: User, api_of: Caller) -> None:
    body = {"allow_late": [{"sequence": 10**30, "days": 1}]}
    assert api_of(practitioner).post(f"{V1}/courses/1/proposals/", body).status_code in {400, 404}


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def counted_anew() -> Iterator[None]:
    caches["rates"].clear()
    yield
    caches["rates"].clear()


@override_settings(API_RATES={"address": "", "caller": "3/minute"})
def test_one_person_may_call_so_often_and_is_told_when_to_come_back(
    counted_anew: None, desk: User, director: User, api_of: Caller
) -> None:
    statuses = [api_of(desk).get(f"{V1}/areas/").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = api_of(desk).get(f"{V1}/areas/")
    problem_of(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert api_of(director).get(f"{V1}/areas/").status_code == 200, "somebody else is not held up"


@override_settings(API_RATES={"address": "3/minute", "caller": ""})
def test_one_address_may_call_so_often_signed_in_or_not(counted_anew: None, desk: User, api_of: Caller) -> None:
    assert [api_of(None).get(f"{V1}/areas/").status_code for _ in range(4)] == [401, 401, 401, 429]
    problem_of(api_of(desk).get(f"{V1}/areas/"), 429)
    assert api_of(desk).get(f"{V1}/areas/", REMOTE_ADDR="10.0.0.9").status_code == 200
    spoofed = api_of(desk).get(f"{V1}/areas/", HTTP_X_FORWARDED_FOR="10.0.0.7")
    assert spoofed.status_code == 429, "no proxy is trusted, so what a caller says of its address counts for nothing"


# --- races ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_registrations_with_one_new_address_one_is_made_and_the_others_are_told(
    desk: User, api_of: Caller
) -> None:
    together, statuses = Barrier(8), []

    def register() -> None:
        caller = api_of(User.objects.get(pk=desk.pk))
        caller.raise_request_exception = False
        together.wait()
        statuses.append(caller.post(f"{V1}/patients/", NEWCOMER).status_code)
        connections.close_all()

    threads = [Thread(target=register) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert set(statuses) <= {201, 409}, statuses
    assert 201 in statuses
    assert User.objects.filter(email="zz@example.test").count() == 1


def test_a_value_that_somebody_else_saved_first_is_a_conflict_without_the_value(
    desk: User, api_of: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    UserFactory(email="zz@example.test")
    monkeypatch.setattr(
        "patients.actions.register.portal_users", lambda people: [User.objects.create_user(email=people[0].email)]
    )
    answer = api_of(desk).post(f"{V1}/patients/", NEWCOMER)
    problem_of(answer, 409)
    assert b"zz@" not in answer.content
    assert not Patient.objects.filter(family_name="Zzfamily").exists()


# --- logs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, as the product writes it."""
    said = StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(NamelessFormatter("%(levelname)s %(name)s %(message)s"))
    handler.addFilter(SecretsMasked())
    logging.getLogger().addHandler(handler)
    logging.getLogger("django").addHandler(handler)
    yield said
    logging.getLogger().removeHandler(handler)
    logging.getLogger("django").removeHandler(handler)


def test_the_product_writes_its_logs_through_the_mask() -> None:
    console = settings.LOGGING["handlers"]["console"]
    assert console["filters"] == ["masked"]
    assert settings.LOGGING["formatters"][console["formatter"]]["()"] == "clinic.base.logs.NamelessFormatter"


@pytest.mark.parametrize(
    "error",
    [ValueError("Zzfamily is no name"), KeyError("zz@example.test"), RuntimeError("Zzgiven", {"a": "Zzfamily"})],
)
def test_a_fault_in_a_request_says_what_broke_and_where_and_no_name(
    error: Exception, log: StringIO, desk: User, api_of: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**given: Any) -> None:
        raise LookupError(given["family_name"]) from error

    monkeypatch.setattr("patients.api.people.register_patient", breaks)
    caller = api_of(desk)
    caller.raise_request_exception = False
    assert caller.post(f"{V1}/patients/", NEWCOMER).status_code == 500
    assert "LookupError" in log.getvalue()
    assert "in breaks" in log.getvalue()
    assert "zz" not in log.getvalue().lower()


def test_a_fault_of_the_database_says_the_constraint_and_not_the_row(log: StringIO, db: None) -> None:
    address = NEWCOMER["email"]
    UserFactory(email=address)
    try:
        with transaction.atomic():
            UserFactory(email=address)
    except IntegrityError as error:
        logging.getLogger("clinic").exception("could not save: %s", error)
    assert "23505" in log.getvalue()
    assert "clinic_user_email" in log.getvalue()
    assert "zz@" not in log.getvalue()


def test_an_address_in_a_message_is_masked(log: StringIO) -> None:
    logging.getLogger("clinic").warning("mail to %s failed", "Zz Family <zz@example.test>")
    assert "zz@example.test" not in log.getvalue()


# --- headers --------------------------------------------------------------------------------------------------------

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/static/css/theme.css", {}),
        ("/static/css/nothing.css", {}),
        ("/healthz", {"HTTP_HOST": "evil.example"}),
        ("/api/v1/areas/", {"HTTP_HOST": "evil.example"}),
        ("/api/v1/areas/", {}),
        ("/api/nothing/", {}),
        ("/nothing/", {}),
        ("/protocols/%00/", {}),
        ("/accounts/login/", {}),
        ("/today/", {}),
    ],
)
def test_every_answer_carries_the_headers(path: str, given: dict[str, str], db: None) -> None:
    answer = Client(raise_request_exception=False).get(path, **given)
    assert {name: answer.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Server" not in answer
    if not path.startswith("/static/"):
        assert "no-store" in answer["Cache-Control"]


def test_a_strange_host_is_refused_as_what_was_asked_for(db: None) -> None:
    problem_of(Client().get("/api/v1/areas/", HTTP_HOST="evil.example"), 400)
    page = Client().get("/today/", HTTP_HOST="evil.example")
    assert (page.status_code, b"evil" in page.content) == (400, False)
