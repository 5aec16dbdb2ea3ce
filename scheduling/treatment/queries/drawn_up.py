"""What is drawn up for a visit, as the pure rule reads it (D40, D52)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinic.base.access import is_prescriber
from clinic.base.clock import local_date
from clinic.base.zones import day_bounds
from clinic.models import Location, User
from patients.models import Patient
from patients.queries.allergy import allergies_of, on_record
from patients.queries.answers import completed_responses, facts_from
from patients.queries.plans import mix_of
from patients.queries.rules import current_rules
from protocols.eligibility import Drawn, DrawnLine, DrawnLot, DrawnProduct, Gate, GateStatus, Occasion, Plan
from protocols.models import Formulation
from protocols.queries import policies
from scheduling.models import DrawnUp, Lot, Product, Session, SessionStatus

MG_PER_KG = {
    "three_mg_per_kg": Decimal(3),
    "four_mg_per_kg": Decimal(4),
    "four_and_a_half_mg_per_kg": Decimal("4.5"),
}
OWN_BLOOD = frozenset({GateStatus.NOT_APPLICABLE, GateStatus.SIGN_OWN_BLOOD})
ALLERGENS = "allergens"  # the question whose options name them


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One product with its lot as it was read from the box, and how much of it; `opened_on` of a multi-dose vial."""

    product: Product
    amount: Decimal
    lot: str = ""
    opened_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Syringe:
    """Everything that somebody drew up for one visit, with the patient's weight where an anaesthetic needs it."""

    lines: tuple[Line, ...] = ()
    weight_kg: Decimal | None = None
    over_maximum_reason: str = ""


NOTHING_DRAWN = Syringe()


def drawn_of(session: Session, syringe: Syringe, gate: Gate | None, *, at: datetime, by: User) -> Drawn:
    """The facts of what is drawn up for this visit at the instant `at`."""
    on = local_date(at, session.location.timezone)
    confirmed, suspected = allergies_against(session.patient, on, ZoneInfo(session.location.timezone))
    mix = session.course.formulation if session.course else None
    return Drawn(
        lines=tuple(lines_of(syringe.lines, session.location)),
        beside=tuple(drawn_beside(session, on)),
        on=on,
        tested=tested(session, mix, at) if mix and gate and gate.is_open else None,
        allergies=confirmed,
        suspected=suspected,
        own_blood=gate is not None and gate.status in OWN_BLOOD,
        weight_kg=syringe.weight_kg,
        most_mg_per_kg=MG_PER_KG[policies()["anaesthetic_limit"]],
        by_prescriber=is_prescriber(by),
        reason=syringe.over_maximum_reason.strip(),
    )


def drawn_beside(session: Session, on: date) -> Iterable[DrawnLine]:
    """What was drawn up for the patient's other visits of the local day `on`."""
    first, last = day_bounds(on, ZoneInfo(session.location.timezone))
    rows = DrawnUp.objects.filter(patient=session.patient_id, at__gte=first, at__lt=last, session__isnull=False)
    rows = rows.exclude(session=session).exclude(session__status=SessionStatus.ERROR)
    taken = [(row.product_id, row.amount) for row in rows if row.product_id]
    label = labels({product for product, _amount in taken}) if taken else {}
    return [DrawnLine(product=label[product], amount=amount) for product, amount in taken]


def lines_of(lines: Sequence[Line], location: Location) -> Iterable[DrawnLine]:
    """Three queries however many lines there are."""
    label = labels({line.product.pk for line in lines})
    stock = lots_of(lines, location)
    for line in lines:
        lot = stock.get((line.product.pk, line.lot.strip().casefold()))
        yield DrawnLine(
            product=label[line.product.pk],
            amount=line.amount,
            number=line.lot.strip(),
            lot=as_drawn(lot, location) if lot else None,
            opened_on=line.opened_on or (lot.opened_on if lot else None),
        )


def labels(products: set[int]) -> dict[int, DrawnProduct]:
    rows = Product.objects.filter(pk__in=products).select_related("substance").prefetch_related("ingredients")
    return {row.pk: label_of(row) for row in rows}


def label_of(product: Product) -> DrawnProduct:
    """What the product names: its label, and the substance that it is, unless that is a class (D40)."""
    named = list(product.ingredients.all())
    if product.substance and not product.substance.stands_for_class:
        named.append(product.substance)
    return DrawnProduct(
        key=product.pk,
        name=product.name,
        ingredients=frozenset(each.code for each in named),
        allergens=frozenset(allergen for each in named for allergen in each.allergens),
        carrier=product.carrier,
        topical=bool(product.substance and not product.substance.injectable),
        multi_dose=product.container == Product.Container.MULTI,
        most=product.most_per_session,
        anaesthetic_mg=product.anaesthetic_mg_per_unit,
    )


def lots_of(lines: Sequence[Line], location: Location) -> dict[tuple[int, str], Lot]:
    """(product, folded number) -> the lot of this place, else one that lies at another place."""
    rows = Lot.objects.filter(product__in={line.product.pk for line in lines})
    wanted = {line.lot.strip().casefold() for line in lines}
    found = [row for row in rows if row.number.casefold() in wanted]
    found.sort(key=lambda row: row.location_id == location.pk)
    return {(row.product_id, row.number.casefold()): row for row in found}


def as_drawn(lot: Lot, location: Location) -> DrawnLot:
    return DrawnLot(
        expires_on=lot.expires_on,
        here=lot.location_id == location.pk,
        recalled=lot.state == Lot.State.RECALLED,
        quarantined=lot.state == Lot.State.QUARANTINED,
    )


def tested(session: Session, mix: Formulation, at: datetime) -> frozenset[str]:
    """Codes of everything that was in a test which lets this mix be injected now: its ingredients and what the labels
    of its products named."""
    record, wanted = on_record(session.patient, at), mix_of(mix)
    if set(wanted) <= {"autologous_prp"}:
        return frozenset(wanted)
    slack = (session.latest - session.ideal).days if session.latest and session.ideal else 0
    alone = [(test, replace(record, tests=(test,))) for test in record.tests]
    serving = [test for test, only in alone if only.gate(wanted, at, tolerance_days=slack).is_open]
    return frozenset(code for test in serving for code in (*test.ingredients, *test.named))


def allergies_against(patient: Patient, on: date, zone: ZoneInfo) -> tuple[frozenset[str], frozenset[str]]:
    """Codes that the patient is allergic to, on record, ticked or in words; and those that are suspected."""
    facts = facts_from(patient, completed_responses(patient), allergies_of(patient), zone)
    case = current_rules().case(facts, Plan(), on=on, occasion=Occasion.PLAN)
    ticked = case.answer(ALLERGENS)
    declared = ticked if isinstance(ticked, frozenset) else frozenset()
    return facts.allergies | declared | case.named_allergens(), facts.suspected
