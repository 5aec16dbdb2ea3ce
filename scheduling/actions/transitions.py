"""What may happen to a session, and the trace it leaves. The table is `scheduling.models.session.TRANSITIONS`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from clinic.base.refusals import Conflict
from clinic.models import User
from scheduling.models import TRANSITIONS, Session, SessionEvent, SessionStatus

# What was written about time, place or person before these is out of date (F20).
RAISES_REVISION = frozenset({"book", "move", "displace", "unbook", "cancel", "mark_error"})


def transition(
    *,
    session: Session,
    verb: str,
    by: User | None,
    now: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Move one locked session on; `fields` are written with it."""
    transition_all(
        sessions=[session], verb=verb, by=by, now=now, reason=reason, details={session.pk: detail or {}}, **fields
    )


def transition_all(
    *,
    sessions: Sequence[Session],
    verb: str,
    by: User | None,
    now: datetime,
    reason: str = "",
    details: Mapping[int, dict[str, Any]] | None = None,
    **fields: Any,
) -> None:
    """Move locked sessions on by one verb, in two statements however many they are.

    Raises Conflict (409) naming the state that forbids it. `details` {session id: what the history keeps}.
    """
    allowed, target = TRANSITIONS[verb]
    for session in sessions:
        check_may(session, verb, allowed)
    step = int(verb in RAISES_REVISION)
    events = [
        SessionEvent(
            session=session,
            verb=verb,
            from_status=session.status,
            to_status=target,
            at=now,
            by=by,
            reason=reason,
            detail=(details or {}).get(session.pk, {}),
        )
        for session in sessions
    ]
    Session.objects.filter(pk__in=[session.pk for session in sessions]).update(
        status=target, version=F("version") + 1, revision=F("revision") + step, **fields
    )
    SessionEvent.objects.bulk_create(events)
    for session in sessions:
        session.status, session.version, session.revision = target, session.version + 1, session.revision + step
        for name, value in fields.items():
            setattr(session, name, value)


def check_may(session: Session, verb: str, allowed: frozenset[str]) -> None:
    if session.status not in allowed:
        status = SessionStatus(session.status)
        raise Conflict(
            _("This visit is “%(status)s”: that is not possible any more.") % {"status": status.label},
            extra={"state": status.value, "verb": verb},
        )
