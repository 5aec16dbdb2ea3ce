"""What is said to patients, as rows of the ledger. Every writer of sessions calls these in its own transaction."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import F

from clinic.models import Location
from scheduling.messages import duetimes
from scheduling.messages.actions.aspirin import UNDO_DELAY, arm_aspirin
from scheduling.messages.actions.ledger import Entry, Kind, Line, Subject, quiet_of, rows, write
from scheduling.models import Course, Message, Session, SessionStatus

Visit = tuple[Session, datetime]  # a session with its start; location, patient, contact and course are loaded

OPEN = ("scheduled", "retry")
ONE_VISIT = timedelta(hours=12)
AFTER = (Kind.AFTERCARE, *duetimes.CHECKS)
TREATED = (Session.Kind.TREATMENT, Session.Kind.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Told:
    """What happened to one visit: where it stands now, if anywhere, and when it was to be before, if it had a time.
    `who`: the name of whoever treats instead of the one the patient expects, where that has to be said. `left`: the
    place at which it was to be, where it goes on at another."""

    session: Session
    start: datetime | None
    had: datetime | None = None
    rebook: bool = False
    who: str = ""
    left: Location | None = None


# What stops when a course does. After-care and check-ins of a session that took place go on.
STOPPED_WITH_COURSE = Message.PRE_VISIT | {Kind.REVIEW_DUE.value, Kind.MAINTENANCE_DUE.value, Kind.SLOT_OFFER.value}


def arm_booked(*, visits: Sequence[Visit], now: datetime, moved: bool = False, confirm: str = "session") -> None:
    """Confirmation, reminder, same-day check and the aspirin question of each stretch (D44).

    `confirm`: "session" confirms each visit, "course" all of a course at once, "" says nothing now: the caller has
    `tell` say it, or there is nothing to be said.
    """
    ledger: list[Line] = []
    for session, start in visits:
        ledger += rows(Subject.of_session(session), before_visit(session, start, now, moved, confirm == "session"))
    if confirm == "course":
        courses = {session.course_id: session for session, _start in visits if session.course_id}
        for session in courses.values():
            ledger += course_confirmation(session, now)
    write(ledger)
    arm_aspirin(sessions=[session for session, _start in visits], now=now)


def tell(*, changes: Sequence["Told"], now: datetime, silent: Mapping[int, Set[str]] = MappingProxyType({})) -> None:
    """One message a patient with all that changed for them at once.

    `silent` {session id: channels on which nothing need be said about it}. Those who must hear something on a channel
    hear all of it.
    """
    people: dict[int, list[Told]] = {}
    for each in changes:
        people.setdefault(each.session.patient_id, []).append(each)
    ledger: list[Line] = []
    for mine in people.values():
        hushed = frozenset.intersection(*(frozenset(silent.get(each.session.pk, ())) for each in mine))
        ledger += [line for line in told_together(mine, now) if line.channel not in hushed]
    write(ledger)


def told_together(changes: Sequence["Told"], now: datetime) -> Iterable[Line]:
    """One change is said as ever; several are one message, about the course when they are all of one."""
    first = changes[0].session
    gone = [each for each in changes if each.start is None and each.had is not None and each.had > now]
    stands = [(each.session, each.start) for each in changes if each.start is not None]
    due = duetimes.after_quiet(now + UNDO_DELAY, quiet_of(first.location))
    who = sorted({each.who for each in changes if each.who})
    left = next((each.left for each in changes if each.left), None)
    if len(gone) + len(stands) < (1 if who or left else 2):
        return [line for each in changes for line in said_alone(each, now, due)]
    kind = Kind.CANCELLATION if gone else Kind.CONFIRMATION
    context = {
        "visits": [[session.pk, session.revision, start.isoformat()] for session, start in sorted(stands, key=by_time)],
        "off": [each.had.isoformat() for each in gone if each.had and not each.rebook],
        "rebook": [each.had.isoformat() for each in gone if each.had and each.rebook],
        "who": who,
        **({"left": left.timezone} if left else {}),
    }
    expires = max([*(start for _session, start in stands), *(each.had for each in gone if each.had)])
    about = {each.session.course_id: each.session.course for each in changes}
    subject = Subject(
        key=f"changes-{first.pk}",
        revision=first.revision,
        patient=first.patient,
        location=first.location,
        course=first.course if len(about) == 1 else None,
    )
    return rows(subject, [Entry(kind=kind, due=due, expires=expires, visible=now, context=context)])


def by_time(visit: Visit) -> datetime:
    return visit[1]


def said_alone(told: "Told", now: datetime, due: datetime) -> Iterable[Line]:
    subject = Subject.of_session(told.session)
    if told.start is not None:
        context: dict[str, Any] = {"start": told.start.isoformat(), "moved": told.had is not None}
        return rows(subject, [Entry(kind=Kind.CONFIRMATION, due=due, expires=told.start, visible=now, context=context)])
    if told.had is None or told.had <= now:
        return ()
    context = {"start": told.had.isoformat(), "rebook": told.rebook}
    return rows(subject, [Entry(kind=Kind.CANCELLATION, due=min(due, told.had), visible=now, context=context)])


def before_visit(session: Session, start: datetime, now: datetime, moved: bool, confirm: bool) -> list[Entry]:
    quiet = quiet_of(session.location)
    context = {"start": start.isoformat()}
    entries = []
    if confirm:
        due = duetimes.after_quiet(now + UNDO_DELAY, quiet)
        said = context | {"moved": moved}
        entries.append(Entry(kind=Kind.CONFIRMATION, due=due, expires=start, visible=now, context=said))
    for kind, due in (
        (Kind.REMINDER, duetimes.reminder(start, quiet)),
        (Kind.SAME_DAY, duetimes.same_day(start, quiet)),
    ):
        if due > now:
            entries.append(Entry(kind=kind, due=due, expires=start, context=context))
    return entries


def course_confirmation(session: Session, now: datetime) -> Iterable[Line]:
    """One message that the visits of a course are booked; the dates are on the patient's page."""
    due = duetimes.after_quiet(now + UNDO_DELAY, quiet_of(session.location))
    entry = Entry(kind=Kind.CONFIRMATION, due=due, visible=now, expires=now + timedelta(days=3))
    return rows(course_subject(session, revision=session.revision), [entry])


