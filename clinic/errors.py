"""What is answered where no view did: pages for people, problem documents for programs (everything below /api/)."""

import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from clinic.base.problems import as_refusal, plain, problem_response

API = "/api/"


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read at all. What was wrong with it is never repeated in the answer."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    if is_api(request):
        return problem_response(plain(status, _("This request cannot be read.")))
    response = defaults.bad_request(request, exception)
    response.status_code = status
    return response


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(plain(403, _("Your role may not do this.")))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(plain(404, _("There is nothing at this address.")))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """What nobody caught. A database that does not answer before a view has begun is no fault of a page: 503."""
    refusal = as_refusal(error) if isinstance(error := sys.exc_info()[1], Exception) else None
    if refusal is not None and refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer = problem_response(plain(503, refusal.detail)) if is_api(request) else unavailable()
        answer["Retry-After"] = "2"
        return answer
    if is_api(request):
        return problem_response(plain(500, _("Something broke on our side. Nothing was saved in part.")))
    return defaults.server_error(request)


def unavailable() -> HttpResponse:
    return HttpResponse(render_to_string("503.html"), status=503)
