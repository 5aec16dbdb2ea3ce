"""Move the visits of an arrival together: the others come along, directly before or after the one moved (D06)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from clinic.base import clock
from clinic.base.refusals import Refusal
from clinic.base.retry import with_retry
from clinic.models import User
from scheduling.calendar.actions.placing import lock_arrival
from scheduling.calendar.queries.arrivals import arrival_of
from scheduling.courses.actions.sessions import move_session
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.models import Booking, Session
from scheduling.planner.engine.daygrid import STEP, minutes_from, to_instant, to_minutes


@dataclass(frozen=True, slots=True)
class Along:
    """Where the other visits of the arrival would stand, and how many more visits of their courses that changes; or why
    they cannot come along."""

    visits: tuple[tuple[Session, datetime], ...]
    changed: int = 0
    refused: str = ""


@with_retry
@transaction.atomic
def place_together(*, session: Session, **how: Any) -> Cascade:
    """What `place_session` does, for the other booked visits of the arrival too: all of it or nothing. Each cascade is
    taken back with the others; the patient hears of it once."""
    cascade, _changed = placed(session, how | {"now": how.get("now") or clock.now()})
    return cascade


def try_along(*, session: Session, **how: Any) -> Along | None:
    """What would come along; None for a visit that is alone. Nothing is written."""
    visits = tuple(targets(session, how["start"]))
    if not visits:
        return None
    try:
        with transaction.atomic():
            _cascade, changed = placed(session, how | {"now": how.get("now") or clock.now()})
            transaction.set_rollback(True)
    except Refusal as refusal:
        return Along(visits, refused=str(refusal.detail))
    return Along(visits, changed)


@with_retry
@transaction.atomic
def begin_later(*, session: Session, start: datetime, reason: str, by: User) -> Session:
    """The patient is late: this visit and those that follow it begin later, each as long as planned; all or nothing."""
    lock_arrival(session)
    now = clock.now()  # of one act
    following = [(other, at) for other, at in targets(session, start) if at > start]
    for other, at in reversed(following):
        move_session(session=other, start=at, reason=reason, by=by, now=now)
    return move_session(session=session, start=start, reason=reason, by=by, now=now)


def later_starts(*, session: Session, start: datetime, by: User) -> list[datetime]:
    """When the visits of the arrival would begin then; empty for one that nothing follows, or when they do not fit."""
    starts = [start, *(at for _other, at in targets(session, start) if at > start)]
    if len(starts) == 1:
        return []
    try:
        with transaction.atomic():
            begin_later(session=session, start=start, reason="", by=by)
            transaction.set_rollback(True)
    except Refusal:
        return []
    return starts


def placed(session: Session, how: dict[str, Any]) -> tuple[Cascade, int]:
    rows = lock_arrival(session)
    others = list(targets(session, how["start"]))
    cascade, changed = place_session(session=session, **how), 0
    now_at = Booking.objects.select_related("practitioner__staff", "room").get(session=session, active=True)
    same: dict[str, Any] = {"practitioner": now_at.practitioner, "room": now_at.room}
    said: dict[str, Any] = {name: how[name] for name in ("by", "reason", "now") if name in how}  # one act, one instant
    for other, start in others:
        steps = place_session(session=other, start=start, **same, **said).steps
        changed += sum(step.before != step.after for step in steps if step.session != str(other.pk))
    arm_aspirin(sessions=rows, now=how["now"])
    return cascade, changed


def targets(session: Session, start: datetime) -> Iterator[tuple[Session, datetime]]:
    """The other booked visits of the arrival, the nearest first, each with the start that keeps it beside the one moved
    to `start`."""
    rows = [row for row in arrival_of(session) if row.visit.status == "booked"]
    place = next((number for number, row in enumerate(rows) if row.session_id == session.pk), None)
    if place is None:
        return
    gap = timedelta(minutes=session.location.preparation_minutes + session.location.turnover_minutes)
    at = on_step(start + timedelta(minutes=session.chair_minutes) + gap, up=True)
    for row in rows[place + 1 :]:
        yield row.visit, at
        at = on_step(at + timedelta(minutes=row.visit.chair_minutes) + gap, up=True)
    at = start
    for row in reversed(rows[:place]):
        at = on_step(at - gap - timedelta(minutes=row.visit.chair_minutes), up=False)
        yield row.visit, at


def on_step(instant: datetime, *, up: bool) -> datetime:
    """The five minutes at or after it, or at or before it."""
    return to_instant(-(-minutes_from(instant) // STEP) * STEP if up else to_minutes(instant) // STEP * STEP)
