"""The last check before a message goes: is what it says still true? One statement: nothing changes in between."""

from datetime import datetime, timedelta

from django.db import connection

from clinic.base.rows import Prepared
from scheduling.messages.actions.said import STOPPED_WITH_COURSE
from scheduling.models import Message

STILL_TRUE = """
  (m.expires_at IS NULL OR m.expires_at > COALESCE(%(now)s, now()))
  AND (m.session_id IS NULL OR EXISTS (
    SELECT FROM scheduling_session s WHERE s.id = m.session_id AND s.revision = m.revision
      AND (s.status IN ('booked', 'checked_in') OR m.kind <> ALL(%(pre_visit)s))
      AND (s.status IN ('planned', 'displaced') OR m.kind <> 'maintenance_due')))
  AND (m.course_id IS NULL OR m.kind <> ALL(%(stopped)s) OR EXISTS (
    SELECT FROM scheduling_course c WHERE c.id = m.course_id AND c.status IN ('draft', 'active')))
  AND (NOT m.context ? 'visits' OR m.kind <> 'confirmation' OR EXISTS (
    SELECT FROM scheduling_session s, jsonb_array_elements(m.context -> 'visits') told
    WHERE s.id = (told ->> 0)::bigint AND s.revision = (told ->> 1)::integer))
  AND (m.kind <> 'reading_due' OR NOT EXISTS (
    SELECT FROM patients_allergytestreading r WHERE r.test_id = (m.context->>'test')::bigint))
"""
HANDED_OVER = """
UPDATE scheduling_message m SET status = 'handed_off', handed_off_at = COALESCE(%(now)s, now()),
  lease_until = COALESCE(%(now)s, now()) + %(lease)s
WHERE m.id = %(id)s AND m.claim = %(claim)s AND m.status = 'sending'
  AND m.lease_until > COALESCE(%(now)s, now()) AND {still_true}
RETURNING m.id
"""
HAND_OVER = Prepared(HANDED_OVER.format(still_true=STILL_TRUE))
KINDS = {"pre_visit": sorted(Message.PRE_VISIT), "stopped": sorted(STOPPED_WITH_COURSE)}
SHOW = (
    """
UPDATE scheduling_message m SET status = 'sent', sent_at = COALESCE(%(now)s, now()), sent_by = %(by)s
WHERE m.channel = 'portal' AND m.status = 'scheduled' AND m.due_at <= COALESCE(%(now)s, now()) AND
"""
    + STILL_TRUE
)


def hand_off(message: Message, *, lease: timedelta, now: datetime | None) -> bool:
    """Mark a claimed row as handed over, unless its lease was lost or it is out of date."""
    return bool(HAND_OVER.rows(now=now, id=message.pk, claim=message.claim, lease=lease, **KINDS))


def show_on_page(*, by: str, now: datetime | None) -> int:
    """What is due on the patients' pages stands there from now on."""
    with connection.cursor() as cursor:
        cursor.execute(SHOW, {"now": now, "by": by, **KINDS})
        return int(cursor.rowcount)
