"""The aspirin question of each stretch of treatment, and a new revision when bookings change the stretch (D30, D44)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection

from scheduling.messages import duetimes
from scheduling.messages.actions.ledger import Entry, Kind, Line, Subject, quiet_of, rows, write
from scheduling.messages.queries.stretches import stretches_by_patient
from scheduling.messages.stretches import Stretch
from scheduling.models import NEEDLE_KINDS, Message, Session

UNDO_DELAY = timedelta(minutes=2)  # a slip of the mouse is put right before anybody hears of it
UNSENT = (Message.Status.SCHEDULED, Message.Status.RETRY)


def arm_aspirin(*, sessions: Iterable[Session], now: datetime) -> None:
    """Bring the questions of the patients of `sessions` up to date with their stretches.

    A stretch with a visit ahead has one question. One that waits gives way to a new one when the days change; one that
    was told is followed by a revision with the days of now. `sessions`: location and patient with contact are loaded.
    """
    people = {session.patient_id: session for session in sessions if session.kind in NEEDLE_KINDS}
    if not people:
        return
    one_at_a_time(people)
    asked = questions(people)
    ledger: list[Line] = []
    stale: set[int] = set()
    for patient, stretches in stretches_by_patient(people, now).items():
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


def questions(patients: Iterable[int]) -> dict[int, list[Message]]:
    """Patient -> the questions that were asked or wait, the newest first."""
    found: dict[int, list[Message]] = {pk: [] for pk in patients}
    for row in Message.objects.filter(patient__in=found, kind=Kind.ASPIRIN).order_by("-revision", "-pk"):
        found[row.patient_id].append(row)
    return found


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
        due = soon if changed else duetimes.aspirin(stretch.first, self.now, quiet)
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
