"""Decisions on findings, as the engine reads them."""

from zoneinfo import ZoneInfo

from clinic.base.once import once
from patients.models import FindingDecision
from patients.queries.answers import by_patient
from patients.queries.plans import plan_from_json
from protocols.eligibility import Decision


@once
def decisions_in_bulk(patients: tuple[int, ...]) -> dict[int, list[FindingDecision]]:
    """Patient id -> every decision ever made, newest first; one query."""
    return by_patient(FindingDecision.objects.filter(patient__in=patients))


def as_decision(row: FindingDecision, zone: ZoneInfo) -> Decision:
    """`answers_hash` keeps the finding's context, so that a changed answer or rule voids it; `plan` what was seen."""
    return Decision(
        code=row.code,
        approved=row.decision == FindingDecision.Decision.APPROVE,
        context=row.answers_hash,
        on=row.decided_at.astimezone(zone).date(),
        by_prescriber=row.by_prescriber,
        plan=plan_from_json(row.plan),
    )
