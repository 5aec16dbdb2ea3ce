"""How people get in: staff by password and second factor, patients by a mailed code, nobody by signing up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context as allauth
from allauth.core.internal.ratelimit import get_ip
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from clinic import signin_mail
from clinic.base import clock
from clinic.base.access import role_of
from clinic.base.refusals import TooMany
from clinic.models import User


class WithStaff(AuthenticationBackend):
    """Whoever is signed in comes with the role and the location that every page asks for: one query, not three."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("staff__location").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class ClinicAccountAdapter(DefaultAccountAdapter):
    """allauth's hooks, tightened for a clinic."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by the clinic, never by a visitor."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the fast lane: whoever waits for the page does not wait for a mail server."""
        request = allauth.request
        letter = self.render_mail(template_prefix, email, {"request": request, "email": email, **context})
        signin_mail.enqueue(kind=template_prefix.rpartition("/")[2], letter=letter, now=clock.now())

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords are counted by where they come from, so that nobody locks somebody else out."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{get_ip(request)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """TooMany (429) for whoever has guessed too often."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as limited:
            raise TooMany(_("Too many failed attempts. Please try again in five minutes.")) from limited

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """A person whose access was taken away cannot sign in, whatever they know."""
        user = super().authenticate(request, **credentials)
        if user is None or role_of(user) is None:
            return None
        user.refresh_from_db(fields=["access_version"])  # a hash of an old kind was just renewed
        return user
