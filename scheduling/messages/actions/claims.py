"""Rows of a ledger on their way out: who holds them, how often they are repeated, and how their fate is written down.

A repeat needs evidence. Refused for now, or never begun: again, after a pause. Taken by the mail server without an
answer, or in the hands of a process that died: once more with the same Message-ID, and then it is said to be unknown.
"""

import os
import random
import socket
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Now

from clinic.base.outgoing import MOST_ATTEMPTS, Outgoing
from clinic.base.rows import Prepared
from scheduling.messages.senders import Fate, Outcome

Status = Outgoing.Status
Row = TypeVar("Row", bound=Outgoing)

# EMAIL_TIMEOUT bounds one operation of the socket and a mail takes about nine; a lease must outlast the slowest.
LEASE = timedelta(seconds=12 * settings.EMAIL_TIMEOUT)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
DEADLY = 1
UNSENT = (Status.RETRY, Status.SENDING)


class Moment:
    """The instant of one run: the database's own clock, or a given one in tests."""

    def __init__(self, now: datetime | None = None) -> None:
        self.given = now
        self.now: Any = Now() if now is None else Value(now, output_field=DateTimeField())

    def after(self, span: timedelta) -> Any:
        return ExpressionWrapper(self.now + span, output_field=DateTimeField())


def repeats() -> int:
    """How often something of unknown fate is sent again: once, or where the clinic wants it held, never."""
    return 1 if settings.MESSAGE_UNKNOWN_POLICY == "resend" else 0


def close(rows: QuerySet[Row], moment: Moment, *, again: int) -> Counter[str]:
    """Write down what became of rows that nobody works on any more: too late, tried too often, their sender died."""
    waiting = rows.filter(status__in=Outgoing.WAITING)
    over = waiting.filter(status__in=(Status.SCHEDULED, Status.RETRY), expires_at__lte=moment.now)
    lapsed = waiting.filter(lease_until__lte=moment.now)
    spent = lapsed.filter(status__in=UNSENT, attempts__gte=MOST_ATTEMPTS)
    handed = lapsed.filter(status=Status.HANDED_OFF)
    return +Counter(
        {
            Status.EXPIRED.value: over.update(status=Status.EXPIRED),
            Status.FAILED.value: spent.filter(doubts=0).update(status=Status.FAILED),
            Status.UNKNOWN.value: spent.update(status=Status.UNKNOWN)
            + handed.filter(Q(doubts__gte=again) | Q(attempts__gte=MOST_ATTEMPTS)).update(
                status=Status.UNKNOWN, doubts=F("doubts") + 1
            ),
            Status.RETRY.value: handed.update(status=Status.RETRY, doubts=F("doubts") + 1),
        }
    )


def due(rows: QuerySet[Row], moment: Moment) -> QuerySet[Row]:
    """What may be claimed now."""
    ready = Q(status=Status.SCHEDULED) | Q(status__in=UNSENT, lease_until__lte=moment.now)
    return rows.filter(ready, status__in=Outgoing.WAITING, due_at__lte=moment.now, attempts__lt=MOST_ATTEMPTS)


@transaction.atomic
def claim(rows: QuerySet[Row], limit: int, moment: Moment, *, lease: timedelta = LEASE) -> list[Row]:
    """Rows nobody else works on, ours for the length of the lease; each claim is one attempt.

    A row whose senders died more than DEADLY times is taken alone, when nothing else is due: should it be what kills
    them, it takes no other row with it.
    """
    free = due(rows, moment).select_for_update(skip_locked=True, of=("self",))
    locked = free.order_by("due_at", "id").values_list("pk", flat=True)
    ids = list(locked.exclude(status=Status.SENDING, attempts__gt=DEADLY)[:limit]) or list(locked[:1])
    if not ids:
        return []
    claimed = rows.filter(pk__in=ids)
    claimed.update(status=Status.SENDING, attempts=F("attempts") + 1, claim=uuid4(), lease_until=moment.after(lease))
    return list(claimed.order_by("due_at", "id"))


def mine(row: Row, *states: str) -> QuerySet[Row]:
    """The row as it is in the table, as long as our claim is the one that counts."""
    rows: QuerySet[Row] = type(row)._default_manager.filter(pk=row.pk, claim=row.claim, status__in=states)
    return rows


@cache
def sent(ledger: type[Outgoing]) -> Prepared:
    """What is written of nearly every row."""
    return Prepared(f"""
        UPDATE {ledger._meta.db_table}
        SET status = 'sent', sent_at = COALESCE(%(now)s, now()), sent_by = %(by)s, error = ''
        WHERE id = %(id)s AND claim = %(claim)s AND status IN ('handed_off', 'retry', 'unknown') RETURNING id
    """)  # noqa: S608  # the table's own name


def write_outcome(
    row: Outgoing, outcome: Outcome, moment: Moment, *, again: int, first: timedelta = FIRST_PAUSE
) -> str:
    """Write down what became of it. A yes counts even when it comes late, as long as nobody has begun again."""
    if outcome.fate is Fate.SENT:
        sent(type(row)).rows(now=moment.given, by=whoami(), id=row.pk, claim=row.claim)
        return Status.SENT.value
    doubts = row.doubts + (outcome.fate is Fate.UNKNOWN)
    status = verdict(outcome.fate, attempts=row.attempts, doubts=doubts, again=again)
    until = moment.after(pause(row.attempts, first))
    ours = mine(row, Status.SENDING, Status.HANDED_OFF)
    ours.update(status=status, doubts=doubts, lease_until=until, error=outcome.error[:200])
    return status.value


def verdict(fate: Fate, *, attempts: int, doubts: int, again: int) -> Outgoing.Status:
    """Once more, or the end of it: failed when it surely did not arrive, unknown when it may have."""
    repeatable = fate is Fate.RETRY or (fate is Fate.UNKNOWN and doubts <= again)
    if repeatable and attempts < MOST_ATTEMPTS:
        return Status.RETRY
    return Status.UNKNOWN if doubts else Status.FAILED


def pause(attempts: int, first: timedelta = FIRST_PAUSE) -> timedelta:
    """One minute, two, four … an hour at most, and up to a quarter less, so that many do not come back together."""
    longest = min(first * (1 << (attempts - 1)), LONGEST_PAUSE)
    share: float = random.uniform(0.75, 1)  # noqa: S311  # jitter, not a secret
    return longest * share


def put_back(rows: Iterable[Outgoing], moment: Moment) -> None:
    """Rows this run did not get to; the attempt does not count."""
    for row in rows:
        mine(row, Status.SENDING).update(status=Status.RETRY, attempts=F("attempts") - 1, lease_until=moment.now)


def whoami() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
