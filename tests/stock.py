"""Products and lots for tests: what a mix is drawn up from, through the real actions."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from clinic.models import Location, User
from protocols.models import Formulation, Substance
from scheduling.models import DrawnUp, Lot, Product, Session
from scheduling.treatment.queries.drawn_up import Line, Syringe

# What the products of the tests name; a class is never an ingredient (D40).
LABELS: Mapping[str, tuple[str, ...]] = {
    "vitamins": ("ascorbic_acid", "benzyl_alcohol"),
    "plant_extracts": ("artichoke_extract",),
}
YEAR = timedelta(days=365)


def named_in(codes: Iterable[str]) -> list[str]:
    """What the products that stand for these substances name."""
    return [name for code in codes for name in LABELS.get(code, ())]


def a_product(code: str, **given: Any) -> Product:
    """The product of the tests that stands for a substance; made at its first use."""
    substance = Substance.objects.get(code=code)
    row, made = Product.objects.get_or_create(
        name=given.pop("name", f"{substance.name} ampoule"), defaults={"substance": substance} | given
    )
    if made:
        row.ingredients.set(Substance.objects.filter(code__in=LABELS.get(code, ())))
    return row


def a_lot(
    product: Product, location: Location, by: User, *, number: str = "A1", expires_on: date | None = None, **given: Any
) -> Lot:
    """A full box that serves for a year after it came."""
    at: datetime = given.pop("received_at", None) or datetime.fromisoformat("2026-01-05T09:00:00+01:00")
    values = {"expires_on": expires_on or at.date() + 2 * YEAR, "received": 100, "left": 100, "received_at": at}
    row, _made = Lot.objects.get_or_create(
        product=product, location=location, number=number, defaults=values | {"received_by": by} | given
    )
    return row


def lines_for(mix: Formulation, location: Location, by: User, **lot: Any) -> tuple[Line, ...]:
    """One line for each ingredient of the mix, from a lot that is there."""
    rows = []
    for item in mix.items.select_related("substance").order_by("-substance__code"):
        if item.substance.injectable and item.substance.code != "autologous_prp":
            product = a_product(item.substance.code)
            rows.append(Line(product=product, lot=a_lot(product, location, by, **lot).number, amount=item.amount))
    return tuple(rows)


def drawn_for(session: Session, by: User, **lot: Any) -> Syringe:
    """What is drawn up for a visit as its course plans it."""
    if session.course is None or session.kind == Session.Kind.ALLERGY_TEST:
        return Syringe()
    return Syringe(lines=lines_for(session.course.formulation, session.location, by, **lot))


def as_json(syringe: Syringe) -> list[dict[str, str]]:
    """The lines as a caller of the API sends them."""
    return [
        {"product": str(line.product.pk), "lot": line.lot, "amount": f"{Decimal(line.amount):f}"}
        for line in syringe.lines
    ]


def as_form(syringe: Syringe, **more: str) -> dict[str, str]:
    """The lines as the page of the start sends them."""
    fields = {"start": "now", "drawn-TOTAL_FORMS": str(len(syringe.lines)), "drawn-INITIAL_FORMS": "0"}
    for number, line in enumerate(syringe.lines):
        fields |= {f"drawn-{number}-product": str(line.product.pk), f"drawn-{number}-lot": line.lot}
        fields |= {f"drawn-{number}-amount": f"{Decimal(line.amount):f}"}
    return fields | more


def uses_of(session: Session) -> list[tuple[str, str]]:
    """(product, lot number) of everything drawn up for a visit."""
    return list(DrawnUp.objects.filter(session=session).values_list("named", "number"))
