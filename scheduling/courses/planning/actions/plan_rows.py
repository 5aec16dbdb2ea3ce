"""A plan's rows (see planner.rows) become sessions with windows and bookings: how a course is accepted, and how every
later change of it is applied."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F

from clinic.base.rows import Prepared
from clinic.models import User
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.booking import Slot
from scheduling.calendar.actions.transitions import write_new
from scheduling.models import Booking, Course, Session, SessionStatus
from scheduling.planner.rows import WINDOW, Place, PlanRow

ASIDE = 10_000  # no course has as many visits
HAD_A_TIME = frozenset({SessionStatus.BOOKED, SessionStatus.DISPLACED})
NEW_IDS = Prepared(
    "SELECT nextval(pg_get_serial_sequence('scheduling_session', 'id')) FROM generate_series(1, %(count)s)"
)


def write_plan(
    course: Course,
    rows: Sequence[PlanRow],
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    confirm: str = "session",
) -> list[tuple[Session, PlanRow]]:
    """Each row of a plan becomes a session with its window and, where it has one, its time; beside it its session."""
    pairs = with_sessions(course, rows)
    write_new([session for session, row in pairs if session._state.adding and row.place is None], now)
    places = [(session, row.place) for session, row in pairs]
    place_sessions(places, by=by, now=now, reason=reason, confirm=confirm)
    return pairs


def with_sessions(course: Course, rows: Sequence[PlanRow]) -> list[tuple[Session, PlanRow]]:
    """Each row with its session, locked, with number and window. One the course has not yet has an id but no row, so
    that it is written once, with its time; nobody else sees it before the commit, so it needs no lock."""
    known = {str(session.pk): session for session in course.sessions.all()}
    make_way(course, [known[row.session] for row in rows if row.session in known], rows)
    fresh = [_session(course, row) for row in rows if row.session not in known]
    changed = [revised(known[row.session], row) for row in rows if row.session in known]
    for session, (pk,) in zip(fresh, NEW_IDS.rows(count=len(fresh)) if fresh else (), strict=True):
        session.pk = pk
    Session.objects.bulk_update(changed, ["sequence", *WINDOW, "not_before", "why"])
    locked = placing.lock_sessions(session.pk for session in changed) if changed else []
    numbered = {each.sequence: each for each in (*fresh, *locked)}
    return [(numbered[row.sequence], row) for row in rows]


def make_way(course: Course, sessions: Sequence[Session], rows: Sequence[PlanRow]) -> None:
    """Numbers are unique in a course, so visits that get new ones first leave the numbers they have."""
    wanted = {row.session: row.sequence for row in rows}
    moving = [session.pk for session in sessions if wanted[str(session.pk)] != session.sequence]
    if moving:
        Session.objects.filter(course=course, pk__in=moving).update(sequence=F("sequence") + ASIDE)


def _session(course: Course, row: PlanRow) -> Session:
    session = Session(
        patient=course.patient,
        course=course,
        location=course.location,
        phase=row.phase,
        kind=row.kind,
        chair_minutes=row.chair_minutes,
        review_due=row.review_due,
    )
    return revised(session, row)


def revised(session: Session, row: PlanRow) -> Session:
    session.sequence = row.sequence
    for name in WINDOW:
        setattr(session, name, getattr(row.window, name))
    session.not_before = row.not_before
    session.why = row.why
    return session


def place_sessions(
    pairs: Iterable[tuple[Session, Place | None]],
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    confirm: str = "session",
) -> None:
    """Put each locked session where its place is, and leave alone what stands there already or has no time.

    Those that have a time go first and give all of theirs back before any new one is taken, so that two visits may
    change places; then those that had none.
    """
    timed = [(session, slot_of(session, place)) for session, place in pairs if place]
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


def slot_of(session: Session, place: Place) -> Slot:
    return Slot.for_session(
        session,
        start=place.start,
        practitioner_id=place.practitioner,
        room_id=place.room,
        device_id=place.device,
    )
