"""Calendars by secret address, and the page on which a practitioner makes one."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.base import clock
from clinic.base.access import CLINICAL, PUBLIC, allow
from clinic.base.languages import speaking
from clinic.base.requests import HttpRequest
from clinic.base.tokens import digest
from patients.models import Patient
from scheduling.access import practitioner_of
from scheduling.calendar import icalendars as feeds
from scheduling.calendar.actions.feeds import Owner, make_feed, revoke_feed
from scheduling.calendar.queries.feeds import Appointment, appointments_of, owner_of

FETCHES_AN_HOUR = 60
HOUR = 3600


@allow(PUBLIC)
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret: times and nothing else, cached by nobody on the way.

    A programme that names the version it has gets 304 until something changes; writing a calendar takes the longest.
    """
    owner = owner_of(secret)
    if owner is None:
        raise Http404
    if too_often(secret):
        return HttpResponse(status=429, headers={"Retry-After": str(HOUR)})
    language = owner.language if isinstance(owner, Patient) else ""
    appointments = appointments_of(owner, clock.now())
    etag = f'"{digest(repr((language, appointments)))}"'
    answer = get_conditional_response(request, etag=etag) or in_words(language, appointments)
    for name, value in {"ETag": etag, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}.items():
        answer[name] = value
    return answer


def in_words(language: str, appointments: Sequence[Appointment]) -> HttpResponse:
    with speaking(language):
        return HttpResponse(feeds.calendar_of(appointments), content_type=feeds.CONTENT_TYPE)


def too_often(secret: str) -> bool:
    """Whether one address is read more often within the hour than any calendar does."""
    key = counter_of(secret)
    cache.add(key, 0, HOUR)
    return cache.incr(key) > FETCHES_AN_HOUR


def counter_of(secret: str) -> str:
    return f"feed:{digest(secret)[:32]}"


@allow(CLINICAL)
def mine(request: HttpRequest) -> HttpResponse:
    """The practitioner's own visits in the calendar of their phone."""
    practitioner = practitioner_of(request.user)
    if practitioner is None:
        raise Http404
    return render(request, "scheduling/calendar/calendar.html", feed_form(request, practitioner))


def feed_form(request: HttpRequest, owner: Owner) -> dict[str, Any]:
    """Make, renew or close the address. A new one is shown once, on the answer to the request that made it."""
    context: dict[str, Any] = {}
    if request.method == "POST" and "revoke" in request.POST:
        revoke_feed(owner=owner, by=request.user)
        messages.success(request, _("The address is closed. Calendars that used it find nothing any more."))
    elif request.method == "POST":
        address = f"{settings.SITE_URL}{reverse('calendar:feed', args=[make_feed(owner=owner, by=request.user)])}"
        context = {"address": address, "webcal": f"webcal://{address.partition('://')[2]}"}
    return {"linked": bool(owner.calendar_digest), **context}
