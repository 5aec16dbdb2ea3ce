"""A channel that fails again and again rests for a while, then gets one message to try; success ends the matter."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from scheduling.messages.actions.claims import Moment
from scheduling.models import ChannelTrouble

BREAK_AFTER = 3
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=15)


def allowance(channel: str, limit: int, moment: Moment) -> int:
    """How many messages a run may take: none while the channel rests, one to try after that."""
    broken = ChannelTrouble.objects.filter(channel=channel, failures__gte=BREAK_AFTER)
    rests = broken.annotate(rests=Q(resting_until__gt=moment.now)).values_list("rests", flat=True).first()
    return limit if rests is None else int(not rests)


@transaction.atomic
def failed(channel: str, error: str, moment: Moment) -> bool:
    """Count a failure that says something about the whole channel; whether it rests from now on."""
    ChannelTrouble.objects.get_or_create(channel=channel, defaults={"since": moment.now})
    row = ChannelTrouble.objects.select_for_update().get(channel=channel)
    beyond = min(row.failures + 1 - BREAK_AFTER, 10)
    fields = {"failures": F("failures") + 1, "error": error[:200]}
    if beyond >= 0:
        fields["resting_until"] = moment.after(min(FIRST_REST * 2**beyond, LONGEST_REST))
    ChannelTrouble.objects.filter(channel=channel, failures__lt=1000).update(**fields)
    return beyond >= 0


def worked(channel: str) -> None:
    ChannelTrouble.objects.filter(channel=channel).delete()
