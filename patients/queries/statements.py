"""The lines a patient reads before signing."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from protocols.eligibility import Act, Options, Plan, condition_from
from protocols.models import CareInstruction, ConsentStatement

BOTH = "both"  # the test and the treatment
NEEDLE = frozenset(map(str, Act))


def all_statements() -> list[ConsentStatement]:
    return list(ConsentStatement.objects.filter(active=True))


def statements_for(act: str) -> list[ConsentStatement]:
    """Every line of this act in the order it is read, those for special plans included."""
    return [line for line in all_statements() if belongs(line, act)]


def belongs(line: ConsentStatement, act: str) -> bool:
    return line.act == str(act) or (line.act == BOTH and str(act) in NEEDLE)


def statements_for_plan(act: str, plan: Plan, options: Options) -> list[ConsentStatement]:
    """The lines that concern what is planned: those without a scope, and those whose scope the plan touches."""
    return [line for line in statements_for(act) if concerns(line, plan, options)]


def concerns(line: ConsentStatement | CareInstruction, plan: Plan, options: Options) -> bool:
    return in_scope(line.scope, plan, options)


def in_scope(scope: Mapping[str, Any] | None, plan: Plan, options: Options) -> bool:
    """Whether a plan is one of those a catalogue entry speaks of; an empty scope speaks of all."""
    if not scope:
        return True
    planned = condition_from({"kind": "planned", **scope})
    return bool(planned.covers(plan, options))  # type: ignore[attr-defined]  # the kind named above has it


def digest_of(lines: Iterable[tuple[str, str]], language: str) -> str:
    """A fingerprint of lines (code, text) as somebody read them."""
    return sha256(repr((language, list(lines))).encode()).hexdigest()


def version_of_text(offered: Sequence[ConsentStatement], language: str) -> str:
    """Which edition of the whole text of an act was in use; another wording of any line is another edition."""
    return digest_of(((line.code, line.text) for line in offered), language)[:12]
