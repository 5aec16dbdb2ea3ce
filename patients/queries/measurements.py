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
    "pain": _("Pain"),
    "satisfaction": _("Satisfaction"),
}


@dataclass(frozen=True, slots=True)
class Point:
    row: Measurement
    change: Decimal


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
        points = tuple(Point(row, row.value - same[0].value) for row in same)
        found.append(Series(code, same[0].area, same[0].unit, points))
    return found
