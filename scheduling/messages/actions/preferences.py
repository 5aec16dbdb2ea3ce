"""How a patient wants to be reached, and about what."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.refusals import BadInput
from clinic.base.versions import check_version
from clinic.models import User
from patients.models import ContactPreference, Patient
from scheduling.messages.actions.ledger import channels_for
from scheduling.models import Message

Channel, Kind, Status = ContactPreference.Channel, Message.Kind, Message.Status

# What may be left to the patient's page. That a visit is booked, cancelled or due, and every question that must be
# answered before a needle or after a test, is always said.
LEFT_OUT = "opted out"
MAY_BE_LEFT_OUT = (
    Kind.REMINDER,
    Kind.AFTERCARE,
    Kind.CHECK_24H,
    Kind.CHECK_72H,
    Kind.REVIEW_DUE,
    Kind.MAINTENANCE_DUE,
    Kind.SLOT_OFFER,
)


@transaction.atomic
def set_contact(
    *,
    patient: Patient,
    channel: str,
    opted_out: Collection[str] = (),
    no_calls: bool | None = None,
    wants_earlier: bool | None = None,
    by: User,
    now: datetime | None = None,
    version: int | None = None,
) -> ContactPreference:
    """Keep the choice, and let what is scheduled in the ledger follow it. `opted_out`: kinds of messages; `no_calls`:
    nobody phones; `wants_earlier`: asked when a late visit could be earlier; None for as it was.

    BadInput at channel for one that cannot reach this patient, at opted_out for a kind that is always said.
    Stale (412) for another `version`.
    """
    unknown = set(opted_out) - {str(kind) for kind in MAY_BE_LEFT_OUT}
    if unknown:
        raise BadInput.at("opted_out", _("This message is always sent."), "invalid_choice")
    ContactPreference.objects.get_or_create(patient=patient)
    row = ContactPreference.objects.select_for_update().get(patient=patient)
    check_version(row, version)
    row.no_calls = row.no_calls if no_calls is None else no_calls
    row.wants_earlier = row.wants_earlier if wants_earlier is None else wants_earlier
    check_channel(patient, channel, row)
    row.channel, row.opted_out, row.version = channel, sorted(opted_out), row.version + 1
    row.save()
    patient.contact = row
    redirect_waiting(patient, now or clock.now())
    return row


def check_channel(patient: Patient, channel: str, contact: ContactPreference) -> None:
    if channel not in open_channels(patient, no_calls=contact.no_calls):
        raise BadInput.at("channel", _("We cannot reach you that way."), "invalid_choice")


def open_channels(patient: Patient, *, no_calls: bool = False) -> list[str]:
    """The ways that lead to this patient: each needs an address, a provider or a person, but for meeting them."""
    ways = {
        Channel.EMAIL.value: bool(patient.email),
        Channel.SMS.value: bool(settings.SMS_URL and patient.phone),
        Channel.CALL.value: bool(patient.phone) and not no_calls,
        Channel.LETTER.value: bool(patient.address),
        Channel.IN_PERSON.value: True,
        Channel.HELPER.value: any(each.hears_times for each in patient.contact_persons.all()),
    }
    return [way for way, is_open in ways.items() if is_open]


def redirect_waiting(patient: Patient, now: datetime) -> None:
    """Scheduled messages go the new way, or nowhere but to the patient's page until they are wanted again."""
    ahead = Message.objects.filter(patient=patient, due_at__gt=now).exclude(channel=Message.Channel.PORTAL)
    still_true = Q(session=None) | Q(session__revision=F("revision"))
    left_out = ahead.filter(still_true, status=Status.SUPERSEDED, error=LEFT_OUT)
    left_out.exclude(kind__in=patient.contact.opted_out).update(status=Status.SCHEDULED, error="")
    for row in ahead.filter(status=Status.SCHEDULED).select_for_update():
        ways = [way for way in channels_for(patient, row.kind) if way != Message.Channel.PORTAL]
        if not ways:
            Message.objects.filter(pk=row.pk).update(status=Status.SUPERSEDED, error=LEFT_OUT)
        elif ways[0] != row.channel:
            send_by(row, ways[0])


def send_by(row: Message, channel: str) -> None:
    """The row goes another way, under the key it would have been written with. A row that has that key already takes
    over, so that nothing is said twice."""
    key = row.dedupe_key.replace(f":{row.channel}:p", f":{channel}:p")
    if Message.objects.filter(dedupe_key=key).exists():
        Message.objects.filter(pk=row.pk).update(status=Status.SUPERSEDED)
        again = Message.objects.filter(dedupe_key=key, status=Status.SUPERSEDED)
        when = {"due_at": row.due_at, "expires_at": row.expires_at}
        again.update(status=Status.SCHEDULED, error="", context=row.context, **when)
        return
    Message.objects.filter(pk=row.pk).update(channel=channel, dedupe_key=key)
