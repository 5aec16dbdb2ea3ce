"""One gate for pages and API alike: what a browser session must still do before it opens anything.

A staff session needs its second factor, and is locked after 15 minutes without activity and 12 hours after its sign-in.
A locked session stays whose it is and opens nothing but signing in again. Tokens do not pass here: their scopes and
their end bound them.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base.access import staff_of

IDLE_SECONDS = timedelta(minutes=15).total_seconds()
LONGEST_SECONDS = timedelta(hours=12).total_seconds()
NOTED_EVERY_SECONDS = 60  # a session is written at most once a minute for being used
ACTIVE, BEGAN = "active_at", "began_at"
BACKGROUND = "X-Background"  # what a page asks by itself, such as the progress of a calculation


@dataclass(frozen=True, slots=True)
class Barrier:
    """Why nothing opens yet, and the page that changes it. A `locked` session waits for its owner to sign in again."""

    detail: str
    where: str
    locked: bool = False


def barrier(request: HttpRequest) -> Barrier | None:
    """What stands between this browser session and everything else; None for patients and when nothing does."""
    if staff_of(request.user) is None:
        return None
    if locked(request):
        text = _("Your session is locked. Sending the form asks you to sign in again and keeps what you typed.")
        return Barrier(text, again(request), locked=True)
    if settings.STAFF_NEED_SECOND_FACTOR and not second_factor_used(request):
        return Barrier(_("Staff need a second factor to sign in."), second_factor(request))
    return None


def note_activity(request: HttpRequest) -> None:
    """Somebody did something; what a page asks by itself does not count."""
    if BACKGROUND in request.headers or staff_of(request.user) is None:
        return
    session, now = request.session, time.time()
    if BEGAN not in session:
        session[BEGAN] = now
    if now - session.get(ACTIVE, 0) >= NOTED_EVERY_SECONDS:
        session[ACTIVE] = now


def locked(request: HttpRequest) -> bool:
    session, now, signed_in = request.session, time.time(), last_sign_in(request)
    active = max(session.get(ACTIVE, now), signed_in)
    began = signed_in or session.get(BEGAN, now)
    return now - active > IDLE_SECONDS or now - began > LONGEST_SECONDS


def last_sign_in(request: HttpRequest) -> float:
    """When password, code or second factor was last given in this session, in seconds; 0 when that is not known."""
    return max((each["at"] for each in get_authentication_records(request, request.user)), default=0.0)


def second_factor_used(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(each["method"] == "mfa" for each in records)


def second_factor(request: HttpRequest) -> str:
    """Where the second factor is given, or enrolled by somebody who has none."""
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    return next((way["url"] for way in ways if way["id"].startswith("mfa")), reverse("mfa_index"))


def again(request: HttpRequest) -> str:
    """Where this person signs in again; empty for somebody without a password or second factor of their own."""
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    return ways[0]["url"] if ways else ""
