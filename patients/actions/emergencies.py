"""A clinician opens the record of a patient of another location, for hours, with a reason; the directors are told."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock, scope
from clinic.base.access import directors_of
from clinic.base.refusals import BadInput
from clinic.models import User
from clinic.signin_mail import tell
from patients.actions.checks import tidy_note
from patients.models import LONGEST_EMERGENCY, EmergencyAccess, Patient


@scope.whole()
@transaction.atomic
def open_in_emergency(
    *, patient: Patient, reason: str, hours: int, by: User, now: datetime | None = None
) -> EmergencyAccess:
    """Open the record to `by` for whole `hours`. The directors of the patient's locations get a letter that names
    neither the patient nor the reason, and see both until one of them acknowledges it.

    BadInput (400) without a reason or beyond twelve hours.
    """
    now, length = now or clock.now(), timedelta(hours=hours)
    if not timedelta() < length <= LONGEST_EMERGENCY:
        raise BadInput.at("hours", _("Choose between 1 and 12 hours."), "out_of_range")
    row = EmergencyAccess.objects.create(
        patient=patient,
        by=by,
        reason=tidy_note("reason", reason, longest=500, required=True),
        opened_at=now,
        until=now + length,
    )
    for director in directors_of(patient.places.values_list("location", flat=True)):
        subject = _("A record was opened in an emergency")
        tell(director.user, "emergency_opened", subject=subject, now=now, name=by, hours=hours)
    return row


def see_emergency(*, emergency: EmergencyAccess, by: User, now: datetime | None = None) -> None:
    """A director has read of it; the first one is kept."""
    unseen = EmergencyAccess.objects.filter(pk=emergency.pk, seen_at=None)
    unseen.update(seen_at=now or clock.now(), seen_by=by)
