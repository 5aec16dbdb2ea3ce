"""The worker's part of moving in visits: those ahead are booked, those that are over are kept as history.

What is over is told by the other system and no visit of ours: no rule counts it as consultation or treatment that
allows anything. What is ahead goes through the checks and constraints of every booking, and nobody is told of it; its
reminders are those of any visit (docs/adr/0017).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.base.limits import is_sane
from clinic.base.names import fold
from clinic.base.refusals import BadInput, FieldError, Refusal
from patients.models import Patient
from scheduling.calendar.actions.booking import occupied
from scheduling.calendar.actions.checks import check_minutes
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.placing import lock_sessions, place
from scheduling.calendar.actions.slots import slot_for
from scheduling.calendar.queries.search import usual_minutes
from scheduling.messages.queries.heard import GONE_OUT
from scheduling.models import (
    Import,
    ImportLine,
    Message,
    MovedVisit,
    Practitioner,
    Room,
    Session,
    SessionEvent,
    SessionStatus,
)
from scheduling.setup.columns import number
from scheduling.setup.people_told import People
from scheduling.setup.queries import practitioners_at
from scheduling.setup.queries import rooms as rooms_of
from scheduling.setup.visit_columns import Row

STEP = timedelta(minutes=5)  # of the calendar
Outcome, Step = ImportLine.Outcome, Import.Step


def take_lines(of: Import, read: Sequence[Row], counts: Counter[str], now: datetime) -> list[ImportLine]:
    """The lines looked at, and in the step `write` booked or kept; each with what became of it."""
    if of.position == 0:
        of.lines.all().delete()  # of the check before
    here, done = Here(of, read), []
    for row in read:
        line, visit = take_line(of, row, here, now)
        done.append(line)
        if visit is not None:
            here.add(line, visit)
            counts["ahead" if visit.start > now else "past"] += 1
    ImportLine.objects.bulk_create(done)
    if of.step == Step.WRITE:
        MovedVisit.objects.bulk_create(here.made)
    return done


class Here:
    """What a chunk of lines is compared with: people, practitioners and rooms of the place, and visits moved in."""

    def __init__(self, of: Import, read: Sequence[Row]) -> None:
        self.of, self.people = of, People(of.location, read)
        self.practitioners = {fold(each.name): each for each in practitioners_at(of.location)}
        self.rooms = {fold(each.name): each for each in rooms_of(of.location).filter(active=True)}
        self.made: list[MovedVisit] = []
        numbers, starts = {each["number"] for each in read} - {""}, {each.start for each in read if each.start}
        seen = MovedVisit.objects.filter(number__in=numbers, line__of__location=of.location)
        self.before = [*seen, *MovedVisit.objects.filter(start__in=starts)]
        self.minutes = usual_minutes()
        self.keys: dict[int, ImportLine] = {}

    def add(self, line: ImportLine, visit: MovedVisit) -> None:
        self.made.append(visit)
        self.before.append(visit)
        self.keys |= dict.fromkeys(line.keys, line)

    def known(self, row: Row, patient: Patient) -> bool:
        """Whether this visit came before. BadInput for a number that came with another time or patient."""
        for each in self.before:
            same = (each.patient_id, each.start) == (patient.pk, row.start)
            if row["number"] and each.number == row["number"] and not same:
                raise BadInput.at("number", _("This number came with another time or patient before."), "taken")
            if same:
                return True
        return False

    def practitioner(self, row: Row) -> Practitioner:
        """BadInput where the file does not tell who, or tells somebody who does not treat here."""
        told = row["practitioner"]
        if not told:
            only = [*self.practitioners.values()]
            if found := self.of.practitioner or (only[0] if len(only) == 1 else None):
                return found
            raise BadInput.at("practitioner", _("Say who has the visits of which the file does not tell."), "required")
        words = set(fold(told).split())
        names = [(set(name.split()), each) for name, each in self.practitioners.items()]
        near = [each for name, each in names if words and (words <= name or name <= words)]  # with a title, or without
        found = self.practitioners.get(fold(told)) or (near[0] if len(near) == 1 else None)
        if found is None:
            raise BadInput.at("practitioner", _("“%(name)s” is nobody who treats here.") % {"name": told}, "unknown")
        return found

    def room(self, row: Row) -> Room | None:
        """None where the file names none: then the first free one."""
        if not row["room"]:
            return None
        if (found := self.rooms.get(fold(row["room"]))) is None:
            raise BadInput.at("room", _("No room here is called “%(name)s”.") % {"name": row["room"]}, "unknown")
        return found

    def same_time(self, keys: Iterable[int]) -> ImportLine | None:
        """A line of this file that takes the same time of the same person or room. Both steps say it alike, though
        only one of them books."""
        wanted = list(keys)
        near = next((self.keys[key] for key in wanted if key in self.keys), None)
        rows = ImportLine.objects.filter(of=self.of, keys__overlap=wanted, outcome=Outcome.NEW)
        return near or rows.first()


def take_line(of: Import, row: Row, here: Here, now: datetime) -> tuple[ImportLine, MovedVisit | None]:
    line, visit = ImportLine(of=of, line=row.line), None
    try:
        if row.off:
            line.outcome = Outcome.SKIPPED
        elif row.wrong:
            raise BadInput(row.wrong[0].message, errors=row.wrong)
        else:
            with transaction.atomic():
                visit = settle(line, row, here, now)
    except Refusal as refused:
        line.outcome, line.cells, line.keys = Outcome.REJECTED, row.cells, []
        errors = refused.errors or [FieldError("line", "invalid", refused.detail)]
        line.reasons = [{"field": each.field, "message": str(each.message)} for each in errors]
    return line, visit


def settle(line: ImportLine, row: Row, here: Here, now: datetime) -> MovedVisit | None:
    """What the line's visit becomes; None for one that is here already. Refusal says why it cannot be."""
    assert row.start is not None
    patient = here.people.who(row)
    if here.known(row, patient):
        line.outcome = Outcome.SAME
        return None
    line.outcome = Outcome.NEW
    visit = MovedVisit(line=line, patient=patient, start=row.start, number=row["number"][:200])
    visit.told, visit.by = (row["kind"] or row["words"])[:200], row["practitioner"][:120]
    visit.on_skin = row.on_skin
    if not is_sane(row.start.date()):
        raise BadInput.at("start", _("Please check the year."))
    if row.start > now:
        visit.session = book(line, visit, row, here, now)
    return visit


