"""A protocol's next version: drafted from the one in force, edited, published or discarded (design §1.9).

A published version never changes, so a running course stays with the one it began with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import pghistory
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from clinic.base import clock
from clinic.base.refusals import BadInput, Conflict, FieldError, Stale
from clinic.models import User
from protocols.actions.load_protocols import phase_row, write_draft
from protocols.models import Phase, Protocol, ProtocolVersion, TreatmentArea
from protocols.schema.courses import Protocol as ProtocolEntry

Status, Origin = ProtocolVersion.Status, ProtocolVersion.Origin
SHORTEST_MINUTES, SHORTEST_FACE_MINUTES = 20, 15  # in the chair (D33)
SHORTEST_DAYS = {"day": 1, "week": 7, "month": 28}  # a month counted as an early limit counts it (D01)


def seen_of(version: ProtocolVersion) -> str:
    """A mark of what a draft says; it differs as soon as somebody edits it."""
    return sha256(json.dumps(version.definition, sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def new_draft(*, protocol: Protocol, by: User) -> ProtocolVersion:
    """A draft that says what the version in force says. Conflict (409) while the clinic has one already."""
    locked = Protocol.objects.select_for_update().get(pk=protocol.pk)
    if locked.versions.filter(status=Status.DRAFT, origin=Origin.CLINIC).exists():
        raise Conflict(_("The clinic already has a draft of this protocol."))
    active = locked.versions.filter(status=Status.ACTIVE).first()
    if active is None:
        raise Conflict(_("No version of this protocol is in force."))
    with pghistory.context(user=by.pk):
        return write_draft(protocol=locked, definition=active.definition, origin=Origin.CLINIC)


@transaction.atomic
def save_draft(
    *, draft: ProtocolVersion, phases: Sequence[Mapping[str, Any]], by: User, seen: str | None = None
) -> ProtocolVersion:
    """Replace the phases of a draft, given as the catalogue writes them (D01, D33).

    BadInput (400) names each field by its path, `phases-0-interval-floor`. Stale (412) when somebody else edited the
    draft since `seen`. Conflict (409) when it is no draft any more.
    """
    row = locked_draft(draft, seen)
    definition = checked({**row.definition, "phases": [dict(phase) for phase in phases]})
    row.definition = definition
    with pghistory.context(user=by.pk):
        row.save(update_fields=["definition"])
    row.phases.all().delete()
    Phase.objects.bulk_create([phase_row(row, phase) for phase in definition["phases"]])
    return row


@transaction.atomic
def publish_version(
    *, draft: ProtocolVersion, reason: str, by: User, seen: str | None = None, now: datetime | None = None
) -> ProtocolVersion:
    """Put a draft in force from `now` on and retire the version before it; signed, with its reason, and frozen.

    Conflict (409) when it says the same as the version in force. Otherwise as `save_draft`. BadInput without a reason.
    """
    check_reason(reason)
    row = locked_draft(draft, seen)
    checked(row.definition)
    active = row.protocol.versions.filter(status=Status.ACTIVE).first()
    if active and active.definition == row.definition:
        raise Conflict(_("This draft says the same as the version in force."))
    row.status, row.published_at, row.published_by = Status.ACTIVE, now or clock.now(), by
    row.note = reason.strip()
    with pghistory.context(user=by.pk):
        row.protocol.versions.filter(status=Status.ACTIVE).update(status=Status.RETIRED)
        row.save(update_fields=["status", "published_at", "published_by", "note"])
    return row


@transaction.atomic
def discard_draft(*, draft: ProtocolVersion, reason: str, by: User, seen: str | None = None) -> ProtocolVersion:
    """Set a draft aside with its reason. It stays for the record, and the catalogue does not offer it again.

    Conflict (409) unless a draft, BadInput without a reason, Stale (412) for another `version`.
    """
    check_reason(reason)
    row = locked_draft(draft, seen)
    row.status, row.note = Status.DISCARDED, reason.strip()
    with pghistory.context(user=by.pk):
        row.save(update_fields=["status", "note"])
    return row


def locked_draft(draft: ProtocolVersion, seen: str | None) -> ProtocolVersion:
    """The draft's row, held together with its protocol, as the caller saw it."""
    Protocol.objects.select_for_update().get(pk=draft.protocol_id)
    row = ProtocolVersion.objects.select_for_update().filter(pk=draft.pk).first()
    if row is None or row.status != Status.DRAFT:
        raise Conflict(_("This is no longer a draft."))
    if seen is not None and seen != seen_of(row):
        raise Stale(_("Somebody edited this draft while you were looking. Reload and try again."))
    return row


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput.at("reason", _("Please say why."))


# --- what a version may say -------------------------------------------------------------------------------------------


def checked(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition as the catalogue would hold it. BadInput (400) with every field that does not fit."""
    try:
        entry = ProtocolEntry.model_validate(definition)
    except ValidationError as wrong:
        errors = [FieldError(*told(each)) for each in wrong.errors()]
    else:
        errors = list(out_of_bounds(entry))
        if not errors:
            return entry.model_dump(mode="json")
    raise BadInput(_("Please correct the marked fields."), errors=errors)


def told(error: Any) -> tuple[str, str, str]:
    """Field, code and sentence of one thing the schema found."""
    path = [str(part) for part in error["loc"]]
    last = path[-1] if path else ""
    field, text = WHOLES.get(last, ("", "")) if error["type"] == "value_error" else ("", "")
    if not text and (limit := error.get("ctx", {}).get("ge")) is not None:
        text = _("At least %(least)s.") % {"least": limit}
    elif not text and (limit := error.get("ctx", {}).get("le")) is not None:
        text = _("At most %(most)s.") % {"most": limit}
    sentence = str(text) if text else str(error["msg"]).removeprefix("Value error, ")
    return "-".join([*path, field] if field else path), error["type"], sentence


# What is wrong with a whole, and at which of its fields it is shown.
WHOLES = {
    "interval": ("ideal", gettext_lazy("Earliest, ideal and latest must follow each other.")),
    "sessions": ("max", gettext_lazy("The most cannot be fewer than the fewest.")),
    "chair_minutes": ("default", gettext_lazy("The usual time must lie between the shortest and the longest.")),
}


def out_of_bounds(entry: ProtocolEntry) -> Iterator[FieldError]:
    """What the schema cannot know: bounds between fields, and minutes that depend on the body region (D01, D33)."""
    areas = TreatmentArea.objects.filter(code__in=entry.areas)
    only_face = set(areas.values_list("region", flat=True)) == {TreatmentArea.Region.FACE}
    shortest = SHORTEST_FACE_MINUTES if only_face else SHORTEST_MINUTES
    for number, phase in enumerate(entry.phases):
        here = f"phases-{number}"
        if phase.chair_minutes.min < shortest:
            yield FieldError(f"{here}-chair_minutes-min", "too_short", _("At least %(least)s.") % {"least": shortest})
        if phase.review_after and phase.sessions and phase.review_after > phase.sessions.max:
            yield FieldError(f"{here}-review_after", "beyond", _("The phase has no such session."))
        intervals = [("interval", phase.interval)]
        intervals += [(f"alternatives-{n}-interval", other.interval) for n, other in enumerate(phase.alternatives)]
        for name, interval in intervals:
            if interval and interval.early_limit_days > interval.floor * SHORTEST_DAYS[interval.unit]:
                text = _("The early limit cannot lie after the earliest day.")
                yield FieldError(f"{here}-{name}-early_limit_days", "after_floor", text)
