"""What every answer must carry, who may reach a page at all, and how a refusal looks in a browser."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.internal.httpkit import serialize_request
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from clinic.base import budget, scope
from clinic.base.access import ACTING, PATIENT, RECORD, act_as, may_call, records_of, role_of, scope_of
from clinic.base.gate import Barrier, barrier, note_activity
from clinic.base.problems import as_refusal
from clinic.base.refusals import TooMany
from clinic.base.requests import AnyRequest
from clinic.kept import signed_out

GetResponse = Callable[[HttpRequest], HttpResponse]

# Sign-in pages belong to allauth and are open by nature; the API declares its roles per view class.
OPEN_PREFIXES = ("account_", "mfa_")
# Pages with a query in their address of which no word comes back in the answer.
WITHOUT_ECHO = frozenset({"desk:board_events"})
HEALTH = frozenset({"/healthz", "/readyz"})
PAGE_METHODS = ("GET", "HEAD", "POST")
# What a locked session may still open: signing in again, and out.
UNLOCKING = {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout"}


class OneBudget:
    """A request waits no longer than REQUEST_SECONDS in all: for locks, for statements, for another try. It shows
    nobody's rows until it is known who asks, and leaves no scope behind, however it ends."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with budget.request(settings.REQUEST_SECONDS), scope.of(scope.NOBODY):
            return self.get_response(request)


class HealthForAnybody:
    """Whether the clinic lives does not depend on who asks: no session is looked up, since that needs the database."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in HEALTH:
            request.COOKIES = {}
        return self.get_response(request)


class PrivacyHeaders:
    """No cache may keep a page of a signed-in person, and no other site may embed or read one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.resolver_match and request.resolver_match.url_name == "account_logout" and request.method == "POST":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class ReadableAddress:
    """An address with NUL in it names nothing, and no database can look it up: 400 before anybody tries."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: AnyRequest, view: Any, args: Any, kwargs: Any) -> None:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest


class Compressed(GZipMiddleware):
    """Answers are compressed where nothing of the request comes back in them.

    The length of a compressed page tells whether a word of the request repeats one of the page (BREACH). So an answer
    to an address with a query, or to a form, goes out plain, unless it repeats nothing or a token was sent, which no
    other site can make a browser do. Django pads the rest at random.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return super().process_response(request, response) if repeats_nothing(request) else response


def repeats_nothing(request: HttpRequest) -> bool:
    if request.method not in {"GET", "HEAD"}:
        return False
    name = request.resolver_match.view_name if request.resolver_match else ""
    return not request.GET or "Authorization" in request.headers or name in WITHOUT_ECHO


class ActingRole:
    """Whoever has another role at another location and chose it for this session acts in it, on pages and the API."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if chosen := request.session.get(ACTING):
            act_as(request.user, chosen)
        return self.get_response(request)


class DefaultDeny:
    """A view without declared roles is refused, so a forgotten decorator closes a page instead of opening it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: AnyRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not hasattr(view, "cls") and request.method not in PAGE_METHODS:
            return HttpResponseNotAllowed(PAGE_METHODS)
        name = request.resolver_match.url_name or "" if request.resolver_match else ""
        if hasattr(view, "cls"):
            return None  # an API view has the same gate behind its own sign-in (clinic.base.permissions)
        if name.startswith(OPEN_PREFIXES):
            return self.sign_in_page(request, name)
        allowed: frozenset[str] = getattr(view, "allowed_roles", frozenset())
        if "public" in allowed:
            return None
        if may_call(request.user, allowed):
            return self.pass_gate(request)
        if not request.user.is_authenticated:
            return signed_out(request)
        return render(request, "403.html", {"detail": _("Your role may not open this page.")}, status=403)

    def pass_gate(self, request: AnyRequest) -> HttpResponse | None:
        if (found := barrier(request)) is not None:
            return turned_back(request, found)
        note_activity(request)
        scope.take(scope_of(request.user))
        return whose(request, request.user) if role_of(request.user) == PATIENT else None

    def sign_in_page(self, request: HttpRequest, name: str) -> HttpResponse | None:
        """allauth's pages are open, but a locked session changes nothing there before it is signed in to again."""
        found = None if name in UNLOCKING else barrier(request)
        return turned_back(request, found) if found and found.locked else None


def whose(request: HttpRequest, user: Any) -> HttpResponse | None:
    """A family with one mailbox says first whose pages it wants to see."""
    records, chosen, page = records_of(user), request.session.get(RECORD), reverse("portal:whose")
    if len(records) == 1 or request.path == page:
        return None
    if chosen not in records:
        return HttpResponseRedirect(page)
    user.chosen_record = chosen
    return None


def turned_back(request: HttpRequest, found: Barrier) -> HttpResponse:
    """To the page that opens the gate. What was typed waits in the session and is sent once the person is back."""
    if not found.where:
        logout(request)
        return redirect_to_login(request.get_full_path())
    if getattr(request, "htmx", False):
        return HttpResponse(found.detail, status=401, content_type="text/plain")  # the page with what was typed stays
    back = request.get_full_path()
    if request.method == "POST":
        request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
        back = request.path  # allauth sends the kept form to exactly this address, its query included
    return HttpResponseRedirect(f"{found.where}?{urlencode({'next': back})}")


class RefusalPages:
    """A refusal that a view did not show at its field becomes a page that says why and what to do next."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = as_refusal(error)
        if refusal is None:
            return None
        context = {"refusal": refusal, "role": role_of(request.user)}
        response = render(request, "refusal.html", context, status=refusal.status)
        if refusal.status == 503:
            response["Retry-After"] = "2"
        elif isinstance(refusal, TooMany):
            response["Retry-After"] = str(refusal.RETRY_AFTER)
        return response
