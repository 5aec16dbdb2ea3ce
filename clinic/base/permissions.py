"""The API's gate: the roles a view class names, per method where they differ; none named means nobody."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.base import scope
from clinic.base.access import CLINICAL_WRITES, READ, may_call, scope_of
from clinic.base.gate import Barrier, barrier, note_activity
from clinic.base.refusals import Forbidden, NotSignedIn
from clinic.base.tokens import BrowserSession, Held


class RolePermission(BasePermission):
    """DRF: the roles are on the view's `roles`, or per method in `roles_by_method`; none named means nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not may_call(request.user, roles_for(view, request.method or "")):
            return False
        if isinstance(request.auth, Held):
            check_scope(request.auth, view, request.method or "")
        elif isinstance(request.successful_authenticator, BrowserSession):
            pass_gate(request._request)
        scope.take(scope_of(request.user))
        return True


def pass_gate(request: HttpRequest) -> None:
    """Raises the problem document that names the page where the gate opens."""
    if (found := barrier(request)) is not None:
        raise refused(found)
    note_activity(request)


def refused(found: Barrier) -> Forbidden | NotSignedIn:
    kind = NotSignedIn if found.locked else Forbidden
    return kind(found.detail, extra={"where": settings.SITE_URL + (found.where or reverse("account_login"))})


def check_scope(held: Held, view: Any, method: str) -> None:
    """A token does what it was made for and no more."""
    needed = scope_for(view, method)
    if needed not in held.scopes:
        raise Forbidden(_("This token was not made for that."), extra={"scope": needed})


def scope_for(view: Any, method: str) -> str:
    """Reading needs `read`; a write what its view names in `scope`, `clinical` where it names nothing."""
    if method in {"GET", "HEAD", "OPTIONS"}:
        return str(READ)
    return str(getattr(view, "scope", CLINICAL_WRITES))


def roles_for(view: Any, method: str) -> frozenset[str]:
    """The roles an API view allows for a method; HEAD and OPTIONS follow GET."""
    by_method: dict[str, frozenset[str]] = getattr(view, "roles_by_method", {})
    asked = "GET" if method in {"HEAD", "OPTIONS"} else method
    if asked in by_method:
        return by_method[asked]
    if method == "OPTIONS":
        return frozenset().union(*by_method.values()) | getattr(view, "roles", frozenset())
    return getattr(view, "roles", frozenset())
