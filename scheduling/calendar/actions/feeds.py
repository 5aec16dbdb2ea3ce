"""Secret addresses of calendars: made, replaced, withdrawn. Only the digest of a secret is kept."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base.refusals import Forbidden
from clinic.base.tokens import digest
from clinic.base.versions import next_version
from clinic.models import User
from patients.models import Patient
from scheduling.models import Practitioner

Owner = Patient | Practitioner
SECRET_BYTES = 32  # 256 bits: nobody guesses one, so it needs no slow hash


@transaction.atomic
def make_feed(*, owner: Owner, by: User) -> str:
    """A new secret for the owner's calendar; the one before stops working at once.

    This is the only moment the secret is known. Forbidden for anybody but the owner.
    """
    check_own(owner, by)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    keep(owner, digest(secret))
    return secret


@transaction.atomic
def revoke_feed(*, owner: Owner, by: User) -> None:
    """Close the address; whoever has it finds nothing any more. Forbidden for anybody but the owner."""
    check_own(owner, by)
    keep(owner, "")


def check_own(owner: Owner, by: User) -> None:
    user_id = owner.user_id if isinstance(owner, Patient) else owner.staff.user_id
    if user_id != by.pk:
        raise Forbidden(_("A calendar is opened by the person whose it is."))


def keep(owner: Owner, value: str) -> None:
    if isinstance(owner, Patient):
        Patient.objects.filter(pk=owner.pk).update(calendar_digest=value, version=next_version())
    else:
        Practitioner.objects.filter(pk=owner.pk).update(calendar_digest=value)
    owner.calendar_digest = value
