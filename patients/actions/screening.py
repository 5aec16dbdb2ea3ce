"""Keeping the result of one evaluation: what was concluded, from what, and when. Rows are never changed."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from clinic.base import clock, doorbell
from clinic.base.zones import zone_of
from clinic.models import User
from patients.models import Patient, Screening
from patients.queries.answers import facts_of
from patients.queries.eligibility import decisions_of, facts_hash, sentence
from patients.queries.plans import plan_as_json
from patients.queries.rules import current_rules, version_of
from protocols import eligibility
from protocols.eligibility import Finding, Occasion, Plan
from protocols.models import Formulation

VISITS_AHEAD = "scheduling.judge_patient"  # rung by name: what is booked is judged again for its own day (D16)


@transaction.atomic
def record_screening(
    *,
    patient: Patient,
    on: date,
    occasion: Occasion | str = Occasion.PLAN,
    plan: Plan,
    formulation: Formulation | None = None,
    by: User,
    now: datetime | None = None,
    zone: ZoneInfo | None = None,
) -> Screening:
    """Evaluate for the local date `on` and keep verdict, findings, rule version and a fingerprint of the facts."""
    zone = zone or zone_of(by)
    rules, facts = current_rules(), facts_of(patient, zone)
    verdict = eligibility.evaluate(
        rules, facts, plan, on=on, occasion=Occasion(occasion), decisions=decisions_of(patient, zone)
    )
    doorbell.ring(VISITS_AHEAD, patient.pk)
    return Screening.objects.create(
        patient=patient,
        evaluated_for=on,
        evaluated_at=now or clock.now(),
        evaluated_by=by,
        occasion=str(occasion),
        plan=plan_as_json(plan, formulation),
        verdict=str(verdict.status),
        until=verdict.until,
        findings=[as_json(finding) for finding in verdict.findings],
        rule_version=version_of(rules),
        answers_hash=facts_hash(facts),
    )


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding as it is kept; the sentence in the clinic's own language."""
    return {
        "code": finding.code,
        "effect": str(finding.effect),
        "message": sentence(finding),
        "until": finding.until.isoformat() if finding.until else None,
        "cites": list(finding.cites),
        "decision": None if finding.decision is None else ("approve" if finding.decision.approved else "decline"),
    }
