"""The case a condition looks at, and what a condition is. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from protocols.eligibility.questions import MISSING, Question, Reading
from protocols.eligibility.terms import Occasion, Options, Patient, Plan

ALLERGIES, MEDICINES = "@allergies", "@medicines"


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that holds: the first date on which it no longer does, if known, and the names it concerns."""

    until: date | None = None
    names: tuple[str, ...] = ()


HOLDS = Match()


class Case:
    """One patient, one plan, one date and occasion."""

    __slots__ = ("areas", "occasion", "on", "options", "patient", "plan", "questions")

    def __init__(
        self,
        *,
        patient: Patient,
        plan: Plan,
        on: date,
        occasion: Occasion,
        questions: Mapping[str, Question],
        options: Options,
    ) -> None:
        self.patient = patient
        self.plan = plan
        self.on = on
        self.occasion = occasion
        self.questions = questions
        self.options = options
        self.areas = options.with_parents(plan.areas)

    def answer(self, link_id: str) -> Reading:
        """The answer rules read, or MISSING. A same-day-only answer is good for its day and no other (B09, D16)."""
        question = self.questions.get(link_id)
        given = self.patient.answers.get(link_id)
        if question is None or given is None:
            return MISSING
        if question.same_day_only and (self.occasion is Occasion.PLAN or given.on != self.on):
            return MISSING
        return question.read(given.value)

    def is_answered(self, question: Question) -> bool:
        """Whether the question is settled: on the day itself a same-day question needs that day's answer."""
        if self.answer(question.link_id) is MISSING:
            return False
        if self.occasion is Occasion.SAME_DAY and Occasion.SAME_DAY in question.occasions:
            return self.patient.answers[question.link_id].on == self.on
        return True


class Condition(Protocol):
    """Holds or not for a case. `reads` names the link ids it looks at, and the lists `@allergies`, `@medicines`.

    A missing answer never makes a condition hold; the unanswered question leaves a finding of its own.
    """

    @property
    def reads(self) -> frozenset[str]: ...

    def match(self, case: Case) -> Match | None: ...


class Plain:
    """A condition that reads no answer."""

    __slots__ = ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset()
