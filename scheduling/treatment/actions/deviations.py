"""Departures from plan or rule: each has its own reason, and a director hears of the serious ones (D39 to D41)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import DIRECTOR, role_of
from clinic.base.refusals import Forbidden
from clinic.models import User
from patients.actions.checks import tidy_note
from scheduling.models import Deviation, Session


def deviate(*, session: Session, code: str, reason: str, serious: bool = False, by: User, now: datetime) -> Deviation:
    """Keep a departure of a visit, which the caller has locked, once each; a second word replaces the first.

    BadInput at reason.
    """
    row = Deviation.objects.filter(session=session, code=code).first() or Deviation(session=session, code=code)
    row.reason = tidy_note("reason", reason, required=True)
    row.serious, row.by, row.at = serious, by, now
    row.save()
    return row


def reason_of(session: Session, code: str) -> str:
    """The reason given for this very departure; empty when none was."""
    return Deviation.objects.filter(session=session, code=code).values_list("reason", flat=True).first() or ""


@transaction.atomic
def acknowledge_deviation(*, deviation: Deviation, by: User, now: datetime | None = None) -> Deviation:
    """A director has read it. Forbidden for everybody else; read once, it stays read by whoever was first."""
    if role_of(by) != DIRECTOR:
        raise Forbidden(_("Only a medical director may acknowledge this."))
    row = Deviation.objects.select_for_update().get(pk=deviation.pk)
    if row.acknowledged_at is None:
        row.acknowledged_by, row.acknowledged_at = by, now or clock.now()
        row.save(update_fields=["acknowledged_by", "acknowledged_at"])
    return row
