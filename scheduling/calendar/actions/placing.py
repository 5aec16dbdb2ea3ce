"""Put visits on the calendar: one visit or the 28 of a course, with the same number of statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from clinic.models import User
from patients.models import Patient
from scheduling.calendar.actions.booking import Slot, book_slots, release
from scheduling.calendar.actions.transitions import transition_all
from scheduling.calendar.queries.arrivals import together
from scheduling.messages.actions import said as messages
from scheduling.models import Course, Session


def lock_sessions(ids: Iterable[int]) -> list[Session]:
    """The sessions in id order, locked, with everything `place` reads."""
    rows = Session.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    return list(rows.select_related("location", "patient__contact", "course"))


def lock_session(pk: int) -> Session:
    """The session's row, locked, with everything `place` reads. Its course and its patient are locked before it, for
    whoever goes on to change them; the order is that of docs/locks.md."""
    return lock_with_courses([pk])[0]


def lock_arrival(session: Session) -> list[Session]:
    """The visits for which the patient comes once, this one first, each locked as by `lock_session`."""
    rows = lock_with_courses([session.pk, *(each.pk for each in together(session))])
    still = {session.pk, *(each.pk for each in together(session))}
    return sorted((row for row in rows if row.pk in still), key=lambda row: row.pk != session.pk)


def lock_with_courses(ids: Sequence[int]) -> list[Session]:
    visits = Session.objects.filter(pk__in=ids)
    of_course = Course.objects.select_for_update(of=("self", "patient"), no_key=True).select_related("patient")
    if not of_course.filter(pk__in=visits.values("course")).order_by("pk"):
        of_patient = Patient.objects.select_for_update(no_key=True)
        of_patient.filter(pk__in=visits.values("patient")).first()
    return lock_sessions(ids)


def lock_known(session: Session) -> Session:
    """The session's row, fresh and locked. Its patient and course never change, its location seldom: what is loaded is
    kept."""
    row = Session.objects.select_for_update().get(pk=session.pk)
    row.patient, row.course = session.patient, session.course
    if row.location_id == session.location_id:
        row.location = session.location
    return row


def place(
    *,
    slots: Sequence[Slot],
    sessions: Sequence[Session],
    verb: str,
    by: User | None,
    now: datetime,
    reason: str = "",
    confirm: str = "session",
) -> None:
    """Take `slots` for the locked `sessions` (see lock_sessions), each named by exactly one slot; all or nothing.

    Old times are freed first, then status, history and ledger follow. `verb` is "book" or "move"; `confirm` says
    who is told: "session" each visit, "course" once for the course, "" nobody. Raises Conflict (409).
    """
    ids = [session.pk for session in sessions]
    if any(session.revision for session in sessions):  # a session that never had a time has nothing to free
        release(sessions=ids)
        messages.supersede(sessions=ids)
    book_slots(slots=slots, by=by)
    of = {slot.session_id: slot for slot in slots}
    details = {pk: detail_of(of[pk]) for pk in ids}
    transition_all(sessions=sessions, verb=verb, by=by, now=now, reason=reason, details=details)
    visits = [(session, of[session.pk].start) for session in sessions]
    messages.arm_booked(visits=visits, now=now, moved=verb == "move", confirm=confirm)


def detail_of(slot: Slot) -> dict[str, str | int | None]:
    """What the history of a session keeps of a booking."""
    return {
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "practitioner": slot.practitioner_id,
        "room": slot.room_id,
        "device": slot.device_id,
    }
