"""Decisions on reviews and cautions, and what binds them (D34). PURE.

A decision is bound to the rule's condition and effect, to every answer of the topics the rule reads, and to the plan:
when one of the answers changes or the plan gains something, the binding no longer fits and the finding is open again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from protocols.eligibility.case import ALLERGIES, MEDICINES, Case
from protocols.eligibility.dates import add_months
from protocols.eligibility.questions import Question
from protocols.eligibility.rules import LISTS, Rule
from protocols.eligibility.terms import Effect, Options, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision as stored: the rule's code, the `context` of the finding decided on, the plan, by whom and when."""

    code: str
    approved: bool
    context: str
    on: date
    by_prescriber: bool = False
    plan: Plan = field(default_factory=Plan)


def decision_for(rule: Rule, context: str, decisions: Iterable[Decision], case: Case) -> Decision | None:
    """The newest decision that fits, if any; on the same day a refusal outweighs an approval."""
    return newest(decision for decision in decisions if fits(decision, rule, context, case))


def fallen_for(rule: Rule, decisions: Iterable[Decision]) -> Decision | None:
    """The newest decision on this rule, to be shown where none fits any more."""
    return newest(decision for decision in decisions if decision.code == rule.code)


def newest(decisions: Iterable[Decision]) -> Decision | None:
    return max(decisions, key=lambda decision: (decision.on, not decision.approved), default=None)


def fits(decision: Decision, rule: Rule, context: str, case: Case) -> bool:
    """Same rule and answers, a plan that gained nothing, made by somebody who may, and not run out."""
    if (decision.code, decision.context) != (rule.code, context):
        return False
    if rule.effect is Effect.REVIEW and not decision.by_prescriber:
        return False
    if not covers(decision.plan, case.plan, case.options):
        return False
    return rule.renew_months is None or case.on < add_months(decision.on, rule.renew_months)


def covers(decided: Plan, plan: Plan, options: Options) -> bool:
    """Whether `plan` gains nothing over the one decided on: area, indication, ingredient, dose or kind of device."""
    return (
        plan.areas <= decided.areas
        and plan.indication in (None, decided.indication)
        and plan.mix <= decided.mix
        and plan.topicals <= decided.topicals
        and not any(stronger(decided, code, amount, unit) for code, amount, unit in plan.doses)
        and kind_of(plan, options) in (None, kind_of(decided, options))
    )


def stronger(decided: Plan, code: str, amount: object, unit: str) -> bool:
    """A dose above the one decided on; one in another unit or without a decided one counts as above (B11)."""
    return not any(
        (code, unit) == (known, known_unit) and amount <= known_amount  # type: ignore[operator]
        for known, known_amount, known_unit in decided.doses
    )


def kind_of(plan: Plan, options: Options) -> str | None:
    """The kind of the planned device; a device that nobody knows is its own kind."""
    option = options.devices.get(plan.device or "")
    return option.kind if option else plan.device


def context_of(rule: Rule, case: Case) -> str:
    """A fingerprint of the rule's condition and effect and of every answer of its topics, as text."""
    read = (rule.code, str(rule.effect), repr(rule.when), *recorded(rule, case), *answers_of(rule, case))
    return sha256(repr(read).encode()).hexdigest()[:32]


def topics_of(rule: Rule, questions: Mapping[str, Question]) -> frozenset[str]:
    """The topics a rule reads answers of; a question without a topic is one of its own."""
    rows = {kind for kind, name in LISTS.items() if name in rule.when.reads}
    return frozenset(
        each.topic or link_id
        for link_id, each in questions.items()
        if link_id in rule.when.reads or (each.rows and each.rows in rows)
    )


def answers_of(rule: Rule, case: Case) -> Iterator[tuple[object, ...]]:
    """Every answer of the rule's topics, words included. One of a same-day question is bound to its day too."""
    topics = topics_of(rule, case.questions)
    for link_id, question in sorted(case.questions.items()):
        if (question.topic or link_id) not in topics or link_id not in case.patient.answers:
            continue
        value = case.given(link_id)
        plain = sorted(value) if isinstance(value, frozenset) else str(value)
        day = case.patient.answers[link_id].on.isoformat() if question.same_day_only else ""
        yield link_id, plain, day


def recorded(rule: Rule, case: Case) -> Iterator[object]:
    """What is on record beside the answers."""
    if ALLERGIES in rule.when.reads:
        yield sorted(case.patient.allergies), sorted(case.patient.suspected)
    if MEDICINES in rule.when.reads:
        yield sorted(case.patient.medicines)
