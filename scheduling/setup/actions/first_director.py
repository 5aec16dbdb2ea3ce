"""How the first person comes into an empty clinic: by a link that the terminal of its server shows."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput, Conflict
from clinic.base.tokens import digest
from clinic.models import FirstLink, Location, Role, StaffMember, User
from scheduling.setup.actions.places import save_location

DAYS = 7


def issue_link(*, now: datetime | None = None) -> str | None:
    """The secret of a new link, known at this moment only; None where a director was ever made."""
    now = now or clock.now()
    if director_exists():
        return None
    FirstLink.objects.filter(valid_until__lte=now).delete()
    secret = secrets.token_urlsafe(32)
    FirstLink.objects.create(digest=digest(secret), valid_until=now + timedelta(days=DAYS))
    return secret


@transaction.atomic
def make_first_director(
    *,
    secret: str,
    director: str,
    email: str,
    password: str,
    name: str,
    timezone: str,
    emergency_number: str,
    observation_minutes: int,
    now: datetime | None = None,
) -> StaffMember:
    """The first director, `director` by name, and the location called `name`; what else a location needs is as in every
    new one. No mail is sent. Afterwards no such link opens anything.

    Conflict (409) for a link that is unknown, used or too old, also when another one was faster; BadInput (400) at the
    field for a weak password, an address that is taken, an unknown zone.
    """
    check_link(secret, now or clock.now())
    user = new_user(email=email.strip().lower(), name=director, password=password)
    usual = Location()
    place = save_location(
        name=name,
        timezone=timezone,
        emergency_number=emergency_number,
        observation_minutes=observation_minutes,
        horizon_days=usual.horizon_days,
        preparation_minutes=usual.preparation_minutes,
        turnover_minutes=usual.turnover_minutes,
        quiet_from=usual.quiet_from,
        quiet_until=usual.quiet_until,
        by=user,
    )
    FirstLink.objects.all().delete()
    return StaffMember.objects.create(user=user, role=Role.DIRECTOR, location=place, everywhere=True)


def link_works(secret: str, *, now: datetime | None = None) -> bool:
    """Whether the page behind a link still has a form."""
    alive = FirstLink.objects.filter(digest=digest(secret), valid_until__gt=now or clock.now())
    return alive.exists() and not director_exists()


def director_exists() -> bool:
    """Also one whose access ended: a clinic has one first director."""
    return StaffMember.objects.filter(role=Role.DIRECTOR).exists()


def check_link(secret: str, now: datetime) -> None:
    """All links are locked, so that of two people with two links one is the first."""
    held = {row.digest: row for row in FirstLink.objects.select_for_update().order_by("pk")}
    row = held.get(digest(secret))
    if row is None or row.valid_until <= now or director_exists():
        raise Conflict(_("This link does not work any more."))


def new_user(*, email: str, name: str, password: str) -> User:
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput.at("email", _("Somebody signs in with this address already."), "taken")
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as weak:
        raise BadInput.at("password", " ".join(weak.messages), "weak") from weak
    return User.objects.create_user(email=email, name=name, password=password)
