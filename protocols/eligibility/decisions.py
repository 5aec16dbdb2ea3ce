"""Decisions on reviews and cautions, and what binds them. PURE.

A decision is bound to what is planned, to the rule's version and to the answers the rule read; when one of these
changes, the binding no longer fits and the finding stands again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from protocols.eligibility.case import ALLERGIES, MEDICINES, Case
from protocols.eligibility.dates import add_months
from protocols.eligibility.rules import Rule
from protocols.eligibility.terms import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision as stored: the rule's code, the `context` of the finding decided on, who and when."""

    code: str
    approved: bool
    context: str
    on: date
    by_prescriber: bool = False


def decision_for(rule: Rule, context: str, decisions: Iterable[Decision], on: date) -> Decision | None:
    """The newest decision that fits, if any; on the same day a refusal outweighs an approval."""
    fitting = [decision for decision in decisions if fits(decision, rule, context, on)]
    return max(fitting, key=lambda decision: (decision.on, not decision.approved), default=None)


def fits(decision: Decision, rule: Rule, context: str, on: date) -> bool:
    """Same rule, same context, made by somebody who may, and not run out."""
    if (decision.code, decision.context) != (rule.code, context):
        return False
    if rule.effect is Effect.REVIEW and not decision.by_prescriber:
        return False
    return rule.renew_months is None or on < add_months(decision.on, rule.renew_months)


def context_of(rule: Rule, case: Case) -> str:
    """A fingerprint of plan, rule version and the answers read, as text."""
    read = tuple((name, value_read(name, case)) for name in sorted(rule.when.reads))
    return sha256(repr((rule.code, rule.version, case.plan.canonical(), read)).encode()).hexdigest()[:32]


def value_read(name: str, case: Case) -> object:
    if name == ALLERGIES:
        return sorted(case.patient.allergies), sorted(case.patient.suspected)
    if name == MEDICINES:
        return sorted(case.patient.medicines)
    question, value = case.questions.get(name), case.given(name)
    plain = sorted(value) if isinstance(value, frozenset) else str(value)
    if question is None or not question.same_day_only or name not in case.patient.answers:
        return plain
    return plain, case.patient.answers[name].on.isoformat()
