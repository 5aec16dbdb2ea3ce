"""What the database refuses whatever the code does: every named constraint and append-only table of patients."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from clinic.models import User
from patients.models import (
    AccessLog,
    Allergy,
    AllergyTest,
    AllergyTestReading,
    Consent,
    FindingDecision,
    IntakeResponse,
    Patient,
    Screening,
)
from protocols.models import Formulation, FormulationItem, Substance
from tests.factories import NOW, TODAY, PatientFactory


def refused_by(constraint: str, write: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


def test_a_patient_has_a_name(db: None):
    refused_by("patient_has_name", lambda: PatientFactory(given_name="", family_name=""))


@pytest.mark.parametrize("phone", ["06 555 0101", "+39 06", "065550101", "+390655501;ext=x"])
def test_a_phone_is_stored_as_it_is_dialled(db: None, phone: str):
    refused_by("patient_phone_dials", lambda: PatientFactory(phone=phone))


def intake(patient: Patient, **rest: object) -> IntakeResponse:
    given = {"occasion": "plan", "answers": {"stroke": False}, "answered_at": NOW, "author": patient.user}
    return IntakeResponse.objects.create(**({"patient": patient} | given | rest))


def test_an_amendment_has_a_reason(patient: Patient):
    refused_by("intake_amendment_has_reason", lambda: intake(patient, amends=intake(patient)))


def test_one_intake_is_open_at_a_time(patient: Patient):
    intake(patient, status="in_progress")
    intake(patient, status="in_progress", occasion="same_day")
    refused_by("intake_one_open_per_occasion", lambda: intake(patient, status="in_progress"))


def test_a_decision_has_a_reason(patient: Patient, practitioner: User):
    row = FindingDecision(
        patient=patient,
        code="x",
        decision="approve",
        reason="",
        rule_version="1",
        answers_hash="1",
        decided_by=practitioner,
        decided_at=NOW,
    )
    refused_by("finding_decision_has_reason", row.save)


def test_an_allergy_names_something_once(patient: Patient, practitioner: User):
    who = {"patient": patient, "recorded_by": practitioner, "recorded_at": NOW}
    refused_by("allergy_names_something", lambda: Allergy.objects.create(**who))
    vitamins = Substance.objects.get(code="vitamins")
    Allergy.objects.create(**who, substance=vitamins)
    refused_by("allergy_substance_once", lambda: Allergy.objects.create(**who, substance=vitamins))


def allergy_test(patient: Patient, mix: Formulation, by: User, **rest: object) -> AllergyTest:
    given = {"administered_at": NOW, "injections": 1, "site": "Arm", "emergency_kit": True, "administered_by": by}
    return AllergyTest.objects.create(**({"patient": patient, "formulation": mix} | given | rest))


@pytest.mark.parametrize("injections", [0, 3])
def test_one_or_two_injections(patient: Patient, mix: Formulation, practitioner: User, injections: int):
    refused_by("allergy_test_one_or_two", lambda: allergy_test(patient, mix, practitioner, injections=injections))


def test_no_test_without_the_emergency_kit(patient: Patient, mix: Formulation, practitioner: User):
    refused_by(
        "allergy_test_emergency_kit_checked", lambda: allergy_test(patient, mix, practitioner, emergency_kit=False)
    )


def test_a_reading_is_signed_or_provisional(patient: Patient, mix: Formulation, practitioner: User):
    row = AllergyTestReading(
        test=allergy_test(patient, mix, practitioner), read_at=NOW, result="negative", read_by=practitioner
    )
    refused_by("reading_signed", row.save)


def consent(patient: Patient, by: User, **rest: object) -> Consent:
    given = {"act": "test", "signed_name": "Ana", "signed_at": NOW, "recorded_by": by}
    return Consent.objects.create(**({"patient": patient} | given | rest))


def test_a_consent_has_a_name(patient: Patient, practitioner: User):
    refused_by("consent_has_name", lambda: consent(patient, practitioner, signed_name=""))


@pytest.mark.parametrize("half", [{"withdrawn_at": NOW}, {"withdrawn_at": NOW, "status": "inactive"}])
def test_a_withdrawal_says_who_and_when(patient: Patient, practitioner: User, half: dict[str, object]):
    refused_by("consent_withdrawal_complete", lambda: consent(patient, practitioner, **half))


def test_a_withdrawal_comes_after_the_signature(patient: Patient, practitioner: User):
    early = {"status": "inactive", "withdrawn_at": NOW - timedelta(hours=1), "withdrawn_by": practitioner}
    refused_by("consent_withdrawn_after_signing", lambda: consent(patient, practitioner, **early))


def test_an_ingredient_is_in_a_mix_once_and_more_than_nothing(mix: Formulation):
    vitamins, minerals = Substance.objects.get(code="vitamins"), Substance.objects.get(code="minerals")
    refused_by(
        "formulation_ingredient_once",
        lambda: FormulationItem.objects.create(formulation=mix, substance=vitamins, amount=Decimal(1)),
    )
    refused_by(
        "formulation_amount_positive",
        lambda: FormulationItem.objects.create(formulation=mix, substance=minerals, amount=Decimal(0)),
    )


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_screenings_and_the_access_log_are_never_changed(patient: Patient, practitioner: User, verb: str):
    screening = Screening.objects.create(
        patient=patient,
        evaluated_for=TODAY,
        evaluated_at=NOW,
        occasion="plan",
        verdict="eligible",
        rule_version="1",
        answers_hash="1",
    )
    log = AccessLog.objects.create(patient=patient, user=practitioner, what="record")
    for row, change in ((screening, {"verdict": "deferred"}), (log, {"what": "nothing"})):
        rows = type(row).objects.filter(pk=row.pk)
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rows.update(**change) if verb == "update" else rows.delete()


def test_every_change_of_a_clinical_row_leaves_its_history(patient: Patient, practitioner: User):
    row = consent(patient, practitioner)
    Consent.objects.filter(pk=row.pk).update(status="inactive", withdrawn_at=NOW, withdrawn_by=practitioner)
    assert list(row.events.order_by("pgh_id").values_list("status", flat=True)) == ["active", "inactive"]
