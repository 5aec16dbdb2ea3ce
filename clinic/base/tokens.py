"""Signing in to the API: a token in the Authorization header, or the browser's own session."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from clinic.base import clock
from clinic.base.letters import send_letter
from clinic.base.rows import Columns, Prepared
from clinic.models import ApiToken, StaffMember, User

DAYS = 90  # how long a token lasts unless another end is asked for
HOLDER, STAFF = Columns(User, "holder"), Columns(StaffMember, "staff")
HELD = Prepared(f"""
SELECT token.scopes, {HOLDER}, {STAFF} FROM clinic_apitoken token
JOIN clinic_user holder ON holder.id = token.user_id AND holder.access_version = token.access_version
LEFT JOIN clinic_staffmember staff ON staff.user_id = holder.id
WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND token.expires_at > %(now)s AND holder.is_active
""")  # noqa: S608  # built from the models' own columns


@dataclass(frozen=True, slots=True)
class Held:
    """A token somebody showed: whose it is, with their staff record read, and what it was made for."""

    holder: User
    scopes: frozenset[str]


def digest(secret: str) -> str:
    """What is stored of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(
    *,
    user: User,
    name: str = "",
    scopes: Iterable[str] = tuple(ApiToken.Scope.values),
    days: int = DAYS,
    now: datetime | None = None,
) -> str:
    """A new token for `user` that ends after `days`; this is the only moment its secret is known."""
    secret = secrets.token_urlsafe(32)
    user.refresh_from_db(fields=["access_version"])
    ApiToken.objects.create(
        user=user,
        digest=digest(secret),
        name=name,
        scopes=sorted(scopes),
        access_version=user.access_version,
        expires_at=(now or clock.now()) + timedelta(days=days),
    )
    return secret


@transaction.atomic
def make_token(*, user: User, name: str, scopes: Iterable[str], days: int = DAYS) -> str:
    """A new token that its holder is told of by mail; the secret, this once."""
    secret = issue_token(user=user, name=name, scopes=scopes, days=days)
    made = user.tokens.get(digest=digest(secret))
    words = ", ".join(str(ApiToken.Scope(each).label) for each in made.scopes)
    until = made.expires_at.date().isoformat()
    send_letter(user.email, "token_made", subject=_("A token for your account"), name=user, until=until, scopes=words)
    return secret


@transaction.atomic
def end_token(*, token: ApiToken, now: datetime | None = None) -> None:
    """It opens nothing any more, from the next call on. Ending it twice is no fault."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now or clock.now()):
        send_letter(token.user.email, "token_ended", subject=_("A token of your account"), name=token.user)


def held(secret: str) -> Held | None:
    """The token with this secret, unless it was ended, ran out or its holder's access changed since; else None."""
    found = HELD.rows(digest=digest(secret), now=clock.now())
    if not found:
        return None
    scopes, *columns = found[0]
    values = iter(columns)
    holder, staff = HOLDER.read(values), STAFF.read(values)
    assert holder is not None  # the statement joins no token without one
    User.staff.related.set_cached_value(holder, staff)
    if staff:
        staff.user = holder
    return Held(holder, frozenset(scopes))


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <secret>`."""

    def authenticate(self, request: Request) -> tuple[User, Held] | None:
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"token":
            return None
        shown = held(words[1].decode("latin-1"))
        if shown is None:
            raise AuthenticationFailed(_("This token is unknown, has run out or was ended."))
        return shown.holder, shown

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class BrowserSession(SessionAuthentication):
    """The browser's session, with its CSRF check; anonymous requests get 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
