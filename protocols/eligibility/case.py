"""The case a condition looks at, and what a condition is. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from protocols.eligibility.names import Register
from protocols.eligibility.questions import MISSING, Question, Reading, Rows
from protocols.eligibility.terms import Occasion, Options, Patient, Plan
from protocols.eligibility.written import Medicines, Mention, allergens_in, medicines_in

ALLERGIES, MEDICINES = "@allergies", "@medicines"


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that holds: the first date on which it no longer does, if known, and the names it concerns."""

    until: date | None = None
    names: tuple[str, ...] = ()


HOLDS = Match()
NO_NAMES = Register()


class Case:
    """One patient, one plan, one date and occasion."""

    __slots__ = (
        "_medicines",
        "areas",
        "names",
        "occasion",
        "on",
        "options",
        "patient",
        "plan",
        "questions",
        "readings",
    )

    def __init__(
        self,
        *,
        patient: Patient,
        plan: Plan,
        on: date,
        occasion: Occasion,
        questions: Mapping[str, Question],
        options: Options,
        names: Register = NO_NAMES,
    ) -> None:
        self.patient = patient
        self.plan = plan
        self.on = on
        self.occasion = occasion
        self.questions = questions
        self.options = options
        self.names = names
        self.areas = options.with_parents(plan.areas)
        self._medicines: dict[bool, Medicines] = {}
        # Read once: most answers are looked at by a rule, by a follow-up's condition and as a question.
        self.readings = {link_id: self.read(question) for link_id, question in questions.items()}

    def read(self, question: Question) -> Reading:
        """The answer that counts, or MISSING. A same-day-only answer is good for its day and no other (B09, D16)."""
        given = self.patient.answers.get(question.link_id)
        if given is None:
            return MISSING
        if question.same_day_only and (self.occasion is Occasion.PLAN or given.on != self.on):
            return MISSING
        return question.read(given.value)

    def answer(self, link_id: str) -> Reading:
        """The answer rules read, or MISSING."""
        return self.readings.get(link_id, MISSING)

    def given(self, link_id: str) -> Reading:
        """The newest answer, also one of another day, or MISSING."""
        question, answer = self.questions.get(link_id), self.patient.answers.get(link_id)
        return MISSING if question is None or answer is None else question.read(answer.value)

    def medicines(self, *, denied: bool = False) -> Medicines:
        """What the lists of medicines say; `denied`: those whose own ground was answered with no (D16)."""
        if denied not in self._medicines:
            self._medicines[denied] = self._listed(denied)
        return self._medicines[denied]

    def _listed(self, denied: bool) -> Medicines:
        stated = () if denied else sorted(self.patient.medicines)
        found = Medicines(mentions=tuple(Mention(written=code, classes=frozenset({code})) for code in stated))
        for question in self.questions.values():
            if question.rows is Rows.MEDICINES and self._is_denied(question) is denied:
                answer = self.patient.answers.get(question.link_id)
                found += medicines_in(self.answer(question.link_id), self.names, answer.on if answer else None)
        return found

    def named_allergens(self) -> frozenset[str]:
        """The allergens that the patient names in words (D35)."""
        found: frozenset[str] = frozenset()
        for question in self.questions.values():
            if question.rows is Rows.ALLERGIES and not self._is_denied(question):
                found |= allergens_in(self.answer(question.link_id), self.names)
        return found

    def _is_denied(self, question: Question) -> bool:
        ground = question.applies_when
        return ground is not None and any(self.answer(link_id) is False for link_id in ground.reads)

    def is_answered(self, question: Question) -> bool:
        """Whether the question is settled: on the day itself a same-day question needs that day's answer."""
        if self.readings[question.link_id] is MISSING:
            return False
        if self.occasion is Occasion.PLAN or Occasion.SAME_DAY not in question.occasions:
            return True
        return self.patient.answers[question.link_id].on == self.on


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
