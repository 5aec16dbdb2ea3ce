"""The soonest day a first session could take place: the latest of all findings' ends and of the allergy test. PURE."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from protocols.eligibility.decisions import Decision
from protocols.eligibility.rules import RuleSet
from protocols.eligibility.terms import Effect, Occasion, Patient, Plan
from protocols.eligibility.verdict import Finding, Verdict, evaluate

ENDED_BY_A_PERSON = frozenset({Effect.INCOMPLETE, Effect.REVIEW, Effect.CAUTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Earliest:
    """`on` is None when something stands that has no known end. `at`: not before this instant on that day.

    `because`: the findings that push the day back; `waiting_for`: those a person can end at any time (answers,
    decisions); `stopped_by`: those without a known end.
    """

    on: date | None
    at: datetime | None = None
    because: tuple[Finding, ...] = ()
    waiting_for: tuple[Finding, ...] = ()
    stopped_by: tuple[Finding, ...] = ()


def earliest(
    rules: RuleSet,
    patient: Patient,
    plan: Plan,
    *,
    today: date,
    test_opens_at: datetime | None = None,
    decisions: Iterable[Decision] = (),
) -> Earliest:
    """The soonest date from `today`, evaluated again for each candidate, so that a birthday or a lapsed review is seen.

    `test_opens_at`: test + 24 elapsed hours, expressed in the location's zone (F220, D22); None when no test holds it.
    """
    decided, day = tuple(decisions), today
    because: tuple[Finding, ...] = ()
    if test_opens_at is not None:
        day = max(day, test_opens_at.date())
    while True:
        verdict = evaluate(rules, patient, plan, on=day, occasion=Occasion.PLAN, decisions=decided)
        timed = tuple(finding for finding in verdict.holding if finding.until is not None and finding.until > day)
        if stopped := without_end(verdict, timed):
            return Earliest(on=None, because=because, waiting_for=for_a_person(verdict), stopped_by=stopped)
        if not timed:
            at = test_opens_at if test_opens_at is not None and test_opens_at.date() == day else None
            return Earliest(on=day, at=at, because=because, waiting_for=for_a_person(verdict))
        day = max(finding.until for finding in timed if finding.until is not None)
        because += timed


def for_a_person(verdict: Verdict) -> tuple[Finding, ...]:
    return tuple(each for each in verdict.holding if is_for_a_person(each))


def without_end(verdict: Verdict, timed: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings nobody can end by an answer or a decision, and no date ends either; a refused review is one of them."""
    return tuple(each for each in verdict.holding if not is_for_a_person(each) and each not in timed)


def is_for_a_person(finding: Finding) -> bool:
    return finding.effect in ENDED_BY_A_PERSON and finding.decision is None
