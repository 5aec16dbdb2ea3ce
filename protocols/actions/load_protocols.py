"""Protocols into the database: the first version is published, a later change becomes a draft for people to read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from protocols.models import Indication, Phase, Protocol, ProtocolVersion, Source, TreatmentArea

Status, Origin = ProtocolVersion.Status, ProtocolVersion.Origin


@transaction.atomic
def load_protocols(*, protocols: Sequence[dict[str, Any]], now: datetime) -> list[str]:
    """Bring protocols up to the catalogue. Returns what changed; a published version is never touched."""
    changes = []
    for definition in protocols:
        protocol = store_protocol(definition)
        if change := load_version(protocol, definition, now):
            changes.append(f"protocol {protocol.code}: {change}")
    return changes


def store_protocol(definition: dict[str, Any]) -> Protocol:
    protocol, _ = Protocol.objects.update_or_create(
        code=definition["code"],
        defaults={
            "name": definition["name"],
            "flags": definition["flags"],
            "evidence": definition["evidence"],
            "caveat": definition["caveat"],
            "cites": definition["cites"],
            "order": definition["listed"],
            "active": True,
        },
    )
    protocol.areas.set(TreatmentArea.objects.filter(code__in=definition["areas"]))
    protocol.indications.set(Indication.objects.filter(code__in=definition["indications"]))
    protocol.sources.set(Source.objects.filter(code=definition["source"]))
    return protocol


def load_version(protocol: Protocol, definition: dict[str, Any], now: datetime) -> str:
    """'published', 'draft added', 'draft renewed', or nothing when some version already says this."""
    versions = list(protocol.versions.filter(origin=Origin.CATALOGUE).order_by("-number"))
    if versions and versions[0].definition == definition:
        return ""
    renewed = bool(versions and versions[0].status == Status.DRAFT)
    if renewed:
        versions[0].delete()
    version = write_draft(protocol=protocol, definition=definition, origin=Origin.CATALOGUE)
    if protocol.versions.filter(status=Status.ACTIVE).exists():
        return "draft renewed" if renewed else "draft added"
    version.status, version.published_at = Status.ACTIVE, now
    version.save(update_fields=["status", "published_at"])
    return "published"


def write_draft(*, protocol: Protocol, definition: dict[str, Any], origin: str, note: str = "") -> ProtocolVersion:
    """A draft version with its phases, from a catalogue-shaped definition."""
    last = protocol.versions.order_by("-number").values_list("number", flat=True).first() or 0
    choices = {other["maintenance_months"] for phase in definition["phases"] for other in phase["alternatives"]} - {
        None
    }
    version = ProtocolVersion.objects.create(
        protocol=protocol,
        number=last + 1,
        origin=origin,
        needs_confirmation=definition["needs_confirmation"],
        needs_counts=definition["needs_counts"],
        maintenance_choices=sorted(choices | ({12} if choices else set()), reverse=True),
        definition=definition,
        cites=definition["cites"],
        note=note,
    )
    Phase.objects.bulk_create([phase_row(version, phase) for phase in definition["phases"]])
    return version


def phase_row(version: ProtocolVersion, phase: dict[str, Any]) -> Phase:
    interval, ends = phase["interval"] or {}, phase["ends_after"] or {}
    sessions, chair = phase["sessions"] or {}, phase["chair_minutes"]
    return Phase(
        version=version,
        order=phase["order"],
        kind=phase["kind"],
        name=phase["name"],
        sessions_min=sessions.get("min"),
        sessions_max=sessions.get("max"),
        duration_amount=ends.get("amount"),
        duration_unit=ends.get("unit", ""),
        unit=interval.get("unit", ""),
        floor=interval.get("floor"),
        ideal=interval.get("ideal"),
        latest=interval.get("latest"),
        latest_plus_days=interval.get("latest_plus_days", 0),
        early_limit_days=interval.get("early_limit_days"),
        alternatives=phase["alternatives"],
        joint=phase["joint"] or "",
        chair_minutes=chair["default"],
        chair_minutes_min=chair["min"],
        chair_minutes_max=chair["max"],
        late_policy=phase["late_policy"],
        review_after=phase["review_after"],
        cites=phase["cites"],
    )
