"""The emergency kit of a place: checked once a day by name, with what is in it and until when it serves (D54)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, role_of
from clinic.base.refusals import BadInput, Forbidden
from clinic.models import Location, User
from patients.actions.checks import tidy_note


@transaction.atomic
def check_kit(
    *, location: Location, contents: str, adrenaline_expires_on: date | None, by: User, now: datetime | None = None
) -> Location:
    """What is in the kit, each thing with its expiry, and that of the adrenaline. The trail keeps every check.

    BadInput at contents or adrenaline_expires_on, Forbidden unless clinical.
    """
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may check the emergency kit."))
    if adrenaline_expires_on is None:
        raise BadInput.at("adrenaline_expires_on", _("Read the expiry date from the box."), "required")
    row = Location.objects.select_for_update().get(pk=location.pk)
    row.kit_contents = tidy_note("contents", contents, required=True)
    row.adrenaline_expires_on = adrenaline_expires_on
    row.kit_checked_by, row.kit_checked_at = by, now or clock.now()
    row.save(update_fields=["kit_contents", "adrenaline_expires_on", "kit_checked_by", "kit_checked_at"])
    return row
