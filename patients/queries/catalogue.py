"""Catalogue entries by the code or id a caller names; None when there is none such."""

from patients.queries.people import digits
from protocols.models import DeliveryDevice, Formulation, Indication, Substance, Technique, TreatmentArea


def area(code: str) -> TreatmentArea | None:
    return TreatmentArea.objects.filter(code=code, active=True).first()


def indication(code: str) -> Indication | None:
    return Indication.objects.filter(code=code, active=True).first()


def substance(code: str) -> Substance | None:
    return Substance.objects.filter(code=code, active=True).first()


def technique(code: str) -> Technique | None:
    return Technique.objects.filter(code=code, active=True).first()


def delivery_device(code: str) -> DeliveryDevice | None:
    return DeliveryDevice.objects.filter(code=code, active=True).first()


def formulation(pk: str) -> Formulation | None:
    """A mix by its id."""
    known = pk == digits(pk) and pk.isascii() and len(pk) < 19
    return Formulation.objects.filter(pk=int(pk)).first() if pk and known else None
