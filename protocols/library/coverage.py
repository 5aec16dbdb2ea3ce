"""Where each fact went: from the catalogue to the homes of every fact. PURE.

A fact's `use` says what kind of home it must have; only a cited decision may change that (D12, D13).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from protocols.eligibility import Effect
from protocols.schema import Catalogue
from protocols.schema.base import Row
from protocols.schema.references import key_of
from protocols.schema.screening import ScreeningRule


@dataclass(frozen=True, slots=True, order=True)
class Home:
    """An entry that a fact lives in: its kind and code, and the ids it cites."""

    kind: str
    code: str
    cites: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}"


# Files whose entries are homes, and what a home in them is called. Rules are called after their effect.
KIND_OF = {
    "areas": "area",
    "indications": "indication",
    "goals": "goal",
    "programmes": "programme",
    "techniques": "technique",
    "delivery_devices": "device",
    "substances": "substance",
    "instructions": "instruction",
    "reactions": "reaction",
    "consent": "consent",
    "claims": "claim",
    "questions": "question",
    "gates": "gate",
    "protocols": "protocol",
    "record_fields": "record field",
    "outcomes": "outcome",
    "policies": "policy",
    "roles": "role",
    "checklist": "checklist",
    "information": "information",
    "name_lists": "list of names",
}
BLOCKS, EXCLUDED, DEFERRED, REVIEW, CAUTION = (
    f"rule {effect}"
    for effect in (Effect.BLOCKS, Effect.EXCLUDED_OPTION, Effect.DEFERRED, Effect.REVIEW, Effect.CAUTION)
)
CHOICES = frozenset({"area", "indication", "goal", "programme", "technique", "device", "substance"})
HOMES: dict[str, frozenset[str]] = {
    "catalogue": CHOICES,
    "catalogue-conflict": CHOICES,
    "catalogue-ambiguity": frozenset({"indication"}),
    "catalogue-flag": frozenset({"indication"}),
    "config": frozenset({"policy"}),
    "rule-block": frozenset({BLOCKS, EXCLUDED}),
    "rule-defer": frozenset({DEFERRED}),
    "rule-washout": frozenset({DEFERRED}),
    "rule-warn": frozenset({CAUTION}),
    "rule-review": frozenset({REVIEW}),
    "rule-gate": frozenset({"gate"}),
    "rule-conflict": frozenset({"gate", BLOCKS, EXCLUDED}),
    "intake-question": frozenset({"question"}),
    "record-field": frozenset({"record field"}),
    "protocol": frozenset({"protocol"}),
    "protocol-ambiguous": frozenset({"protocol"}),
    "plan-structure": frozenset({"protocol", "programme"}),
    "scheduling": frozenset({"protocol", "policy"}),
    "checklist": frozenset({"checklist"}),
    "task": frozenset({"checklist"}),
    "instruction": frozenset({"instruction"}),
    "instruction-conflict": frozenset({"instruction"}),
    "consent-statement": frozenset({"consent"}),
    "consent-flag": frozenset({"claim"}),
    "ae-catalogue": frozenset({"reaction"}),
    "ae-expectation": frozenset({"reaction"}),
    "ae-serious": frozenset({"reaction"}),
    "ae-attribution": frozenset({"reaction", "record field"}),
    "escalation": frozenset({"reaction", "instruction"}),
    "outcome-expectation": frozenset({"outcome"}),
    "role": frozenset({"role"}),
    "information": frozenset({"information"}),
    "information-conflict": frozenset({"information"}),
    "definition": frozenset({"information"}),
    "provenance": frozenset({"information"}),
}
# use changed by a decision: (use, deciding id) -> further kinds of home, if the entry cites that decision
CHANGED_BY = {
    ("rule-block", "D12"): frozenset({DEFERRED, REVIEW}),
    ("rule-block", "D13"): frozenset({DEFERRED, REVIEW}),
}


def coverage(catalogue: Catalogue) -> dict[str, list[Home]]:
    """{fact id: its homes}, ids in order, the homes its use asks for first; a fact that nothing cites has none."""
    uses = {fact.id: fact.use for fact in catalogue.facts}
    homes: dict[str, list[Home]] = {fact: [] for fact in sorted(uses)}
    for home in sorted(homes_in(catalogue)):
        for fact in homes.keys() & set(home.cites):
            homes[fact].append(home)
    return {fact: sorted(found, key=lambda home: not suits(uses[fact], home)) for fact, found in homes.items()}


def misplaced(catalogue: Catalogue) -> dict[str, str]:
    """{fact id: what is wrong}: facts without a home, or without one of the kind their use asks for."""
    found = {}
    uses = {fact.id: fact.use for fact in catalogue.facts}
    for fact, homes in coverage(catalogue).items():
        if not homes:
            found[fact] = "has no home"
        elif not any(suits(uses[fact], home) for home in homes):
            found[fact] = f"is for {uses[fact]} and lives in {', '.join(map(str, homes))}"
    return found


def suits(use: str, home: Home) -> bool:
    """Whether a fact of this use may live in this home."""
    if home.kind in HOMES.get(use, frozenset()):
        return True
    return any(home.kind in CHANGED_BY.get((use, cited), frozenset()) for cited in home.cites)


def homes_in(catalogue: Catalogue) -> Iterator[Home]:
    for name, kind in KIND_OF.items():
        for entry in getattr(catalogue, name):
            yield Home(kind, key_of(entry), cites_of(entry))
    for rule in catalogue.rules:
        yield Home(kind_of(rule), rule.code, rule.cites)


def kind_of(rule: ScreeningRule) -> str:
    return f"rule {rule.effect}"


def cites_of(entry: Row) -> tuple[str, ...]:
    """What an entry cites, its phases' ids included."""
    own: tuple[str, ...] = getattr(entry, "cites", ())
    return own + tuple(cite for phase in getattr(entry, "phases", ()) for cite in phase.cites)
