"""A plan's rows (see planning.rows) become sessions with windows and bookings: how a course is accepted, and how every
later change of it is applied."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F

from clinic.base import clock
from clinic.base.rows import as_json, inserting
from clinic.models import User
from scheduling.actions import placing
from scheduling.actions.booking import Slot
from scheduling.models import Booking, Course, Session, SessionStatus

Row = Mapping[str, Any]
ASIDE = 10_000  # no course has as many visits
WINDOW = ("early_limit", "floor", "ideal", "latest")
COLUMNS = tuple(field.attname for field in Session._meta.concrete_fields if not field.primary_key)
INSERT = inserting(Session, COLUMNS, then="RETURNING sequence, id")
HAD_A_TIME = frozenset({SessionStatus.BOOKED, SessionStatus.DISPLACED})


def save_sessions(course: Course, rows: Sequence[Row]) -> list[tuple[Session, Row]]:
    """Each row of a plan with its session, locked: made where the course has none yet, else with number and window."""
    known = {str(session.pk): session for session in course.sessions.all()}
    make_way(course, [known[row["session"]] for row in rows if row["session"] in known], rows)
    fresh = [_session(course, row) for row in rows if row["session"] not in known]
    changed = [revised(known[row["session"]], row) for row in rows if row["session"] in known]
    insert(fresh)  # nobody else sees these before the commit, so they need no lock
    Session.objects.bulk_update(changed, ["sequence", *WINDOW, "not_before", "why"])
    locked = placing.lock_sessions(session.pk for session in changed) if changed else []
    numbered = {each.sequence: each for each in (*fresh, *locked)}
    return [(numbered[row["sequence"]], row) for row in rows]


def insert(sessions: Sequence[Session]) -> None:
    """The rows of new sessions of one course; each gets its id."""
    if not sessions:
        return
    now = clock.now()
    for session in sessions:
        session.created_at = now
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": as_json(COLUMNS, sessions)})
        made = dict(cursor.fetchall())
    for session in sessions:
        session.pk, session._state.adding = made[session.sequence], False


def make_way(course: Course, sessions: Sequence[Session], rows: Sequence[Row]) -> None:
    """Numbers are unique in a course, so visits that get new ones first leave the numbers they have."""
    wanted = {row["session"]: row["sequence"] for row in rows}
    moving = [session.pk for session in sessions if wanted[str(session.pk)] != session.sequence]
    if moving:
        Session.objects.filter(course=course, pk__in=moving).update(sequence=F("sequence") + ASIDE)


def _session(course: Course, row: Row) -> Session:
    session = Session(
        patient=course.patient,
        course=course,
        location=course.location,
        phase=row["phase"],
        kind=row["kind"],
        chair_minutes=row["chair_minutes"],
        review_due=row["review_due"],
    )
    return revised(session, row)


def revised(session: Session, row: Row) -> Session:
    session.sequence = row["sequence"]
    for name in WINDOW:
        setattr(session, name, date.fromisoformat(row[name]))
    session.not_before = datetime.fromisoformat(row["not_before"]) if row["not_before"] else None
    session.why = row["why"]
    return session


def place_sessions(
    pairs: Iterable[tuple[Session, Row]],
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    confirm: str = "session",
) -> None:
    """Put each locked session where its row has it, and leave alone what stands there already or has no time.

    Those that have a time go first and give all of theirs back before any new one is taken, so that two visits may
    change places; then those that had none.
    """
    timed = [(session, slot_of(session, row)) for session, row in pairs if row["start"]]
    had_one = [session.pk for session, _slot in timed if session.revision]
    stands = {booking.session_id: booking for booking in Booking.objects.filter(session__in=had_one, active=True)}
    changed = [(session, slot) for session, slot in timed if differs(slot, stands.get(session.pk))]
    for verb, moved in (("move", True), ("book", False)):
        group = [(session, slot) for session, slot in changed if (session.status in HAD_A_TIME) is moved]
        if group:
            some, their = zip(*group, strict=True)
            placing.place(slots=their, sessions=some, verb=verb, by=by, now=now, reason=reason, confirm=confirm)


def differs(slot: Slot, booking: Booking | None) -> bool:
    if booking is None:
        return True
    names = ("start", "practitioner_id", "room_id", "device_id")
    return any(getattr(slot, name) != getattr(booking, name) for name in names)


def slot_of(session: Session, place: Row) -> Slot:
    return Slot.for_session(
        session,
        start=datetime.fromisoformat(place["start"]),
        practitioner_id=int(place["practitioner"]),
        room_id=int(place["room"]),
        device_id=int(place["device"]) if place["device"] else None,
    )
