"""On which channels somebody has heard where a visit stands. What was never sent need not be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from scheduling.models import Message, Session

SAYS_A_TIME = (Message.Kind.CONFIRMATION, Message.Kind.CANCELLATION)
EVERY_CHANNEL = frozenset(Message.Channel.values)
GONE_OUT = (Message.Status.SENT, Message.Status.HANDED_OFF, Message.Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Heard:
    """Channels on which the present time (or that there is none) was said, and on which the one before it was."""

    now: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()

    def silent(self, *, has_a_time: bool) -> frozenset[str]:
        """Where nothing need be said when the last act is taken back: the visit then has the time it had before, or
        none any more."""
        return (self.before if has_a_time else EVERY_CHANNEL) - self.now


def heard(sessions: Iterable[Session]) -> dict[int, Heard]:
    """By session. One query."""
    rows = {session.pk: session for session in sessions}
    about = Q(session__in=rows) | Q(session=None, patient__in={row.patient_id for row in rows.values()})
    told = Message.objects.filter(about, Q(status__in=GONE_OUT) | Q(read_at__isnull=False), kind__in=SAYS_A_TIME)
    now: dict[int, set[str]] = {pk: set() for pk in rows}
    before: dict[int, set[str]] = {pk: set() for pk in rows}
    for message in told:
        for pk, row in rows.items():
            revision = revision_told(message, row)
            if revision == row.revision:
                now[pk].add(message.channel)
            elif revision == row.revision - 1:
                before[pk].add(message.channel)
    return {pk: Heard(frozenset(now[pk]), frozenset(before[pk])) for pk in rows}


def revision_told(message: Message, session: Session) -> int | None:
    """Which revision of a visit a message speaks of; None when it does not speak of it."""
    if message.session_id is not None:
        return message.revision if message.session_id == session.pk else None
    if "visits" in message.context:
        return next((revision for pk, revision, _start in message.context["visits"] if pk == session.pk), None)
    return 1 if message.course_id == session.course_id else None  # of an accepted course: every first time in it
