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

# What was written about time, place or person before these is out of date (F20).
RAISES_REVISION = frozenset({"book", "move", "displace", "unbook", "cancel", "mark_error"})

MOVE_ON = """
WITH moved AS (
    UPDATE scheduling_session SET status = %(target)s, version = version + 1, revision = revision + %(step)s
    WHERE id = ANY(%(known)s)
)
INSERT INTO scheduling_sessionevent (session_id, verb, from_status, to_status, at, by_id, reason, detail)
SELECT id, %(verb)s, status, %(target)s, %(at)s, %(by)s, %(reason)s, detail
FROM unnest(%(ids)s::bigint[], %(from)s::text[], %(details)s::jsonb[]) AS before(id, status, detail)
"""

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
    ids, new = [session.pk for session in sessions], [session for session in sessions if session._state.adding]
    known = [session.pk for session in sessions if not session._state.adding]
    given: dict[str, Any] = {"verb": verb, "target": target, "step": step, "at": now, "reason": reason}
    given |= {"by": by.pk if by else None, "known": known, "ids": ids, "from": [each.status for each in sessions]}
    given["details"] = [json.dumps((details or {}).get(pk, {})) for pk in ids]
    for session in sessions:
        session.status, session.version, session.revision = target, session.version + 1, session.revision + step
        for name, value in fields.items():
            setattr(session, name, value)
    if fields:
        Session.objects.filter(pk__in=known).update(**fields)
    write_new(new, now)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, given)


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
