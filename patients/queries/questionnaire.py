"""Where somebody is in the intake: topics, what is answered, what comes next, and what is unlikely together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from patients.models import IntakeResponse, Patient
from patients.queries.answers import draft_of, facts_of, newest_answers
from patients.queries.eligibility import asked_again, asks_again, sentence
from patients.queries.questions import Topic, applicable, as_answers, intake_questions, topics_of
from patients.queries.rules import current_rules
from protocols import eligibility
from protocols.eligibility import Occasion, Plan, RuleSet
from protocols.models import IntakeQuestion


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One patient's way through the questions of an occasion, as of a day and for what is planned."""

    patient: Patient
    occasion: Occasion
    on: date
    plan: Plan
    rules: RuleSet
    facts: eligibility.Patient
    questions: tuple[IntakeQuestion, ...]
    stored: Mapping[str, Any]
    draft: IntakeResponse | None
    prescriber: bool

    @property
    def answers(self) -> dict[str, Any]:
        """What stands, with the draft over it."""
        return dict(self.stored) | (self.draft.answers if self.draft else {})

    def asked(self, typed: Mapping[str, Any] | None = None) -> list[IntakeQuestion]:
        """The questions that are put, given what was typed last."""
        known = self.answers | dict(typed or {})
        return applicable(
            self.questions,
            facts=self.with_answers(known),
            plan=self.plan,
            on=self.on,
            occasion=self.occasion,
            rules=self.rules,
        )

    def topics(self) -> list[Topic]:
        return topics_of(self.asked(), self.answers, prescriber=self.prescriber)

    def topic(self, code: str, typed: Mapping[str, Any] | None = None) -> Topic | None:
        """One page, with the follow-ups that what was typed brings up."""
        pages = topics_of(self.asked(typed), self.answers | dict(typed or {}), prescriber=self.prescriber)
        return next((page for page in pages if page.code == code), None)

    def after(self, code: str) -> str | None:
        """The topic to go to next: the first after this one that is not done, else the first at all."""
        codes = [page.code for page in self.topics()]
        open_pages = [page.code for page in self.topics() if page.state != "done"]
        here = codes.index(code) if code in codes else -1
        return next((page for page in open_pages if codes.index(page) > here), next(iter(open_pages), None))

    def unlikely(self, typed: Mapping[str, Any]) -> list[str]:
        """Sentences about pairs of answers that what was typed makes and that are unlikely together (D16)."""
        read = {
            link
            for rule in self.rules.rules
            for link in self.rules.answers_read(rule.when)
            if asks_again(rule.code, rule.cites)
        }
        if not read & set(typed):
            return []
        facts = self.with_answers(self.answers | dict(typed))
        verdict = eligibility.evaluate(self.rules, facts, self.plan, on=self.on, occasion=self.occasion)
        pairs = [each for each in asked_again(verdict) if self.reads(each.code) & set(typed)]
        return [sentence(each) for each in pairs]

    def reads(self, code: str) -> frozenset[str]:
        found = (self.rules.answers_read(rule.when) for rule in self.rules.rules if rule.code == code)
        return next(found, frozenset())

    def with_answers(self, values: Mapping[str, Any]) -> eligibility.Patient:
        return eligibility.Patient(
            birth_date=self.facts.birth_date,
            sex=self.facts.sex,
            answers=dict(self.facts.answers) | as_answers(values, self.on),
            allergies=self.facts.allergies,
            suspected=self.facts.suspected,
            medicines=self.facts.medicines,
        )


def questionnaire_of(
    patient: Patient, *, occasion: Occasion, on: date, plan: Plan, zone: ZoneInfo, prescriber: bool
) -> Questionnaire:
    """Where the patient stands. On the day itself nothing answered before is taken over (B09)."""
    stored = {link: given.value for link, given in newest_answers(patient).items()} if occasion is Occasion.PLAN else {}
    return Questionnaire(
        patient=patient,
        occasion=occasion,
        on=on,
        plan=plan,
        rules=current_rules(),
        facts=facts_of(patient, zone),
        questions=tuple(intake_questions(occasion)),
        stored=stored,
        draft=draft_of(patient, occasion),
        prescriber=prescriber,
    )
