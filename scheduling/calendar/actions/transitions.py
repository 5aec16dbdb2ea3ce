"""What may happen to a session, and the trace it leaves. The table is `scheduling.models.session.TRANSITIONS`."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from clinic.base.refusals import Conflict
from clinic.base.rows import as_json, inserting
from clinic.models import User
from scheduling.models import TRANSITIONS, Session, SessionStatus

# Messages written before one of these verbs name an old time, place or person: they are superseded.
RAISES_REVISION = frozenset({"book", "move", "displace", "unbook", "cancel", "mark_error"})

# The database writes the history of a visit itself (migration 0011); this is how it hears what the change is called.
SAY = "SELECT set_config('clinic.said', %s, true)"
MOVE_ON = """
UPDATE scheduling_session SET status = %(target)s, version = version + 1, revision = revision + %(step)s
WHERE id = ANY(%(known)s)
"""
ADD = "SELECT scheduling_say(%s, %s, %s, %s, %s, %s)"

COLUMNS = tuple(field.attname for field in Session._meta.concrete_fields)
INSERT = inserting(Session, COLUMNS, then="")


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
    """Move locked sessions on by one verb: one statement however many they are, and one before it for `fields`.

    Those that have an id but no row yet are written as the verb leaves them. Raises Conflict (409) naming the state
    that forbids it. `details` {session id: what the history keeps}.
    """
    allowed, target = TRANSITIONS[verb]
    for session in sessions:
        check_may(session, verb, allowed)
    step = int(verb in RAISES_REVISION)
    new = [session for session in sessions if session._state.adding]
    known = [session.pk for session in sessions if not session._state.adding]
    say(
        verb=verb,
        at=now,
        by=by,
        reason=reason,
        details={session.pk: (details or {}).get(session.pk, {}) for session in sessions},
        before={session.pk: session.status for session in new},
    )
    for session in sessions:
        session.status, session.version, session.revision = target, session.version + 1, session.revision + step
        for name, value in fields.items():
            setattr(session, name, value)
    if fields:
        Session.objects.filter(pk__in=known).update(**fields)
    write_new(new, now)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, {"target": target, "step": step, "known": known})


def say(
    *,
    verb: str,
    at: datetime,
    by: User | None,
    reason: str,
    details: Mapping[int | str, dict[str, Any]],
    before: Mapping[int, str] | None = None,
) -> None:
    """Tell the database what the next change of these visits is called, who acts and why, for this transaction.

    `details` {session id, or "new" for a row that gets its id later: what the history keeps}; `before` {id: status}.
    """
    said = {"verb": verb, "at": at.isoformat(), "by": by.pk if by else None, "reason": reason}
    with connection.cursor() as cursor:
        cursor.execute(SAY, [json.dumps(said | {"from": before or {}, "details": details})])


def add_event(
    *, session: Session, verb: str, at: datetime, by: User, reason: str = "", detail: dict[str, Any] | None = None
) -> None:
    """Something said about a visit that changes nothing of it."""
    with connection.cursor() as cursor:
        cursor.execute(ADD, [session.pk, verb, at, by.pk, reason, json.dumps(detail or {})])


def write_new(sessions: Sequence[Session], now: datetime) -> None:
    """The rows of visits that have an id but no row yet."""
    if not sessions:
        return
    for session in sessions:
        session.created_at, session._state.adding = now, False
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": as_json(COLUMNS, sessions)})


def check_may(session: Session, verb: str, allowed: frozenset[str]) -> None:
    if session.status not in allowed:
        status = SessionStatus(session.status)
        raise Conflict(
            _("This visit is “%(status)s”: that is not possible any more.") % {"status": status.label},
            extra={"state": status.value, "verb": verb},
        )
