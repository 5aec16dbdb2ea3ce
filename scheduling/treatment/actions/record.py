"""The record of a treatment: what was really done, however it differs from the plan (D03)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, FieldError
from clinic.models import User
from patients.actions.checks import tidy_note, tidy_text
from protocols.models import DeliveryDevice, Substance, Technique
from scheduling.models import Session, SessionEvent, TreatmentRecord

ANTISEPSIS = ("antisepsis_before", "antisepsis_during", "antisepsis_after")
LINES = {"needle": 60, "depth": 60, "skin_response": 200, "clinical_response": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One substance that was injected or put on, and from which batch."""

    code: str
    amount: Decimal
    unit: str = "ml"
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the practitioner writes down; the fields the sources ask for (F013, F064, F096, F121, F281, F368, D32)."""

    areas: tuple[str, ...] = ()
    technique: Technique | None = None
    delivery_device: DeliveryDevice | None = None
    needle: str = ""
    needle_length_mm: Decimal | None = None
    depth: str = ""
    injection_points: int | None = None
    substances: tuple[Used, ...] = ()
    antisepsis_before: bool = False
    antisepsis_during: bool = False
    antisepsis_after: bool = False
    barrier_film: bool = False
    drainage_massage: bool = False
    aftercare_given: bool = False
    old_sites_checked: bool = False
    skin_response: str = ""
    clinical_response: str = ""
    partial: bool = False
    deviation_reason: str = ""
    product_reason: str = ""  # why something else was injected than what was drawn up (D40)
    note: str = ""

    @property
    def touched_skin(self) -> bool:
        return bool(self.technique or self.delivery_device or self.substances)


def check_record(record: Record) -> None:
    """BadInput naming each field that cannot stand."""
    errors = [
        FieldError(name, "required", _("Skin antisepsis is done before, during and after."))
        for name in ANTISEPSIS
        if record.touched_skin and not getattr(record, name)
    ]
    known = set(
        Substance.objects.filter(code__in=[used.code for used in record.substances]).values_list("code", flat=True)
    )
    for number, used in enumerate(record.substances):
        if used.code not in known:
            errors.append(FieldError(f"substances.{number}.code", "unknown", _("This substance is not known.")))
        if used.amount <= 0:
            errors.append(FieldError(f"substances.{number}.amount", "invalid", _("An amount is more than nothing.")))
    if errors:
        raise BadInput(_("Please correct the marked fields."), errors=errors)


def deviation_of(session: Session, started_at: datetime, *, partial: bool) -> str:
    """early, late, partial, or nothing: how the visit differs from its window (D03)."""
    day = local_date(started_at, session.location.timezone)
    if session.floor is not None and day < session.floor:
        return "early"
    if session.latest is not None and day > session.latest:
        return "late"
    return "partial" if partial else ""


def reason_for(session: Session, deviation: str, given: str) -> str:
    """Why it differs: as said now, else as said when the visit was put on that day. BadInput when nobody said."""
    if not deviation or given.strip():
        return given.strip()
    said = SessionEvent.objects.filter(session=session, verb__in=("book", "move")).exclude(reason="").last()
    if said is None or deviation == "partial":
        raise BadInput.at("deviation_reason", _("Please give the reason for the change from the plan."), "required")
    return said.reason


def write_record(*, session: Session, record: Record, ended_at: datetime, by: User) -> TreatmentRecord:
    """Complete the record that was opened when the visit started."""
    check_record(record)
    row = TreatmentRecord.objects.select_for_update().get(session=session)
    values = asdict(record) | {"technique": record.technique, "delivery_device": record.delivery_device}
    values |= {name: tidy_text(name, values[name], longest=longest, required=False) for name, longest in LINES.items()}
    values |= {
        "areas": list(record.areas),
        "substances": [as_kept(used) for used in record.substances],
        "note": tidy_note("note", record.note),
        "deviation": deviation_of(session, row.started_at, partial=record.partial),
        "ended_at": max(ended_at, row.started_at),
        "by": by,
        "version": row.version + 1,
    }
    values["deviation_reason"] = reason_for(session, values["deviation"], record.deviation_reason)
    del values["product_reason"]  # kept beside what was drawn up
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def as_kept(used: Used) -> Mapping[str, Any]:
    return {"code": used.code, "amount": str(used.amount), "unit": used.unit, "lot": used.lot}
