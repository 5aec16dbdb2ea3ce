"""The allergy test of a mix, as stored rows, handed to the pure gate (D20 to D22)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from patients.models import Allergy, AllergyTest, AllergyTestReading, FindingDecision, Patient
from patients.queries.plans import mix_of
from patients.queries.rules import retest_days
from protocols import eligibility
from protocols.eligibility import Gate, allergy_gate
from protocols.models import Formulation, IntakeQuestion

STRONGER, OWN_BLOOD = "allergy-test:stronger", "allergy-test:own-blood"
ALLERGENS = "allergens"  # the question whose options name them
Amounts = Mapping[str, tuple[Decimal, str]]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """Everything of one patient that decides on a mix: tests, what a prescriber accepted, cleared and signed."""

    tests: tuple[AllergyTest, ...]
    accepted: tuple[tuple[str, Decimal, str], ...]
    cleared: frozenset[str]
    own_blood_signed: bool
    repeat_after: timedelta

    def gate(self, mix: Amounts, at: datetime) -> Gate:
        """Does a test let this mix be injected at `at`, and if not, why and from when."""
        return allergy_gate(
            mix={code: amount for code, (amount, _) in mix.items()},
            tests=[as_tested(test, mix) for test in self.tests],
            at=at,
            acknowledged=self.acknowledged(mix),
            cleared=self.cleared,
            own_blood_signed=self.own_blood_signed,
            repeat_after=self.repeat_after,
        )

    def acknowledged(self, mix: Amounts) -> frozenset[str]:
        """Ingredients whose higher amount a prescriber accepted, up to the amount accepted then (D21)."""
        return frozenset(
            code
            for code, amount, unit in self.accepted
            if code in mix and mix[code][1] == unit and mix[code][0] <= amount
        )


def gate_for(patient: Patient, formulation: Formulation, at: datetime) -> Gate:
    """The gate of one mix for one patient at `at`."""
    return on_record(patient).gate(mix_of(formulation), at)


def on_record(patient: Patient) -> OnRecord:
    """The same number of queries however many tests and mixes there are."""
    signed = list(
        FindingDecision.objects.filter(
            patient=patient, code__in=[STRONGER, OWN_BLOOD], decision=FindingDecision.Decision.APPROVE
        )
    )
    return OnRecord(
        tests=tuple(tests_of(patient)),
        accepted=tuple(accepted(row for row in signed if row.code == STRONGER)),
        cleared=cleared(patient),
        own_blood_signed=any(row.code == OWN_BLOOD for row in signed),
        repeat_after=timedelta(days=retest_days()),
    )


def accepted(rows: Iterable[FindingDecision]) -> Iterable[tuple[str, Decimal, str]]:
    for row in rows:
        for code, (amount, unit) in row.plan["stronger"].items():
            yield code, Decimal(amount), unit


def cleared(patient: Patient) -> frozenset[str]:
    """Ingredients a prescriber has ruled out as the cause of a positive test (D22)."""
    rows = Allergy.objects.filter(patient=patient, verification=Allergy.Verification.REFUTED)
    return frozenset(rows.filter(substance__isnull=False).values_list("substance__code", flat=True))


def tests_of(patient: Patient) -> list[AllergyTest]:
    """Newest first, with their readings."""
    return list(
        AllergyTest.objects.filter(patient=patient)
        .select_related("formulation", "administered_by")
        .prefetch_related("readings__read_by", "readings__signed_by")
    )


def allergies_of(patient: Patient) -> list[Allergy]:
    return list(Allergy.objects.filter(patient=patient).select_related("substance", "recorded_by"))


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


def known_allergens() -> dict[str, str]:
    """Code -> name of what the intake asks about besides single substances."""
    asked = IntakeQuestion.objects.filter(link_id=ALLERGENS, active=True).first()
    return {option["code"]: option["name"] for option in asked.options} if asked else {}
