"""What is missing before the needle, item by item, for the test and for the treatment (D20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.models import Location
from patients.models import IntakeResponse, Patient
from patients.queries.allergy import gate_for
from patients.queries.eligibility import evaluate
from patients.queries.gates import consent_in_force, consultation_missing, eligible_for_test, gate_sentence
from protocols.eligibility import Act, Gate, GateStatus, Occasion, Plan, Verdict
from protocols.models import Formulation

DONE, TODO, WAIT, NOT_NEEDED = "done", "todo", "wait", "na"
GATE_STATES = {
    GateStatus.OPEN: DONE,
    GateStatus.NOT_APPLICABLE: NOT_NEEDED,
    GateStatus.WAITING: WAIT,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. `step`: which page settles it; `state`: done, todo, wait or na."""

    step: str
    label: str
    state: str
    text: str = ""


def before_test(
    patient: Patient, formulation: Formulation | None, *, at: datetime, zone: ZoneInfo, location: Location | None
) -> list[Item]:
    """The list for the allergy test of a mix."""
    verdict = eligible_for_test(patient, formulation, at, zone) if formulation else None
    return [
        intake_item(patient),
        consultation_item(patient, at),
        Item("mix", _("Mix chosen"), DONE if formulation else TODO, formulation.name if formulation else ""),
        eligibility_item(verdict or evaluate(patient, local_date(at, zone.key), zone=zone)),
        consent_item(patient, Act.TEST, at, _("Consent to the test signed")),
        *house_items(location),
    ]


def before_treatment(
    patient: Patient,
    plan: Plan,
    formulation: Formulation | None,
    *,
    at: datetime,
    zone: ZoneInfo,
    location: Location | None,
) -> list[Item]:
    """The list for the first treatment."""
    verdict = evaluate(patient, local_date(at, zone.key), Occasion.PLAN, plan, zone=zone)
    return [
        intake_item(patient),
        consultation_item(patient, at),
        eligibility_item(verdict),
        allergy_item(patient, formulation, at, zone),
        consent_item(patient, Act.TREATMENT, at, _("Consent to the treatment signed")),
        *house_items(location),
    ]


def intake_item(patient: Patient) -> Item:
    handed_in = IntakeResponse.objects.filter(
        patient=patient, occasion=Occasion.PLAN, status=IntakeResponse.Status.COMPLETED
    )
    return Item("intake", _("Intake handed in"), DONE if handed_in.exists() else TODO)


def consultation_item(patient: Patient, at: datetime) -> Item:
    missing = any(consultation_missing(patient, at))
    return Item("consultation", _("Consultation with a prescriber"), TODO if missing else DONE)


def eligibility_item(verdict: Verdict) -> Item:
    """Bookable or not and from when; what it rests on is on the verdict card, for clinicians (D17)."""
    if verdict.is_eligible:
        return Item("eligibility", _("Eligible"), DONE)
    if verdict.until:
        return Item(
            "eligibility", _("Eligible"), WAIT, _("From %(day)s.") % {"day": date_format(verdict.until, "j M Y")}
        )
    return Item("eligibility", _("Eligible"), TODO, _("Not yet: a practitioner has to look at it."))


def consent_item(patient: Patient, act: Act, at: datetime, label: str) -> Item:
    return Item(f"consent_{act}", label, DONE if consent_in_force(patient, act, at) else TODO)


def allergy_item(patient: Patient, formulation: Formulation | None, at: datetime, zone: ZoneInfo) -> Item:
    label = _("Negative allergy test of this mix")
    if formulation is None:
        return Item("mix", label, TODO, _("No mix has been chosen yet."))
    gate = gate_for(patient, formulation, at)
    return Item("allergy_test", label, gate_state(gate), gate_sentence(gate, zone))


def gate_state(gate: Gate) -> str:
    return GATE_STATES.get(gate.status, TODO)


def house_items(location: Location | None) -> Iterable[Item]:
    """What the place itself must have; the kit is checked at the start of each visit."""
    defined = bool(location and location.antisepsis_protocol.strip())
    yield Item("antisepsis", _("Skin antisepsis protocol defined"), DONE if defined else TODO)
    yield Item("kit", _("Emergency kit"), WAIT, _("Checked at the start of the visit."))
