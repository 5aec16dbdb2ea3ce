"""Bring the catalogue's files into the database: idempotent, and never over what a clinic published."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import models, transaction

from protocols.actions.load_protocols import load_protocols
from protocols.actions.load_rules import load_rules
from protocols.models import (
    CareInstruction,
    CatalogueEntry,
    ConsentStatement,
    DeliveryDevice,
    ExpectedReaction,
    Fact,
    Indication,
    IntakeQuestion,
    Source,
    Substance,
    Technique,
    TreatmentArea,
)
from protocols.schema import Catalogue, read_catalogue

CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"

Fields = dict[str, Any]


@dataclass
class Report:
    """What a load changed, one line each; empty when the files say what the database already holds."""

    lines: list[str] = field(default_factory=list)

    def note(self, model: type[models.Model], code: str, what: str) -> None:
        self.lines.append(f"{model._meta.verbose_name} {code}: {what}")


def plain(row: Any) -> Fields:
    """A catalogue entry as JSON values."""
    return dict(row.model_dump(mode="json"))


def same_names(*names: str) -> Callable[[Fields], Fields]:
    """Fields that are called the same in file and table."""
    return lambda row: {name: row[name] for name in names}


def instruction(row: Fields) -> Fields:
    return same_names("stage", "order", "text", "scope", "cites")(row) | {
        "offset_from_hours": row["from_hours"],
        "offset_until_hours": row["until_hours"],
        "duration_policy": row["duration_policy"] or "",
        "begins_policy": row["begins_policy"] or "",
        "enabled_by": row["enabled_by"] or "",
    }


def substance(row: Fields) -> Fields:
    injectable = row["role"] in {"ingredient", "own_blood", "excipient"}
    taken = same_names("name", "category", "allergens", "areas", "note", "stands_for_class", "cites")
    return taken(row) | {"injectable": injectable}


def area(row: Fields) -> Fields:
    return same_names("name", "region", "selectable", "reason", "cites")(row) | {"chart_shape": row["shape"]}


# table, how a row is keyed in it, catalogue name, which fields it takes
SIMPLE: list[tuple[type[models.Model], str, str, Callable[[Fields], Fields]]] = [
    (Source, "code", "sources", same_names("title", "kind", "note")),
    (TreatmentArea, "code", "areas", area),
    (
        Indication,
        "code",
        "indications",
        same_names("name", "field", "evidence", "sign_off", "caveat", "selectable", "reason", "cites"),
    ),
    (Technique, "code", "techniques", same_names("name", "text", "caution", "cites")),
    (DeliveryDevice, "code", "delivery_devices", same_names("name", "kind", "needle_count", "skin_breaching", "cites")),
    (Substance, "code", "substances", substance),
    (CareInstruction, "code", "instructions", instruction),
    (
        ExpectedReaction,
        "code",
        "reactions",
        same_names("name", "usual_hours", "lasting", "serious", "route", "advice", "cites"),
    ),
    (ConsentStatement, "code", "consent", same_names("act", "order", "text", "separately", "scope", "cites")),
    (
        IntakeQuestion,
        "link_id",
        "questions",
        same_names(
            "topic", "text", "help", "type", "options", "occasions", "asked_of", "applies_when", "rows", "cites"
        ),
    ),
]
NUMBERED = {
    "facts": "fact",
    "contradictions": "contradiction",
    "boundaries": "boundary",
    "gaps": "gap",
    "decisions": "decision",
}
OTHERS = (
    "goals", "programmes", "claims", "gates", "record_fields", "outcomes", "policies", "roles", "checklist",
    "information", "name_lists",
)  # fmt: skip


@transaction.atomic
def load_catalogue(*, now: datetime, path: Path = CATALOGUE) -> Report:
    """Read every file, then bring the tables up to it. CatalogueError names file, entry and field."""
    catalogue = read_catalogue(path)
    report = Report()
    for model, key, name, fields in SIMPLE:
        rows = {plain(entry)[key]: fields(plain(entry)) for entry in getattr(catalogue, name)}
        if model is IntakeQuestion:
            load_questions(rows, report)
        else:
            store(model, key, rows, report)
    load_numbered(catalogue, report)
    load_others(catalogue, report)
    link(catalogue, report)
    report.lines += load_rules(rules=[plain(rule) for rule in catalogue.rules], now=now)
    report.lines += load_protocols(protocols=[plain(entry) for entry in catalogue.protocols], now=now)
    return report


def store(
    model: type[models.Model],
    key: str,
    rows: Mapping[str, Fields],
    report: Report,
    kept: Mapping[str, Any] | None = None,
) -> None:
    """Insert new rows, update those that differ, retire those the files no longer have."""
    manager = model._default_manager.filter(**(kept or {}))
    existing: dict[str, Any] = {getattr(row, key): row for row in manager}
    may_retire = any(f.name == "active" for f in model._meta.fields)
    fresh, changed = [], []
    for code, fields in rows.items():
        wanted = fields | ({"active": True} if may_retire else {})
        row = existing.get(code)
        if row is None:
            fresh.append(model(**{key: code}, **(kept or {}), **wanted))
            report.note(model, code, "added")
        elif differing := [name for name, value in wanted.items() if getattr(row, name) != value]:
            for name in differing:
                setattr(row, name, wanted[name])
            changed.append(row)
            report.note(model, code, f"changed {', '.join(differing)}")
    model._default_manager.bulk_create(fresh)
    names = sorted({name for fields in rows.values() for name in fields} | ({"active"} if may_retire else set()))
    if changed:
        model._default_manager.bulk_update(changed, names)
    if may_retire:
        retire(model, key, [row for code, row in existing.items() if code not in rows and row.active], report)


def load_questions(rows: Mapping[str, Fields], report: Report) -> None:
    """The catalogue's questions in its order. Those a director added or asks more often stay as they are (D15)."""
    ours = set(IntakeQuestion.objects.filter(origin=IntakeQuestion.Origin.CLINIC).values_list("link_id", flat=True))
    ordered = {code: row | {"order": order} for order, (code, row) in enumerate(rows.items(), start=1)}
    theirs = {code: row for code, row in ordered.items() if code not in ours}
    store(IntakeQuestion, "link_id", theirs, report, {"origin": IntakeQuestion.Origin.CATALOGUE})


