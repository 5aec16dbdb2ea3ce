"""Somebody whom nothing speaks against, and short ways to say what is different about somebody else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from protocols.eligibility import (
    Answer,
    Decision,
    Finding,
    Occasion,
    Patient,
    Plan,
    QuestionType,
    RuleSet,
    Verdict,
    evaluate,
)
from protocols.schema import Catalogue, read_catalogue, rule_set_of

CATALOGUE_FOLDER = Path(__file__).parents[2] / "protocols" / "catalogue"
TODAY = date(2026, 5, 5)
NOTHING: dict[QuestionType, object] = {
    QuestionType.BOOLEAN: False,
    QuestionType.DATE: None,
    QuestionType.MULTIPLE: [],
    QuestionType.TEXT: "as said",
}
BODY = Plan(
    areas=frozenset({"abdomen"}),
    indication="cellulite",
    mix=frozenset({"vitamins"}),
    topicals=frozenset({"antiseptic_foam", "film_spray"}),
    device="manual",
    technique="point_by_point",
)


@cache
def catalogue() -> Catalogue:
    return read_catalogue(CATALOGUE_FOLDER)


@cache
def rules(*policies: tuple[str, str]) -> RuleSet:
    """The catalogue's rules, under the policies given as (code, choice)."""
    return rule_set_of(catalogue(), dict(policies))


def clear_answers(on: date = TODAY) -> dict[str, Answer]:
    """Every question answered so that nothing excludes treatment."""
    return {
        question.link_id: Answer(
            question.options[0].code if question.type is QuestionType.CHOICE else NOTHING[question.type], on
        )
        for question in catalogue().questions
    }


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is different: answers by link id (given on `answered`), the person, the plan, the moment."""

    answers: Mapping[str, object] = field(default_factory=dict)
    answered: date | None = None
    without: tuple[str, ...] = ()
    birth_date: date | None = date(1986, 3, 14)
    sex: str | None = "female"
    allergies: frozenset[str] = frozenset()
    suspected: frozenset[str] = frozenset()
    medicines: frozenset[str] = frozenset()
    plan: Plan = BODY
    on: date = TODAY
    occasion: Occasion = Occasion.SAME_DAY
    decisions: tuple[Decision, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()

    @property
    def patient(self) -> Patient:
        answers = clear_answers(self.on)
        answers |= {name: Answer(value, self.answered or self.on) for name, value in self.answers.items()}
        return Patient(
            birth_date=self.birth_date,
            sex=self.sex,
            answers={name: answer for name, answer in answers.items() if name not in self.without},
            allergies=self.allergies,
            suspected=self.suspected,
            medicines=self.medicines,
        )

    def verdict(self, rule_set: RuleSet | None = None) -> Verdict:
        return evaluate(
            rule_set or rules(*self.policies),
            self.patient,
            self.plan,
            on=self.on,
            occasion=self.occasion,
            decisions=self.decisions,
        )

    def planned(self, **changes: object) -> "Given":
        return replace(self, plan=replace(self.plan, **changes))


def codes(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def found(verdict: Verdict, code: str) -> Finding:
    return next(finding for finding in verdict.findings if finding.code == code)


def decide(
    given: Given, code: str, *, approved: bool = True, by_prescriber: bool = True, on: date | None = None
) -> Given:
    """The same case with a decision made on one of its findings."""
    finding = found(given.verdict(), code)
    decision = Decision(
        plan=given.plan,
        code=code,
        approved=approved,
        context=finding.context,
        on=on or given.on,
        by_prescriber=by_prescriber,
    )
    return replace(given, decisions=(*given.decisions, decision))


def days(number: int) -> timedelta:
    return timedelta(days=number)


def yes(*link_ids: str) -> dict[str, object]:
    return dict.fromkeys(link_ids, True)


def without_rules(rule_set: RuleSet, removed: Iterable[str]) -> RuleSet:
    gone = set(removed)
    return replace(rule_set, rules=tuple(rule for rule in rule_set.rules if rule.code not in gone))
