"""Hand messages to the world outside over one line a batch, and say what became of each."""

import hashlib
import smtplib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self

import apprise
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends import filebased, smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from clinic.base.languages import speaking
from scheduling.messages.texts import Text, text_of
from scheduling.models import Message

PERMANENT = 500  # SMTP: 4yz may pass later, 5yz will not
CLOSING, TOO_LARGE = 421, 552
# Seconds until a text-message service is given up that does not connect, and one that has taken the text and does not
# answer.
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 10.0


class Fate(StrEnum):
    """What became of one attempt. Unknown: it was handed over and nobody said whether it was accepted."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is for the desk's list: a code or the name of the error, never an address or a text. `down`: it says
    something about the whole channel rather than about this message."""

    fate: Fate
    error: str = ""
    down: bool = False


class Line(Protocol):
    """A way out for the messages of one channel, kept open for a batch."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def open(self) -> Outcome | None:
        """Make sure the line stands; what happened when it does not. Until then nothing has left."""

    def send(self, message: Message) -> Outcome: ...


def line_for(channel: str) -> Line:
    return MailLine() if channel == Message.Channel.EMAIL else TextLine()


class Witness(smtplib.SMTP):
    """Knows whether the letter itself was on its way: before that, no break of the line can have delivered it."""

    letter_left = False

    def mail(self, sender, options=()):  # type: ignore[no-untyped-def]  # the signature is smtplib's
        self.letter_left = False
        return super().mail(sender, options)

    def data(self, msg):  # type: ignore[no-untyped-def]
        self.letter_left = True
        return super().data(msg)


class WitnessedSmtp(smtp.EmailBackend):
    connection_class = Witness


OURS = {"django.core.mail.backends.smtp.EmailBackend": f"{__name__}.{WitnessedSmtp.__name__}"}


class MailLine:
    """One connection to the mail server, opened when first needed, and again after it broke."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.hang_up()

    def open(self) -> Outcome | None:
        try:
            if self.connection is None:
                connection = get_connection(OURS.get(settings.EMAIL_BACKEND, settings.EMAIL_BACKEND))
                connection.open()
                self.connection = connection
        except (OSError, smtplib.SMTPException, ImproperlyConfigured) as error:
            return Outcome(Fate.RETRY, name_of(error), down=True)
        return None

    def send(self, message: Message) -> Outcome:
        if not message.patient.email:
            return Outcome(Fate.FAILED, "no address")
        return self.send_letter(mail_of(message))

    def send_letter(self, letter: EmailMessage) -> Outcome:
        if not_open := self.open():
            return not_open
        assert self.connection
        try:
            self.connection.send_messages([letter])
        except (OSError, ValueError, smtplib.SMTPException) as error:
            outcome = judged(error, letter_left=self.letter_left())
            if outcome.down:
                self.hang_up()
            return outcome
        return Outcome(Fate.SENT)

    def letter_left(self) -> bool:
        """Whether the letter may have been taken. A backend that cannot tell has to be doubted; a file can tell."""
        talk = getattr(self.connection, "connection", None)
        return bool(getattr(talk, "letter_left", not isinstance(self.connection, filebased.EmailBackend)))

    def hang_up(self) -> None:
        """Ignore errors on QUIT: the messages were accepted."""
        connection, self.connection = self.connection, None
        try:
            if connection:
                connection.close()
        except (OSError, smtplib.SMTPException):
            return


class Overheard(HTTPConnection):
    """apprise says no more than yes or no. How far the last request of this process came tells what a no means."""

    came: ClassVar[str] = ""  # to the DOOR, OUT of our hands, or to an ANSWER; nothing while nobody spoke HTTP
    DOOR, OUT, ANSWER = "door", "out", "answer"

    def connect(self) -> None:
        Overheard.came = self.DOOR
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        Overheard.came = self.OUT
        super().send(data)

    def getresponse(self) -> Any:
        answer = super().getresponse()
        Overheard.came = self.ANSWER
        return answer


class OverheardTls(Overheard, HTTPSConnection):
    pass


HTTPConnectionPool.ConnectionCls, HTTPSConnectionPool.ConnectionCls = Overheard, OverheardTls
NO = {
    Overheard.DOOR: (Fate.RETRY, "the text-message service cannot be reached"),
    Overheard.ANSWER: (Fate.RETRY, "the text-message service refused"),
}
NO_ANSWER = Fate.UNKNOWN, "the text-message service did not answer"


class TextLine:
    """Text messages through the address in SMS_URL; nothing but time, place and where to read more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def open(self) -> Outcome | None:
        return None

    def send(self, message: Message) -> Outcome:
        if not settings.SMS_URL:
            return Outcome(Fate.FAILED, "no text-message service")
        service = apprise.Apprise()
        if not service.add(settings.SMS_URL.replace("{phone}", message.patient.phone.replace(" ", ""))):
            return Outcome(Fate.FAILED, "the address of the text-message service cannot be read")
        for way in service:
            way.socket_connect_timeout, way.socket_read_timeout = CONNECT_SECONDS, ANSWER_SECONDS
        Overheard.came = ""
        if service.notify(body=short(text_of(message))):
            return Outcome(Fate.SENT)
        return Outcome(*NO.get(Overheard.came, NO_ANSWER), down=True)


def message_id(message: Message) -> str:
    """The same row has the same Message-ID on every attempt, so a mailbox can drop the second copy."""
    digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()
    return f"<{digest[:40]}@{settings.SITE_HOST}>"


def mail_of(message: Message) -> EmailMultiAlternatives:
    text = text_of(message)
    with speaking(message.patient.language):
        context = {"text": text, "clinic": message.location.name}
        mail = EmailMultiAlternatives(
            subject=text.subject,
            body=render_to_string("emails/message.txt", context),
            to=[message.patient.email],
            headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("emails/message.html", context), "text/html")
    return mail


def judged(error: Exception, *, letter_left: bool) -> Outcome:
    """What an error after the connection was open means for the message, and for the line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return by_code(max(codes, default=PERMANENT))
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE:
        return Outcome(Fate.RETRY, f"SMTP {error.smtp_code}", down=True)  # it is us whom they do not want
    if isinstance(error, smtplib.SMTPResponseException):
        return by_code(error.smtp_code)
    if isinstance(error, ValueError | smtplib.SMTPNotSupportedError):  # nothing of it has left, and nothing of it can
        return Outcome(Fate.FAILED, name_of(error))
    return Outcome(Fate.UNKNOWN if letter_left else Fate.RETRY, name_of(error), down=True)


def by_code(code: int) -> Outcome:
    return Outcome(Fate.FAILED if code >= PERMANENT else Fate.RETRY, f"SMTP {code}", down=code == CLOSING)


def name_of(error: Exception) -> str:
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()


def short(text: Text) -> str:
    return f"{text.mail[0]} {text.link}"
