"""The API's gate: the roles a view class names, per method where they differ; none named means nobody."""

from typing import Any

from django.http import HttpRequest
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.base.access import may_call


class RolePermission(BasePermission):
    """DRF: the roles are on the view's `roles`, or per method in `roles_by_method`; none named means nobody."""

    def has_permission(self, request: Request | HttpRequest, view: Any) -> bool:
        return may_call(request.user, roles_for(view, request.method or ""))


def roles_for(view: Any, method: str) -> frozenset[str]:
    """The roles an API view allows for a method; HEAD and OPTIONS follow GET."""
    by_method: dict[str, frozenset[str]] = getattr(view, "roles_by_method", {})
    asked = "GET" if method in {"HEAD", "OPTIONS"} else method
    if asked in by_method:
        return by_method[asked]
    if method == "OPTIONS":
        return frozenset().union(*by_method.values()) | getattr(view, "roles", frozenset())
    return getattr(view, "roles", frozenset())
