"""From rules, a patient, a plan and a date to a verdict whose every finding says why. PURE; nothing raises."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from protocols.eligibility.case import Case, Match
from protocols.eligibility.decisions import Decision, context_of, decision_for, fallen_for
from protocols.eligibility.questions import Question
from protocols.eligibility.rules import WAY_OUT, Rule, RuleSet
from protocols.eligibility.terms import (
    SEVERITY,
    STATUS_OF,
    STATUS_RANK,
    Effect,
    Occasion,
    Patient,
    Plan,
    Status,
    WayOut,
)

DECIDABLE = frozenset({Effect.REVIEW, Effect.CAUTION})
NOT_ANSWERED = "Not answered yet: %(question)s"
UNANSWERED = ("B11",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that excludes treatment. `message` % `params` is the sentence (both translatable).

    `until` is the first date on which it no longer holds, where known. `context` is what a decision on it must be
    bound to: the rule's condition and the answers of its topics. `fallen`: an earlier decision that holds no longer, or
    not for this plan (D34). `question`: the link id of an unanswered question.
    """

    code: str
    effect: Effect
    message: str
    cites: tuple[str, ...]
    params: dict[str, str] = field(default_factory=dict)
    until: date | None = None
    way_out: WayOut
    question: str | None = None
    context: str = ""
    decision: Decision | None = None
    fallen: Decision | None = None

    @property
    def text(self) -> str:
        return self.message % self.params

    @property
    def status(self) -> Status:
        """What the verdict can be at best while this finding is open."""
        if self.decision is None:
            return STATUS_OF[self.effect]
        return Status.ELIGIBLE if self.decision.approved else Status.CONTRAINDICATED

    @property
    def holds_back(self) -> bool:
        return self.status is not Status.ELIGIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`findings` come strongest first, decided ones included. `until`: first date the status itself ends, if known."""

    status: Status
    on: date
    occasion: Occasion
    findings: tuple[Finding, ...]
    until: date | None = None

    @property
    def is_eligible(self) -> bool:
        return self.status is Status.ELIGIBLE

    @property
    def holding(self) -> tuple[Finding, ...]:
        """The findings that hold the verdict back."""
        return tuple(finding for finding in self.findings if finding.holds_back)


def evaluate(
    rules: RuleSet,
    patient: Patient,
    plan: Plan,
    *,
    on: date,
    occasion: Occasion,
    decisions: Iterable[Decision] = (),
) -> Verdict:
    """The verdict for the local date `on` (D10 to D16); the order of rules, answers and decisions changes nothing."""
    case = rules.case(patient, plan, on=on, occasion=occasion)
    decided = tuple(decisions)
    found = [*rule_findings(rules.rules, case, decided), *unanswered(rules.questions.values(), case)]
    return verdict_of(sorted(found, key=lambda finding: (SEVERITY[finding.effect], finding.code)), on, occasion)


def verdict_of(findings: list[Finding], on: date, occasion: Occasion) -> Verdict:
    status = min((finding.status for finding in findings), key=STATUS_RANK.__getitem__, default=Status.ELIGIBLE)
    worst = [finding for finding in findings if finding.holds_back and finding.status is status]
    ends = [finding.until for finding in worst if finding.until is not None]
    until = max(ends) if ends and len(ends) == len(worst) else None
    return Verdict(status=status, on=on, occasion=occasion, findings=tuple(findings), until=until)


def rule_findings(rules: Iterable[Rule], case: Case, decisions: tuple[Decision, ...]) -> Iterator[Finding]:
    for rule in rules:
        hit = rule.when.match(case)
        if hit is not None:
            yield finding_of(rule, hit, case, decisions)


def finding_of(rule: Rule, hit: Match, case: Case, decisions: tuple[Decision, ...]) -> Finding:
    context = context_of(rule, case) if rule.effect in DECIDABLE else ""
    decision = decision_for(rule, context, decisions, case) if context else None
    return Finding(
        code=rule.code,
        effect=rule.effect,
        message=rule.message,
        params={"names": ", ".join(hit.names), "until": hit.until.isoformat() if hit.until else ""},
        cites=rule.cites,
        until=hit.until,
        way_out=WayOut.TIME if hit.until else WAY_OUT[rule.effect],
        context=context,
        decision=decision,
        fallen=fallen_for(rule, decisions) if context and decision is None else None,
    )


def asked(rules: RuleSet, patient: Patient, plan: Plan, *, on: date, occasion: Occasion) -> tuple[Question, ...]:
    """The questions that apply now, answered or not, in catalogue order; what an intake page shows."""
    case = rules.case(patient, plan, on=on, occasion=occasion)
    return tuple(question for question in rules.questions.values() if applies(question, case))


def unanswered(questions: Iterable[Question], case: Case) -> Iterator[Finding]:
    """A finding for each question that applies and is not answered: unknown is never read as no (B11)."""
    for question in questions:
        if not case.is_answered(question) and applies(question, case):
            yield Finding(
                code=f"unanswered:{question.link_id}",
                effect=Effect.INCOMPLETE,
                message=NOT_ANSWERED,
                params={"question": question.text},
                cites=question.cites + UNANSWERED,
                way_out=WayOut.ANSWER,
                question=question.link_id,
            )


def applies(question: Question, case: Case) -> bool:
    """Whether the question is asked at all: same-day ones on the day only, follow-ups when their ground is given."""
    if case.occasion is Occasion.PLAN and question.same_day_only:
        return False
    return question.applies_when is None or question.applies_when.match(case) is not None