def course_subject(session: Session, *, revision: int = 0) -> Subject:
    assert session.course is not None
    return Subject.of_course(session.course, patient=session.patient, location=session.location, revision=revision)


def arm_cancelled(*, visits: Sequence[Visit], now: datetime, rebook: bool = False) -> None:
    """That a visit will not take place then; with `rebook`, that we will be in touch about a new time."""
    ledger: list[Line] = []
    for session, start in visits:
        due = duetimes.after_quiet(now + UNDO_DELAY, quiet_of(session.location))
        ledger += said_alone(Told(session, None, had=start, rebook=rebook), now, due)
    write(ledger)


def arm_performed(*, session: Session, now: datetime) -> None:
    """After-care at once, check-ins 24 and 72 hours after the session, a review where one is due (C15, B10).

    The question about a late infection counts from the last session: what waits after an earlier one gives way (D53).
    So does what is said after another session of the same visit to the clinic (D06); after-care is handed over once.
    """
    if session.kind in TREATED:
        before = (session.performed_at or now) - ONE_VISIT
        beside = Message.objects.filter(patient=session.patient_id, session__performed_at__gt=before)
        beside = beside.filter(kind__in=AFTER).exclude(session=session.pk)
        beside.filter(status__in=OPEN).update(status=Message.Status.SUPERSEDED)
        handed = beside.filter(kind=Kind.AFTERCARE).exclude(status=Message.Status.SUPERSEDED)
        said = set(handed.values_list("kind", "channel"))
        lines = rows(Subject.of_session(session), after_visit(session, now))
        write(line for line in lines if (line.kind, line.channel) not in said)
        ask_after_last(patient=session.patient_id, now=now)


def ask_after_last(*, patient: int, now: datetime) -> None:
    """The question about a late infection is due after the last session there was, whatever was written down last."""
    done = Session.objects.filter(patient=patient, kind__in=TREATED, status=SessionStatus.COMPLETED)
    if last := done.order_by("-performed_at", "-pk").values_list("pk", flat=True).first():
        waiting = Message.objects.filter(patient=patient, kind__in=Message.LATE, status__in=OPEN)
        waiting.exclude(session=last).update(status=Message.Status.SUPERSEDED)
        say_again(sessions=[last], now=now, kinds=Message.LATE)


def after_visit(session: Session, now: datetime) -> list[Entry]:
    quiet = quiet_of(session.location)
    done = session.performed_at or now
    context: dict[str, Any] = {"start": done.isoformat()}
    entries = [Entry(kind=Kind.AFTERCARE, due=now, expires=now + timedelta(hours=72), context=context)]
    for kind, span in duetimes.CHECKS.items():
        due = max(duetimes.after_quiet(done + span, quiet), now)
        entries.append(Entry(kind=kind, due=due, expires=done + span + timedelta(hours=48), context=context))
    for kind, span in duetimes.LATE_CHECKS.items():
        due = max(duetimes.after_quiet(done + span, quiet), now)
        entries.append(Entry(kind=kind, due=due, expires=done + span + duetimes.LATE_CHECK_STANDS, context=context))
    if session.review_due:
        due = max(duetimes.after_quiet(done + timedelta(days=3), quiet), now)
        entries.append(Entry(kind=Kind.REVIEW_DUE, due=due, expires=due + timedelta(days=60), context=context))
    return entries


def supersede(*, sessions: Iterable[int]) -> int:
    """Supersede what is scheduled about these sessions (ids). What is being sent is checked again before it goes."""
    waiting = Message.objects.filter(session_id__in=list(sessions), status__in=OPEN)
    return waiting.update(status=Message.Status.SUPERSEDED)


def say_again(*, sessions: Iterable[int], now: datetime, kinds: Iterable[str] = (Kind.REMINDER, Kind.SAME_DAY)) -> int:
    """What was stopped, reminders by a hold or after-care by another record, and is true again is due again."""
    stopped = Message.objects.filter(session_id__in=list(sessions), status=Message.Status.SUPERSEDED, sent_at=None)
    stopped = stopped.filter(kind__in=kinds, revision=F("session__revision"), due_at__gt=now)
    return stopped.update(status=Message.Status.SCHEDULED)


def supersede_course(*, course: Course) -> int:
    """A course was held, closed or finished: nothing that leads to another visit is sent (D23)."""
    waiting = Message.objects.filter(course=course, status__in=OPEN, kind__in=STOPPED_WITH_COURSE)
    return waiting.update(status=Message.Status.SUPERSEDED)
