"""Mixes to choose from, and how each stands with this patient's tests."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from patients.models import FindingDecision, Patient, Screening
from patients.queries.allergy import on_record
from patients.queries.plans import mix_of
from protocols.eligibility import Gate
from protocols.models import Formulation

RECENT = 12


@dataclass(frozen=True, slots=True)
class Tried:
    """A mix and what its test says for one patient."""

    mix: Formulation
    gate: Gate


def mixes_for(patient: Patient) -> list[Formulation]:
    """Mixes this patient was tested with or planned for, then the newest of the clinic."""
    own = {*patient.allergy_tests.values_list("formulation_id", flat=True), *planned_with(patient)}
    rows = Formulation.objects.prefetch_related("items__substance")
    mine = list(rows.filter(pk__in=own).order_by("-id"))
    return mine + list(rows.exclude(pk__in=own).order_by("-id")[:RECENT])


def planned_with(patient: Patient) -> set[int]:
    """Ids of the mixes in the patient's screenings and decisions."""
    named = Q(plan__formulation__isnull=False)
    found = [
        *Screening.objects.filter(named, patient=patient).values_list("plan__formulation", flat=True)[:50],
        *FindingDecision.objects.filter(named, patient=patient).values_list("plan__formulation", flat=True)[:50],
    ]
    return {int(pk) for pk in found if pk}


def tried(patient: Patient, mixes: list[Formulation], at: datetime) -> list[Tried]:
    record = on_record(patient, at)
    return [Tried(mix, record.gate(mix_of(mix), at)) for mix in mixes]
