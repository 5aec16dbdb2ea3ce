"""Medicines on a patient's list that can hide a reaction to the allergy test (D50)."""

from datetime import date
from zoneinfo import ZoneInfo

from patients.models import Patient
from patients.queries.answers import facts_of
from patients.queries.rules import current_rules
from protocols.eligibility import Occasion, Plan
from protocols.eligibility.questions import Rows
from protocols.eligibility.written import suppressants_in


def suppressants_of(patient: Patient, on: date, zone: ZoneInfo) -> tuple[str, ...]:
    """The names as the patient wrote them, for a test on the local day `on`."""
    case = current_rules().case(facts_of(patient, zone), Plan(), on=on, occasion=Occasion.PLAN)
    lists = (each for each in case.questions.values() if each.rows is Rows.MEDICINES)
    return tuple(name for each in lists for name in suppressants_in(case.answer(each.link_id), case.names, on))
