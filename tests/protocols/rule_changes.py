"""Rules taken away or turned round, one change at a time, and whether a published case notices.

    python -m tests.protocols.rule_changes        every change, and those that no case notices

A change is one of: a rule is gone; a rule has another effect; a condition holds where it does not and the other way
round; a part of a condition is gone; all becomes any and any becomes all; a number is one more or one less; a word of a
list is gone; a yes is a no; a second reading or the months of a review are gone. The conditions under which a question
is asked are changed alike.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

from protocols.eligibility import Effect, Question, Rule, rule_from
from protocols.eligibility.case import HOLDS, Condition, Match
from protocols.eligibility.case import Case as Judged
from protocols.eligibility.conditions import AllOf, AnyOf
from protocols.eligibility.verdict import applies
from tests.protocols.patients import catalogue, rules
from tests.protocols.published import Case, published

NUMBERS = ("for_days", "days", "months", "years")
SWITCHES = ("ended", "denied", "suspected", "until_seen")
LISTS = (
    "values", "classes", "purposes", "except_purposes", "areas", "indications", "except_indications", "fields",
    "substances", "device_kinds", "techniques", "regions",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Holds where the condition does not."""

    of: Condition

    @property
    def reads(self) -> frozenset[str]:
        return self.of.reads

    def match(self, case: Judged) -> Match | None:
        return None if self.of.match(case) else HOLDS


@dataclass(frozen=True)
class Change:
    """`rule` or `question` is what is changed, as it stood; `now` what it became, None when it is gone."""

    what: str
    rule: Rule | None = None
    question: Question | None = None
    now: Any = None

    def __str__(self) -> str:
        return self.what

    def noticed(self) -> bool:
        """Whether some published case now comes out otherwise than it says."""
        return any(self.shows_in(case, judged) for case, judged in judged_cases())

    def shows_in(self, case: Case, judged: Judged) -> bool:
        if self.question:
            code = f"unanswered:{self.question.link_id}"
            open_now = not judged.is_answered(self.now) and applies(self.now, judged)
            return open_now != (code in case.expected[1])
        code = self.rule.code if self.rule else ""
        rule = self.now.under(dict(case.policies)) if self.now else None
        hit = rule.when.match(judged) if rule else None
        if rule is None or hit is None:
            return code in case.expected[1]
        said = (case.expected[1].get(code), case.expected[2].get(code))
        return said != (rule.effect, hit.until) or (self.renews and self.decides_otherwise(case, rule))

    @property
    def renews(self) -> bool:
        return bool(self.now and self.rule and self.now.renew_months != self.rule.renew_months)

    def decides_otherwise(self, case: Case, rule: Rule) -> bool:
        set_ = rules(*case.policies)
        changed = replace(set_, rules=tuple(rule if each.code == rule.code else each for each in set_.rules))
        return case.answer(changed) != case.expected


@cache
def judged_cases() -> tuple[tuple[Case, Judged], ...]:
    """Every published case as the conditions look at it; read once."""
    return tuple((case, case.judged(rules(*case.policies))) for case in published())


def changed_conditions(when: Condition) -> Iterator[tuple[str, Condition]]:
    """The condition with one change, in every way."""
    yield f"not {kind(when)}", Not(of=when)
    if isinstance(when, AllOf | AnyOf):
        other = AnyOf if isinstance(when, AllOf) else AllOf
        yield f"{kind(other)} for {kind(when)}", other(of=when.of)
        for place, part in enumerate(when.of):
            rest = when.of[:place] + when.of[place + 1 :]
            yield f"{kind(when)} without part {place + 1}", type(when)(of=rest)
            for what, changed in changed_conditions(part):
                yield f"part {place + 1}: {what}", type(when)(of=(*when.of[:place], changed, *when.of[place + 1 :]))
    elif is_dataclass(when):
        yield from changed_fields(when)


def changed_fields(when: Any) -> Iterator[tuple[str, Condition]]:
    for field in fields(when):
        value = getattr(when, field.name)
        if field.name in NUMBERS and value is not None:
            for other in (value - 1, value + 1):
                yield f"{field.name} {other}", replace(when, **{field.name: other})
        if field.name == "for_days" and value is not None:
            yield "for_days none", replace(when, for_days=None)
        if field.name in SWITCHES and not is_same(when, field.name):
            yield f"{field.name} {not value}", replace(when, **{field.name: not value})
        if field.name in LISTS:
            for place, word in enumerate(value):
                rest = value[:place] + value[place + 1 :]
                yield f"{field.name} without {word}", replace(when, **{field.name: rest})
                if isinstance(word, bool):
                    yield f"{field.name} {not word}", replace(when, **{field.name: (not word,)})


def is_same(when: Any, name: str) -> bool:
    """An answer that is good for more than its day stands until another is given, seen or not."""
    return name == "until_seen" and not rules().questions[when.question].same_day_only


def kind(when: Any) -> str:
    return (when if isinstance(when, type) else type(when)).__name__


def changes() -> Iterator[Change]:
    """Every change of the catalogue's rules and questions."""
    for row in catalogue().rules:
        yield from changes_of(rule_from(row.model_dump()))
    for question in rules().questions.values():
        if question.applies_when is not None:
            yield of_question(question, "asked of everybody", None)
            for what, when in changed_conditions(question.applies_when):
                yield of_question(question, f"asked when {what}", when)


def changes_of(rule: Rule) -> Iterator[Change]:
    yield Change(f"{rule.code}: gone", rule)
    for effect in Effect:
        if effect is not rule.effect:
            yield of_rule(rule, f"effect {effect}", effect=effect)
    for what, when in changed_conditions(rule.when):
        yield of_rule(rule, what, when=when)
    if rule.renew_months is not None:
        for months in (None, rule.renew_months - 1, rule.renew_months + 1):
            yield of_rule(rule, f"renew_months {months}", renew_months=months)
    if other := rule.other_reading:
        yield of_rule(rule, "second reading gone", other_reading=None)
        for what, when in changed_conditions(other.when) if other.when else ():
            yield of_rule(rule, f"second reading: {what}", other_reading=replace(other, when=when))


def of_rule(rule: Rule, what: str, **change: Any) -> Change:
    return Change(f"{rule.code}: {what}", rule, now=replace(rule, **change))


def of_question(question: Question, what: str, when: Condition | None) -> Change:
    return Change(f"{question.link_id}: {what}", question=question, now=replace(question, applies_when=when))


def survivors(some: Iterable[Change]) -> list[str]:
    """The changes that no case notices."""
    return [str(change) for change in some if not change.noticed()]


if __name__ == "__main__":
    every = list(changes())
    alive = survivors(every)
    print(f"{len(every)} changes, {len(alive)} that no case notices")
    print("\n".join(alive))
