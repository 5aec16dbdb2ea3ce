"""The request as views get it: with what the middleware of the product has added."""

from django import http
from django_htmx.middleware import HtmxDetails

from clinic.models import User


class AnyRequest(http.HttpRequest):
    """Django's own, as a view that is open to everybody gets it."""

    htmx: HtmxDetails


class HttpRequest(AnyRequest):
    """What a view behind `allow` gets: DefaultDeny has let nobody else in."""

    user: User
