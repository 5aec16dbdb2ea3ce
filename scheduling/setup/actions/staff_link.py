"""An invitation without mail: a link or QR code to hand over, valid once and for a week."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.base.tokens import digest
from clinic.models import Location, StaffLink, StaffMember, User
from scheduling.setup.actions.first_director import new_user
from scheduling.setup.actions.staff import Training, check_role, set_treating

DAYS = 7


def invite_by_link(
    *,
    name: str,
    role: str,
    location: Location,
    prescriber: bool = False,
    training: Training | None = None,
    by: User,
    now: datetime | None = None,
) -> str:
    """The secret of a new link, known at this moment only. BadInput (400) where role and rights contradict."""
    check_role(role, prescriber=prescriber, treats=training is not None)
    secret = secrets.token_urlsafe(32)
    StaffLink.objects.create(
        digest=digest(secret),
        name=name,
        role=role,
        location=location,
        prescriber=prescriber,
        trained_on=training.on if training else None,
        experienced=bool(training and training.experienced),
        made_by=by,
        valid_until=(now or clock.now()) + timedelta(days=DAYS),
    )
    return secret


def invited_by(secret: str, *, now: datetime | None = None) -> StaffLink | None:
    """The invitation behind a link that still works."""
    rows = StaffLink.objects.filter(digest=digest(secret), used_at=None, valid_until__gt=now or clock.now())
    return rows.select_related("location", "made_by").first()


def take_back(*, link: StaffLink, by: User, now: datetime | None = None) -> None:
    """A link that came into wrong hands, or is lost, works no more. Conflict (409) for one that was used meanwhile."""
    now = now or clock.now()
    if not StaffLink.objects.filter(pk=link.pk, used_at=None).update(valid_until=now):
        raise Conflict(_("This link was used already: see whether that person may sign in."))


@transaction.atomic
def join(*, secret: str, email: str, password: str, now: datetime | None = None) -> StaffMember:
    """The staff member whom the link invites, signing in with this address and password.

    Conflict (409) for a link that is unknown, used (also a moment ago) or too old; BadInput (400) for an address that
    is taken or a weak password.
    """
    now = now or clock.now()
    row = StaffLink.objects.select_for_update().filter(digest=digest(secret)).first()
    if row is None or row.used_at or row.valid_until <= now:
        raise Conflict(_("This link does not work any more."))
    user = new_user(email=email.strip().lower(), name=row.name, password=password)
    staff = StaffMember.objects.create(user=user, role=row.role, location=row.location, prescriber=row.prescriber)
    set_treating(staff, Training(row.trained_on, row.experienced) if row.trained_on else None)
    row.used_at = now
    row.save(update_fields=["used_at"])
    return staff
