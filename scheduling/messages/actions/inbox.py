"""What the patient does with the messages on their page."""

from datetime import datetime

from clinic.base import clock
from patients.models import Patient
from scheduling.models import Message


def mark_all_read(*, patient: Patient, now: datetime | None = None) -> int:
    """Every message shown by now has been seen; the first time counts. How many were new."""
    now = now or clock.now()
    shown = Message.objects.filter(patient=patient, channel=Message.Channel.PORTAL, due_at__lte=now, read_at=None)
    return shown.update(read_at=now)
