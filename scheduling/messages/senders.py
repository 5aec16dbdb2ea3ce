"""Hand one message to the world outside, and say what became of it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from smtplib import SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException

import apprise
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from clinic.base.languages import speaking
from scheduling.messages.texts import Text, text_of
from scheduling.models import Message

PERMANENT = 500  # SMTP: 4yz may pass later, 5yz will not


class Fate(StrEnum):
    """What became of one attempt. Unknown: it was handed over and nobody said whether it was accepted."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is for the desk's list: a code or the name of the error, never an address or a text."""

    fate: Fate
    error: str = ""


def send(message: Message) -> Outcome:
    """Send one row by its channel."""
    if message.channel == Message.Channel.EMAIL:
        return send_mail(message)
    return send_text(message)


def message_id(message: Message) -> str:
    """The same row has the same Message-ID on every attempt, so a mailbox can drop the second copy."""
    digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()
    return f"<{digest[:40]}@{settings.SITE_HOST}>"


def mail_of(message: Message, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    text = text_of(message)
    with speaking(message.patient.language):
        context = {"text": text, "clinic": message.location.name}
        mail = EmailMultiAlternatives(
            subject=text.subject,
            body=render_to_string("emails/message.txt", context),
            to=[message.patient.email],
            headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
            connection=connection,
        )
        mail.attach_alternative(render_to_string("emails/message.html", context), "text/html")
    return mail


def send_mail(message: Message) -> Outcome:
    """One connection a message: until it is open nothing has left, so a refusal there is safe to repeat."""
    if not message.patient.email:
        return Outcome(Fate.FAILED, "no address")
    connection = get_connection()
    mail = mail_of(message, connection)
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        return Outcome(Fate.RETRY, name_of(error))
    try:
        connection.send_messages([mail])
    except (OSError, ValueError, SMTPException) as error:
        return judged(error)
    finally:
        hang_up(connection)
    return Outcome(Fate.SENT)


def judged(error: Exception) -> Outcome:
    """What an error after the connection was open means for the message."""
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return by_code(max(codes, default=PERMANENT))
    if isinstance(error, SMTPResponseException):
        return by_code(error.smtp_code)
    if isinstance(error, ValueError | SMTPNotSupportedError):  # nothing of it has left, and nothing of it can
        return Outcome(Fate.FAILED, name_of(error))
    return Outcome(Fate.UNKNOWN, name_of(error))  # perhaps after DATA: it may have been accepted


def by_code(code: int) -> Outcome:
    return Outcome(Fate.FAILED if code >= PERMANENT else Fate.RETRY, f"SMTP {code}")


def name_of(error: Exception) -> str:
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()


def hang_up(connection: BaseEmailBackend) -> None:
    """A server that is rude at the end has taken the message all the same."""
    try:
        connection.close()
    except (OSError, SMTPException):
        return


def send_text(message: Message) -> Outcome:
    """A text message through the address in SMS_URL; nothing but time, place and where to read more."""
    if not settings.SMS_URL:
        return Outcome(Fate.FAILED, "no text-message service")
    service = apprise.Apprise()
    if not service.add(settings.SMS_URL.replace("{phone}", message.patient.phone.replace(" ", ""))):
        return Outcome(Fate.FAILED, "the address of the text-message service cannot be read")
    delivered = service.notify(body=short(text_of(message)))
    return Outcome(Fate.SENT) if delivered else Outcome(Fate.RETRY, "the text-message service refused")


def short(text: Text) -> str:
    return f"{text.mail[0]} {text.link}"
