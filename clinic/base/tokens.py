"""Signing in to the API: a token in the Authorization header, or the browser's own session."""

import hashlib
import secrets

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from clinic.base.rows import Columns, Prepared
from clinic.models import ApiToken, StaffMember, User

HOLDER, STAFF = Columns(User, "holder"), Columns(StaffMember, "staff")
HELD = Prepared(f"""
SELECT {HOLDER}, {STAFF} FROM clinic_apitoken token
JOIN clinic_user holder ON holder.id = token.user_id
LEFT JOIN clinic_staffmember staff ON staff.user_id = holder.id
WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND holder.is_active
""")  # noqa: S608  # built from the models' own columns


def digest(secret: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(*, user: User) -> str:
    """A new token for `user`; this is the only moment its secret is known."""
    secret = secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, digest=digest(secret))
    return secret


def holder_of(secret: str) -> User | None:
    """Who holds a token that is not revoked, with their staff record read; None when it is nobody's."""
    found = HELD.rows(digest=digest(secret))
    if not found:
        return None
    values = iter(found[0])
    holder, staff = HOLDER.read(values), STAFF.read(values)
    User.staff.related.set_cached_value(holder, staff)
    if staff:
        staff.user = holder
    return holder


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <secret>`."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"token":
            return None
        holder = holder_of(words[1].decode("latin-1"))
        if holder is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked."))
        return holder, None

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class BrowserSession(SessionAuthentication):
    """The browser's session, with its CSRF check; anonymous requests get 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
