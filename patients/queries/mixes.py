"""Mixes to choose from, and how each stands with this patient's tests."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextField, prefetch_related_objects
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from patients.models import FindingDecision, Patient, Screening
from patients.queries.allergy import on_record
from patients.queries.plans import mix_of, with_substances
from protocols.eligibility import Gate
from protocols.models import Formulation

RECENT = 12
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """A mix and what its test says for one patient."""

    mix: Formulation
    gate: Gate


def mixes_for(patient: Patient) -> list[Formulation]:
    """Mixes this patient was tested with or planned for, then the newest of the clinic."""
    own = used_for(patient)
    rows = Formulation.objects.order_by("-id")
    found = [*rows.filter(pk__in=own), *rows.exclude(pk__in=own)[:RECENT]]
    prefetch_related_objects(found, with_substances())
    return found


def used_for(patient: Patient) -> set[int]:
    """Ids of the mixes in the patient's tests, and in the newest screenings and decisions."""
    named = KT("plan__formulation")
    found = (
        patient.allergy_tests.order_by()
        .values_list(Cast("formulation_id", TextField()))
        .union(
            Screening.objects.filter(patient=patient).values_list(named)[:NEWEST],
            FindingDecision.objects.filter(patient=patient).values_list(named)[:NEWEST],
        )
    )
    return {int(pk) for (pk,) in found if pk}


def tried(patient: Patient, mixes: list[Formulation], at: datetime) -> list[Tried]:
    record = on_record(patient, at)
    return [Tried(mix, record.gate(mix_of(mix), at)) for mix in mixes]
