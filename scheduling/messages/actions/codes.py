"""The fast lane: letters of the sign-in, sent at once by a loop of their own, whatever else waits for the mail server.

A letter is taken when the mail server is there to take it: claimed, marked as handed over and blanked in one
transaction. A sender that dies before leaves it to the next one at once, without a lease; after it, nothing of unknown
fate can be sent again, and whoever waits asks for a new code. A refusal for now puts the seal back until the ten
minutes are over.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

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


def letters_wait() -> bool:
    return SignInMail.objects.filter(status__in=SignInMail.WAITING).exists()


def send_codes(*, now: datetime | None = None) -> Counter[str]:
    """Send the letters of the sign-in that wait, AT_A_TIME at most; how many met which fate."""
    moment = Moment(now)
    tally = close(moment)
    with MailLine() as line:
        while tally.total() < AT_A_TIME and claims.due(in_time(moment), moment).exists():
            if not_open := line.open():
                breaker.failed(EMAIL, not_open.error, moment)
                return tally + put_off(not_open, moment)
            if not (taken := take_out(moment)):
                break
            tally[deliver(*taken, line, moment)] += 1
    return tally


@transaction.atomic
def close(moment: Moment) -> Counter[str]:
    """What will never go any more is blank at once."""
    tally = claims.close(SignInMail.objects.all(), moment, again=NEVER)
    SealedLetter.objects.exclude(sealed="").exclude(mail__status__in=SignInMail.WAITING).update(sealed="")
    return tally


def in_time(moment: Moment) -> QuerySet[SignInMail]:
    return SignInMail.objects.filter(expires_at__gt=moment.now)


@transaction.atomic
def put_off(not_open: Outcome, moment: Moment) -> Counter[str]:
    """The mail server is not there: every letter that is due is tried again after a pause."""
    rows = claims.claim(in_time(moment), AT_A_TIME, moment)
    return Counter(finish(row, not_open, moment) for row in rows)


@transaction.atomic
def take_out(moment: Moment) -> tuple[SignInMail, str] | None:
    """Claim and hand over the oldest letter: the row and the letter under its seal, of which nothing is left in the
    table. None when others have them all."""
    for row in claims.claim(in_time(moment), 1, moment):
        mine(row, Status.SENDING).update(
            status=Status.HANDED_OFF, handed_off_at=moment.now, lease_until=moment.after(LEASE)
        )
        letter = SealedLetter.objects.filter(pk=row.pk)
        text = letter.values_list("sealed", flat=True).get()
        letter.update(sealed="")
        return row, text
    return None


def deliver(row: SignInMail, text: str, line: MailLine, moment: Moment) -> str:
    try:
        letter = opened(text)
    except CannotOpenError:
        return finish(row, Outcome(Fate.FAILED, "sealed with another key"), moment)
    outcome = line.send_letter(letter)
    if outcome.down:
        breaker.failed(EMAIL, outcome.error, moment)
    else:  # the mail server is there: what rests because of it may go
        breaker.worked(EMAIL)
    return finish(row, outcome, moment, letter)


@transaction.atomic
def finish(row: SignInMail, outcome: Outcome, moment: Moment, letter: EmailMessage | None = None) -> str:
    """Write down what became of it; a letter that is to go again is sealed again."""
    if letter and outcome.fate is Fate.RETRY:
        SealedLetter.objects.filter(pk=row.pk).update(sealed=sealed(letter))
    fate = write_outcome(row, outcome, moment, again=NEVER, first=FIRST_PAUSE)
    logger.info("sign-in letter %s: %s", row.pk, fate)
    return fate
