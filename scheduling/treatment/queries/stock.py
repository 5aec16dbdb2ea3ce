"""Stock: products, the lots of a place with their warnings, and who received a lot (D40)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Upper

from clinic.models import Location
from scheduling.models import DrawnUp, Lot, Product, Session, SessionStatus

LITTLE_LEFT = Decimal("0.2")  # of what was received
EXPIRES_SOON = timedelta(days=30)


def lots_at(lots: QuerySet[Lot], location: Location) -> QuerySet[Lot]:
    """Lots of which something is left or that were stopped, by product, the soonest expiry first."""
    rows = lots.filter(location=location).exclude(left=0, state=Lot.State.IN_USE)
    return rows.select_related("product").order_by("product__name", "expires_on", "id")


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A lot with what to say about it on a day."""

    lot: Lot
    expired: bool
    expires_soon: bool
    little_left: bool

    @property
    def warns(self) -> bool:
        return self.expired or self.expires_soon or self.little_left


def on_shelf(lots: Iterable[Lot], today: date) -> list[OnShelf]:
    return [shelved(lot, today) for lot in lots]


def shelved(lot: Lot, today: date) -> OnShelf:
    expired = lot.expires_on < today
    return OnShelf(
        lot=lot,
        expired=expired,
        expires_soon=not expired and lot.expires_on <= today + EXPIRES_SOON,
        little_left=lot.left <= lot.received * LITTLE_LEFT,
    )


def usable(location: Location, today: date) -> QuerySet[Lot]:
    """Lots that may be drawn up there on that day, the soonest expiry first."""
    rows = Lot.objects.filter(location=location, state=Lot.State.IN_USE, expires_on__gte=today, left__gt=0)
    return rows.select_related("product__substance").order_by("expires_on", "id")


def received(uses: QuerySet[DrawnUp], number: str) -> QuerySet[DrawnUp]:
    """Everybody who received a lot of this number, at visits and at allergy tests, newest first: one query. Nobody did
    at a visit that was entered in error."""
    rows = uses.filter(folded=Upper(Value(number.strip()))).exclude(session__status=SessionStatus.ERROR)
    when = Coalesce(F("session__performed_at"), F("allergy_test__administered_at"), F("at"))
    return rows.select_related("patient").annotate(when=when).order_by("-when", "-id")


def suggested(session: Session, today: date) -> list[tuple[Product, Lot, Decimal]]:
    """For each ingredient of the visit's mix the product with the lot that expires first, and the planned amount."""
    course = session.course
    if course is None:
        return []
    lots = list(usable(session.location, today))
    found = []
    for item in course.formulation.items.select_related("substance"):
        lot = next((each for each in lots if each.product.substance_id == item.substance_id), None)
        if lot is not None:
            found.append((lot.product, lot, item.amount))
    return found
