"""Eligibility of one patient: stored facts, rules in force and decisions, handed to the pure engine. Read-only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.once import once
from clinic.base.refusals import Reason
from clinic.base.zones import home_zone
from patients.models import FindingDecision, Patient, Screening
from patients.queries.answers import facts_of
from patients.queries.decided import as_decision, decisions_in_bulk
from patients.queries.plans import NOTHING_PLANNED, plan_from_json
from patients.queries.rules import current_rules
from protocols import eligibility
from protocols.eligibility import Decision, Earliest, Effect, Finding, Occasion, Plan, RuleSet, Verdict

DID_YOU_MEAN = "medicine-did-you-mean"


def evaluate(
    patient: Patient,
    on: date,
    occasion: Occasion | str = Occasion.PLAN,
    plan: Plan | None = None,
    *,
    rules: RuleSet | None = None,
    zone: ZoneInfo | None = None,
) -> Verdict:
    """The verdict for the local date `on` (D10 to D16). `zone`: of the visit's location, else the clinic's first."""
    zone = zone or home_zone()
    return eligibility.evaluate(
        rules or current_rules(),
        facts_of(patient, zone),
        plan or NOTHING_PLANNED,
        on=on,
        occasion=Occasion(occasion),
        decisions=decisions_of(patient, zone),
    )


def evaluate_dates(
    patient: Patient, dates: Iterable[date], plan: Plan, *, zone: ZoneInfo | None = None
) -> dict[date, Verdict]:
    """The verdict for each date of a course, in as many queries as for one."""
    zone, rules = zone or home_zone(), current_rules()
    facts, decided = facts_of(patient, zone), decisions_of(patient, zone)
    return {
        on: eligibility.evaluate(rules, facts, plan, on=on, occasion=Occasion.PLAN, decisions=decided) for on in dates
    }


def earliest_start(
    patient: Patient,
    plan: Plan,
    *,
    today: date,
    test_opens_at: datetime | None = None,
    zone: ZoneInfo | None = None,
) -> Earliest:
    """The soonest day a first session could take place, and what holds it (issue of the soonest route)."""
    zone = zone or home_zone()
    return eligibility.earliest(
        current_rules(),
        facts_of(patient, zone),
        plan,
        today=today,
        test_opens_at=test_opens_at,
        decisions=decisions_of(patient, zone),
    )


def decisions_of(patient: Patient, zone: ZoneInfo) -> tuple[Decision, ...]:
    """Every decision ever made; which of them hold is for the engine to say (D34)."""
    return tuple(as_decision(row, zone) for row in decisions_in_bulk((patient.pk,)).get(patient.pk, []))


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on record, and whether it holds for the plan, rules and answers looked at."""

    row: FindingDecision
    in_force: bool


def decided_findings(patient: Patient, verdict: Verdict) -> list[Decided]:
    """Every decision ever made, newest first."""
    bound = {(each.code, each.context) for each in verdict.findings if each.decision is not None}
    rows = FindingDecision.objects.filter(patient=patient).select_related("decided_by")
    return [Decided(row, (row.code, row.answers_hash) in bound) for row in rows]


def asked_again(verdict: Verdict) -> tuple[Finding, ...]:
    """Unlikely pairs of answers, and names that are nearly another: saved as given, and asked again (D16, D35)."""
    return tuple(
        each for each in verdict.findings if each.question is None and asks_again(each.code, each.cites, each.effect)
    )


def asks_again(code: str, cites: Iterable[str], effect: Effect = Effect.INCOMPLETE) -> bool:
    return code == DID_YOU_MEAN or (effect is Effect.INCOMPLETE and "D16" in cites)


@once
def last_screening(patient: Patient) -> Screening | None:
    return Screening.objects.filter(patient=patient).first()


def plan_in_view(patient: Patient) -> Plan:
    """What was planned when the patient was last screened; nothing when never."""
    screening = last_screening(patient)
    return plan_from_json(screening.plan) if screening else NOTHING_PLANNED


def plans_in_view(patient: Patient) -> list[Plan]:
    """The same for whoever asks about several plans."""
    return [plan_in_view(patient)]


def sentence(finding: Finding) -> str:
    """What a finding says, in the reader's language and with the reader's way to write a day."""
    until = date_format(finding.until, "j M Y") if finding.until else ""
    return _(finding.message) % (finding.params | {"until": until})


def as_reasons(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    return tuple(Reason(each.code, sentence(each), each.until, each.cites) for each in findings)


def facts_hash(facts: eligibility.Patient) -> str:
    """A fingerprint of everything the rules could read of a patient."""
    answers = sorted((name, repr(each.value), each.on.isoformat()) for name, each in facts.answers.items())
    rest = (facts.birth_date, facts.sex, sorted(facts.allergies), sorted(facts.suspected), sorted(facts.medicines))
    return sha256(repr((answers, rest)).encode()).hexdigest()
