"""The screening rules as stored: which stand, what the catalogue says of each, and what a change would make of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from protocols.eligibility import Rule, RuleSet, question_from, rule_from
from protocols.models import ScreeningRule
from protocols.queries import policies

OWN_RULE, OWN_QUESTION = "clinic-", "clinic_"  # how the codes of what a clinic adds begin


def rules_in_force() -> list[ScreeningRule]:
    return list(ScreeningRule.objects.filter(active_until=None).select_related("published_by"))


def rule_in_force(code: str) -> ScreeningRule | None:
    return ScreeningRule.objects.filter(code=code, active_until=None).select_related("published_by").first()


def baseline_of(code: str) -> ScreeningRule | None:
    """The newest version the catalogue gave: what no clinic may go below (D15). None for a clinic's own rule."""
    rows = ScreeningRule.objects.filter(code=code, origin=ScreeningRule.Origin.CATALOGUE)
    return rows.order_by("-version").first()


def versions_of(code: str) -> list[ScreeningRule]:
    """Every version of a rule, newest first."""
    return list(ScreeningRule.objects.filter(code=code).select_related("published_by").order_by("-version"))


def engine_rule(row: ScreeningRule) -> Rule:
    return rule_from(row.definition | {"version": row.version})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A checked change that is not applied yet. `definition` is None for a rule that ends; `seen` is the version it was
    made from, 0 for a new rule. `question` comes with a new rule; `daily` are link ids asked on the day as well,
    `released` those asked as before the clinic's change: the clinic's own no longer, the catalogue's as it says."""

    code: str
    definition: Mapping[str, Any] | None
    origin: str = ScreeningRule.Origin.CLINIC
    seen: int = 0
    question: Mapping[str, Any] | None = None
    daily: tuple[str, ...] = ()
    released: tuple[str, ...] = ()

    def over(self, rules: RuleSet) -> RuleSet:
        """`rules` as they would be after it, under the clinic's choices."""
        kept = tuple(rule for rule in rules.rules if rule.code != self.code)
        dropped = {link_id for link_id in self.released if link_id.startswith(OWN_QUESTION)}
        questions = {link_id: each for link_id, each in rules.questions.items() if link_id not in dropped}
        if self.definition is None:
            return replace(rules, rules=kept, questions=questions)
        new = rule_from({**self.definition, "version": self.seen + 1}).under(policies())
        if self.question:
            questions[self.question["link_id"]] = question_from(self.question)
        return replace(rules, rules=(*kept, new), questions=questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """Another choice for a policy, not applied yet."""

    code: str
    value: Any
    rules: tuple[Rule, ...] = field(default=())  # those that read differently under it, as they are written

    def over(self, rules: RuleSet) -> RuleSet:
        """`rules` as they would read under the choice."""
        chosen = policies() | {self.code: self.value}
        read = {rule.code: rule.under(chosen) for rule in self.rules}
        return replace(rules, rules=tuple(read.get(rule.code, rule) for rule in rules.rules))


def rules_reading(code: str) -> tuple[Rule, ...]:
    """The rules in force whose reading depends on a policy."""
    rows: Iterable[ScreeningRule] = ScreeningRule.objects.filter(
        active_until=None, definition__other_reading__policy=code
    )
    return tuple(engine_rule(row) for row in rows)
