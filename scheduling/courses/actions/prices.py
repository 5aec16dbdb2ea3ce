"""The price of a course is told, and what was told stays as it was (F233)."""

import re
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CARE, role_of
from clinic.base.refusals import BadInput, Forbidden
from clinic.models import User
from patients.actions.checks import tidy_text
from scheduling.models import Course, PriceTold

HIGHEST = Decimal(1_000_000)


@transaction.atomic
def tell_price(
    *, course: Course, amount: Decimal, currency: str, covers: str, by: User, now: datetime | None = None
) -> PriceTold:
    """Write down what the patient was told: another price is another line, the newest holds.

    `currency`: three letters of ISO 4217. BadInput at amount, currency or covers; Forbidden unless staff of the clinic.
    """
    if role_of(by) not in CARE:
        raise Forbidden(_("Only the clinic's staff may tell a price."))
    if not amount.is_finite() or not 0 <= amount <= HIGHEST:
        raise BadInput.at("amount", _("From 0 to 1000000."), "out_of_range")
    code = currency.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadInput.at("currency", _("Three letters, for example EUR."))
    said = tidy_text("covers", covers, longest=300)
    told_at = now or clock.now()
    return PriceTold.objects.create(
        course=course, amount=amount, currency=code, covers=said, told_at=told_at, told_by=by
    )
