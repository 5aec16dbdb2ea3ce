"""A lot is recalled: it is stopped everywhere, and whoever received it hears of it, in one act (D40)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.base import clock, scope
from clinic.base.access import DIRECTOR, role_of
from clinic.base.refusals import Conflict, Forbidden
from clinic.models import User
from patients.actions.checks import tidy_note
from scheduling.messages.actions.ledger import Entry, Kind, Subject, rows, write
from scheduling.models import DrawnUp, Lot, Session
from scheduling.treatment.queries.stock import received


@dataclass(frozen=True, slots=True)
class Recalled:
    """How many lots were stopped, and how many people are told."""

    lots: int
    patients: int


@scope.whole()
@transaction.atomic
def recall_lot(*, lot: Lot, reason: str, expect: int, by: User, now: datetime | None = None) -> Recalled:
    """Stop the lot at every place and write to each person who received it, at visits and at allergy tests.

    `expect` is the number of people that the preview named; Conflict when it is another by now. Forbidden unless a
    director, BadInput without a reason. A recall is never taken back (D56).
    """
    if role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a director may recall a lot."))
    why, now = tidy_note("reason", reason, required=True), now or clock.now()
    same = list(Lot.objects.select_for_update().filter(product=lot.product_id, number__iexact=lot.number))
    told = newest_of_each(lot)
    if len(told) != expect:
        raise Conflict(
            _("Somebody else has received it meanwhile. Look at the list again."), extra={"count": len(told)}
        )
    for row in same:
        row.state, row.state_reason, row.version = Lot.State.RECALLED, why, row.version + 1
        row.save(update_fields=["state", "state_reason", "version"])
    for use in told:
        tell(lot, use, now)
    return Recalled(len(same), len(told))


def tell_late(*, session: Session, now: datetime) -> None:
    """A visit that is written down after the recall of what it used: its patient hears of it all the same."""
    uses = DrawnUp.objects.filter(session=session, lot__state=Lot.State.RECALLED)
    for use in uses.select_related("lot", "patient__contact", "session__location"):
        if use.lot:
            tell(use.lot, use, now)


@scope.whole()
def newest_of_each(lot: Lot) -> list[DrawnUp]:
    """The newest use of the lot for each patient; one written down by its number alone, with no box known, counts
    by its substance."""
    substance = lot.product.substance
    uses = (
        received(DrawnUp.objects.all(), lot.number)
        .filter(Q(product=lot.product_id) | Q(product=None, named=substance.code if substance else lot.product.name))
        .select_related("patient__contact", "session__location")
    )
    return list({use.patient_id: use for use in reversed(uses)}.values())


def tell(lot: Lot, use: DrawnUp, now: datetime) -> None:
    place = use.session.location if use.session else lot.location
    subject = Subject(key=f"recall-{lot.pk}", revision=0, patient=use.patient, location=place, session=use.session)
    when = use.session.performed_at if use.session else None
    context = {"start": (when or use.at).isoformat()}
    write(rows(subject, [Entry(kind=Kind.RECALL, due=now, visible=now, context=context)]))
