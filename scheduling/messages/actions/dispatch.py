"""Send what is due. Any number of processes may run this at once, and any of them may die at any moment.

A row is claimed under a lease and committed, checked once more against the visit it speaks of, marked as handed over,
sent over the one connection of its batch, and marked with its fate (claims.py beside this module says when it is
repeated). A process that dies before the hand-over loses nothing; one that dies after it leaves a row that is sent
once more with the same Message-ID, or held for the desk (MESSAGE_UNKNOWN_POLICY). The page of the patient is the only
channel on which nothing is ever said twice. Time is the database's.
"""

import logging
import time
from collections import Counter, deque
from datetime import datetime

from django.db.models import QuerySet

from scheduling.messages.actions import breaker, claims
from scheduling.messages.actions.claims import LEASE, Moment, mine, write_outcome
from scheduling.messages.actions.handing_off import hand_off, show_on_page
from scheduling.messages.senders import Line, Outcome, line_for
from scheduling.models import Message

Status, Channel = Message.Status, Message.Channel

logger = logging.getLogger(__name__)

SENT_OUT = (Channel.EMAIL, Channel.SMS)  # the desk works off its calls, and the portal needs no sending
RUN_SECONDS = 20.0  # so that a worker that is told to stop has soon done with it


def dispatch_due(*, limit: int = 50, now: datetime | None = None, seconds: float = RUN_SECONDS) -> Counter[str]:
    """Send up to `limit` messages a channel that are due, for at most `seconds`; how many met which fate."""
    moment = Moment(now)
    tally = tidy(moment)
    until = time.monotonic() + seconds
    for channel in SENT_OUT:
        tally += send_batch(channel, limit, moment, until)
    return tally


def tidy(moment: Moment) -> Counter[str]:
    """Close what needs no sending: too late, tried too often, out of date on the patient's page."""
    tally = claims.close(Message.objects.all(), moment, again=claims.repeats())
    portal = Message.objects.filter(channel=Channel.PORTAL, status=Status.SCHEDULED, due_at__lte=moment.now)
    tally[Status.SENT.value] += show_on_page(by=claims.whoami(), now=moment.given)
    tally[Status.SUPERSEDED.value] += portal.update(status=Status.SUPERSEDED)
    return +tally


def send_batch(channel: str, limit: int, moment: Moment, until: float) -> Counter[str]:
    """The messages of one channel over one connection, until time is over or the channel must rest."""
    tally: Counter[str] = Counter()
    waiting = deque(claim(channel, breaker.allowance(channel, limit, moment), moment))
    healthy: bool | None = None  # nothing known yet
    try:
        with line_for(channel) as line:
            while waiting and time.monotonic() < until:
                message = waiting.popleft()
                fate, outcome = deliver(message, line, moment)
                logger.info("message %s: %s", message.pk, fate)
                tally[fate] += 1
                if outcome and outcome.down:
                    healthy = False
                    if breaker.failed(channel, outcome.error, moment):
                        break
                elif outcome and not healthy:
                    healthy = True
                    breaker.worked(channel)
    finally:
        claims.put_back(waiting, moment)
    return tally


def claim(channel: str, limit: int, moment: Moment) -> list[Message]:
    rows = Message.objects.filter(channel=channel).select_related("patient", "location")
    return claims.claim(rows, limit, moment) if limit else []


def deliver(message: Message, line: Line, moment: Moment) -> tuple[str, Outcome | None]:
    """Open the line, hand over, send, mark; the fate, and what the line said if it was asked."""
    again = claims.repeats()
    if not_open := line.open():
        return write_outcome(message, not_open, moment, again=again), not_open
    if not hand_off(message, lease=LEASE, now=moment.given):
        return drop(message, moment), None
    outcome = line.send(message)
    return write_outcome(message, outcome, moment, again=again), outcome


def drop(message: Message, moment: Moment) -> str:
    """It must not go any more: too late, or the visit it speaks of has changed."""
    claimed: QuerySet[Message] = mine(message, Status.SENDING).filter(lease_until__gt=moment.now)
    if claimed.filter(expires_at__lte=moment.now).update(status=Status.EXPIRED):
        return Status.EXPIRED.value
    return Status.SUPERSEDED.value if claimed.update(status=Status.SUPERSEDED) else "lost"
