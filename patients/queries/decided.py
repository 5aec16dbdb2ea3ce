"""Decisions on findings, as the engine reads them."""

from zoneinfo import ZoneInfo

from patients.models import FindingDecision
from patients.queries.plans import plan_from_json
from protocols.eligibility import Decision


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
