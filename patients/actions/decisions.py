"""Decisions on findings that a person may settle: reviews by a prescriber, cautions by a named clinician."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import CLINICAL, is_prescriber, role_of
from clinic.base.refusals import FieldError, Forbidden, Malformed, Reason, Refusal
from clinic.base.zones import zone_of
from clinic.models import User
from patients.actions.checks import tidy_note
from patients.actions.screening import record_screening
from patients.models import FindingDecision, Patient
from patients.queries.eligibility import evaluate, sentence
from patients.queries.plans import plan_as_json
from patients.queries.rules import current_rules, version_of
from protocols.eligibility import Effect, Finding, Occasion, Plan
from protocols.models import Formulation


@transaction.atomic
def decide_finding(
    *,
    patient: Patient,
    code: str,
    decision: str,
    reason: str,
    plan: Plan,
    formulation: Formulation | None = None,
    occasion: Occasion | str = Occasion.PLAN,
    on: date | None = None,
    by: User,
    now: datetime | None = None,
) -> FindingDecision:
    """Approve or decline one finding for this plan, this rule and the answers of its topic as they are (D34).

    Malformed (400) for a plan without area or indication. Refusal (422) when the finding cannot be decided on or does
    not stand, Forbidden when this person may not. BadInput without a reason.
    """
    now, zone = now or clock.now(), zone_of(by)
    if decision not in FindingDecision.Decision.values:
        raise Malformed.at("decision", _("Approve or decline."), "invalid_choice")
    why = tidy_note("reason", reason, required=True)
    rules = current_rules()
    verdict = evaluate(patient, on or now.astimezone(zone).date(), occasion, plan, rules=rules, zone=zone)
    finding = decidable(next((each for each in verdict.findings if each.code == code), None), code, by)
    check_named(plan)
    made = FindingDecision.objects.create(
        patient=patient,
        code=code,
        decision=decision,
        reason=why,
        plan=plan_as_json(plan, formulation),
        rule_version=version_of(rules),
        answers_hash=finding.context,
        decided_by=by,
        by_prescriber=is_prescriber(by),
        decided_at=now,
    )
    record_screening(
        patient=patient, on=verdict.on, occasion=occasion, plan=plan, formulation=formulation, by=by, now=now, zone=zone
    )
    return made


def check_named(plan: Plan) -> None:
    """Nobody decides about a plan that does not say where and what for (D34): Malformed at what is missing."""
    missing = [name for name, value in (("areas", plan.areas), ("indication", plan.indication)) if not value]
    if missing:
        text = _("Please say where and what for: a decision is for a named plan.")
        raise Malformed(text, errors=[FieldError(name, "required", text) for name in missing])


def decidable(finding: Finding | None, code: str, by: User) -> Finding:
    """The finding, if this person may decide on it. Blocks, exclusions, deferrals and gaps end otherwise (D10, D14)."""
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a clinician may decide on a finding."))
    if finding is None:
        raise Refusal(_("This finding does not apply to this plan."), reasons=[Reason(code, _("Nothing to decide."))])
    if finding.effect not in (Effect.REVIEW, Effect.CAUTION):
        raise Refusal(
            _("This finding cannot be decided on."),
            reasons=[Reason(finding.code, sentence(finding), finding.until, finding.cites)],
            next=finding.until,
        )
    if finding.effect is Effect.REVIEW and not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may decide on this finding."))
    return finding
