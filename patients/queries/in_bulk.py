"""What the engine reads of many patients at once: three queries for a thousand as for one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from patients.models import Allergy, FindingDecision, IntakeResponse, Patient
from patients.queries.answers import allergies_in_bulk, facts_from, responses_in_bulk
from patients.queries.decided import as_decision, decisions_in_bulk
from protocols import eligibility
from protocols.eligibility import Decision


@dataclass(slots=True)
class Known:
    """The rows of one patient: completed responses from the oldest, allergies, decisions.

    What the engine takes of them is made once a zone, however many visits ask.
    """

    responses: list[IntakeResponse] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    decisions: list[FindingDecision] = field(default_factory=list)
    _facts: dict[ZoneInfo, eligibility.Patient] = field(default_factory=dict)
    _decided: dict[ZoneInfo, tuple[Decision, ...]] = field(default_factory=dict)

    def facts(self, patient: Patient, zone: ZoneInfo) -> eligibility.Patient:
        if zone not in self._facts:
            self._facts[zone] = facts_from(patient, self.responses, self.allergies, zone)
        return self._facts[zone]

    def decided(self, zone: ZoneInfo) -> tuple[Decision, ...]:
        if zone not in self._decided:
            self._decided[zone] = tuple(as_decision(row, zone) for row in self.decisions)
        return self._decided[zone]


def known_of(patients: Collection[int]) -> dict[int, Known]:
    """Patient id -> what is known; a patient of whom nothing is known has empty lists."""
    wanted = tuple(sorted(set(patients)))
    responses, allergies, decisions = responses_in_bulk(wanted), allergies_in_bulk(wanted), decisions_in_bulk(wanted)
    return {pk: Known(responses.get(pk, []), allergies.get(pk, []), decisions.get(pk, [])) for pk in wanted}
