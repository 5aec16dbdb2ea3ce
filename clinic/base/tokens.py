"""Signing in to the API: a token in the Authorization header, or the browser's own session."""

import hashlib
import secrets

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from clinic.models import ApiToken, User


def digest(secret: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(*, user: User) -> str:
    """A new token for `user`; this is the only moment its secret is known."""
    secret = secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, digest=digest(secret))
    return secret


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <secret>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"token":
            return None
        token = (
            ApiToken.objects.select_related("user__staff")
            .filter(digest=digest(words[1].decode("latin-1")), revoked_at=None, user__is_active=True)
            .first()
        )
        if token is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class BrowserSession(SessionAuthentication):
    """The browser's session, with its CSRF check; anonymous requests get 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
