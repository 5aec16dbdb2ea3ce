"""What is planned, as the engine reads it, and back from the JSON a screening or decision keeps."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from clinic.base.once import once
from protocols.eligibility import Plan
from protocols.models import (
    DeliveryDevice,
    Formulation,
    FormulationItem,
    Indication,
    Substance,
    Technique,
    TreatmentArea,
)

# Put on the skin at every session; a mix that names another product of the category replaces it (D21, F281, F283).
ALWAYS_ON_SKIN = ("antiseptic", "barrier")
NOTHING_PLANNED = Plan()


def plan_of(
    *,
    areas: Iterable[TreatmentArea] = (),
    indication: Indication | None = None,
    formulation: Formulation | None = None,
    delivery_device: DeliveryDevice | None = None,
    technique: Technique | None = None,
) -> Plan:
    """The plan the engine evaluates; everything may still be open."""
    return Plan(
        areas=frozenset(area.code for area in areas),
        indication=indication.code if indication else None,
        mix=frozenset(mix_of(formulation)) if formulation else frozenset(),
        doses=doses_of(items_of(formulation)) if formulation else frozenset(),
        topicals=topicals_of(formulation) if formulation else frozenset(),
        device=delivery_device.code if delivery_device else None,
        technique=technique.code if technique else None,
    )


def mix_of(formulation: Formulation) -> dict[str, tuple[Decimal, str]]:
    """What is injected: substance code -> (amount, unit). Products put on the skin are left out."""
    return {
        item.substance.code: (item.amount, item.unit) for item in items_of(formulation) if item.substance.injectable
    }


def doses_of(items: Iterable[FormulationItem]) -> frozenset[tuple[str, Decimal, str]]:
    """How much of each ingredient is injected; a decision covers no more than it saw (D34)."""
    return frozenset((item.substance.code, item.amount, item.unit) for item in items if item.substance.injectable)


def with_substances(path: str = "items") -> "Prefetch[Any]":
    """Prefetch the ingredients along `path`, each with its substance, in one query."""
    return Prefetch(path, FormulationItem.objects.select_related("substance"))


def items_of(formulation: Formulation) -> Iterable[FormulationItem]:
    """The ingredients with their substances; read once, however often a page asks."""
    prefetch_related_objects([formulation], with_substances())
    return formulation.items.all()


def topicals_of(formulation: Formulation) -> frozenset[str]:
    """What is put on the skin: as the mix says, else the clinic's antiseptic and film (D21)."""
    named = [item.substance for item in items_of(formulation) if not item.substance.injectable]
    missing = set(ALWAYS_ON_SKIN) - {substance.category for substance in named}
    usual = (substance for substance in usual_on_skin().values() if substance.category in missing)
    return frozenset(substance.code for substance in (*named, *usual))


@once
def usual_on_skin() -> dict[str, Substance]:
    """Code -> product that is put on the skin, of every category."""
    return {row.code: row for row in Substance.objects.filter(active=True, injectable=False)}


def plan_as_json(plan: Plan, formulation: Formulation | None = None) -> dict[str, Any]:
    """What a screening or a decision keeps of the plan; `formulation` is an id as text."""
    return {
        "areas": sorted(plan.areas),
        "indication": plan.indication,
        "mix": sorted(plan.mix),
        "doses": [[code, str(amount), unit] for code, amount, unit in sorted(plan.doses)],
        "topicals": sorted(plan.topicals),
        "device": plan.device,
        "technique": plan.technique,
        "formulation": str(formulation.pk) if formulation else None,
    }


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    return Plan(
        areas=frozenset(data.get("areas") or ()),
        indication=data.get("indication"),
        mix=frozenset(data.get("mix") or ()),
        doses=frozenset((code, Decimal(amount), unit) for code, amount, unit in data.get("doses") or ()),
        topicals=frozenset(data.get("topicals") or ()),
        device=data.get("device"),
        technique=data.get("technique"),
    )
