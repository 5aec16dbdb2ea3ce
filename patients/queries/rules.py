"""The rules in force, as the engine takes them: rules, questions, the catalogue's options and the clinic's choices."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from clinic.base.once import once
from clinic.base.rows import Prepared
from protocols.eligibility import (
    AreaOption,
    DeviceOption,
    IndicationOption,
    Options,
    Question,
    RuleSet,
    SubstanceOption,
    question_from,
    rule_from,
    rule_set,
)
from protocols.eligibility.names import name_list_from
from protocols.models import (
    CatalogueEntry,
    Combination,
    DeliveryDevice,
    Indication,
    IntakeQuestion,
    Policy,
    ScreeningRule,
    Substance,
    Technique,
    TreatmentArea,
)
from protocols.queries import Policies, policies

Added = defaultdict[tuple[str, int | None], set[str]]
# Where and when each row the rules are made of was last written: any change anywhere gives another stamp.
TABLES = (
    ScreeningRule,
    IntakeQuestion,
    TreatmentArea,
    Indication,
    Substance,
    DeliveryDevice,
    Technique,
    Policy,
    CatalogueEntry,
    Combination,
)
STAMP = Prepared(
    " UNION ALL ".join(
        f"SELECT md5(string_agg(ctid::text || xmin::text, ',' ORDER BY id)) FROM {table._meta.db_table}"  # noqa: S608
        for table in TABLES
    )
)


def current_rules() -> RuleSet:
    """Rules and questions in force now: one query, and eleven more after something they are made of was changed."""
    return in_force().rules


@once
def in_force() -> "InForce":
    """The same with the clinic's policies, which belong to what rules are made of: no query of their own."""
    return _in_force_at(tuple(mark for (mark,) in STAMP.rows()))


@dataclass(frozen=True, slots=True)
class InForce:
    rules: RuleSet
    policies: Policies


@lru_cache(maxsize=2)
def _in_force_at(stamp: tuple[str | None, ...]) -> InForce:
    chosen = policies()
    rules = rule_set(
        rules=[rule_from(row.definition | {"version": row.version}) for row in active_rules()],
        questions=[as_question(row) for row in IntakeQuestion.objects.filter(active=True)],
        options=current_options(),
        policies=chosen,
        names=[name_list_from(data) for data in name_lists()],
    )
    return InForce(rules, chosen)


def name_lists() -> list[dict[str, Any]]:
    """The catalogue's lists of names, as data (D35)."""
    return list(CatalogueEntry.objects.filter(kind="name_lists", active=True).values_list("data", flat=True))


def active_rules() -> list[ScreeningRule]:
    return list(ScreeningRule.objects.filter(active_until=None))


def as_question(row: IntakeQuestion) -> Question:
    return question_from(
        {
            "link_id": row.link_id,
            "text": row.text,
            "type": row.type,
            "occasions": row.occasions,
            "options": row.options,
            "applies_when": row.applies_when,
            "topic": row.topic,
            "rows": row.rows,
            "cites": row.cites,
        }
    )


def current_options() -> Options:
    areas = TreatmentArea.objects.filter(active=True).select_related("parent")
    indications = Indication.objects.filter(active=True).prefetch_related("areas")
    added = added_areas()
    return Options(
        areas={row.code: area_option(row) for row in areas},
        indications={row.code: indication_option(row, added) for row in indications},
        substances={
            row.code: SubstanceOption(
                name=row.name,
                allergens=frozenset(row.allergens),
                areas=belonging(row.areas, added["substance", row.pk]),
            )
            for row in Substance.objects.filter(active=True)
        },
        devices={
            row.code: DeviceOption(name=row.name, kind=row.kind) for row in DeliveryDevice.objects.filter(active=True)
        },
        techniques=dict(Technique.objects.filter(active=True).values_list("code", "name")),
    )


def area_option(row: TreatmentArea) -> AreaOption:
    return AreaOption(
        name=row.name,
        parent=row.parent.code if row.parent else None,
        region=row.region,
        selectable=row.selectable,
        reason=row.reason,
    )


def indication_option(row: Indication, added: Added) -> IndicationOption:
    return IndicationOption(
        name=row.name,
        field=row.field,
        selectable=row.selectable,
        reason=row.reason,
        sign_off=row.sign_off,
        areas=belonging((area.code for area in row.areas.all()), added["indication", row.pk]),
    )


def added_areas() -> Added:
    """("indication" or "substance", its id) -> areas a director let it belong to as well (D47)."""
    added: Added = defaultdict(set)
    for row in Combination.objects.select_related("area"):
        key = ("indication", row.indication_id) if row.indication_id else ("substance", row.substance_id)
        added[key].add(row.area.code)
    return added


def belonging(stated: Iterable[str], added: Iterable[str]) -> frozenset[str]:
    """The only areas it belongs to; nothing stated means anywhere."""
    own = frozenset(stated)
    return own | frozenset(added) if own else own


def version_of(rules: RuleSet) -> str:
    """A fingerprint of the rules as they read now, the clinic's choices included."""
    read = sorted((rule.code, rule.version, str(rule.effect), repr(rule.when)) for rule in rules.rules)
    return sha256(repr(read).encode()).hexdigest()[:32]
