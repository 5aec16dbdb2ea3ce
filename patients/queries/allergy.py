"""The allergy test of a mix, as stored rows, handed to the pure gate (D20 to D22)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Value

from clinic.base.once import once
from patients.models import Allergy, AllergyTest, AllergyTestReading, FindingDecision, Patient
from patients.queries.answers import allergies_known
from patients.queries.decided import decisions_in_bulk
from patients.queries.plans import mix_of
from patients.queries.visits_before import NOTHING_HAPPENED, visits_before
from protocols import eligibility
from protocols.eligibility import Gate, allergy_gate
from protocols.eligibility.gate import WAIT, TestLife, Treated
from protocols.models import Formulation, IntakeQuestion
from protocols.queries import policies

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
    life: TestLife
    treated: tuple[Treated, ...] = ()

    def gate(self, mix: Amounts, at: datetime, *, tolerance_days: int = 0) -> Gate:
        """Does a test let this mix be injected at `at`, and if not, why and from when."""
        return allergy_gate(
            mix={code: amount for code, (amount, _) in mix.items()},
            tests=[as_tested(test, mix) for test in self.tests],
            at=at,
            acknowledged=self.acknowledged(mix),
            cleared=self.cleared,
            own_blood_signed=self.own_blood_signed,
            life=self.life,
            treated=self.treated,
            tolerance_days=tolerance_days,
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
    return on_record(patient, at).gate(mix_of(formulation), at)


@once
def on_record(patient: Patient, at: datetime) -> OnRecord:
    """What is on record at `at`; the same number of queries however many tests and mixes there are."""
    decisions = decisions_in_bulk((patient.pk,)).get(patient.pk, [])
    treated = visits_before(frozenset({patient.pk}), at).get(patient.pk, NOTHING_HAPPENED).treated
    return on_record_from(tests_of(patient), decisions, allergies_known(patient), policies().test_life, treated)


def on_record_from(
    tests: Iterable[AllergyTest],
    decisions: Iterable[FindingDecision],
    allergies: Iterable[Allergy],
    life: TestLife,
    treated: tuple[Treated, ...],
) -> OnRecord:
    """The same from rows read already: of one patient, the tests with their readings, allergies with substance."""
    signed = [row for row in decisions if row.decision == FindingDecision.Decision.APPROVE]
    return OnRecord(
        tests=tuple(tests),
        accepted=tuple(accepted(row for row in signed if row.code == STRONGER)),
        cleared=cleared(allergies),
        own_blood_signed=any(row.code == OWN_BLOOD for row in signed),
        life=life,
        treated=treated,
    )


def accepted(rows: Iterable[FindingDecision]) -> Iterable[tuple[str, Decimal, str]]:
    for row in rows:
        for code, (amount, unit) in row.plan["stronger"].items():
            yield code, Decimal(amount), unit


def cleared(allergies: Iterable[Allergy]) -> frozenset[str]:
    """Ingredients a prescriber has ruled out as the cause of a positive test (D22)."""
    return frozenset(
        row.substance.code for row in allergies if row.substance and row.verification == Allergy.Verification.REFUTED
    )


def tests_of(patient: Patient) -> list[AllergyTest]:
    """Newest first, with their readings."""
    return list(
        AllergyTest.objects.filter(patient=patient)
        .select_related("formulation", "administered_by")
        .prefetch_related(Prefetch("readings", AllergyTestReading.objects.select_related("read_by", "signed_by")))
    )


def tests_in_bulk(patients: Collection[int]) -> dict[int, list[AllergyTest]]:
    """Patient id -> the tests with their readings, newest first; two queries for a thousand patients as for one."""
    tests: dict[int, list[AllergyTest]] = defaultdict(list)
    for test in AllergyTest.objects.filter(patient__in=patients).prefetch_related("readings"):
        tests[test.patient_id].append(test)
    return tests


def tests_to_read(now: datetime) -> QuerySet[AllergyTest]:
    """Tests whose 24 hours are over and that no prescriber has read, until they are repeated (D22, a policy).

    One that was positive at the first look needs no other (D50).
    """
    signed = AllergyTestReading.objects.filter(
        test=OuterRef("pk"), signed_by__isnull=False, read_at__gte=OuterRef("administered_at") + Value(WAIT)
    )
    given = AllergyTest.objects.filter(
        administered_at__lte=now - WAIT, administered_at__gte=now - policies().test_repeat_after
    )
    positive = AllergyTestReading.objects.filter(test=OuterRef("pk"), result=AllergyTestReading.Result.POSITIVE)
    return given.exclude(Exists(signed)).exclude(Exists(positive))


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
