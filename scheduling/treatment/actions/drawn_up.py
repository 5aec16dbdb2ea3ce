"""What is drawn up leaves the stock, is used, and is answered for when it was not what was compared (D40, D52)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import DIRECTOR, home_of, role_of
from clinic.base.refusals import Conflict, FieldError, Forbidden, Reason, Refusal
from clinic.models import Location, User
from patients.actions.allergy_test import administer_test
from patients.models import AllergyTest, Patient
from patients.queries.plans import items_of
from patients.queries.readiness_words import DRAWN_UP
from protocols.eligibility import Drawn, Mismatch, mismatches
from protocols.eligibility.gate import OWN_BLOOD
from protocols.models import Formulation, Substance
from scheduling.models import DrawnUp, Lot, LotAlert, Session, SessionStatus
from scheduling.treatment.actions.record import Record, Used
from scheduling.treatment.queries.drawn_up import Line, allergies_against, labels, lines_of, lots_of

NOT_OF_A_TEST = frozenset({"nothing_drawn_up", "product_not_tested", "over_maximum", "weight_missing"})


def take(*, lines: Sequence[Line], location: Location, by: User, now: datetime, reason: str = "", **act: Any) -> None:
    """Write what was drawn up for one act (`patient` and `session` or `allergy_test`) and lower the stock."""
    stock = lots_of(lines, location)
    for line in lines:
        lot = stock.get((line.product.pk, line.lot.strip().casefold()))
        named = {"product": line.product, "named": line.product.name, "unit": line.product.unit}
        number = lot.number if lot else line.lot.strip()
        DrawnUp.objects.create(**act, **named, lot=lot, number=number, amount=line.amount, reason=reason, at=now, by=by)
        if lot:
            lower(lot, line)


def lower(lot: Lot, line: Line) -> None:
    """The stock never falls below nothing: a miscounted delivery stops nobody."""
    left = Greatest(F("left") - line.amount, Value(Decimal(0)))
    opened = {"opened_on": line.opened_on} if line.opened_on else {}
    Lot.objects.filter(pk=lot.pk).update(left=left, version=F("version") + 1, **opened)


def give_back(session: Session) -> None:
    """What was drawn up for a visit that never was is on the shelf again; the lines stay as they were written."""
    for lot, amount in DrawnUp.objects.filter(session=session, lot__isnull=False).values_list("lot", "amount"):
        left = Least(F("left") + amount, F("received"))
        Lot.objects.filter(pk=lot).update(left=left, version=F("version") + 1)


def errors_of(found: Iterable[Mismatch]) -> list[FieldError]:
    """Where each mismatch stands in what was given: `drawn_up.<line>.<field>`, or a field beside the lines."""
    return [FieldError(place_of(each), each.code, str(DRAWN_UP[each.code]) % each.words) for each in found]


def place_of(each: Mismatch) -> str:
    if each.line is None:
        return each.at or "drawn_up"
    return f"drawn_up.{each.line}.{each.at}"


# --- the record ------------------------------------------------------------------------------------------------------


def settled(*, session: Session, record: Record, by: User, now: datetime) -> Record:
    """The record with the lots that were drawn up. What was injected beside them needs `product_reason`; it is then a
    serious deviation, and a director is told at once (D40).

    Refusal at `substances.<n>.<field>` and `product_reason` without one.
    """
    lines = list(DrawnUp.objects.filter(session=session).select_related("product__substance", "lot"))
    codes = {used.code for used in record.substances}
    injected = set(Substance.objects.filter(code__in=codes, injectable=True).values_list("code", flat=True))
    left = {line.pk: line.amount for line in lines}
    used, strange = [], []
    for number, each in enumerate(record.substances):
        line = line_for(each, lines, left)
        if line:
            left[line.pk] -= each.amount
        used.append(replace(each, lot=each.lot or line.number) if line else each)
        if line is None and each.code in injected - OWN_BLOOD and each.amount > 0:
            strange.append((number, each))
    if strange:
        answer_for(session, strange, record.product_reason.strip(), by=by, now=now)
    return replace(record, substances=tuple(used))


def line_for(used: Used, lines: Iterable[DrawnUp], left: Mapping[int, Decimal]) -> DrawnUp | None:
    """The line that this came from: the same substance and unit, the same lot where one is said, and no more than is
    left of it (`left`: by the line's id)."""
    for line in lines:
        substance = line.product.substance if line.product else None
        same_lot = not used.lot or used.lot.strip().casefold() == line.number.casefold()
        same = substance and substance.code == used.code and same_lot and used.unit == line.unit
        if same and used.amount <= left[line.pk]:
            return line
    return None


def answer_for(session: Session, strange: Sequence[tuple[int, Used]], reason: str, *, by: User, now: datetime) -> None:
    if not reason:
        raise unexplained(strange)
    known, unknown = from_lots([used for _number, used in strange], session.location)
    take(
        lines=known, location=session.location, by=by, now=now, reason=reason, patient=session.patient, session=session
    )
    keep_strange(session, unknown, reason, by=by, now=now)
    what = "; ".join(f"{used.code} {used.amount:f} {used.unit} {used.lot}".strip() for _number, used in strange)
    LotAlert.objects.create(session=session, what=what, reason=reason, raised_at=now, raised_by=by)


def keep_strange(session: Session, injected: Iterable[Used], reason: str, *, by: User, now: datetime) -> None:
    """Write down what was injected beside what was compared, so that its lot finds the patient."""
    for used in injected:
        lot = Lot.objects.filter(product__substance__code=used.code, number__iexact=used.lot.strip()).first()
        DrawnUp.objects.create(
            patient=session.patient, session=session, product=lot.product if lot else None, lot=lot, named=used.code,
            number=used.lot.strip(), amount=used.amount, unit=used.unit, reason=reason, at=now, by=by,
        )  # fmt: skip


def from_lots(injected: Sequence[Used], location: Location) -> tuple[list[Line], list[Used]]:
    """What a record names, as lines of lots that are known; and what was injected from no lot that is (D40)."""
    codes = {used.code for used in injected}
    lots = list(Lot.objects.filter(product__substance__code__in=codes).select_related("product__substance"))
    lots.sort(key=lambda lot: lot.location_id != location.pk)
    on_skin = set(Substance.objects.filter(code__in=codes, injectable=False).values_list("code", flat=True))
    known: list[Line] = []
    unknown: list[Used] = []
    for used in injected:
        lot = next((lot for lot in lots if is_from(used, lot)), None)
        if lot:
            known.append(Line(product=lot.product, lot=lot.number, amount=used.amount))
        elif used.code not in on_skin | OWN_BLOOD:
            unknown.append(used)
    return known, unknown


def is_from(used: Used, lot: Lot) -> bool:
    substance = lot.product.substance
    same_number = lot.number.casefold() == used.lot.strip().casefold()
    return bool(substance and substance.code == used.code and same_number and lot.product.unit == used.unit)


def unexplained(strange: Sequence[tuple[int, Used]]) -> Refusal:
    """What was not drawn up, each at its line, and that somebody has to say why."""
    words = _("This is not what was drawn up and compared.")
    lines = [FieldError(f"substances.{number}.code", "not_drawn_up", words) for number, _used in strange]
    why = _("Say why something else was injected than what was drawn up. A director is told at once.")
    return Refusal(
        words,
        reasons=[Reason("not_drawn_up", words, cites=("D40",))],
        errors=[*lines, FieldError("product_reason", "required", why)],
    )


@transaction.atomic
def see_alert(*, alert: LotAlert, by: User, now: datetime | None = None) -> LotAlert:
    """A director has looked at a serious deviation. Conflict when another did before."""
    if role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a director may do this."))
    row = LotAlert.objects.select_for_update().get(pk=alert.pk)
    if row.seen_at is not None:
        raise Conflict(_("This was seen already."))
    row.seen_at, row.seen_by = now or clock.now(), by
    row.save(update_fields=["seen_at", "seen_by"])
    return row


# --- the allergy test ------------------------------------------------------------------------------------------------


@transaction.atomic
def administer_with_products(
    *,
    patient: Patient,
    formulation: Formulation,
    administered_at: datetime,
    drawn_up: Sequence[Line] = (),
    by: User,
    now: datetime | None = None,
    **given: Any,
) -> AllergyTest:
    """Record the test injections with the products they came from (D40).

    A class of the mix can only be tested by products that name what is in them: Refusal at `drawn_up`. Each lot is
    looked at as before a treatment.
    """
    now = now or clock.now()
    place = place_of_test(patient) or home_of(by)
    named = {code for label in labels({line.product.pk for line in drawn_up}).values() for code in label.ingredients}
    test = administer_test(
        patient=patient,
        formulation=formulation,
        administered_at=administered_at,
        named=named,
        place=place,
        by=by,
        now=now,
        **given,
    )
    check_classes(formulation, drawn_up)
    if drawn_up and place:
        check_drawn(patient, drawn_up, place, administered_at)
        take(lines=drawn_up, location=place, by=by, now=now, patient=patient, allergy_test=test)
    return test


def place_of_test(patient: Patient) -> Location | None:
    """Where the patient is for the visit of the test; None where it is given outside the calendar."""
    here = Session.objects.filter(patient=patient, kind=Session.Kind.ALLERGY_TEST)
    visit = here.filter(status__in=(SessionStatus.CHECKED_IN, SessionStatus.IN_PROGRESS)).select_related("location")
    found = visit.order_by("-pk").first()
    return found.location if found else None


def check_classes(formulation: Formulation, drawn_up: Sequence[Line]) -> None:
    named = {line.product.substance_id for line in drawn_up}
    bare = [
        item.substance.name
        for item in items_of(formulation)
        if item.substance.stands_for_class and item.substance_id not in named
    ]
    if bare:
        words = _("%(names)s: a class. Say which products are tested, so that their ingredients are known.")
        raise Refusal(
            (text := words % {"names": ", ".join(bare)}),
            reasons=[Reason("product_not_named", text, cites=("D40",))],
            errors=[FieldError("drawn_up", "required", text)],
        )


def check_drawn(patient: Patient, drawn_up: Sequence[Line], place: Location, at: datetime) -> None:
    on = clock.local_date(at, place.timezone)
    confirmed, suspected = allergies_against(patient, on, ZoneInfo(place.timezone))
    drawn = Drawn(lines=tuple(lines_of(drawn_up, place)), on=on, allergies=confirmed, suspected=suspected)
    found = [each for each in mismatches(drawn) if each.code not in NOT_OF_A_TEST]
    if found:
        errors = errors_of(found)
        reasons = [Reason(error.code, error.message, cites=("D40",)) for error in errors]
        raise Refusal(_("The allergy test cannot take place yet."), reasons=reasons, errors=errors)
