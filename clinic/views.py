"""The front door, the health of the house, and the way home for each role."""

import sys
from http import HTTPStatus

from allauth.account.views import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.base import demonstration
from clinic.base.access import PATIENT, PUBLIC, SIGNED_IN, allow, role_of
from clinic.base.problems import as_refusal
from clinic.health import readiness


@allow(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@allow(PUBLIC)
def readyz(request: HttpRequest) -> JsonResponse:
    status, body = readiness()
    return JsonResponse(body, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody caught. A database that does not answer before a view has begun is no fault of a page: 503."""
    refusal = as_refusal(error) if isinstance(error := sys.exc_info()[1], Exception) else None
    busy = refusal is not None and refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
    answer = HttpResponse(render_to_string("503.html" if busy else "500.html"), status=503 if busy else 500)
    if busy:
        answer["Retry-After"] = "2"
    return answer


@allow(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:home" if role_of(request.user) == PATIENT else "desk:today"))


def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign-in; while the demonstration is filled nobody can, and the page counts its patients."""
    if filling := demonstration.being_filled():
        return render(request, "account/filling.html", {"demonstration": filling})
    response: HttpResponse = login(request)
    if request.htmx.target == "filling":  # the count was still asked for
        response["HX-Refresh"] = "true"
    return response
