"""The allergy test of a mix, as stored rows, handed to the pure gate (D20 to D22)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from patients.models import Allergy, AllergyTest, AllergyTestReading, FindingDecision, Patient
from patients.queries.plans import mix_of
from patients.queries.rules import retest_days
from protocols import eligibility
from protocols.eligibility import Gate, allergy_gate
from protocols.models import Formulation

STRONGER, OWN_BLOOD = "allergy-test:stronger", "allergy-test:own-blood"
Amounts = Mapping[str, tuple[Decimal, str]]


def gate_for(patient: Patient, formulation: Formulation, at: datetime) -> Gate:
    """Does a test let this mix be injected at `at`, and if not, why and from when."""
    mix = mix_of(formulation)
    return allergy_gate(
        mix={code: amount for code, (amount, _) in mix.items()},
        tests=[as_tested(test, mix) for test in tests_of(patient)],
        at=at,
        acknowledged=acknowledged(patient, mix),
        cleared=cleared(patient),
        own_blood_signed=FindingDecision.objects.filter(
            patient=patient, code=OWN_BLOOD, decision=FindingDecision.Decision.APPROVE
        ).exists(),
        repeat_after=timedelta(days=retest_days()),
    )


def tests_of(patient: Patient) -> list[AllergyTest]:
    """Newest first, with their readings."""
    return list(
        AllergyTest.objects.filter(patient=patient)
        .select_related("formulation", "administered_by")
        .prefetch_related("readings__read_by", "readings__signed_by")
    )


def as_tested(test: AllergyTest, mix: Amounts) -> eligibility.AllergyTest:
    """The test as the gate reads it; an amount in another unit than the mix's counts as unknown."""
    return eligibility.AllergyTest(
        mix={
            code: comparable(Decimal(amount), unit, mix.get(code)) for code, (amount, unit) in test.ingredients.items()
        },
        administered_at=test.administered_at,
        injections=test.injections,
        readings=tuple(as_read(reading) for reading in test.readings.all()),
    )


def comparable(amount: Decimal, unit: str, wanted: tuple[Decimal, str] | None) -> Decimal | None:
    return amount if wanted is None or wanted[1] == unit else None


def as_read(reading: AllergyTestReading) -> eligibility.Reading:
    return eligibility.Reading(
        read_at=reading.read_at,
        result=eligibility.Result(reading.result),
        signed=reading.signed_by_id is not None,
    )


def cleared(patient: Patient) -> frozenset[str]:
    """Ingredients a prescriber has ruled out as the cause of a positive test (D22)."""
    rows = Allergy.objects.filter(patient=patient, verification=Allergy.Verification.REFUTED)
    return frozenset(rows.filter(substance__isnull=False).values_list("substance__code", flat=True))


def acknowledged(patient: Patient, mix: Amounts) -> frozenset[str]:
    """Ingredients whose higher amount a prescriber accepted, up to the amount accepted then (D21)."""
    rows = FindingDecision.objects.filter(
        patient=patient, code=STRONGER, decision=FindingDecision.Decision.APPROVE
    ).values_list("plan", flat=True)
    accepted = [(code, Decimal(amount), unit) for plan in rows for code, (amount, unit) in plan["stronger"].items()]
    return frozenset(
        code for code, amount, unit in accepted if code in mix and mix[code][1] == unit and mix[code][0] <= amount
    )
