"""What is drawn up, compared product by product before the needle (D40, D52). PURE.

Ingredients are those that the label of a product names, excipients included. Give `Drawn` to `mismatches`; a new rule
is one function in `RULES`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

VIAL_DAYS = 28  # how long an opened multi-dose vial lasts (D52)
MOST_MG_PER_KG, MOST_MG = Decimal(3), Decimal(300)  # local anaesthetic, injected plus cream (D52)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnProduct:
    """A product as its label says. `allergens` are those of all its ingredients; `most` is the clinic's maximum per
    session, None when it is not set. `topical`: put on the skin, so it needs no test (D21)."""

    key: int
    name: str
    ingredients: frozenset[str] = frozenset()
    allergens: frozenset[str] = frozenset()
    carrier: bool = False
    topical: bool = False
    multi_dose: bool = False
    most: Decimal | None = None
    anaesthetic_mg: Decimal = Decimal(0)  # of local anaesthetic in one unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLot:
    """A lot as the place knows it. It serves through `expires_on`."""

    expires_on: date
    here: bool = True
    recalled: bool = False
    quarantined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLine:
    """One product from one lot. `number` as it was read from the box; `lot` None when nothing is known of it."""

    product: DrawnProduct
    amount: Decimal
    number: str = ""
    lot: DrawnLot | None = None
    opened_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Everything drawn up for one visit on the local day `on`.

    `tested`: what the negative test covers, None when the gate says by itself that a test is missing. `allergies` and
    `suspected` are codes of allergens and substances. `own_blood`: the mix is own blood alone, which has no product.
    `reason` is given for going over a clinic maximum, and counts when a prescriber gives it. `beside`: what was drawn
    up for the patient's other visits of that day, which counts towards every limit (D06, D52).
    """

    lines: tuple[DrawnLine, ...]
    beside: tuple[DrawnLine, ...] = ()
    on: date
    tested: frozenset[str] | None = None
    allergies: frozenset[str] = frozenset()
    suspected: frozenset[str] = frozenset()
    own_blood: bool = False
    weight_kg: Decimal | None = None
    most_mg_per_kg: Decimal = MOST_MG_PER_KG
    by_prescriber: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that stops the start. `line` is its place among the lines, None when it concerns all of them."""

    code: str
    line: int | None = None
    at: str = ""
    product: str = ""
    what: str = ""

    @property
    def words(self) -> dict[str, str]:
        """What its sentence names."""
        return {"product": self.product, "what": self.what}


Rule = Callable[[Drawn], Iterator[Mismatch]]


def mismatches(drawn: Drawn) -> tuple[Mismatch, ...]:
    """Everything that does not match, in the order in which a person looks at it; empty when it may be injected."""
    return tuple(each for rule in RULES for each in rule(drawn))


def at_line(code: str, line: int, name: str, what: str, more: str = "") -> Mismatch:
    return Mismatch(code=code, line=line, at=name, product=what, what=more)


# --- the rules -------------------------------------------------------------------------------------------------------


def something(drawn: Drawn) -> Iterator[Mismatch]:
    """A treatment injects something; carriers and creams alone are nothing."""
    if not drawn.own_blood and all(line.product.carrier or line.product.topical for line in drawn.lines):
        yield Mismatch(code="nothing_drawn_up")


def named(drawn: Drawn) -> Iterator[Mismatch]:
    """A class without named ingredients cannot be compared (D40)."""
    for number, line in enumerate(drawn.lines):
        if not line.product.carrier and not line.product.ingredients:
            yield at_line("product_not_named", number, "product", line.product.name)


def tested(drawn: Drawn) -> Iterator[Mismatch]:
    """Nothing is injected that the negative test did not hold (D21, D40). Carriers need no test."""
    if drawn.tested is None:
        return
    for number, line in enumerate(drawn.lines):
        untested = line.product.ingredients - drawn.tested
        if untested and not line.product.topical and not line.product.carrier:
            yield at_line("product_not_tested", number, "product", line.product.name, ", ".join(sorted(untested)))


def allergies(drawn: Drawn) -> Iterator[Mismatch]:
    """No known allergen and no suspected ingredient, of carriers and creams neither (D10, D22, D56)."""
    for number, line in enumerate(drawn.lines):
        holds = line.product.allergens | line.product.ingredients
        for code, against in (("product_allergy", drawn.allergies), ("product_suspected", drawn.suspected)):
            if found := holds & against:
                yield at_line(code, number, "product", line.product.name, ", ".join(sorted(found)))


def lots(drawn: Drawn) -> Iterator[Mismatch]:
    """Each product comes from a lot that is known here, in date, and neither recalled nor in quarantine."""
    for number, line in enumerate(drawn.lines):
        if code := fault_of_lot(line, drawn.on):
            yield at_line(code, number, "lot", line.product.name, line.number)


def fault_of_lot(line: DrawnLine, on: date) -> str:
    if not line.number:
        return "lot_missing"
    if line.lot is None:
        return "lot_unknown"
    if line.lot.recalled:
        return "lot_recalled"
    if on > line.lot.expires_on:
        return "lot_expired"
    if not line.lot.here:
        return "lot_elsewhere"
    return "lot_quarantined" if line.lot.quarantined else ""


def vials(drawn: Drawn) -> Iterator[Mismatch]:
    """A multi-dose vial carries the day on which it was opened, and lasts 28 days from it (D52)."""
    for number, line in enumerate(drawn.lines):
        if not line.product.multi_dose:
            continue
        if line.opened_on is None:
            yield at_line("vial_not_dated", number, "opened_on", line.product.name)
        elif line.opened_on > drawn.on:
            yield at_line("vial_opened_later", number, "opened_on", line.product.name)
        elif drawn.on > line.opened_on + timedelta(days=VIAL_DAYS):
            yield at_line("vial_too_old", number, "opened_on", line.product.name)


def maximum(drawn: Drawn) -> Iterator[Mismatch]:
    """Over the clinic's maximum a prescriber says why (D52, D56). One that is not set limits nothing."""
    for product in {line.product for line in drawn.lines if line.product.most is not None}:
        both = (*drawn.lines, *drawn.beside)
        total = sum((line.amount for line in both if line.product.key == product.key), Decimal(0))
        if product.most is None or total <= product.most or (drawn.by_prescriber and drawn.reason):
            continue
        what = f"{total:f} > {product.most:f}"
        yield Mismatch(code="over_maximum", at="over_maximum_reason", product=product.name, what=what)


def anaesthetic(drawn: Drawn) -> Iterator[Mismatch]:
    """Local anaesthetic, injected plus cream, in mg for each kg of weight, and never over 300 mg (D52)."""
    if not any(line.product.anaesthetic_mg for line in drawn.lines):
        return
    total = sum((line.amount * line.product.anaesthetic_mg for line in (*drawn.lines, *drawn.beside)), Decimal(0))
    if not drawn.weight_kg:
        yield Mismatch(code="weight_missing", at="weight_kg")
    elif total > (most := min(drawn.most_mg_per_kg * drawn.weight_kg, MOST_MG)):
        yield Mismatch(code="over_anaesthetic", what=f"{total:.0f} > {most:.0f}")


RULES: tuple[Rule, ...] = (something, named, tested, allergies, lots, vials, maximum, anaesthetic)