def retire(model: type[models.Model], key: str, rows: Iterable[Any], report: Report) -> None:
    for row in rows:
        row.active = False
        row.save(update_fields=["active"])
        report.note(model, getattr(row, key), "retired")


def load_numbered(catalogue: Catalogue, report: Report) -> None:
    """Facts, contradictions, boundaries, gaps and decisions: everything a page may cite."""
    sources = {source.code: source for source in Source.objects.all()}
    for name, kind in NUMBERED.items():
        rows = {plain(entry)["id"]: numbered(plain(entry), sources) for entry in getattr(catalogue, name)}
        store(Fact, "code", rows, report, {"kind": kind})


def numbered(row: Fields, sources: Mapping[str, Source]) -> Fields:
    shown = ("topic", "use", "line", "locator")
    statement = row.get("statement") or row.get("text") or f"{row['conflict']} {row['resolution']}"
    rest = {k: v for k, v in row.items() if k not in {*shown, "id", "source", "statement", "text", "values"}}
    return {
        "topic": row.get("topic") or row.get("subject") or "",
        "statement": statement,
        "use": row.get("use", ""),
        "line": row.get("line"),
        "locator": row.get("locator", ""),
        "source_id": sources[row["source"]].pk if row.get("source") else None,
        "values": row.get("values") or rest,
    }


def load_others(catalogue: Catalogue, report: Report) -> None:
    for kind in OTHERS:
        entries = [plain(entry) for entry in getattr(catalogue, kind)]
        rows = {
            row["code"]: {"data": row, "cites": row["cites"], "order": order}
            for order, row in enumerate(entries, start=1)
        }
        store(CatalogueEntry, "code", rows, report, {"kind": kind})


def link(catalogue: Catalogue, report: Report) -> None:
    """Parents of areas, areas of indications: they need all rows to exist."""
    areas = {row.code: row for row in TreatmentArea.objects.all()}
    for entry in catalogue.areas:
        row, parent = areas[entry.code], areas.get(entry.parent or "")
        if row.parent_id != (parent.pk if parent else None):
            row.parent = parent
            row.save(update_fields=["parent"])
    indications = Indication.objects.prefetch_related("areas").in_bulk(field_name="code")
    for indication in catalogue.indications:
        indications[indication.code].areas.set([areas[code] for code in indication.areas])
