"""The time that somebody asks for, checked against everything but the bookings of others, which the database knows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic.base.refusals import BadInput
from clinic.models import User
from scheduling.calendar.actions import checks
from scheduling.calendar.actions.booking import Slot
from scheduling.calendar.queries.free_resources import read_free_resources
from scheduling.models import NEEDLE_KINDS, Booking, Practitioner, Session


def slot_for(row: Session, wanted: dict[str, Any], *, by: User, reason: str, now: datetime) -> Slot:
    """The slot asked for, checked against everything but the bookings of others."""
    checks.check_minutes(wanted["minutes"])
    start = checks.check_start(wanted["start"], now)
    checks.check_horizon(row.location, start, now)
    if row.kind in NEEDLE_KINDS:
        checks.check_not_on_hold(row.patient_id)
    checks.check_window(row, start, by=by, reason=reason)
    checks.check_age(row, start)
    practitioner = wanted["practitioner"] or last_practitioner(row)
    slot = Slot.for_session(row, start=start, practitioner_id=practitioner.pk, room_id=0, minutes=wanted["minutes"])
    there = read_free_resources(row, practitioner.pk, slot.occupied_start, slot.occupied_end)
    checks.check_practitioner(row, practitioner, there)
    room = checks.choose_room(row, wanted["room"], there)
    return replace(slot, room_id=room, device_id=checks.choose_device(row, wanted["device"], there))


def last_practitioner(session: Session) -> Practitioner:
    """Who had the visit before it was moved."""
    booked = Booking.objects.filter(session=session).select_related("practitioner__staff").order_by("-id").first()
    if booked is None or booked.practitioner is None:
        raise BadInput.at("practitioner", _("Please choose who sees the patient."), "required")
    return booked.practitioner
