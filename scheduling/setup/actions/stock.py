"""Products and their lots: named once, received at a place, put aside, recalled (D40, D52)."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.base import clock
from clinic.base.access import CARE, CLINICAL, DIRECTOR, role_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.versions import check_version
from clinic.models import Location, User
from patients.actions.checks import tidy_note, tidy_text
from protocols.models import Substance
from scheduling.models import Lot, Product
from scheduling.setup.gs1 import NotGs1Error, Scan, check_digit_holds, read

LARGEST = Decimal(100_000)


@transaction.atomic
def save_product(
    *,
    product: Product | None = None,
    name: str,
    substance: Substance | None = None,
    ingredients: Collection[Substance] = (),
    carrier: bool = False,
    unit: str = "ml",
    container: str = Product.Container.SINGLE,
    most_per_session: Decimal | None = None,
    anaesthetic_mg_per_unit: Decimal = Decimal(0),
    gtin: str = "",
    active: bool = True,
    by: User,
) -> Product:
    """Add a product or change one; `most_per_session` None is "not set" (D52). BadInput at the field.

    A class such as vitamins is no ingredient: the label names what is in it (D40). Forbidden unless a director.
    """
    if role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a director may change products."))
    check_product(substance, ingredients, carrier, gtin)
    row = Product() if product is None else Product.objects.select_for_update().get(pk=product.pk)
    row.name, row.substance, row.carrier, row.unit = tidy_text("name", name, longest=120), substance, carrier, unit
    row.container, row.most_per_session, row.gtin, row.active = container, most_per_session, gtin, active
    row.anaesthetic_mg_per_unit = anaesthetic_mg_per_unit
    row.version += 1 if row.pk else 0
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        field = "gtin" if "product_gtin_once" in str(error) else "name"
        raise BadInput.at(field, _("Another product has this."), "taken") from error
    row.ingredients.set(ingredients)
    return row


def check_product(substance: Substance | None, ingredients: Collection[Substance], carrier: bool, gtin: str) -> None:
    classes = [each.name for each in ingredients if each.stands_for_class]
    if classes:
        words = _("%(names)s: a class, not an ingredient. Name what the label names.") % {"names": ", ".join(classes)}
        raise BadInput.at("ingredients", words)
    if substance is None and not carrier:
        raise BadInput.at("substance", _("Say what it stands for in a mix, or that it is a carrier."), "required")
    if gtin and not (len(gtin) == 14 and gtin.isascii() and gtin.isdigit() and check_digit_holds(gtin)):
        raise BadInput.at("gtin", _("A GTIN has 14 digits, the last of them a check digit."))


@transaction.atomic
def receive_lot(
    *,
    location: Location,
    product: Product | None = None,
    code: str = "",
    number: str = "",
    expires_on: date | None = None,
    amount: Decimal,
    by: User,
    now: datetime | None = None,
) -> Lot:
    """A delivery: a new lot, or more of one that is here. `code` is a scan or an empty text; what it says is not typed.

    BadInput at code, product, number, expires_on or amount. A lot that is here keeps its state and its expiry date:
    another date is refused. The code's parts and the typed ones must agree.
    """
    if role_of(by) not in CARE:
        raise Forbidden(_("Only the clinic's staff may receive a delivery."))
    now = now or clock.now()
    today = clock.local_date(now, location.timezone)
    scan = scanned(code, today.year, number, expires_on)
    product = product_of(scan, product)
    number = tidy_text("number", number or scan.lot, longest=60)
    expires = expires_on or scan.expires_on
    if expires is None:
        raise BadInput.at("expires_on", _("Until when does it serve?"), "required")
    if expires < today:
        raise BadInput.at("expires_on", _("This lot has expired; it is not received."), "expired")
    if not amount.is_finite() or not 0 < amount <= LARGEST:
        raise BadInput.at("amount", _("More than 0 and at most 100000."), "out_of_range")
    return added(location, product, number, expires, amount, by=by, now=now)


def scanned(code: str, year: int, number: str, expires_on: date | None) -> Scan:
    """What the code says. Several readings ask which; a typed lot number that fits one of them answers."""
    if not code.strip():
        return Scan()
    try:
        found = read(code, this_year=year)
    except NotGs1Error as wrong:
        raise BadInput.at("code", str(FAULTS[wrong.code]), wrong.code) from wrong
    fitting = [
        each for each in found if number in ("", each.lot) and expires_on in (None, each.expires_on or expires_on)
    ]
    if not fitting:
        raise BadInput.at("number", _("This is not what the code says."), "differs")
    if len(fitting) > 1:
        lots = ", ".join(dict.fromkeys(each.lot for each in fitting))
        words = _("The scanner lost a separator. Which lot number stands on the box: %(lots)s?") % {"lots": lots}
        raise BadInput.at("number", words, "separator_lost")
    return fitting[0]


FAULTS = {
    "not_gs1": gettext_lazy("This is no GS1 code. Type the lot number and the date instead."),
    "unknown_part": gettext_lazy(
        "This code holds a part that is not known here. Type the lot number and the date instead."
    ),
    "check_digit": gettext_lazy("The check digit does not hold: please scan again."),
    "date": gettext_lazy("The date in this code does not exist: please scan again."),
    "length": gettext_lazy("A part of this code is cut off or too long: please scan again."),
    "twice": gettext_lazy("A part stands twice in this code: please scan again."),
}


def product_of(scan: Scan, chosen: Product | None) -> Product:
    """The product that was chosen, else the one with the scanned GTIN."""
    found = Product.objects.filter(gtin=scan.gtin, active=True).first() if scan.gtin else None
    if chosen is None and found is None:
        raise BadInput.at("product", _("Choose the product."), "required")
    if chosen and scan.gtin and chosen.gtin and chosen.gtin != scan.gtin:
        raise BadInput.at("product", _("The code is another product's."), "differs")
    return chosen or found  # type: ignore[return-value]


def added(
    location: Location, product: Product, number: str, expires_on: date, amount: Decimal, *, by: User, now: datetime
) -> Lot:
    row = Lot.objects.select_for_update().filter(product=product, location=location, number__iexact=number).first()
    if row is None:
        fresh: dict[str, Any] = {"received": amount, "left": amount, "received_at": now, "received_by": by}
        state = recalled_elsewhere(product, number)
        return Lot.objects.create(
            product=product, location=location, number=number, expires_on=expires_on, **fresh, **state
        )
    if row.expires_on != expires_on:
        words = _("This lot is here with the date %(day)s. Look at the box again.") % {"day": row.expires_on}
        raise BadInput.at("expires_on", words, "differs")
    row.received, row.left, row.version = row.received + amount, row.left + amount, row.version + 1
    row.save(update_fields=["received", "left", "version"])
    return row


def recalled_elsewhere(product: Product, number: str) -> dict[str, Any]:
    """A lot that was recalled at one place is recalled wherever it arrives."""
    row = Lot.objects.filter(product=product, number__iexact=number, state=Lot.State.RECALLED).first()
    return {"state": row.state, "state_reason": row.state_reason} if row else {}


@transaction.atomic
def set_lot_aside(*, lot: Lot, reason: str, by: User, version: int | None = None) -> Lot:
    """Into quarantine: it is not drawn up until it is released. Conflict for a recalled one."""
    return changed(lot, Lot.State.QUARANTINED, tidy_note("reason", reason, required=True), by, version)


@transaction.atomic
def release_lot(*, lot: Lot, by: User, version: int | None = None) -> Lot:
    """Out of quarantine. A recall is never taken back (D56)."""
    return changed(lot, Lot.State.IN_USE, "", by, version)


def changed(lot: Lot, state: Lot.State, reason: str, by: User, version: int | None) -> Lot:
    if role_of(by) not in CLINICAL:
        raise Forbidden(_("Only a practitioner may do this."))
    row = Lot.objects.select_for_update().get(pk=lot.pk)
    check_version(row, version)
    if row.state == Lot.State.RECALLED:
        raise Conflict(_("This lot is recalled."), extra={"state": row.state})
    row.state, row.state_reason, row.version = state, reason, row.version + 1
    row.save(update_fields=["state", "state_reason", "version"])
    return row