def book(line: ImportLine, visit: MovedVisit, row: Row, here: Here, now: datetime) -> Session:
    """Booked as by the desk; in the check it is let go again."""
    of, practitioner, room = line.of, here.practitioner(row), here.room(row)
    minutes = row.minutes or here.minutes
    check_minutes(minutes)
    session = Session(patient=visit.patient, kind=row.kind, location=of.location, chair_minutes=minutes)
    line.keys = [*keys_of(session, visit.start, practitioner, room)]
    if other := here.same_time(line.keys):
        text = _("Line %(line)s takes this time of the same patient, practitioner or room.") % {"line": other.line}
        raise BadInput.at("start", text, "taken")
    wanted = {"start": visit.start, "practitioner": practitioner, "room": room, "device": None, "minutes": minutes}
    said = {"file": of.name, "line": line.line, "told": visit.told}
    reason = _("Moved in from %(file)s, line %(line)s: %(told)s") % said
    with transaction.atomic():
        session.save(force_insert=True)
        slot = slot_for(session, wanted, by=of.requested_by, reason="", now=now)
        how: dict[str, Any] = {"by": of.requested_by, "now": now, "reason": reason, "confirm": ""}
        place(slots=[slot], sessions=[session], verb="book", **how)
        if of.step == Step.CHECK:
            transaction.set_rollback(True)
    return session


def keys_of(session: Session, start: datetime, practitioner: Practitioner, room: Room | None) -> Iterable[int]:
    """A number for every five minutes of everybody and everything that the visit takes."""
    end = start + timedelta(minutes=session.chair_minutes)
    first, last = occupied(session.location, start, end)
    for what, begins, ends in (
        (f"patient\0{session.patient_id}", start, end),
        (f"practitioner\0{practitioner.pk}", first, last),
        *([(f"room\0{room.pk}", first, last)] if room else ()),
    ):
        while begins < ends:
            yield number(f"{what}\0{begins.isoformat()}")
            begins += STEP


# --- undo -----------------------------------------------------------------------------------------------------------


def undo_lines(row: Import, now: datetime, most: int) -> list[ImportLine]:
    """The next lines that brought a visit: history goes, a booking is off unless somebody acted on it, and keeps its
    trace as entered in error."""
    made = row.lines.filter(outcome=Outcome.NEW, visit__isnull=False).select_related("visit").order_by("line")
    done = list(made[:most])
    sessions = lock_sessions(each.visit.session_id for each in done if each.visit.session_id)
    acted = acted_on(sessions)
    how: dict[str, Any] = {"reason": _("The import was undone"), "rebook": False, "told": True}
    off = [each for each in sessions if each.pk not in acted]
    leave_calendar(sessions=off, verb="mark_error", by=row.requested_by, now=now, **how)
    for each in done:
        each.outcome = Outcome.STAYED if each.visit.session_id in acted else Outcome.GONE
    ImportLine.objects.bulk_update(done, ["outcome"])
    MovedVisit.objects.filter(line__in=[each for each in done if each.outcome == Outcome.GONE]).delete()
    return done


def acted_on(sessions: Sequence[Session]) -> set[int]:
    """Ids of those that are no longer as they were booked, or of which their patients were told."""
    ids = [each.pk for each in sessions]
    told = Message.objects.filter(Q(status__in=GONE_OUT) | Q(read_at__isnull=False), session__in=ids)
    again = SessionEvent.objects.filter(session__in=ids).exclude(verb="book")
    changed = {each.pk for each in sessions if each.status != SessionStatus.BOOKED}
    return changed | {*told.values_list("session", flat=True)} | {*again.values_list("session", flat=True)}
