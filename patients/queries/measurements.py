"""Measurements as series: one kind at one site over time, with the change from the first value."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext_lazy as _

from patients.models import Measurement, Patient
from protocols.models import TreatmentArea

NAMES = {
    "circumference": _("Circumference"),
    "fold": _("Skin fold"),
    "weight": _("Weight"),
    "cellulite_grade": _("Grade of cellulite"),
    "hair_count": _("Hairs counted"),
    "phototype": _("Phototype"),
    "improvement": _("Improvement"),
    "pain": _("Pain"),
    "satisfaction": _("Satisfaction"),
}


CM_PER_INCH = Decimal("2.54")
# Levels of improvement as steps from no change, for drawings.
STEPS = dict(zip(Measurement.Level, map(Decimal, (3, 2, 1, 0, -1)), strict=True))


@dataclass(frozen=True, slots=True)
class Point:
    row: Measurement
    change: Decimal | None  # since the first; None for a level, which is one already

    @property
    def inches(self) -> Decimal | None:
        """The same length in inches; None for what is no circumference (B12)."""
        return self.row.value / CM_PER_INCH if self.row.code == "circumference" else None


@dataclass(frozen=True, slots=True)
class Series:
    """`points` oldest first."""

    code: str
    area: TreatmentArea | None
    unit: str
    points: tuple[Point, ...]


def series_of(patient: Patient) -> list[Series]:
    rows = Measurement.objects.filter(patient=patient).select_related("area", "measured_by")
    ordered = sorted(rows, key=lambda row: (row.code, row.area.name if row.area else "", row.measured_at, row.pk))
    found = []
    for (code, _area), group in groupby(ordered, key=lambda row: (row.code, row.area_id)):
        same = list(group)
        points = tuple(Point(row, None if row.level else row.value - same[0].value) for row in same)
        found.append(Series(code, same[0].area, same[0].unit, points))
    return found
