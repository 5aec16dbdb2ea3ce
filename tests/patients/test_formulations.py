"""Mixing: at least one ingredient, none twice, amounts typed and possible (C39, D21). Measurements: possible values."""

from decimal import Decimal
from typing import Any

import pytest

from clinic.base.refusals import BadInput
from clinic.models import User
from patients.actions.formulations import Item, create_formulation
from patients.actions.measurements import record_measurement
from patients.models import Measurement, Patient
from patients.queries.plans import mix_of, plan_of
from protocols.models import Formulation, Substance
from tests.factories import NOW


def item(code: str, amount: str = "1", unit: str = "ml") -> Item:
    return Item(Substance.objects.get(code=code), Decimal(amount), unit)


def mix(by: User, *items: Item, name: str = "My mix") -> Formulation:
    return create_formulation(name=name, items=items, by=by, now=NOW)


def test_a_mix_keeps_its_amounts_and_tells_what_is_injected(practitioner: User):
    made = mix(practitioner, item("vitamins", "2.5"), item("minerals", "10", "mg"), item("anaesthetic_cream", "1", "g"))
    assert mix_of(made) == {"vitamins": (Decimal("2.5"), "ml"), "minerals": (Decimal(10), "mg")}
    plan = plan_of(formulation=made)
    assert plan.mix == {"vitamins", "minerals"}
    assert plan.topicals == {"anaesthetic_cream", "antiseptic_foam", "film_spray"}


def test_a_product_named_in_the_mix_replaces_the_usual_one(practitioner: User):
    Substance.objects.create(code="plain_film", name="Plain film", category="barrier", injectable=False, cites=["D21"])
    made = mix(practitioner, item("vitamins"), item("plain_film"))
    assert plan_of(formulation=made).topicals == {"plain_film", "antiseptic_foam"}


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        ([], ["items"]),
        ([("antiseptic_foam", "1", "ml")], ["items"]),
        ([("vitamins", "1", "ml"), ("vitamins", "2", "ml")], ["items.1.substance"]),
        ([("vitamins", "0", "ml")], ["items.0.amount"]),
        ([("vitamins", "-1", "ml"), ("minerals", "1001", "ml")], ["items.0.amount", "items.1.amount"]),
        ([("vitamins", "NaN", "ml")], ["items.0.amount"]),
        ([("vitamins", "1", "spoon")], ["items.0.unit"]),
    ],
)
def test_an_impossible_mix_is_named_and_not_made(practitioner: User, rows: list[Any], fields: list[str]):
    with pytest.raises(BadInput) as refused:
        mix(practitioner, *(item(*row) for row in rows))
    assert [error.field for error in refused.value.errors] == fields
    assert not Formulation.objects.exists()


def test_an_ingredient_no_longer_used_is_not_mixed(practitioner: User):
    Substance.objects.filter(code="hormones").update(active=False)
    with pytest.raises(BadInput):
        mix(practitioner, item("hormones"))


def test_a_measurement_keeps_its_unit(patient: Patient, practitioner: User):
    row = record_measurement(patient=patient, code="circumference", value=Decimal("91.5"), by=practitioner, now=NOW)
    assert (row.value, row.unit, row.measured_at, row.measured_by) == (Decimal("91.5"), "cm", NOW, practitioner)


@pytest.mark.parametrize(
    ("field", "code", "value"),
    [
        ("code", "mood", "5"),
        ("value", "circumference", "0"),
        ("value", "circumference", "301"),
        ("value", "circumference", "Infinity"),
        ("value", "pain", "11"),
    ],
)
def test_an_impossible_measurement_is_not_kept(patient: Patient, practitioner: User, field: str, code: str, value: str):
    with pytest.raises(BadInput) as refused:
        record_measurement(patient=patient, code=code, value=Decimal(value), by=practitioner, now=NOW)
    assert refused.value.errors[0].field == field
    assert not Measurement.objects.exists()
