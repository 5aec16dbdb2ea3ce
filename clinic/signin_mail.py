"""Letters of the sign-in go into the fast lane of the ledger: the request that asks for one waits for nothing.

The row says that a letter of some kind is to go; the letter itself, with its code or link, is sealed in a table of its
own until the sender hands it over. What has not gone within ten minutes never goes.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from clinic.base.sealed import seal, unseal
from clinic.models import SealedLetter, SignInMail, User

USE = "sign-in letter"
GOOD_FOR = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
STAFF_GOOD_FOR = timedelta(days=3)
KEPT = timedelta(days=7)


@transaction.atomic
def enqueue(
    *, kind: str, letter: EmailMessage, now: datetime, recipient: User | None = None, good_for: timedelta = GOOD_FOR
) -> SignInMail:
    """Leave a letter for the sender."""
    row = SignInMail.objects.create(kind=kind[:60], recipient=recipient, due_at=now, expires_at=now + good_for)
    SealedLetter.objects.create(mail=row, sealed=sealed(letter))
    return row


def tell(staff: User, template: str, *, subject: str, now: datetime, **context: object) -> SignInMail:
    """Leave `emails/<template>.txt` for a member of staff. No word of health, and no patient's name."""
    letter = EmailMessage(str(subject), render_to_string(f"emails/{template}.txt", context), to=[staff.email])
    return enqueue(kind=template, letter=letter, now=now, recipient=staff, good_for=STAFF_GOOD_FOR)


def sealed(letter: EmailMessage) -> str:
    content = {"subject": letter.subject, "body": letter.body, "to": list(letter.to), "html": html_of(letter)}
    return seal(content, use=USE)


def opened(text: str) -> EmailMessage:
    """The letter again. Raises CannotOpenError."""
    content = unseal(text, use=USE)
    letter = EmailMultiAlternatives(content["subject"], content["body"], to=content["to"])
    letter.extra_headers["Auto-Submitted"] = "auto-generated"
    if content["html"]:
        letter.attach_alternative(content["html"], "text/html")
    return letter


def html_of(letter: EmailMessage) -> str:
    return next((str(content) for content, kind in getattr(letter, "alternatives", []) if kind == "text/html"), "")


def prune(*, now: datetime) -> None:
    """What is done with is not kept."""
    SignInMail.objects.filter(created_at__lt=now - KEPT).delete()
