"""What belongs together beside the catalogue: an indication or a substance, and an area (D47)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import DIRECTOR, role_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.models import User
from protocols.models import Combination, Indication, Substance, TreatmentArea


def add_combination(
    *,
    indication: Indication | None = None,
    substance: Substance | None = None,
    area: TreatmentArea,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> Combination:
    """Let an indication or a substance be used on one more area from now on, with the reason.

    Forbidden unless `by` is a director. BadInput (400) for both or neither of the two, without a reason, and for an
    area that is never treated: the breast stays out whatever anybody says (F002). Conflict (409) when it is so already.
    """
    if role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a medical director may add a combination."))
    if (indication is None) == (substance is None):
        raise BadInput.at("indication", _("Choose either a reason to treat or a substance."), "invalid_choice")
    if not area.selectable:
        raise BadInput.at("area", area.reason, "area_not_treated")
    if not reason.strip():
        raise BadInput.at("reason", _("Please say why."), "required")
    try:
        with transaction.atomic():
            return Combination.objects.create(
                indication=indication,
                substance=substance,
                area=area,
                reason=reason.strip(),
                added_by=by,
                added_at=now or clock.now(),
            )
    except IntegrityError as twice:
        raise Conflict(_("This combination was added already.")) from twice
