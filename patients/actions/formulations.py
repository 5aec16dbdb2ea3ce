"""Mixing: the set of ingredients with their amounts. Dose and dilution are typed, never assumed (C39, G04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput, FieldError
from clinic.models import User
from patients.actions.checks import tidy_text
from protocols.models import Formulation, FormulationItem, Substance

UNITS = ("ml", "mg", "g", "mg/ml", "%", "IU")
LARGEST = Decimal(1000)
MOST_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Item:
    substance: Substance
    amount: Decimal
    unit: str = "ml"


@transaction.atomic
def create_formulation(*, name: str, items: Iterable[Item], by: User, now: datetime | None = None) -> Formulation:
    """A new mix. It never changes afterwards: another amount or ingredient is another mix (D21).

    BadInput at a name, an amount or a unit that cannot be.
    """
    rows = list(items)
    check_items(rows)
    mix = Formulation.objects.create(
        name=tidy_text("name", name, longest=120), created_by=by, created_at=now or clock.now()
    )
    FormulationItem.objects.bulk_create(
        FormulationItem(formulation=mix, substance=row.substance, amount=row.amount, unit=row.unit) for row in rows
    )
    return mix


def check_items(rows: list[Item]) -> None:
    """At least one ingredient, none twice, amounts above zero in a known unit; errors are named `items.N.field`."""
    if not any(row.substance.injectable for row in rows):
        raise BadInput.at("items", _("A mix needs at least one ingredient to inject."), "required")
    if len(rows) > MOST_ITEMS:
        raise BadInput.at("items", _("At most %(most)s ingredients.") % {"most": MOST_ITEMS}, "too_many")
    errors = [error for number, row in enumerate(rows) for error in faults(number, row, rows)]
    if errors:
        raise BadInput(_("Please correct the marked ingredients."), errors=errors)


def faults(number: int, row: Item, rows: list[Item]) -> Iterable[FieldError]:
    if any(row.substance == earlier.substance for earlier in rows[:number]):
        yield FieldError(f"items.{number}.substance", "twice", _("This ingredient is in the mix already."))
    if not row.substance.active:
        yield FieldError(f"items.{number}.substance", "retired", _("This ingredient is no longer used."))
    if not row.amount.is_finite() or not 0 < row.amount <= LARGEST:
        yield FieldError(f"items.{number}.amount", "out_of_range", _("More than 0 and at most 1000."))
    if row.unit not in UNITS:
        yield FieldError(f"items.{number}.unit", "invalid_choice", _("Please choose a unit of the list."))
