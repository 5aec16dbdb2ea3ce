"""The front door, the health of the house, and the way home for each role."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

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
