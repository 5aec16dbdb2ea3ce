"""Send what is due. Any number of processes may run this at once, and any of them may die at any moment.

A row is claimed under a lease and committed, checked once more against the visit it speaks of, marked as handed over,
sent, and marked with its fate. A process that dies before the hand-over loses nothing; one that dies after it leaves a
row whose fate is unknown, which is sent again with the same Message-ID or held for the desk (MESSAGE_UNKNOWN_POLICY).
The page of the patient is the only channel on which nothing is ever said twice. Time is the database's.
"""

import os
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Now

from scheduling.messages.actions.handover import hand_over, show_on_page
from scheduling.messages.senders import Fate, Outcome, send
from scheduling.models import Message

Status, Channel = Message.Status, Message.Channel

# EMAIL_TIMEOUT bounds one operation of the socket and a mail takes about nine; a lease must outlast the slowest.
LEASE = timedelta(seconds=12 * settings.EMAIL_TIMEOUT)
MAX_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(hours=1)
SENT_OUT = (Channel.EMAIL, Channel.SMS)  # the desk works off its calls, and the portal needs no sending
UNSENT = (Status.RETRY, Status.SENDING)
WAITING = (Status.SCHEDULED, *UNSENT, Status.HANDED_OFF, Status.UNKNOWN)


class Moment:
    """The instant of one run: the database's own clock, or a given one in tests."""

    def __init__(self, now: datetime | None = None) -> None:
        self.given = now
        self.now: Any = Now() if now is None else Value(now, output_field=DateTimeField())

    def after(self, span: timedelta) -> Any:
        return ExpressionWrapper(self.now + span, output_field=DateTimeField())


def dispatch_due(*, limit: int = 50, now: datetime | None = None, seconds: float = 60.0) -> Counter[str]:
    """Send up to `limit` messages that are due, for at most `seconds`; how many met which fate."""
    moment = Moment(now)
    tally = tidy(moment)
    until = time.monotonic() + seconds
    waiting = deque(claim(limit, moment))
    try:
        while waiting and time.monotonic() < until:
            tally[deliver(waiting.popleft(), moment)] += 1
    finally:
        put_back(waiting, moment)
    return tally


def tidy(moment: Moment) -> Counter[str]:
    """Close what needs no sending: too late, tried too often, out of date on the patient's page."""
    rows = Message.objects.filter(status__in=WAITING)
    over = rows.filter(status__in=(Status.SCHEDULED, Status.RETRY), expires_at__lte=moment.now)
    spent = rows.filter(lease_until__lte=moment.now, attempts__gte=MAX_ATTEMPTS)
    portal = rows.filter(channel=Channel.PORTAL, status=Status.SCHEDULED, due_at__lte=moment.now)
    tally = Counter(
        {
            Status.EXPIRED.value: over.update(status=Status.EXPIRED),
            Status.FAILED.value: spent.filter(status__in=UNSENT).update(status=Status.FAILED),
            Status.SENT.value: show_on_page(by=whoami(), now=moment.given),
            Status.SUPERSEDED.value: portal.update(status=Status.SUPERSEDED),
        }
    )
    doubtful = rows.filter(status=Status.HANDED_OFF, lease_until__lte=moment.now)
    if settings.MESSAGE_UNKNOWN_POLICY == "resend":
        doubtful = doubtful.filter(attempts__gte=MAX_ATTEMPTS)
    tally[Status.UNKNOWN.value] = doubtful.update(status=Status.UNKNOWN)
    return +tally


@transaction.atomic
def claim(limit: int, moment: Moment) -> list[Message]:
    """Rows nobody else works on, ours for the length of the lease; each claim is one attempt."""
    again = [Status.RETRY, Status.SENDING]
    if settings.MESSAGE_UNKNOWN_POLICY == "resend":
        again += [Status.HANDED_OFF, Status.UNKNOWN]
    ready = Q(status=Status.SCHEDULED) | Q(status__in=again, lease_until__lte=moment.now)
    due = Message.objects.filter(
        ready, status__in=WAITING, channel__in=SENT_OUT, due_at__lte=moment.now, attempts__lt=MAX_ATTEMPTS
    )
    ids = list(due.select_for_update(skip_locked=True).order_by("due_at", "id").values_list("pk", flat=True)[:limit])
    if not ids:
        return []
    claimed = Message.objects.filter(pk__in=ids)
    claimed.update(status=Status.SENDING, attempts=F("attempts") + 1, lease_until=moment.after(LEASE))
    return list(claimed.select_related("patient", "location").order_by("due_at", "id"))


def deliver(message: Message, moment: Moment) -> str:
    """Hand over, send, mark. Each write is fenced by the attempt: whoever lost the lease changes nothing."""
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts)
    claimed = mine.filter(status=Status.SENDING, lease_until__gt=moment.now)
    if not hand_over(message, lease=LEASE, now=moment.given):
        return drop(claimed, moment)
    return settle(message, mine.filter(status=Status.HANDED_OFF), send(message), moment)


def drop(claimed: QuerySet[Message], moment: Moment) -> str:
    """It must not go any more: too late, or the visit it speaks of has changed."""
    if claimed.filter(expires_at__lte=moment.now).update(status=Status.EXPIRED):
        return Status.EXPIRED.value
    return Status.SUPERSEDED.value if claimed.update(status=Status.SUPERSEDED) else "lost"


def settle(message: Message, handed: QuerySet[Message], outcome: Outcome, moment: Moment) -> str:
    """Write down what became of it."""
    if outcome.fate is Fate.SENT:
        handed.update(status=Status.SENT, sent_at=moment.now, sent_by=whoami(), error="")
        return Status.SENT.value
    status = outcome.fate.value
    if outcome.fate is Fate.RETRY and message.attempts >= MAX_ATTEMPTS:
        status = Status.FAILED.value
    handed.update(status=status, lease_until=moment.after(pause(message.attempts)), error=outcome.error[:200])
    return status


def pause(attempts: int) -> timedelta:
    """One minute, two, four … an hour at most."""
    return min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_PAUSE)


def put_back(messages: Iterable[Message], moment: Moment) -> None:
    """Rows this run did not get to; the attempt does not count."""
    ids = [message.pk for message in messages]
    if ids:
        ours = Message.objects.filter(pk__in=ids, status=Status.SENDING, lease_until__gt=moment.now)
        ours.update(status=Status.RETRY, attempts=F("attempts") - 1, lease_until=moment.now)


def whoami() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
