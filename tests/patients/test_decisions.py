"""Decisions: by whom, on what, and bound to plan, rules and answers, so that changed input voids them (D12)."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.base.refusals import BadInput, Forbidden, Refusal
from clinic.models import User
from patients.actions.decisions import decide_finding
from patients.models import FindingDecision, Patient, Screening
from patients.queries.eligibility import evaluate
from patients.queries.plans import plan_from_json, plan_of
from protocols.eligibility import Plan
from protocols.models import DeliveryDevice, Formulation, Indication, ScreeningRule, TreatmentArea
from tests.factories import NOW, TODAY
from tests.steps import take_intake

PAST = {"kind": "answer", "question": "herpes_past", "values": [True]}
NOW_TOO = {"kind": "answer", "question": "herpes_active", "values": [True]}
AND_NOW = {"when": {"kind": "any", "of": [PAST, NOW_TOO]}}


def decide(patient: Patient, code: str, by: User, plan: Plan | None = None, **rest: Any) -> FindingDecision:
    given = {"decision": "approve", "reason": "Seen and talked through"}
    about = {"patient": patient, "code": code, "plan": plan or body_plan(), "by": by, "now": NOW}
    return decide_finding(**(about | given | rest))


def body_plan(**more: Any) -> Plan:
    return plan_of(
        areas=TreatmentArea.objects.filter(code="abdomen"), indication=Indication.objects.get(code="cellulite"), **more
    )


def test_an_approved_review_no_longer_holds_and_a_declined_one_rules_out(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    assert evaluate(patient, TODAY).status == "needs_review"
    decide(patient, "herpes-past", practitioner)
    assert evaluate(patient, TODAY).status == "eligible"
    decide(patient, "herpes-past", practitioner, decision="decline", now=NOW + timedelta(minutes=1))
    assert evaluate(patient, TODAY).status == "contraindicated"


def test_a_decision_keeps_who_why_and_a_new_screening(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    made = decide(patient, "herpes-past", practitioner)
    assert (made.decided_by, made.reason, made.by_prescriber) == (practitioner, "Seen and talked through", True)
    assert [row.verdict for row in Screening.objects.order_by("id")] == ["needs_review", "eligible"]


def test_a_decision_is_for_its_own_plan_only(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    decide(patient, "herpes-past", practitioner, body_plan())
    assert evaluate(patient, TODAY, plan=body_plan()).status == "eligible"
    other = plan_of(areas=TreatmentArea.objects.filter(code__in=["abdomen", "hip"]))
    assert evaluate(patient, TODAY, plan=other).status == "needs_review"


def test_d34_nobody_decides_about_a_plan_without_a_name(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    with pytest.raises(BadInput) as refused:
        decide(patient, "herpes-past", practitioner, Plan(areas=frozenset({"abdomen"})))
    assert [error.field for error in refused.value.errors] == ["indication"]
    assert not FindingDecision.objects.exists()


def test_another_device_voids_it(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, sensitive_skin=True)
    pen, roller = (body_plan(delivery_device=DeliveryDevice.objects.get(code=code)) for code in ("pen", "roller"))
    for code in ("multi-needle-sensitive", "sensitive-skin"):
        decide(patient, code, practitioner, pen)
    assert evaluate(patient, TODAY, plan=pen).status == "eligible"
    assert evaluate(patient, TODAY, plan=roller).status == "needs_review"


def test_a_changed_answer_voids_it(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, skin_disease=["elsewhere"])
    decide(patient, "skin-disease-elsewhere", practitioner)
    take_intake(patient, by=practitioner, now=NOW, skin_disease=["elsewhere", "treated"])
    assert evaluate(patient, TODAY).status == "needs_review"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"message": "Said in other words."}, "eligible"),
        ({"effect": "blocks"}, "contraindicated"),
        (AND_NOW, "needs_review"),
    ],
)
def test_d34_another_condition_or_effect_of_the_rule_voids_it_other_words_do_not(
    patient: Patient, practitioner: User, change: dict[str, Any], status: str
):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    decide(patient, "herpes-past", practitioner)
    old = ScreeningRule.objects.get(code="herpes-past", active_until=None)
    old.active_until = NOW
    old.save()
    ScreeningRule.objects.create(
        code=old.code,
        version=2,
        definition=old.definition | change,
        effect=old.effect,
        cites=old.cites,
        active_from=NOW,
    )
    assert evaluate(patient, TODAY).status == status


def test_a_caution_is_acknowledged_by_any_named_clinician_a_review_only_by_a_prescriber(
    patient: Patient, practitioner: User, colleague: User
):
    take_intake(patient, by=practitioner, now=NOW, sensitive_skin=True, herpes_past=True)
    decide(patient, "sensitive-skin", colleague)
    with pytest.raises(Forbidden):
        decide(patient, "herpes-past", colleague)
    assert [finding.code for finding in evaluate(patient, TODAY).holding] == ["herpes-past"]


def test_neither_desk_nor_patient_decides(patient: Patient, practitioner: User, desk: User):
    take_intake(patient, by=practitioner, now=NOW, sensitive_skin=True)
    for somebody in (desk, patient.user):
        with pytest.raises(Forbidden):
            decide(patient, "sensitive-skin", somebody)
    assert not FindingDecision.objects.exists()


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"diabetes": True}, "diabetes"),
        ({"pregnant": True}, "pregnancy"),
        ({"aspirin_last_dose": "2026-05-01"}, "aspirin"),
        ({"herpes_active": True}, "herpes-active"),
        ({}, "herpes-past"),
    ],
)
def test_blocks_deferrals_and_what_does_not_stand_cannot_be_decided_on(
    patient: Patient, practitioner: User, answers: dict[str, Any], code: str
):
    take_intake(patient, by=practitioner, now=NOW, **answers)
    with pytest.raises(Refusal) as refused:
        decide(patient, code, practitioner)
    assert (refused.value.status, refused.value.reasons[0].code) == (422, code)
    assert not FindingDecision.objects.exists()


def test_a_deferral_names_the_day_it_ends(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-01")
    with pytest.raises(Refusal) as refused:
        decide(patient, "aspirin", practitioner)
    assert refused.value.next == TODAY + timedelta(days=10)


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"decision": "maybe"}])
def test_a_decision_needs_a_reason_and_a_word_that_is_known(
    patient: Patient, practitioner: User, wrong: dict[str, str]
):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    with pytest.raises(BadInput):
        decide(patient, "herpes-past", practitioner, **wrong)


def test_a_plan_is_kept_so_that_it_can_be_evaluated_again(patient: Patient, practitioner: User, mix: Formulation):
    plan = plan_of(
        areas=TreatmentArea.objects.filter(code__in=["abdomen", "hip"]),
        indication=Indication.objects.get(code="cellulite"),
        formulation=mix,
        delivery_device=DeliveryDevice.objects.get(code="mesogun"),
    )
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True, silicon_long_term=False)
    made = decide(patient, "herpes-past", practitioner, plan, formulation=mix)
    assert plan_from_json(made.plan) == plan
    assert made.plan["formulation"] == str(mix.pk)


def test_antiseptic_and_film_are_allergy_checked_with_every_mix(patient: Patient, practitioner: User, mix: Formulation):
    """D21: what is put on the skin counts although the mix does not list it."""
    take_intake(patient, by=practitioner, now=NOW, allergens=["chlorhexidine"], silicon_long_term=False)
    assert evaluate(patient, TODAY).status == "eligible"
    found = evaluate(patient, TODAY, plan=plan_of(formulation=mix)).findings
    assert [(each.code, each.params["names"]) for each in found] == [("allergy-to-mix", "Antiseptic foam (Hexidermol)")]
