"""Screening rules into the database: a changed rule is a new version, and of the catalogue's and the clinic's rule the
stricter one is in force (D15)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from protocols.actions.rules import loosened_parts, next_code
from protocols.models import ScreeningRule
from protocols.rules.queries import OWN_RULE

Origin = ScreeningRule.Origin


@transaction.atomic
def load_rules(*, rules: Sequence[dict[str, Any]], now: datetime) -> list[str]:
    """Add new rules, version changed ones, end those the catalogue dropped. Returns what changed."""
    active = {row.code: row for row in ScreeningRule.objects.filter(active_until=None)}
    changes = []
    for rule in rules:
        row = active.pop(rule["code"], None)
        if row and (row.definition == rule or stands(row, rule)):
            continue
        if row:
            end(row, now)
        add(rule, row.version + 1 if row else next_number(rule["code"]), now)
        changes.append(f"screening rule {rule['code']}: {took_effect(row, rule, now)}")
    for row in active.values():
        if row.origin == Origin.CATALOGUE:
            end(row, now)
            changes.append(f"screening rule {row.code}: ended")
    return changes


def stands(row: ScreeningRule, rule: dict[str, Any]) -> bool:
    """Whether the clinic's rule stays although the catalogue's reads differently: it is in nothing looser."""
    return row.origin == Origin.CLINIC and not looser(row.definition, rule)


def looser(rule: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """In what `rule` is looser than `other`. A citation more or less makes neither stricter."""
    return [name for name in loosened_parts(rule, rule, other) if name != "cites"]


def took_effect(old: ScreeningRule | None, rule: dict[str, Any], now: datetime) -> str:
    """What became of the rule that was in force, in words; `old` has ended and `rule` is in force.

    Where the clinic's was stricter in something else, neither gives way: it goes on beside, as a rule of its own.
    """
    if old is None:
        return "added"
    if old.origin == Origin.CATALOGUE:
        return "new version"
    said = f"new version, stricter than the clinic's in {', '.join(looser(old.definition, rule))}; "
    if not looser(rule, old.definition):
        return said + f"the clinic's version {old.version} is in the history"
    return said + f"what the clinic tightened goes on as {go_on_beside(old, now).code}"


def go_on_beside(old: ScreeningRule, now: datetime) -> ScreeningRule:
    code = next_code(OWN_RULE)
    return ScreeningRule.objects.create(
        code=code,
        origin=Origin.CLINIC,
        definition=old.definition | {"code": code},
        effect=old.effect,
        cites=old.cites,
        active_from=now,
        published_by=old.published_by,
        reason=old.reason,
    )


def next_number(code: str) -> int:
    return ScreeningRule.objects.filter(code=code).count() + 1


def end(row: ScreeningRule, now: datetime) -> None:
    row.active_until = now
    row.save(update_fields=["active_until"])


def add(rule: dict[str, Any], version: int, now: datetime) -> None:
    ScreeningRule.objects.create(
        code=rule["code"],
        version=version,
        definition=rule,
        effect=rule["effect"],
        cites=rule["cites"],
        active_from=now,
    )
