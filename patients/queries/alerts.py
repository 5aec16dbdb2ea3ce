"""What everybody who opens a patient's pages must see first: allergies, what is suspected, a hold (D17, D22, D38)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.base.once import once
from patients.models import Allergy, AllergyTestReading, Patient
from patients.queries.answers import allergies_known
from patients.queries.visits_before import NOTHING_HAPPENED, visits_before

Verification = Allergy.Verification


@dataclass(frozen=True, slots=True)
class Alerts:
    """`positive`: a positive test whose ingredients no prescriber has settled yet."""

    on_hold: bool
    open_reactions: int
    positive: bool
    suspected: Sequence[Allergy]
    confirmed: Sequence[Allergy]

    @property
    def needs_decision(self) -> bool:
        return self.on_hold or bool(self.suspected)


@once
def alerts_of(patient: Patient, at: datetime) -> Alerts:
    """Four queries."""
    visits = visits_before(frozenset({patient.pk}), at).get(patient.pk, NOTHING_HAPPENED)
    rows = allergies_known(patient)
    suspected = [row for row in rows if row.verification == Verification.SUSPECTED]
    positive = AllergyTestReading.objects.filter(test__patient=patient, result=AllergyTestReading.Result.POSITIVE)
    return Alerts(
        on_hold=visits.on_hold,
        open_reactions=len(visits.open_reactions),
        positive=bool(suspected) and positive.exists(),
        suspected=suspected,
        confirmed=[row for row in rows if row.verification == Verification.CONFIRMED],
    )
