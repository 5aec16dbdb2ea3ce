"""Temporary pages behind names that are linked already; gone when each has its real view."""

from django.http import HttpRequest, HttpResponse

from clinic.base.access import SIGNED_IN, allow


@allow(SIGNED_IN)
def placeholder(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse("not built yet")
