"""What is missing before the needle, item by item, for the test and for the treatment (D20)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.models import Location
from patients.models import Patient
from patients.queries.answers import stored_responses
from patients.queries.readiness import AskedAct, facts_of, test_alone
from patients.queries.readiness_words import NEEDS, gate_sentence
from protocols.eligibility import Act, Gate, GateStatus, Need, Occasion, Plan, Verdict, missing
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
    [facts] = facts_of([test_alone(patient, formulation, zone, location)], at=at)
    lacking = {lack.need for lack in missing(facts)}
    return [
        intake_item(patient),
        consultation_item(lacking),
        Item("mix", _("Mix chosen"), DONE if formulation else TODO, formulation.name if formulation else ""),
        eligibility_item(facts.verdict),
        consent_item(facts.act, lacking, _("Consent to the test signed")),
        *house_items(lacking),
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
    asked = AskedAct(
        patient=patient, act=Act.TREATMENT, plan=plan, formulation=formulation, zone=zone, location=location
    )
    [facts] = facts_of([asked], at=at)
    lacking = {lack.need for lack in missing(facts)}
    return [
        intake_item(patient),
        consultation_item(lacking),
        eligibility_item(facts.verdict),
        allergy_item(facts.gate, zone),
        consent_item(facts.act, lacking, _("Consent to the treatment signed")),
        *house_items(lacking),
    ]


def intake_item(patient: Patient) -> Item:
    handed_in = any(response.occasion == Occasion.PLAN for response in stored_responses(patient))
    return Item("intake", _("Intake handed in"), DONE if handed_in else TODO)


def consultation_item(lacking: Collection[Need]) -> Item:
    return Item("consultation", str(NEEDS[Need.CONSULTATION].label), TODO if Need.CONSULTATION in lacking else DONE)


def eligibility_item(verdict: Verdict) -> Item:
    """Bookable or not and from when; what it rests on is on the verdict card, for clinicians (D17)."""
    if verdict.is_eligible:
        return Item("eligibility", _("Eligible"), DONE)
    if verdict.until:
        return Item(
            "eligibility", _("Eligible"), WAIT, _("From %(day)s.") % {"day": date_format(verdict.until, "j M Y")}
        )
    return Item("eligibility", _("Eligible"), TODO, _("Not yet: a practitioner has to look at it."))


def consent_item(act: Act, lacking: Collection[Need], label: str) -> Item:
    return Item(f"consent_{act}", label, TODO if Need.CONSENT in lacking else DONE)


def allergy_item(gate: Gate | None, zone: ZoneInfo) -> Item:
    label = _("Negative allergy test of this mix")
    if gate is None:
        return Item("mix", label, TODO, _("No mix has been chosen yet."))
    return Item("allergy_test", label, GATE_STATES.get(gate.status, TODO), gate_sentence(gate, zone))


def house_items(lacking: Collection[Need]) -> Iterable[Item]:
    """What the place itself must have; the kit is checked at the start of each visit."""
    yield Item("antisepsis", _("Skin antisepsis protocol defined"), TODO if Need.ANTISEPSIS in lacking else DONE)
    yield Item("kit", str(NEEDS[Need.EMERGENCY_KIT].label), WAIT, _("Checked at the start of the visit."))
