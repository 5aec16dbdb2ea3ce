"""What people do with messages: ring up, send again, read."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import Conflict
from clinic.models import User
from scheduling.models import Message

CALL_AGAIN = timedelta(hours=2)
Status = Message.Status


@transaction.atomic
def record_call(*, message: Message, reached: bool, by: User, note: str = "", now: datetime | None = None) -> Message:
    """The desk rang, wrote or told. Reached: done. Not reached: back on the list in two hours, until it expires.

    Conflict (409) when it is not on the list any more.
    """
    now = now or clock.now()
    row = locked(message)
    if row.channel not in Message.BY_HAND or row.status not in (Status.SCHEDULED, Status.RETRY, Status.FAILED):
        raise Conflict(_("This call is not open any more."), extra={"state": row.status})
    row.attempts += 1
    row.error = note[:200]
    if reached:
        row.status, row.sent_at, row.sent_by = Status.SENT, now, f"user:{by.pk}"
    else:
        row.status, row.due_at = Status.SCHEDULED, now + CALL_AGAIN
    row.save(update_fields=["attempts", "error", "status", "sent_at", "sent_by", "due_at"])
    return row


@transaction.atomic
def send_again(*, message: Message, by: User, now: datetime | None = None) -> Message:
    """Try a failed or doubtful message once more, with the same Message-ID.

    Conflict (409) when it is not on the list any more.
    """
    row = locked(message)
    if row.status not in (Status.FAILED, Status.UNKNOWN):
        raise Conflict(_("Only a message that failed can be sent again."), extra={"state": row.status})
    row.status, row.attempts, row.doubts, row.lease_until, row.error = Status.RETRY, 0, 0, now or clock.now(), ""
    row.save(update_fields=["status", "attempts", "doubts", "lease_until", "error"])
    return row


@transaction.atomic
def let_go(*, message: Message, by: User, now: datetime | None = None) -> Message:
    """Somebody told the patient another way, or it no longer matters: off the list, never sent.

    Conflict (409) when it is not on the list any more.
    """
    row = locked(message)
    if row.status not in (Status.FAILED, Status.UNKNOWN):
        raise Conflict(_("Only a message that failed can be taken off the list."), extra={"state": row.status})
    row.status, row.sent_by = Status.EXPIRED, f"user:{by.pk}"
    row.save(update_fields=["status", "sent_by"])
    return row


def locked(message: Message) -> Message:
    return Message.objects.select_for_update().get(pk=message.pk)
