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
from patients.queries.rules import current_rules
from protocols.eligibility.gate import OWN_BLOOD
from protocols.models import DeliveryDevice, Substance, Technique, TreatmentArea
from protocols.pictures.bodychart import zone_on
from scheduling.courses.queries.visits import plain
from scheduling.models import DrawnUp, RecordDraft, Session, TreatmentRecord
from scheduling.treatment.actions.deviations import deviate, reason_of

BEYOND = "area_beyond_plan"
ANTISEPSIS = ("antisepsis_before", "antisepsis_during", "antisepsis_after")
LINES = {
    "needle": 60,
    "depth": 60,
    "depth_reached": 60,
    "anaesthetic": 120,
    "skin_response": 200,
    "clinical_response": 200,
    "operator_skill": 200,
    **{f"{name}_note": 200 for name in ANTISEPSIS},
}
MOST_ML = 200  # of one volume; more is a slip of the decimal point
TREATED = frozenset({Session.Kind.TREATMENT, Session.Kind.MAINTENANCE})  # a test has its own record


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One substance that was injected or put on, and from which batch."""

    code: str
    amount: Decimal
    unit: str = "ml"
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How much went where: into a zone, or into a point of the body chart where `view`, `x` and `y` say so (pixels of
    the figure)."""

    area: str
    ml: Decimal | None = None
    view: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the practitioner writes down; the fields the sources ask for (F013, F064, F096, F121, F281, F368, D32)."""

    areas: tuple[str, ...] = ()
    technique: Technique | None = None
    delivery_device: DeliveryDevice | None = None
    needle: str = ""
    needle_length_mm: Decimal | None = None
    depth: str = ""  # as intended
    depth_reached: str = ""
    placed: tuple[Placed, ...] = ()
    left_over_ml: Decimal | None = None  # drawn up and not injected
    injection_points: int | None = None
    substances: tuple[Used, ...] = ()
    antisepsis_before: bool | None = None  # None: not answered; the note is the product of a yes, the reason of a no
    antisepsis_before_note: str = ""
    antisepsis_during: bool | None = None
    antisepsis_during_note: str = ""
    antisepsis_after: bool | None = None
    antisepsis_after_note: str = ""
    anaesthetic: str = ""  # put on the skin before
    anaesthetic_minutes: int | None = None
    blood_ml: Decimal | None = None
    blood_identity_twice: bool = False
    operator_skill: str = ""
    hands_on_minutes: int | None = None
    barrier_film: bool = False
    film_off_hours: int | None = None
    drainage_massage: bool = False
    aftercare_given: bool = False
    old_sites_checked: bool = False
    watched_from: datetime | None = None  # when the observation after the last injection began
    skin_response: str = ""
    clinical_response: str = ""
    partial: bool = False
    deviation_reason: str = ""  # why it was late, or early
    partial_reason: str = ""
    area_reason: str = ""  # why an area was treated that the course does not plan (D36, D37)
    product_reason: str = ""  # why something else was injected than what was drawn up (D40)
    note: str = ""


def check_record(record: Record, session: Session) -> None:
    """BadInput naming each field that is not answered or cannot stand (D41)."""
    if errors := list(problems(record, session)):
        raise BadInput(_("Please correct the marked fields."), errors=errors)


def problems(record: Record, session: Session) -> Iterator[FieldError]:
    """What a record cannot be done with, each at its field."""
    yield from unknown(record)
    if session.kind in TREATED:
        yield from missing_at_chair(record)
    yield from antisepsis(record, session.kind)
    yield from half_said(record)
    yield from misplaced(record)
    yield from unbalanced(record, session)


def unknown(record: Record) -> Iterator[FieldError]:
    codes = [used.code for used in record.substances]
    known = set(Substance.objects.filter(code__in=codes).values_list("code", flat=True))
    for number, used in enumerate(record.substances):
        if used.code not in known:
            yield FieldError(f"substances.{number}.code", "unknown", _("This substance is not known."))
        if used.amount <= 0:
            yield FieldError(f"substances.{number}.amount", "invalid", _("An amount is more than nothing."))
    treated = TreatmentArea.objects.filter(code__in=record.areas, active=True, selectable=True)
    if strange := set(record.areas) - set(treated.values_list("code", flat=True)):
        text = _("Nothing is injected there, or it is not known: %(areas)s.")
        yield FieldError("areas", "unknown", text % {"areas": ", ".join(sorted(strange))})


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


def half_said(record: Record) -> Iterator[FieldError]:
    if record.anaesthetic_minutes is not None and not record.anaesthetic.strip():
        yield FieldError("anaesthetic", "required", _("Say which anaesthetic it was."))
    if record.film_off_hours is not None and not record.barrier_film:
        yield FieldError("barrier_film", "required", _("Only a film that was put on comes off."))


def misplaced(record: Record) -> Iterator[FieldError]:
    """Zones and points outside the treated areas, and volumes that are none."""
    if not record.placed:
        return
    rows = TreatmentArea.objects.filter(code__in={each.area for each in record.placed}, active=True, selectable=True)
    known = {row.code: row for row in rows}
    for number, each in enumerate(record.placed):
        row, here = known.get(each.area), f"placed.{number}"
        if row is None or each.area not in record.areas:
            yield FieldError(here, "outside", _("This lies outside the areas that were treated."))
        elif each.view and not lies_in(each, row):
            text = _("Point %(number)s lies outside the area: %(area)s.")
            yield FieldError(here, "outside", text % {"number": number + 1, "area": row.name})
        if each.ml is not None and not 0 < each.ml <= MOST_ML:
            yield FieldError(here, "invalid", _("A volume is more than nothing."))


def lies_in(point: Placed, area: TreatmentArea) -> bool:
    zone = zone_on(point.view, area.chart_shape or area.code)
    return zone is not None and zone.holds(point.x, point.y)


def unbalanced(record: Record, session: Session) -> Iterator[FieldError]:
    """Where volumes are written down, they and what was left over add up to what was drawn up."""
    volumes = [each.ml for each in record.placed if each.ml is not None]
    if not volumes:
        return
    placed, left, drawn = sum(volumes, Decimal(0)), record.left_over_ml or Decimal(0), drawn_ml(record, session)
    if placed + left != drawn:
        text = _("%(placed)s ml placed and %(left)s ml left over are not the %(drawn)s ml that were drawn up.")
        words = {"placed": plain(placed), "left": plain(left), "drawn": plain(drawn)}
        yield FieldError("left_over_ml", "unbalanced", text % words)


def drawn_ml(record: Record, session: Session) -> Decimal:
    """What there was to inject: what was drawn up, carriers too, and own blood; of a visit that was entered afterwards
    what the record names."""
    lines = DrawnUp.objects.filter(session=session, unit="ml").exclude(product__substance__injectable=False)
    amounts = list(lines.values_list("amount", flat=True))
    on_skin = set(Substance.objects.filter(injectable=False).values_list("code", flat=True))
    amounts += [
        used.amount
        for used in record.substances
        if used.unit == "ml" and (used.code in OWN_BLOOD or not lines) and used.code not in on_skin
    ]
    return sum(amounts, Decimal(0))


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
    check_record(record, session)
    row = TreatmentRecord.objects.select_for_update().get(session=session)
    values = asdict(record) | {"technique": record.technique, "delivery_device": record.delivery_device}
    values |= {name: tidy_text(name, values[name], longest=longest, required=False) for name, longest in LINES.items()}
    values |= {
        "areas": list(record.areas),
        "substances": [as_kept(used) for used in record.substances],
        "placed": [as_placed(each) for each in record.placed],
        "injection_points": points_of(record),
        "note": tidy_note("note", record.note),
        "deviation": deviation_of(session, row.started_at, partial=record.partial),
        "ended_at": max(ended_at, row.started_at),
        "by": by,
        "version": row.version + 1,
    }
    del values["product_reason"], values["area_reason"]  # kept beside what was drawn up, and as a deviation
    values["deviation_reason"] = keep_deviations(session, record, values["deviation"], by=by, now=ended_at)
    if session.kind not in TREATED:  # the test that a prescriber gave is signed by itself
        values |= {"signed_by": by, "signed_at": values["ended_at"]}
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    RecordDraft.objects.filter(session=session).delete()
    return row


def points_of(record: Record) -> int | None:
    """How many there were: as it was written down, else those on the chart."""
    drawn = sum(1 for each in record.placed if each.view)
    return record.injection_points if record.injection_points is not None else drawn or None


def keep_deviations(session: Session, record: Record, deviation: str, *, by: User, now: datetime) -> str:
    """Each departure with a reason of its own: none serves another (D39). The reason of `deviation`."""
    reasons = {BEYOND: record.area_reason or reason_of(session, BEYOND)}
    reasons |= {"early": reason_of(session, "early") or record.deviation_reason, "late": record.deviation_reason}
    reasons["partial"] = record.partial_reason
    fields = {
        "early": "deviation_reason",
        "late": "deviation_reason",
        "partial": "partial_reason",
        BEYOND: "area_reason",
    }
    beyond = areas_beyond(session, record)
    found = {deviation, "partial" if record.partial else "", BEYOND if beyond else ""} - {""}
    missing = [name for name in sorted(found) if not reasons[name].strip()]
    if missing:
        text = _("Please say why the visit differs from the plan.")
        raise BadInput(text, errors=[FieldError(fields[name], "required", text) for name in missing])
    for name in found:
        deviate(session=session, code=name, reason=reasons[name], serious=name == BEYOND, by=by, now=now)
    for name in ANTISEPSIS:
        if getattr(record, name) is False:
            deviate(session=session, code=name, reason=getattr(record, f"{name}_note"), serious=True, by=by, now=now)
    return reasons[deviation].strip() if deviation else ""


def areas_beyond(session: Session, record: Record) -> list[str]:
    """Treated areas that neither the course plans nor lie in one it plans: nobody consented to them (D36, D37)."""
    if session.course is None:
        return []
    planned, options = set(session.course.areas.values_list("code", flat=True)), current_rules().options
    return [code for code in record.areas if planned.isdisjoint(options.with_parents(frozenset({code})))]


def as_kept(used: Used) -> Mapping[str, Any]:
    return {"code": used.code, "amount": str(used.amount), "unit": used.unit, "lot": used.lot}


def as_placed(each: Placed) -> Mapping[str, Any]:
    kept: dict[str, Any] = {"area": each.area, "ml": None if each.ml is None else plain(each.ml)}
    return kept | ({"view": each.view, "x": each.x, "y": each.y} if each.view else {})
