"""How often a program may call the API: per address before anybody is asked who they are, then per token or person.

Each web process counts for itself, in memory: the limits guard against a runaway program, not to the last request.
"""

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from clinic.base.tokens import digest


class Rate(SimpleRateThrottle):
    """DRF's limit, with the rate read from the settings at every request."""

    scope: str
    cache = caches["rates"]

    def get_rate(self) -> str | None:
        return settings.API_RATES[self.scope] or None


class AddressRate(Rate):
    scope = "address"

    def get_cache_key(self, request: Request, view: object) -> str:
        return f"address:{self.get_ident(request)}"


class CallerRate(Rate):
    """One token, or one signed-in person."""

    scope = "caller"

    def get_cache_key(self, request: Request, view: object) -> str:
        sent = request.headers.get("Authorization", "")
        return f"token:{digest(sent)}" if sent else f"person:{request.user.pk}"
