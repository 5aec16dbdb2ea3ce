"""What is said once about several visits: the aspirin question of each stretch of treatment, with a new revision when
bookings change the stretch (D30, D44), and the reminders of an arrival (D06)."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q

from scheduling.messages import duetimes
from scheduling.messages.actions.ledger import Entry, Kind, Line, Subject, quiet_of, rows, write
from scheduling.messages.queries.stretches import stretches_by_patient
from scheduling.messages.stretches import Stretch
from scheduling.models import NEEDLE_KINDS, Booking, Message, Session, arrivals

UNDO_DELAY = timedelta(minutes=2)  # a slip of the mouse is put right before anybody hears of it
UNSENT = (Message.Status.SCHEDULED, Message.Status.RETRY)
REMINDERS = (Kind.CONFIRMATION, Kind.REMINDER, Kind.SAME_DAY)
NEWEST = ("-revision", "-pk")


def arm_aspirin(*, sessions: Iterable[Session], now: datetime) -> None:
    """Bring the questions of the patients of `sessions` up to date with their stretches, reminders with arrivals.

    A stretch with a visit ahead has one question. One that waits gives way to a new one when the days change; one that
    was told is followed by a revision with the days of now. `sessions`: location and patient with contact are loaded.
    """
    people = {session.patient_id: session for session in sessions if session.kind in NEEDLE_KINDS}
    if not people:
        return
    one_at_a_time(people)
    known = stretches_by_patient(people, now)
    ahead = [(patient, act) for patient, each in known.items() for stretch in each for act in stretch.acts]
    ahead = [(patient, act) for patient, act in ahead if act.booked_ahead]
    days = Counter((patient, act.day) for patient, act in ahead)
    shared = [act.session for patient, act in ahead if days[patient, act.day] > 1]
    asked, reminders = written(people, shared, now)
    if reminders:
        remind_once(reminders, {act.session for _patient, act in ahead}, shared)
    ledger: list[Line] = []
    stale: set[int] = set()
    for patient, stretches in known.items():
        desk = Desk(people[patient], asked[patient], now)
        ledger += [line for stretch in stretches for line in desk.lines(stretch)]
        stale |= desk.stale()
    if stale:
        Message.objects.filter(pk__in=stale, status__in=UNSENT).update(status=Message.Status.SUPERSEDED)
    write(ledger)


def one_at_a_time(patients: Iterable[int]) -> None:
    """Who books for the same patient at the same moment waits, so the later one sees both visits."""
    with connection.cursor() as cursor:
        for patient in sorted(patients):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('aspirin'), %s)", [patient])


def written(
    patients: Iterable[int], shared: Sequence[int], now: datetime
) -> tuple[dict[int, list[Message]], list[Message]]:
    """Patient -> the questions that were asked or wait, the newest first; and the reminders that wait of visits on one
    day (`shared`) or that an arrival once changed. One query."""
    found: dict[int, list[Message]] = {pk: [] for pk in patients}
    waits = Q(kind__in=REMINDERS, status__in=(*UNSENT, "superseded"), due_at__gte=now, revision=F("session__revision"))
    about_one_day = waits & (Q(session__in=shared) | Q(context__has_key="arrival"))
    reminders: list[Message] = []
    for row in Message.objects.filter(Q(kind=Kind.ASPIRIN) | about_one_day, patient__in=found).order_by(*NEWEST):
        (found[row.patient_id] if row.kind == Kind.ASPIRIN else reminders).append(row)
    return found, reminders


def remind_once(reminders: Sequence[Message], ahead: Collection[int], shared: Collection[int]) -> None:
    """The reminder of the first visit of an arrival says how long all of it takes, and those of the others are kept
    back, marked `arrival`, until their visit stands alone again (`ahead`: the visits that are to take place)."""
    rows = Booking.objects.filter(session__in=shared, active=True).select_related("session")
    place = {row.session_id: each for each in arrivals(rows) if len(each) > 1 for row in each} if shared else {}
    before = {row.pk: (row.status, row.context) for row in reminders}
    for row in reminders:
        if row.status not in UNSENT and "arrival" in row.context and row.session_id in ahead:
            row.status = Message.Status.SCHEDULED
        row.context = {name: value for name, value in row.context.items() if name not in ("arrival", "ends")}
    to_say = {(row.session_id, row.kind, row.channel) for row in reminders if row.status in UNSENT}
    for row in reminders:
        each = place.get(row.session_id, ())
        if not each or (each[0].session_id, row.kind, row.channel) not in to_say:
            continue
        row.context |= {"arrival": len(each), "ends": each[-1].end.isoformat()}
        if row.session_id != each[0].session_id:
            row.status = Message.Status.SUPERSEDED
    for row in reminders:
        status, context = before[row.pk]
        if (status, context) != (row.status, row.context):  # one that is being sent meanwhile goes as it is
            Message.objects.filter(pk=row.pk, status=status).update(status=row.status, context=row.context)


class Desk:
    """The questions of one patient, each of which belongs to at most one stretch."""

    def __init__(self, session: Session, asked: Sequence[Message], now: datetime) -> None:
        self.session, self.now = session, now
        self.revision = max((row.revision for row in asked), default=0)
        self.asked = [row for row in asked if row.status != Message.Status.SUPERSEDED]
        self.kept: set[int] = set()  # questions that stand as they are
        self.taken: set[int] = set()

    def lines(self, stretch: Stretch) -> Iterator[Line]:
        """The rows to write for a stretch; none when nothing lies ahead, or what was asked still holds."""
        if not any(act.booked_ahead for act in stretch.acts):
            return
        mine = [row for row in self.asked if row.pk not in self.taken and about(row) & stretch.sessions]
        self.taken |= {row.pk for row in mine}
        told = [row for row in mine if row.due_at <= self.now]
        latest, days = told or mine, days_of(stretch)
        if latest and same_days(latest[0], days):
            self.kept |= {row.pk for row in mine if row.revision == latest[0].revision}
            return
        self.revision += 1
        yield from rows(self.subject(stretch), [self.entry(stretch, days, changed=bool(told))])

    def entry(self, stretch: Stretch, days: dict[str, Any], *, changed: bool) -> Entry:
        quiet = quiet_of(self.session.location)
        soon = duetimes.after_quiet(self.now + UNDO_DELAY, quiet)
        due = soon if changed else duetimes.aspirin(stretch.aspirin_free_from, self.now, quiet)
        over = duetimes.at_wall(stretch.last + timedelta(days=1), time(), quiet.zone)
        context = days | {"acts": sorted(stretch.sessions), "changed": changed}
        return Entry(kind=Kind.ASPIRIN, due=due, visible=self.now if changed else None, expires=over, context=context)

    def subject(self, stretch: Stretch) -> Subject:
        patient, location = self.session.patient, self.session.location
        mine = self.session.course if self.session.course_id == stretch.course else None
        return Subject(
            key=f"aspirin-p{patient.pk}", revision=self.revision, patient=patient, location=location, course=mine
        )

    def stale(self) -> set[int]:
        """What waits and does not hold any more."""
        return {row.pk for row in self.asked if row.status in UNSENT and row.pk not in self.kept}


def about(row: Message) -> frozenset[int]:
    return frozenset(row.context.get("acts", ()))


def days_of(stretch: Stretch) -> dict[str, str]:
    return {
        "since": stretch.aspirin_free_from.isoformat(),
        "first": stretch.first.isoformat(),
        "last": stretch.last.isoformat(),
    }


def same_days(row: Message, days: dict[str, str]) -> bool:
    return all(row.context.get(name) == value for name, value in days.items())
