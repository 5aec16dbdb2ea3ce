"""The one way into the calendar. Every row of the booking table is written by `book_slots`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.base.refusals import Conflict, FieldError
from clinic.base.rows import as_json, inserting
from clinic.models import Location, User
from scheduling.models import Booking, Room, Session
from scheduling.models.booking import LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One stretch of the calendar to take: ids and UTC instants, named as the table's columns.

    The patient is taken from `start` to `end`, everybody and everything else for the wider occupied range.
    """

    kind: str = Booking.Kind.SESSION.value
    session_id: int | None = None
    absence_id: int | None = None
    patient_id: int | None = None
    practitioner_id: int | None = None
    room_id: int | None = None
    device_id: int | None = None
    start: datetime
    end: datetime
    occupied_start: datetime
    occupied_end: datetime
    held_until: datetime | None = None

    @classmethod
    def for_session(
        cls,
        session: Session,
        *,
        start: datetime,
        practitioner_id: int,
        room_id: int,
        device_id: int | None = None,
        minutes: int | None = None,
    ) -> "Slot":
        """The slot of a visit from `start` on, `minutes` long (its chair time when None)."""
        start = start.astimezone(UTC)  # adding minutes to a wall time would be an hour off at a clock change
        end = start + timedelta(minutes=minutes or session.chair_minutes)
        occupied_start, occupied_end = occupied(session.location, start, end)
        return cls(
            session_id=session.pk,
            patient_id=session.patient_id,
            practitioner_id=practitioner_id,
            room_id=room_id,
            device_id=device_id,
            start=start,
            end=end,
            occupied_start=occupied_start,
            occupied_end=occupied_end,
        )


def occupied(location: Location, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """From the preparation before a visit to the turnover after it."""
    before, after = timedelta(minutes=location.preparation_minutes), timedelta(minutes=location.turnover_minutes)
    return start - before, end + after


# Without a conflict target the clause covers the exclusion constraints too, and a waiting row backs off instead of
# holding its place: that is what keeps sixteen racers from deadlocking (plain inserts were measured to).
COLUMNS = tuple(each.name for each in fields(Slot))
INSERT = inserting(
    Booking,
    COLUMNS,
    also={"created_by_id": "%(by)s::bigint"},
    then="ON CONFLICT DO NOTHING RETURNING session_id, absence_id, practitioner_id, room_id, device_id, start, id",
)

WHAT = ("practitioner", "room", "device", "patient")


class Overtaken(Conflict):
    """What was free when it was looked up is not any more; `what`: of practitioner, room, device and patient."""

    what: frozenset[str] = frozenset()


NEAR = 2 * LONGEST  # further apart no two bookings touch


@transaction.atomic(savepoint=False)
def book_slots(*, slots: Sequence[Slot], by: User | None) -> list[int]:
    """Take all of `slots` or none; the ids of the new bookings, in the order given.

    Raises Conflict (409) naming what was taken: practitioner, room, device or patient, never by whom; the transaction
    it was called in is lost then. Call that under `with_retry`: two acceptances can still meet in a deadlock that the
    database breaks.
    """
    if not slots:
        return []
    ordered = sorted(slots, key=lambda slot: (slot.start, slot.practitioner_id or 0, slot.room_id or 0))
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": as_json(COLUMNS, ordered), "by": by.pk if by else None})
        made = {tuple(key): pk for *key, pk in cursor.fetchall()}
    missing = [slot for slot in ordered if identity(slot) not in made]
    if missing:
        raise conflict_over(missing)
    return [made[identity(slot)] for slot in slots]


def identity(slot: Slot) -> tuple[Any, ...]:
    return slot.session_id, slot.absence_id, slot.practitioner_id, slot.room_id, slot.device_id, slot.start


def conflict_over(slots: Sequence[Slot]) -> Overtaken:
    """What is in the way of each slot, by name of the resource."""
    found = taken(slots)
    names = [name for name in WHAT if any(name in resources for resources in found)]
    conflicts = [
        {
            "session": str(slot.session_id) if slot.session_id else None,
            "start": slot.start.isoformat(),
            "taken": list(what),
        }
        for slot, what in zip(slots, found, strict=True)
    ]
    words = {"patient": "elsewhere"} if "patient" in names and only_elsewhere(slots) else {}
    errors = [FieldError(name, "taken", str(sentence(words.get(name, name)))) for name in names]
    detail = " ".join(error.message for error in errors) or _("Somebody else took this time a moment ago.")
    found_taken = Overtaken(detail, errors=errors, extra={"conflicts": conflicts})
    found_taken.what = frozenset(names)
    return found_taken


def sentence(name: str) -> str:
    return {
        "practitioner": _("The practitioner is not free at that time."),
        "room": _("The room is not free at that time."),
        "device": _("The device is not free at that time."),
        "patient": _("The patient already has a visit at that time."),
        "elsewhere": _("The patient is busy at another location at that time."),
    }[name]


def only_elsewhere(slots: Sequence[Slot]) -> bool:
    """Whether what the patients of these slots have at those times is all at other locations."""
    here = Room.objects.filter(pk__in=[slot.room_id for slot in slots]).values("location")
    times = (Q(patient=slot.patient_id, start__lt=slot.end, end__gt=slot.start) for slot in slots if slot.patient_id)
    busy = Booking.objects.filter(reduce(or_, times), active=True)
    return not busy.filter(room__location__in=here).exists()


def taken(slots: Sequence[Slot]) -> list[tuple[str, ...]]:
    """Beside `slots`: which of practitioner, room, device and patient are not free then. One query."""
    near = reduce(or_, (Q(start__range=(slot.start - NEAR, slot.start + NEAR)) for slot in slots))
    theirs = reduce(or_, (Q(**{f"{name}_id__in": {getattr(slot, f"{name}_id") for slot in slots}}) for name in WHAT))
    rows = list(Booking.objects.filter(near, theirs, active=True).order_by())
    return [tuple(name for name in WHAT if any(holds(row, slot, name) for row in rows)) for slot in slots]


def holds(row: Booking, slot: Slot, name: str) -> bool:
    """Whether a booking has the slot's `name` (of WHAT) at a time at which the slot needs it."""
    who = getattr(slot, f"{name}_id")
    if who is None or getattr(row, f"{name}_id") != who:
        return False
    if name == "patient":
        return row.start < slot.end and slot.start < row.end
    return row.occupied_start < slot.occupied_end and slot.occupied_start < row.occupied_end


def release(*, sessions: Iterable[int]) -> int:
    """Free the times of these sessions (ids); how many bookings were let go. Their rows stay as history."""
    return Booking.objects.filter(session_id__in=list(sessions), active=True).update(active=False)
