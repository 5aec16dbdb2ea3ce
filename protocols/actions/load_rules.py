"""Screening rules into the database: a changed rule is a new version, a clinic's own version stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from protocols.models import ScreeningRule


@transaction.atomic
def load_rules(*, rules: Sequence[dict[str, Any]], now: datetime) -> list[str]:
    """Add new rules, version changed ones, end those the catalogue dropped. Returns what changed."""
    active = {row.code: row for row in ScreeningRule.objects.filter(active_until=None)}
    changes = []
    for rule in rules:
        row = active.pop(rule["code"], None)
        if row and row.origin == ScreeningRule.Origin.CLINIC:
            continue  # tightened by this clinic's director; the catalogue does not speak over it (D15)
        if row and row.definition == rule:
            continue
        if row:
            end(row, now)
        add(rule, row.version + 1 if row else next_number(rule["code"]), now)
        changes.append(f"screening rule {rule['code']}: {'new version' if row else 'added'}")
    for row in active.values():
        if row.origin == ScreeningRule.Origin.CATALOGUE:
            end(row, now)
            changes.append(f"screening rule {row.code}: ended")
    return changes


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
