"""The fast lane: letters of the sign-in, sent at once by a loop of their own, whatever else waits for the mail server.

Handing over takes the letter out of its seal and blanks it there in one transaction. So nothing of unknown fate can be
sent again; whoever waits asks for a new code. A refusal for now puts the seal back until the ten minutes are over.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction

from clinic.base.sealed import CannotOpenError
from clinic.models import SealedLetter, SignInMail
from clinic.signin_mail import opened, sealed
from scheduling.messages.actions import breaker, claims
from scheduling.messages.actions.claims import LEASE, Moment, mine, write_outcome
from scheduling.messages.senders import Fate, MailLine, Outcome

Status = SignInMail.Status

logger = logging.getLogger(__name__)

AT_A_TIME = 10
FIRST_PAUSE = timedelta(seconds=5)
NEVER = 0  # repeats of what may have arrived
EMAIL = "email"


def send_codes(*, now: datetime | None = None) -> Counter[str]:
    """Send the letters of the sign-in that wait; how many met which fate."""
    moment = Moment(now)
    if not SignInMail.objects.filter(status__in=SignInMail.WAITING).exists():  # asked twice a second
        return Counter()
    tally = close(moment)
    with MailLine() as line:
        for row in claims.claim(SignInMail.objects.all(), AT_A_TIME, moment):
            fate = deliver(row, line, moment)
            tally[fate] += 1
            logger.info("sign-in letter %s: %s", row.pk, fate)
    return tally


@transaction.atomic
def close(moment: Moment) -> Counter[str]:
    """What will never go any more is blank at once."""
    tally = claims.close(SignInMail.objects.all(), moment, again=NEVER)
    SealedLetter.objects.exclude(sealed="").exclude(mail__status__in=SignInMail.WAITING).update(sealed="")
    return tally


def deliver(row: SignInMail, line: MailLine, moment: Moment) -> str:
    if not_open := line.open():
        breaker.failed(EMAIL, not_open.error, moment)
        return write_outcome(row, not_open, moment, again=NEVER, first=FIRST_PAUSE)
    letter = take_out(row, moment)
    if letter is None:
        return "lost"
    outcome = line.send_letter(letter)
    if outcome.down:
        breaker.failed(EMAIL, outcome.error, moment)
    else:  # the mail server is there: what rests because of it may go
        breaker.worked(EMAIL)
    return written_down(row, letter, outcome, moment)


@transaction.atomic
def take_out(row: SignInMail, moment: Moment) -> EmailMessage | None:
    """Hand over: the letter, of which nothing is left in the table. None when it is too late or not ours any more."""
    ours = mine(row, Status.SENDING).filter(lease_until__gt=moment.now, expires_at__gt=moment.now)
    if not ours.update(status=Status.HANDED_OFF, handed_off_at=moment.now, lease_until=moment.after(LEASE)):
        return None
    kept = SealedLetter.objects.select_for_update().get(pk=row.pk)
    text, kept.sealed = kept.sealed, ""
    kept.save(update_fields=["sealed"])
    try:
        return opened(text)
    except CannotOpenError:
        mine(row, Status.HANDED_OFF).update(status=Status.FAILED, error="sealed with another key")
        return None


@transaction.atomic
def written_down(row: SignInMail, letter: EmailMessage, outcome: Outcome, moment: Moment) -> str:
    if outcome.fate is Fate.RETRY:
        SealedLetter.objects.filter(pk=row.pk).update(sealed=sealed(letter))
    return write_outcome(row, outcome, moment, again=NEVER, first=FIRST_PAUSE)
