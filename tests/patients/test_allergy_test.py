"""The test of a mix: who, when, what it waits for, and what a reading means for this mix and others (D20 to D22)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.base.refusals import BadInput, Conflict, Forbidden, Refusal
from clinic.models import Location, User
from patients.actions.allergies import settle_allergy
from patients.actions.allergy_test import (
    acknowledge_gate,
    administer_test,
    read_test,
    sign_reading,
)
from patients.actions.decisions import decide_finding
from patients.models import Allergy, AllergyTest, AllergyTestReading, Patient
from patients.queries.allergy import gate_for
from patients.queries.eligibility import evaluate
from patients.queries.plans import plan_of
from protocols.models import Formulation, Indication, TreatmentArea
from tests.factories import NOW, TODAY, FormulationFactory
from tests.steps import DAY, consent_to, hold_consultation, inject_test, read, take_intake

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ready(patient: Patient, practitioner: User, clinic: Location) -> Patient:
    """Somebody who may be tested: seen by a prescriber, eligible, and willing."""
    hold_consultation(patient, location=clinic, at=NOW - 4 * DAY)
    take_intake(patient, by=practitioner, now=NOW - 4 * DAY, silicon_long_term=False)
    consent_to(patient, "test", by=practitioner, at=NOW - 4 * DAY)
    return patient


def administer(patient: Patient, mix: Formulation, by: User, **rest: Any) -> AllergyTest:
    given = {"administered_at": NOW, "injections": 2, "site": "Left forearm", "emergency_kit": True}
    return administer_test(**({"patient": patient, "formulation": mix, "by": by, "now": NOW} | given | rest))


def status(patient: Patient, mix: Formulation, at: datetime) -> str:
    return str(gate_for(patient, mix, at).status)


# --- the test ------------------------------------------------------------------------------------------------------


def test_a_test_keeps_the_ingredients_as_they_were_that_day(ready: Patient, mix: Formulation, practitioner: User):
    test = administer(ready, mix, practitioner)
    assert test.ingredients == {"vitamins": ["2.000", "ml"], "organic_silicon": ["1.500", "ml"]}


def test_only_a_prescriber_tests(ready: Patient, mix: Formulation, colleague: User, desk: User):
    for somebody in (colleague, desk, ready.user):
        with pytest.raises(Forbidden):
            administer(ready, mix, somebody)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("administered_at", {"administered_at": NOW + 3 * MINUTE}),
        ("administered_at", {"administered_at": NOW - 7 * DAY - MINUTE}),
        ("injections", {"injections": 0}),
        ("injections", {"injections": 3}),
        ("site", {"site": " "}),
    ],
)
def test_a_test_that_cannot_have_been_is_refused_at_its_field(
    ready: Patient, mix: Formulation, practitioner: User, field: str, wrong: dict[str, Any]
):
    with pytest.raises(BadInput) as refused:
        administer(ready, mix, practitioner, **wrong)
    assert refused.value.errors[0].field == field
    assert not AllergyTest.objects.exists()


def missing(patient: Patient, mix: Formulation, by: User, **rest: Any) -> list[str]:
    with pytest.raises(Refusal) as refused:
        administer(patient, mix, by, **rest)
    assert not AllergyTest.objects.exists()
    return [reason.code for reason in refused.value.reasons]


def test_without_the_emergency_kit_nobody_is_tested(ready: Patient, mix: Formulation, practitioner: User):
    assert missing(ready, mix, practitioner, emergency_kit=False) == ["emergency_kit"]


def test_consultation_and_consent_come_before_the_test_not_after(ready: Patient, mix: Formulation, practitioner: User):
    assert missing(ready, mix, practitioner, administered_at=NOW - 4 * DAY - MINUTE) == ["consultation", "consent"]


def test_nobody_is_tested_whose_answers_rule_it_out(
    patient: Patient, mix: Formulation, practitioner: User, clinic: Location
):
    hold_consultation(patient, location=clinic, at=NOW - DAY)
    consent_to(patient, "test", by=practitioner, at=NOW - DAY)
    take_intake(patient, by=practitioner, now=NOW - DAY, silicon_long_term=False, diabetes=True)
    assert missing(patient, mix, practitioner) == ["diabetes", "silicon-diabetes"]


def test_a_review_settled_for_the_whole_plan_counts_for_its_test(ready: Patient, mix: Formulation, practitioner: User):
    take_intake(ready, by=practitioner, now=NOW, silicon_long_term=False, herpes_past=True)
    assert missing(ready, mix, practitioner) == ["herpes-past"]
    cellulite = Indication.objects.get(code="cellulite")
    plan = plan_of(areas=TreatmentArea.objects.filter(code="abdomen"), indication=cellulite, formulation=mix)
    decide_finding(
        patient=ready,
        code="herpes-past",
        decision="approve",
        reason="Seen",
        plan=plan,
        formulation=mix,
        by=practitioner,
        now=NOW,
    )
    assert administer(ready, mix, practitioner).pk


# --- the reading ---------------------------------------------------------------------------------------------------


def test_twenty_four_elapsed_hours_not_a_minute_less(ready: Patient, mix: Formulation, practitioner: User):
    test = inject_test(ready, mix, by=practitioner, at=NOW)
    with pytest.raises(Refusal) as refused:
        read(test, by=practitioner, at=NOW + DAY - MINUTE)
    assert (refused.value.next, refused.value.reasons[0].until) == (NOW + DAY, NOW + DAY)
    assert not AllergyTestReading.objects.exists()
    assert read(test, by=practitioner, at=NOW + DAY).pk


def test_elapsed_hours_are_counted_across_a_clock_change(
    patient: Patient, mix: Formulation, practitioner: User, clinic: Location
):
    """29 March 2026, 02:00 to 03:00 in Rome: noon to noon is only 23 hours."""
    noon = datetime(2026, 3, 28, 11, 0, tzinfo=UTC)
    hold_consultation(patient, location=clinic, at=noon - DAY)
    take_intake(patient, by=practitioner, now=noon - DAY, silicon_long_term=False)
    consent_to(patient, "test", by=practitioner, at=noon - DAY)
    test = inject_test(patient, mix, by=practitioner, at=noon)
    next_noon_in_rome = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    with pytest.raises(Refusal):
        read(test, by=practitioner, at=next_noon_in_rome)
    assert read(test, by=practitioner, at=next_noon_in_rome + timedelta(hours=1)).pk


def test_only_a_prescriber_reads_and_a_photo_is_provisional_until_signed(
    ready: Patient, mix: Formulation, practitioner: User, colleague: User
):
    test = inject_test(ready, mix, by=practitioner, at=NOW)
    with pytest.raises(Forbidden):
        read(test, by=colleague)
    reading = read_test(test=test, read_at=NOW + DAY, result="negative", photo=True, by=colleague, now=NOW + DAY)
    assert (reading.provisional, reading.signed_by) == (True, None)
    assert status(ready, mix, NOW + DAY) == "sign_reading"
    with pytest.raises(Forbidden):
        sign_reading(reading=reading, by=colleague)
    sign_reading(reading=reading, by=practitioner)
    assert status(ready, mix, NOW + DAY) == "open"
    with pytest.raises(Conflict):
        sign_reading(reading=reading, by=practitioner)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("read_at", {"read_at": NOW + DAY + 3 * MINUTE}),
        ("result", {"result": "fine"}),
        ("symptoms_since", {"symptoms_since": "x" * 2001}),
    ],
)
def test_an_impossible_reading_is_refused_at_its_field(
    ready: Patient, mix: Formulation, practitioner: User, field: str, wrong: dict[str, Any]
):
    test = inject_test(ready, mix, by=practitioner, at=NOW)
    given = {"read_at": NOW + DAY, "result": "negative"} | wrong
    with pytest.raises(BadInput) as refused:
        read_test(test=test, by=practitioner, now=NOW + DAY, **given)
    assert refused.value.errors[0].field == field


def test_the_gate_from_no_test_to_open(ready: Patient, mix: Formulation, practitioner: User):
    assert status(ready, mix, NOW) == "no_test"
    test = inject_test(ready, mix, by=practitioner, at=NOW)
    assert status(ready, mix, NOW + timedelta(hours=23)) == "waiting"
    assert status(ready, mix, NOW + DAY) == "reading_due"
    read(test, by=practitioner)
    assert status(ready, mix, NOW + DAY) == "open"
    assert status(ready, mix, NOW + 30 * DAY) == "open"
    assert status(ready, mix, NOW + 31 * DAY) == "repeat"  # D42: it serves thirty days before the first session


def test_over_seven_days_the_test_is_repeated(ready: Patient, mix: Formulation, practitioner: User):
    test = inject_test(ready, mix, by=practitioner, at=NOW)
    read(test, by=practitioner, at=NOW + 7 * DAY + MINUTE)
    assert status(ready, mix, NOW + 8 * DAY) == "repeat"


# --- which mixes a test covers (D21) -------------------------------------------------------------------------------


@pytest.fixture
def tested(ready: Patient, mix: Formulation, practitioner: User) -> Patient:
    read(inject_test(ready, mix, by=practitioner, at=NOW), by=practitioner)
    return ready


@pytest.mark.parametrize(
    ("substances", "expected"),
    [
        ({"vitamins": "2"}, "open"),
        ({"vitamins": "1", "organic_silicon": "1.5"}, "open"),
        ({"vitamins": "2.1", "organic_silicon": "1.5"}, "acknowledge"),
        ({"vitamins": "2", "minerals": "1"}, "no_test"),
    ],
)
def test_less_is_covered_more_is_acknowledged_and_new_is_tested(
    tested: Patient, substances: dict[str, str], expected: str
):
    other = FormulationFactory(substances=substances)
    assert status(tested, other, NOW + DAY) == expected


def test_an_amount_in_another_unit_cannot_be_compared(tested: Patient):
    other = FormulationFactory(substances={"vitamins": "1"})
    other.items.update(unit="mg")
    assert status(tested, other, NOW + DAY) == "acknowledge"


def test_a_prescriber_accepts_a_stronger_mix_up_to_that_strength(tested: Patient, practitioner: User, colleague: User):
    stronger, strongest = (FormulationFactory(substances={"vitamins": amount}) for amount in ("3", "4"))
    with pytest.raises(Forbidden):
        acknowledge_gate(patient=tested, formulation=stronger, reason="Needed", by=colleague, now=NOW + DAY)
    acknowledge_gate(patient=tested, formulation=stronger, reason="Needed", by=practitioner, now=NOW + DAY)
    assert status(tested, stronger, NOW + DAY) == "open"
    assert status(tested, strongest, NOW + DAY) == "acknowledge"


def test_nothing_is_acknowledged_that_waits_for_something_else(ready: Patient, mix: Formulation, practitioner: User):
    with pytest.raises(Refusal):
        acknowledge_gate(patient=ready, formulation=mix, reason="Why not", by=practitioner, now=NOW)


def test_own_blood_needs_no_test_but_a_signature(patient: Patient, practitioner: User):
    own = FormulationFactory(substances={"autologous_prp": "5"})
    assert status(patient, own, NOW) == "sign_own_blood"
    acknowledge_gate(patient=patient, formulation=own, reason="Own plasma", by=practitioner, now=NOW)
    assert status(patient, own, NOW) == "not_applicable"


# --- a positive test -----------------------------------------------------------------------------------------------


def test_a_positive_test_suspects_every_ingredient_and_stops_every_mix_with_one(
    ready: Patient, mix: Formulation, practitioner: User
):
    read(inject_test(ready, mix, by=practitioner, at=NOW), by=practitioner, result="positive")
    assert {(row.substance.code, row.verification) for row in Allergy.objects.all()} == {
        ("vitamins", "unconfirmed"),
        ("ascorbic_acid", "unconfirmed"),  # named by the product (D40)
        ("benzyl_alcohol", "unconfirmed"),
        ("organic_silicon", "unconfirmed"),
    }
    other = FormulationFactory(substances={"vitamins": "1", "minerals": "1"})
    assert status(ready, other, NOW + DAY) == "positive"
    found = evaluate(ready, TODAY + DAY, plan=plan_of(formulation=other)).findings
    assert [each.code for each in found] == ["sensitivity-to-mix"]


def test_only_a_prescriber_settles_a_suspicion_and_then_the_rest_is_free(
    ready: Patient, mix: Formulation, practitioner: User, colleague: User
):
    read(inject_test(ready, mix, by=practitioner, at=NOW), by=practitioner, result="positive")
    vitamins = Allergy.objects.get(substance__code="vitamins")
    with pytest.raises(Forbidden):
        settle_allergy(allergy=vitamins, confirmed=False, note="Given alone without reaction", by=colleague)
    settle_allergy(allergy=vitamins, confirmed=False, note="Given alone without reaction", by=practitioner)
    without = FormulationFactory(substances={"vitamins": "1"})
    assert evaluate(ready, TODAY + DAY, plan=plan_of(formulation=without)).status == "eligible"
    assert status(ready, without, NOW + DAY) != "positive"


def test_a_confirmed_allergy_stays_confirmed_and_a_ruled_out_one_is_suspected_again(
    ready: Patient, mix: Formulation, practitioner: User
):
    test = inject_test(ready, mix, by=practitioner, at=NOW)
    read(test, by=practitioner, result="positive")
    for row in Allergy.objects.select_related("substance"):
        settle_allergy(allergy=row, confirmed=row.substance.code == "vitamins", note="Seen", by=practitioner, now=NOW)
    read(test, by=practitioner, at=NOW + DAY + MINUTE, result="positive")
    assert dict(Allergy.objects.values_list("substance__code", "verification")) == {
        "vitamins": "confirmed",
        "ascorbic_acid": "unconfirmed",
        "benzyl_alcohol": "unconfirmed",
        "organic_silicon": "unconfirmed",
    }
