"""A known allergy keeps every mix with it away; a clinician records it, only a prescriber rules it out (D22)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.models import User
from patients.actions.allergies import record_allergy, settle_allergy
from patients.models import Allergy, Patient, Screening
from patients.queries.eligibility import evaluate
from patients.queries.plans import plan_of
from protocols.models import Formulation, Substance
from tests.factories import NOW, TODAY
from tests.steps import take_intake

pytestmark = pytest.mark.django_db
Browsers = Callable[[User | None], Client]


@pytest.fixture
def vitamins(catalogue: None) -> Substance:
    return Substance.objects.get(code="vitamins")


@pytest.fixture
def asked(patient: Patient, practitioner: User) -> Patient:
    take_intake(patient, by=practitioner, now=NOW, silicon_long_term=False)
    return patient


def record(patient: Patient, by: User, **given: Any) -> Allergy:
    return record_allergy(patient=patient, by=by, now=NOW, **{"note": "Hives in 2024, told by the patient", **given})


def held_by(patient: Patient, mix: Formulation) -> list[tuple[str, str]]:
    """(rule, what it names) of what keeps the mix away."""
    verdict = evaluate(patient, TODAY, plan=plan_of(formulation=mix))
    return [(each.code, each.params["names"]) for each in verdict.holding]


def test_a_recorded_allergy_keeps_every_mix_with_the_substance_away(
    asked: Patient, mix: Formulation, vitamins: Substance, colleague: User
):
    assert held_by(asked, mix) == []
    made = record(asked, colleague, substance=vitamins)
    assert held_by(asked, mix) == [("allergy-to-mix", "Vitamins")]
    assert (made.verification, made.recorded_by, made.recorded_at) == ("confirmed", colleague, NOW)


def test_an_allergen_keeps_every_product_away_that_holds_it(asked: Patient, mix: Formulation, colleague: User):
    record(asked, colleague, allergen="chlorhexidine")
    assert held_by(asked, mix) == [("allergy-to-mix", "Antiseptic foam (Hexidermol)")]


def test_the_patient_is_screened_anew(asked: Patient, vitamins: Substance, colleague: User):
    before = Screening.objects.filter(patient=asked).count()
    record(asked, colleague, substance=vitamins)
    assert Screening.objects.filter(patient=asked).count() == before + 1


def test_a_suspected_or_ruled_out_one_becomes_confirmed_and_is_not_doubled(
    asked: Patient, vitamins: Substance, practitioner: User, colleague: User
):
    found = record(asked, colleague, substance=vitamins)
    settle_allergy(allergy=found, confirmed=False, note="It was the plaster", by=practitioner, now=NOW)
    again = record(asked, colleague, substance=vitamins)
    assert (again.pk, again.verification, again.version) == (found.pk, "confirmed", 3)
    with pytest.raises(Conflict):
        record(asked, colleague, substance=vitamins)
    assert Allergy.objects.count() == 1


def test_only_a_prescriber_rules_it_out(asked: Patient, vitamins: Substance, colleague: User):
    found = record(asked, colleague, substance=vitamins)
    with pytest.raises(Forbidden):
        settle_allergy(allergy=found, confirmed=False, note="Not so bad", by=colleague, now=NOW)


def test_neither_desk_nor_patient_records_one(asked: Patient, vitamins: Substance, desk: User):
    for somebody in (desk, asked.user):
        with pytest.raises(Forbidden):
            record(asked, somebody, substance=vitamins)
    assert not Allergy.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [({}, "allergen"), ({"allergen": "moonlight"}, "allergen"), ({"allergen": "chlorhexidine", "note": " "}, "note")],
)
def test_what_is_missing_or_unknown_is_named_at_its_field(
    asked: Patient, colleague: User, given: dict[str, str], field: str
):
    with pytest.raises(BadInput) as refused:
        record(asked, colleague, **given)
    assert [error.field for error in refused.value.errors] == [field]
    assert not Allergy.objects.exists()


class TestThePage:
    def test_is_reached_from_the_patients_page_and_keeps_what_was_said(
        self, asked: Patient, colleague: User, browser_of: Browsers
    ):
        browser, form = browser_of(colleague), reverse("patients:allergy_new", args=[asked.pk])
        for page in ("detail", "allergy_test"):
            assert form in browser.get(reverse(f"patients:{page}", args=[asked.pk])).content.decode()
        answer = browser.post(form, {"allergen": "substance:vitamins", "note": "Hives in 2024"}, follow=True)
        assert "No mix may hold it from now on." in answer.content.decode()
        assert "Hives in 2024" in answer.content.decode()
        assert Allergy.objects.get().substance == Substance.objects.get(code="vitamins")

    def test_says_at_its_field_what_is_missing(self, asked: Patient, colleague: User, browser_of: Browsers):
        form = reverse("patients:allergy_new", args=[asked.pk])
        answer = browser_of(colleague).post(form, {"allergen": "", "note": ""})
        assert set(answer.context["form"].errors) == {"allergen", "note"}
        answer = browser_of(colleague).post(form, {"allergen": "chlorhexidine", "note": "Rash"}, follow=True)
        again = browser_of(colleague).post(form, {"allergen": "chlorhexidine", "note": "Rash"})
        assert "on record already" in again.content.decode()

    def test_the_desk_is_not_offered_it(self, asked: Patient, desk: User, browser_of: Browsers):
        form = reverse("patients:allergy_new", args=[asked.pk])
        assert form not in browser_of(desk).get(reverse("patients:detail", args=[asked.pk])).content.decode()
