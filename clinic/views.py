"""The front door, the health of the house, and the way home for each role."""

from allauth.account.views import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.base import demonstration
from clinic.base.access import PATIENT, PUBLIC, SIGNED_IN, allow, role_of
from clinic.health import readiness


@allow(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@allow(PUBLIC)
def readyz(request: HttpRequest) -> JsonResponse:
    status, body = readiness()
    return JsonResponse(body, status=status)


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
