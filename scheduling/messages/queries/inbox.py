"""The messages on the patient's page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from scheduling.messages.texts import Text, text_of
from scheduling.models import Message


@dataclass(frozen=True, slots=True)
class Letter:
    message: Message
    text: Text

    @property
    def is_new(self) -> bool:
        return self.message.read_at is None


def shown(messages: QuerySet[Message], now: datetime) -> QuerySet[Message]:
    """What is on the page by now, newest first. What was said stays said, also when a later message corrects it."""
    due = Q(status=Message.Status.SENT) | Q(status=Message.Status.SCHEDULED, due_at__lte=now)
    return messages.filter(due, channel=Message.Channel.PORTAL).order_by("-due_at", "-id")


def letters(messages: QuerySet[Message], now: datetime) -> list[Letter]:
    """With their words; one query."""
    return [Letter(row, text_of(row)) for row in shown(messages, now).select_related("patient", "location")]


def unread(messages: QuerySet[Message], now: datetime) -> int:
    return shown(messages, now).filter(read_at=None).count()
