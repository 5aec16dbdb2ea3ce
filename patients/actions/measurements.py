"""Measurements: one value at one site, with its unit, kept as measured (B12)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput
from clinic.models import User
from patients.actions.checks import recent, tidy_note
from patients.models import Measurement, Patient
from patients.queries.measurements import STEPS
from protocols.models import TreatmentArea

# code -> (unit, smallest, largest). Lengths are kept in centimetres whatever was typed.
SCALES: dict[str, tuple[str, Decimal, Decimal]] = {
    "circumference": ("cm", Decimal("0.1"), Decimal(300)),
    "fold": ("mm", Decimal("0.1"), Decimal(150)),
    "weight": ("kg", Decimal(20), Decimal(400)),
    "cellulite_grade": ("0–3", Decimal(0), Decimal(3)),
    "hair_count": ("/cm²", Decimal(0), Decimal(600)),
    "phototype": ("I–VI", Decimal(1), Decimal(6)),
    "improvement": ("", Decimal(-1), Decimal(3)),  # steps from no change; the level says it
    "pain": ("0–10", Decimal(0), Decimal(10)),
    "satisfaction": ("0–10", Decimal(0), Decimal(10)),
}


@transaction.atomic
def record_measurement(
    *,
    patient: Patient,
    code: str,
    value: Decimal | None = None,
    level: str = "",
    area: TreatmentArea | None = None,
    measured_at: datetime | None = None,
    note: str = "",
    by: User,
    now: datetime | None = None,
) -> Measurement:
    """One value, or the level of improvement; BadInput when it cannot be right on that scale or lies in the future."""
    now = now or clock.now()
    if code not in SCALES:
        raise BadInput.at("code", _("Please choose what was measured."), "invalid_choice")
    unit, smallest, largest = SCALES[code]
    if code == "improvement":
        if level not in Measurement.Level.values:
            raise BadInput.at("level", _("Please choose how it looks now."), "invalid_choice")
        value = STEPS[Measurement.Level(level)]
    elif value is None or level:
        raise BadInput.at("value", _("Please type the value."), "required")
    if not value.is_finite() or not smallest <= value <= largest:
        raise BadInput.at(
            "value",
            _("Between %(smallest)s and %(largest)s %(unit)s.")
            % {"smallest": smallest, "largest": largest, "unit": unit},
            "out_of_range",
        )
    return Measurement.objects.create(
        patient=patient,
        code=code,
        area=area,
        value=value,
        level=level,
        unit=unit,
        measured_at=recent("measured_at", measured_at or now, now),
        measured_by=by,
        note=tidy_note("note", note),
    )
