"""Catalogue entries by the code or id a caller names; None when there is none such."""

from django.shortcuts import get_object_or_404

from clinic.base.names import digits
from patients.queries.plans import ALWAYS_ON_SKIN
from protocols.models import (
    DeliveryDevice,
    ExpectedReaction,
    Formulation,
    Indication,
    Substance,
    Technique,
    TreatmentArea,
)


def area(code: str) -> TreatmentArea | None:
    return TreatmentArea.objects.filter(code=code, active=True).first()


def indication(code: str) -> Indication | None:
    return Indication.objects.filter(code=code, active=True).first()


def substance(code: str) -> Substance | None:
    return Substance.objects.filter(code=code, active=True).first()


def reaction(code: str) -> ExpectedReaction | None:
    return ExpectedReaction.objects.filter(code=code, active=True).first()


def technique(code: str) -> Technique | None:
    return Technique.objects.filter(code=code, active=True).first()


def delivery_device(code: str) -> DeliveryDevice | None:
    return DeliveryDevice.objects.filter(code=code, active=True).first()


def formulation(pk: str) -> Formulation | None:
    """A mix by its id."""
    known = pk == digits(pk) and pk.isascii() and len(pk) < 19
    return Formulation.objects.filter(pk=int(pk)).first() if pk and known else None


def formulation_or_404(pk: int) -> Formulation:
    return get_object_or_404(Formulation, pk=pk)


def usual_topicals() -> list[str]:
    """Codes of what is put on the skin at every session."""
    usual = Substance.objects.filter(active=True, injectable=False, category__in=ALWAYS_ON_SKIN)
    return list(usual.values_list("code", flat=True))
