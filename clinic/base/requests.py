"""The request as views get it: DefaultDeny has asked who is signed in, and django-htmx has read the headers."""

from django import http
from django_htmx.middleware import HtmxDetails

from clinic.models import User


class HttpRequest(http.HttpRequest):
    """Django's own, with what middleware adds. A view open to everybody takes Django's: perhaps nobody is signed in."""

    user: User
    htmx: HtmxDetails
