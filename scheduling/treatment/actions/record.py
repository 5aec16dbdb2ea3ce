"""The record of a treatment: what was really done, however it departs from the plan (D03, D41)."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, FieldError
from clinic.models import User
from patients.actions.checks import tidy_note, tidy_text
from protocols.eligibility.gate import OWN_BLOOD
from protocols.models import DeliveryDevice, Substance, Technique
from scheduling.models import Session, TreatmentRecord
from scheduling.treatment.actions.deviations import deviate, reason_of

ANTISEPSIS = ("antisepsis_before", "antisepsis_during", "antisepsis_after")
LINES = {
    "needle": 60,
    "depth": 60,
    "skin_response": 200,
    "clinical_response": 200,
    "operator_skill": 200,
    **{f"{name}_note": 200 for name in ANTISEPSIS},
}
TREATED = frozenset({Session.Kind.TREATMENT, Session.Kind.MAINTENANCE})  # a test has its own record


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
    antisepsis_before: bool | None = None  # None: not answered; the note is the product of a yes, the reason of a no
    antisepsis_before_note: str = ""
    antisepsis_during: bool | None = None
    antisepsis_during_note: str = ""
    antisepsis_after: bool | None = None
    antisepsis_after_note: str = ""
    blood_ml: Decimal | None = None
    blood_identity_twice: bool = False
    operator_skill: str = ""
    hands_on_minutes: int | None = None
    barrier_film: bool = False
    drainage_massage: bool = False
    aftercare_given: bool = False
    old_sites_checked: bool = False
    skin_response: str = ""
    clinical_response: str = ""
    partial: bool = False
    deviation_reason: str = ""  # why it was late, or early
    partial_reason: str = ""
    product_reason: str = ""  # why something else was injected than what was drawn up (D40)
    note: str = ""


def check_record(record: Record, kind: str) -> None:
    """BadInput naming each field that is not answered or cannot stand (D41)."""
    errors = [*unknown(record), *(missing_at_chair(record) if kind in TREATED else ()), *antisepsis(record, kind)]
    if errors:
        raise BadInput(_("Please correct the marked fields."), errors=errors)


def unknown(record: Record) -> Iterator[FieldError]:
    codes = [used.code for used in record.substances]
    known = set(Substance.objects.filter(code__in=codes).values_list("code", flat=True))
    for number, used in enumerate(record.substances):
        if used.code not in known:
            yield FieldError(f"substances.{number}.code", "unknown", _("This substance is not known."))
        if used.amount <= 0:
            yield FieldError(f"substances.{number}.amount", "invalid", _("An amount is more than nothing."))


def missing_at_chair(record: Record) -> Iterator[FieldError]:
    """What a treatment cannot be done without: areas, a product with dose and lot, own blood with its checks."""
    if not record.areas:
        yield FieldError("areas", "required", _("Say where it was done."))
    if not record.substances:
        yield FieldError("substances", "required", _("Name at least one product, its dose and its lot."))
    for number, used in enumerate(record.substances):
        if used.code not in OWN_BLOOD and not used.lot.strip():
            yield FieldError(f"substances.{number}.lot", "required", _("Give the lot."))
    if any(used.code in OWN_BLOOD for used in record.substances):
        if not record.blood_ml or record.blood_ml <= 0:
            yield FieldError("blood_ml", "required", _("Say how many millilitres were drawn."))
        if not record.blood_identity_twice:
            text = _("The identity is checked when the blood is drawn and again when it is injected.")
            yield FieldError("blood_identity_twice", "required", text)


def antisepsis(record: Record, kind: str) -> Iterator[FieldError]:
    """Before, during and after: yes with the product, or no with the reason."""
    for name in ANTISEPSIS:
        answer, note = getattr(record, name), getattr(record, f"{name}_note").strip()
        if answer is None and kind in TREATED:
            yield FieldError(name, "required", _("Please answer: yes, or no."))
        elif answer is not None and not note:
            text = _("Say with which product.") if answer else _("Say why not.")
            yield FieldError(f"{name}_note", "required", text)


def deviation_of(session: Session, started_at: datetime, *, partial: bool) -> str:
    """early, late, partial, or nothing: how the visit differs from its window (D03)."""
    day = local_date(started_at, session.location.timezone)
    if session.floor is not None and day < session.floor:
        return "early"
    if session.latest is not None and day > session.latest:
        return "late"
    return "partial" if partial else ""


def write_record(*, session: Session, record: Record, ended_at: datetime, by: User) -> TreatmentRecord:
    """Complete the record that was opened when the visit started."""
    check_record(record, session.kind)
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
    del values["product_reason"]  # kept beside what was drawn up
    values["deviation_reason"] = keep_deviations(session, record, values["deviation"], by=by, now=ended_at)
    if session.kind not in TREATED:  # the test that a prescriber gave is signed by itself
        values |= {"signed_by": by, "signed_at": values["ended_at"]}
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def keep_deviations(session: Session, record: Record, deviation: str, *, by: User, now: datetime) -> str:
    """Each departure with a reason of its own: none serves another (D39). The reason of `deviation`."""
    reasons = {"early": reason_of(session, "early") or record.deviation_reason, "late": record.deviation_reason}
    reasons["partial"] = record.partial_reason
    fields = {"early": "deviation_reason", "late": "deviation_reason", "partial": "partial_reason"}
    found = {deviation, "partial" if record.partial else ""} - {""}
    missing = [name for name in sorted(found) if not reasons[name].strip()]
    if missing:
        text = _("Please say why the visit differs from the plan.")
        raise BadInput(text, errors=[FieldError(fields[name], "required", text) for name in missing])
    for name in found:
        deviate(session=session, code=name, reason=reasons[name], by=by, now=now)
    for name in ANTISEPSIS:
        if getattr(record, name) is False:
            deviate(session=session, code=name, reason=getattr(record, f"{name}_note"), serious=True, by=by, now=now)
    return reasons[deviation].strip() if deviation else ""


def as_kept(used: Used) -> Mapping[str, Any]:
    return {"code": used.code, "amount": str(used.amount), "unit": used.unit, "lot": used.lot}
