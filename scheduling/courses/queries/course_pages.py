"""Courses as their pages show them: a filtered list, one with its visits, and the schedule that is being made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from protocols.models import Phase
from scheduling.calendar.queries.places import current_booking, with_places
from scheduling.courses.queries.courses import names_of, sentence, why_here
from scheduling.courses.queries.numbering import DROPPED, SERIES, counted, labels, labels_of
from scheduling.models import Course, Proposal, Session, SessionStatus
from scheduling.planner.away import Stretch, stretches
from scheduling.planner.rows import PlanRow
from scheduling.planner.state import at_place, read_state

MAKING = (Proposal.Status.QUEUED, Proposal.Status.RUNNING)
SHOWN = (*MAKING, Proposal.Status.READY, Proposal.Status.INFEASIBLE, Proposal.Status.FAILED)


def listed(courses: QuerySet[Course], *, status: str = "", practitioner: int | None = None) -> QuerySet[Course]:
    """Rows of the list with `done` of `total` sessions; the same number of queries for 1 and for 30."""
    found = courses.filter(status=status) if status else courses
    found = found.filter(practitioner=practitioner) if practitioner else found
    series = Session.objects.filter(course=OuterRef("pk"), kind__in=SERIES).exclude(status__in=DROPPED)
    numbers = {"total": number_of(series), "done": number_of(series.filter(status=SessionStatus.COMPLETED))}
    rows = found.select_related("patient", "protocol_version__protocol", "practitioner", "indication", "location")
    return rows.annotate(**numbers).order_by("-pk")


def number_of(sessions: QuerySet[Session]) -> Coalesce:
    """Counted for the rows of one page alone; a join would count for every course there is."""
    of_course = sessions.order_by().values("course").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(of_course, output_field=IntegerField()), 0)


def counts(courses: QuerySet[Course]) -> dict[str, int]:
    """How many courses are in each status."""
    return dict(courses.order_by().values_list("status").annotate(n=Count("pk")))


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in the course's table."""

    session: Session
    label: str  # its number in the series, or the letter of a visit outside it
    start: datetime | None
    practitioner: str
    room: str
    why: str

    @property
    def moves(self) -> bool:
        return self.session.status in {"booked", "displaced", "planned"}


def visits_of(course: Course) -> list[Session]:
    """The visits that are neither cancelled nor entered in error, in order, with their places."""
    rows = course.sessions.exclude(status__in=["cancelled", "entered_in_error"]).order_by("sequence")
    return list(with_places(rows.select_related("performed_by", "location")))


def table_of(sessions: list[Session]) -> list[VisitRow]:
    """`sessions`: the whole course, in order."""
    told = labels(session.kind for session in sessions)
    return [row_of(session, label) for session, label in zip(sessions, told, strict=True)]


def row_of(session: Session, label: str) -> VisitRow:
    booking = current_booking(session)
    return VisitRow(
        session=session,
        label=label,
        start=session.performed_at or (booking.start if booking else None),
        practitioner=str(booking.practitioner) if booking else str(session.performed_by or ""),
        room=str(booking.room) if booking else "",
        why=why_here(session, has_time=booking is not None),
    )


@dataclass(frozen=True, slots=True)
class PhaseLeft:
    """A part of a course that is not over, and how many of its visits can still be planned."""

    order: int
    name: str
    left: int


def phases_left(course: Course, now: datetime) -> list[PhaseLeft]:
    """What may get longer or shorter: a closing measurement is one, and stays one."""
    left = Counter(step.phase for step in at_place(read_state(course.pk, now), course.location).pending)
    phases = course.protocol_version.phases.exclude(kind=Phase.Kind.MEASUREMENT).order_by("order")
    return [PhaseLeft(each.order, each.name, left[each.order]) for each in phases if left[each.order]]


def ahead_here(course: Course, now: datetime) -> list[tuple[int, str]]:
    """The number of each visit still to come where the course goes on, with what it is and when, for a choice."""
    left = {each.session.pk for each in at_place(read_state(course.pk, now), course.location).pending if each.session}
    zone, found = ZoneInfo(course.location.timezone), []
    for row in table_of(visits_of(course)):
        if row.session.pk in left:
            day = date_format(row.start.astimezone(zone), "D j M, H:i") if row.start else _("no time yet")
            found.append((row.session.sequence, f"{row.label} · {row.session.get_kind_display()} · {day}"))
    return found


def days_away(course: Course) -> list[Stretch]:
    """When the patient is away, as it was said with this course."""
    return sorted(stretches(course.preferences))


def wishes(course: Course) -> str:
    """What cannot be, and what would suit, as it was said with this course."""
    said = course.preferences
    cannot = [_("cannot: %(when)s") % {"when": _weekly(each)} for each in said.get("cannot", ())]
    only = [_("only with %(practitioner)s") % {"practitioner": course.practitioner}] if said.get("only") else []
    return " · ".join(each for each in (*only, *cannot, _weekly(said)) if each)


def _weekly(said: Mapping[str, Any]) -> str:
    days = ", ".join(str(WEEKDAYS_ABBR[day]) for day in said.get("weekdays", ()))
    after = _("from %(time)s") % {"time": said["from"]} if said.get("from") else ""
    before = _("until %(time)s") % {"time": said["to"]} if said.get("to") else ""
    return " ".join(each for each in (days, after, before) if each)


def in_the_making(course: Course) -> Proposal | None:
    """The schedule that is being built, or that somebody must look at."""
    return course.proposals.filter(status__in=SHOWN).first()


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One visit of a built schedule, times local to the location."""

    label: str
    kind: str
    review_due: bool
    late_days: int
    start: datetime | None
    floor: date
    ideal: date
    latest: date
    practitioner_name: str
    room_name: str
    sentence: str


def plan_of_proposal(proposal: Proposal) -> list[PlanRow]:
    """The visits of a built schedule."""
    return [PlanRow.read(row) for row in proposal.sessions]


def shown_rows(course: Course, rows: Sequence[PlanRow], zone: ZoneInfo) -> list[PlannedRow]:
    """Rows of a schedule with names and sentences. As many queries for one visit as for many."""
    names = names_of(row.place for row in rows if row.place)
    return [
        readable(course, row, label, names, zone)
        for row, label in zip(rows, labels_of(counted(course, rows)), strict=True)
    ]


def readable(course: Course, row: PlanRow, label: str, names: Mapping[str, str], zone: ZoneInfo) -> PlannedRow:
    place = row.place
    return PlannedRow(
        label=label,
        kind=row.kind,
        review_due=row.review_due,
        late_days=row.late_days,
        start=place.start.astimezone(zone) if place else None,
        floor=row.window.floor,
        ideal=row.window.ideal,
        latest=row.window.latest,
        practitioner_name=names.get(f"practitioner:{place.practitioner}", "") if place else "",
        room_name=names.get(f"room:{place.room}", "") if place else "",
        sentence=" ".join(sentence(reason, course) for reason in row.why),
    )
