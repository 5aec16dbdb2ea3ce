"""Who reads each home of a fact: what the product does with it, named as `module:attribute` (D49). PURE.

A home whose reader is gone counts for nothing, so taking a reader away leaves its facts unread. What the catalogue
files as information, claim or role is background and provenance and is read on the page of its id.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module

from protocols.library.coverage import Home, coverage, suits
from protocols.schema import Catalogue

CITATIONS = "protocols.library.citations:homes_of"  # the page of an id; enough for background and provenance only
READERS: dict[str, str] = {
    "area": "protocols.models:TreatmentArea",
    "indication": "protocols.models:Indication",
    "goal": "protocols.library.expected:goals",
    "programme": "protocols.library.expected:programmes_for",
    "technique": "protocols.models:Technique",
    "device": "protocols.models:DeliveryDevice",
    "substance": "protocols.models:Substance",
    "instruction": "scheduling.treatment.queries.care:instructions",
    "reaction": "protocols.models:ExpectedReaction",
    "consent": "patients.queries.statements:statements_for_plan",
    "question": "patients.queries.rules:as_question",
    "gate": "protocols.eligibility.readiness:CHECKS",
    "protocol": "protocols.library.queries:shown_version",
    "policy": "protocols.queries:policies",
    "list of names": "patients.queries.rules:name_lists",
    "record field": "scheduling.treatment.queries.steps:steps_of",
    "checklist": "scheduling.treatment.queries.steps:steps_of",
    "outcome": "protocols.library.expected:outcomes_of",
    "information": CITATIONS,
    "claim": CITATIONS,
    "role": CITATIONS,
}
RULES = "patients.queries.rules:current_rules"


def reader_of(home: Home) -> str:
    return RULES if home.kind.startswith("rule ") else READERS.get(home.kind, "")


def stands(reader: str) -> bool:
    """Whether the product still has it."""
    module, _, name = reader.partition(":")
    try:
        return bool(module) and hasattr(import_module(module), name)
    except ImportError:
        return False


def readers(catalogue: Catalogue) -> dict[str, list[str]]:
    """{fact id: who reads it}: of its homes of the right kind, the readers that stand."""
    uses = {fact.id: fact.use for fact in catalogue.facts}
    alive = {reader: stands(reader) for reader in {*READERS.values(), RULES}}
    return {fact: reading(uses[fact], homes, alive) for fact, homes in coverage(catalogue).items()}


def reading(use: str, homes: Iterable[Home], alive: Mapping[str, bool]) -> list[str]:
    found = {reader_of(home) for home in homes if suits(use, home)}
    return sorted(reader for reader in found if alive.get(reader, False))
