"""Problem documents (RFC 9457) for the API: one shape for every error, whatever raised it."""

import json
import math
from collections.abc import Iterator
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as FormValidationError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from psycopg import errors as postgres
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from clinic.base.refusals import BadInput, Busy, Conflict, FieldError, Forbidden, Refusal, Unusable

CONTENT_TYPE = "application/problem+json"
TAKEN = (postgres.UniqueViolation, postgres.ExclusionViolation, postgres.ForeignKeyViolation)
NOT_KNOWN = "not_known"  # the code of a well-formed name of something that is not there
TITLES = {400: "The request is not valid", 401: "Sign in first", 403: "Not allowed for your role", 404: "Not found"}


class ProblemDocument(Response):
    """A problem document, also from a view that otherwise answers with a page."""

    @property
    def rendered_content(self) -> Any:
        self["Content-Type"] = CONTENT_TYPE
        return json.dumps(self.data).encode()


def problem(refusal: Refusal) -> dict[str, Any]:
    """The problem document of a refusal."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": str(refusal.detail),
        "errors": [{"field": e.field, "code": e.code, "message": str(e.message)} for e in refusal.errors],
        **refusal.extra,
    }
    if refusal.reasons:
        body["reasons"] = [
            {"code": r.code, "message": str(r.message), "until": moment(r.until), "cites": list(r.cites)}
            for r in refusal.reasons
        ]
    if refusal.next is not None:
        body["next"] = moment(refusal.next)
    return body


def moment(value: Any) -> Any:
    """Dates and instants as ISO 8601; anything else unchanged."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def flatten(detail: Any, path: str = "") -> Iterator[FieldError]:
    """DRF's nested error details as one flat list; list positions become part of the field's path."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
            yield from flatten(value, ".".join(filter(None, [path, name])))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from flatten(value, f"{path}.{index}" if isinstance(value, dict) else path)
    else:
        yield FieldError(path, getattr(detail, "code", "invalid"), str(detail))


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that an exception of Django, DRF or the database stands for; None for a real fault."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, FormValidationError):
        return BadInput(_("Please correct the marked fields."), errors=list(flatten(error.message_dict)))
    if isinstance(error, exceptions.ValidationError):
        return as_bad_input(list(flatten(error.detail)))
    if isinstance(error, PermissionDenied):
        return Forbidden(str(error) or _("Your role may not do this."))
    if isinstance(error, IntegrityError) and isinstance(error.__cause__, TAKEN):
        return Conflict(_("Somebody else was faster: this was saved or changed meanwhile. Please look again."))
    if isinstance(error, OperationalError | InterfaceError):
        return Busy(_("The database did not answer in time. Nothing was saved; please try again."))
    return None


def as_bad_input(errors: list[FieldError]) -> Refusal:
    """400 for what is malformed; 422 where everything is well formed and only names what is not there."""
    kind = Unusable if all(each.code == NOT_KNOWN for each in errors) else BadInput
    return kind(_("Please correct the marked fields."), errors=errors)


def plain(status: int, detail: str) -> Refusal:
    """A refusal that says no more than its status."""
    refusal = Refusal(detail)
    refusal.status, refusal.title = status, TITLES.get(status, HTTPStatus(status).phrase)
    return refusal


def problem_response(refusal: Refusal) -> HttpResponse:
    """The problem document of a refusal, outside of DRF."""
    return HttpResponse(json.dumps(problem(refusal)), status=refusal.status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every answer above 399 is a problem document."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    refusal = as_refusal(error)
    if refusal is None:
        if not isinstance(error, exceptions.APIException):
            return None
        refusal = plain(error.status_code, str(error.detail))
    response = ProblemDocument(problem(refusal), status=refusal.status, content_type=CONTENT_TYPE)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(math.ceil(wait))
    if refusal.status == Busy.status:
        response["Retry-After"] = "2"
    return response
