"""The intake's pages: which questions are asked of whom, in which order, and what a set of answers still lacks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from patients.queries.rules import as_question
from protocols import eligibility
from protocols.eligibility import Answer, Occasion, Plan, RuleSet
from protocols.eligibility.verdict import applies
from protocols.models import IntakeQuestion

PRESCRIBER = "prescriber"  # judged at the consultation by whoever may prescribe


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of the intake."""

    code: str
    questions: tuple[IntakeQuestion, ...]
    answered: int = 0

    @property
    def total(self) -> int:
        return len(self.questions)

    @property
    def state(self) -> str:
        """done, begun or empty."""
        return "done" if self.answered == self.total else "begun" if self.answered else "empty"


def intake_questions(occasion: Occasion | str | None = None) -> list[IntakeQuestion]:
    """The questions in force, in order; with `occasion` only those asked then."""
    rows = IntakeQuestion.objects.filter(active=True)
    return list(rows if occasion is None else rows.filter(occasions__contains=[str(occasion)]))


def question_of(link_id: str) -> IntakeQuestion | None:
    return IntakeQuestion.objects.filter(link_id=link_id, active=True).first()


def topic_of(link_id: str) -> str | None:
    """The page on which a question is asked."""
    return IntakeQuestion.objects.filter(link_id=link_id, active=True).values_list("topic", flat=True).first()


def for_prescriber(question: IntakeQuestion) -> bool:
    return question.asked_of == PRESCRIBER


def applicable(
    questions: Iterable[IntakeQuestion],
    *,
    facts: eligibility.Patient,
    plan: Plan,
    on: date,
    occasion: Occasion,
    rules: RuleSet,
) -> list[IntakeQuestion]:
    """The questions that are put at all: follow-ups only when their ground is given."""
    case = rules.case(facts, plan, on=on, occasion=occasion)
    return [row for row in questions if applies(rules.questions.get(row.link_id) or as_question(row), case)]


def topics_of(questions: Iterable[IntakeQuestion], answers: Mapping[str, Any], *, prescriber: bool) -> list[Topic]:
    """Applicable questions grouped into pages, in order; the prescriber's own page only for prescribers."""
    pages: dict[str, list[IntakeQuestion]] = {}
    for question in questions:
        if prescriber or not for_prescriber(question):
            pages.setdefault(question.topic, []).append(question)
    return [Topic(code, tuple(rows), sum(row.link_id in answers for row in rows)) for code, rows in pages.items()]


def as_answers(values: Mapping[str, Any], on: date) -> dict[str, Answer]:
    return {link_id: Answer(value, on) for link_id, value in values.items()}
