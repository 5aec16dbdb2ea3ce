"""What every answer must carry, who may reach a page at all, and how a refusal looks in a browser."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from clinic.base import budget
from clinic.base.access import may_call, role_of, staff_of
from clinic.base.problems import as_refusal

GetResponse = Callable[[HttpRequest], HttpResponse]

# Sign-in pages belong to allauth and are open by nature; the API declares its roles per view class.
OPEN_PREFIXES = ("account_", "mfa_")


class OneBudget:
    """A request waits no longer than REQUEST_SECONDS in all: for locks, for statements, for another try."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with budget.request(settings.REQUEST_SECONDS):
            return self.get_response(request)


class PrivacyHeaders:
    """No page with a person on it may be kept by a cache, and no other site may look in (A29, A34)."""

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


class DefaultDeny:
    """A view without declared roles is refused, so a forgotten decorator closes a page instead of opening it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.url_name or "" if request.resolver_match else ""
        if name.startswith(OPEN_PREFIXES) or hasattr(view, "cls"):
            return None
        allowed = getattr(view, "allowed_roles", frozenset())
        if may_call(request.user, allowed):
            return self.second_factor(request) if "public" not in allowed else None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return render(request, "403.html", {"detail": _("Your role may not open this page.")}, status=403)

    def second_factor(self, request: HttpRequest) -> HttpResponse | None:
        """Staff enrol a second factor before they see anything (the demonstration switches this off)."""
        if not settings.STAFF_NEED_SECOND_FACTOR or staff_of(request.user) is None:
            return None
        if request.user.authenticator_set.exists():  # type: ignore[union-attr]  # staff_of proves a real user
            return None
        return HttpResponseRedirect(reverse("mfa_index"))


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
        return response
