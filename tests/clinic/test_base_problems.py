"""Every error is a problem document with the same shape, whoever raised it; a real fault is not dressed up."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions

from clinic.base.problems import CONTENT_TYPE, exception_handler
from clinic.base.refusals import BadInput, Busy, Conflict, Forbidden, Reason, Refusal, Stale


def answer(error: Exception) -> Any:
    response = exception_handler(error, {})
    assert response is not None
    assert response.content_type == CONTENT_TYPE
    assert response.data["status"] == response.status_code
    return response


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("x"), 400),
        (Forbidden("x"), 403),
        (Conflict("x"), 409),
        (Stale("x"), 412),
        (Refusal("x"), 422),
        (Busy("x"), 503),
        (Http404(), 404),
        (PermissionDenied("x"), 403),
        (ValidationError({"phone": ["x"]}), 400),
        (OperationalError("x"), 503),
        (exceptions.NotAuthenticated(), 401),
        (exceptions.ParseError(), 400),
        (exceptions.MethodNotAllowed("PUT"), 405),
        (exceptions.UnsupportedMediaType("text/plain"), 415),
        (exceptions.ValidationError({"phone": ["x"]}), 400),
    ],
)
def test_each_error_has_its_status_and_the_same_shape(error: Exception, status: int):
    data = answer(error).data
    assert data["status"] == status
    assert set(data) >= {"type", "title", "status", "detail", "errors"}


def test_a_fault_of_ours_stays_a_fault():
    assert exception_handler(ZeroDivisionError(), {}) is None


def test_busy_says_when_to_come_back():
    assert answer(OperationalError("lock timeout"))["Retry-After"] == "2"


def test_a_database_message_is_never_passed_on():
    assert "secret" not in str(answer(OperationalError("secret detail of a row")).data)


def test_reasons_say_rule_date_and_sources():
    until = datetime(2026, 5, 6, 8, tzinfo=UTC)
    refused = Refusal("No", reasons=[Reason("aspirin", "Not yet", date(2026, 5, 15), ("F209",))], next=until)
    data = answer(refused).data
    assert data["reasons"] == [{"code": "aspirin", "message": "Not yet", "until": "2026-05-15", "cites": ["F209"]}]
    assert data["next"] == "2026-05-06T08:00:00+00:00"


def test_nested_faults_become_a_flat_list_with_paths():
    nested = exceptions.ValidationError({"items": [{}, {"amount": ["No number."]}], "non_field_errors": ["No."]})
    assert [(each["field"], each["message"]) for each in answer(nested).data["errors"]] == [
        ("items.1.amount", "No number."),
        ("", "No."),
    ]


def test_what_a_refusal_adds_stands_beside_the_rest():
    assert answer(Stale("Old", extra={"version": 7})).data["version"] == 7
