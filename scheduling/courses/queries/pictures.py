"""Courses and proposals as the timeline draws them."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Location
from protocols.library.cards import gap_of
from protocols.models import Phase
from protocols.outline.intervals import Window
from protocols.outline.visits import PlannedVisit
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.queries.courses import sentence, why_here
from scheduling.courses.queries.numbering import counted, labels, labels_of
from scheduling.courses.timeline import PhaseSpan, SessionMark, Shade, Timeline, build_timeline
from scheduling.models import Course, Session
from scheduling.planner.away import away_of
from scheduling.planner.rows import PlanRow

OVER = frozenset({"cancelled", "entered_in_error"})


def course_timeline(course: Course, sessions: Sequence[Session], *, today: date) -> Timeline:
    """A running course from its sessions, in their order (read `with_places`)."""
    zone = ZoneInfo(course.location.timezone)
    shown = [session for session in sessions if session.status not in OVER]
    told = labels(session.kind for session in shown)
    pairs = [(session, label) for session, label in zip(shown, told, strict=True) if not session.is_paused]
    marks = [mark_of(session, zone, label) for session, label in pairs]
    numbers = [(session.phase, session.sequence) for session in shown]
    return build_timeline(sessions=marks, phases=spans(course, numbers), shades=shades(course, marks), today=today)


def mark_of(session: Session, zone: ZoneInfo, label: str) -> SessionMark:
    booking = current_booking(session)
    start = session.performed_at or (booking.start if booking else None)
    return SessionMark(
        sequence=session.sequence,
        status=session.status,
        floor=session.floor,
        ideal=session.ideal,
        latest=session.latest,
        start=start.astimezone(zone) if start else None,
        kind=session.kind,
        review=session.review_due,
        why=why_here(session, has_time=start is not None),
        url=reverse("desk:visit", args=[session.pk]),
        label=label,
    )


def proposal_timeline(course: Course, rows: Sequence[PlanRow], *, today: date) -> Timeline:
    """A schedule that was built and is not booked yet."""
    zone = ZoneInfo(course.location.timezone)
    told = labels_of(counted(course, rows))
    marks = [row_mark(course, row, zone, label) for row, label in zip(rows, told, strict=True)]
    numbers = [(row.phase, row.sequence) for row in rows]
    return build_timeline(sessions=marks, phases=spans(course, numbers), shades=shades(course, marks), today=today)


def row_mark(course: Course, row: PlanRow, zone: ZoneInfo, label: str) -> SessionMark:
    return SessionMark(
        sequence=row.sequence,
        status="booked" if row.place else "planned",
        floor=row.window.floor,
        ideal=row.window.ideal,
        latest=row.window.latest,
        start=row.place.start.astimezone(zone) if row.place else None,
        kind=row.kind,
        review=row.review_due,
        why=" ".join(sentence(reason, course) for reason in row.why),
        label=label,
    )


def outline_timeline(
    course: Course, visits: Sequence[PlannedVisit], windows: Sequence[Window | None], *, today: date
) -> Timeline:
    """The windows of a course nobody has looked for times for yet."""
    pairs = [(visit, window) for visit, window in zip(visits, windows, strict=True) if window]
    marks = [
        SessionMark(
            sequence=visit.sequence,
            status="planned",
            floor=window.floor,
            ideal=window.ideal,
            latest=window.latest,
            kind=str(visit.kind),
            review=visit.review_due,
            label=label,
        )
        for (visit, window), label in zip(pairs, labels(str(visit.kind) for visit, _window in pairs), strict=True)
    ]
    numbers = [(visit.phase or 0, visit.sequence) for visit, _window in pairs]
    return build_timeline(sessions=marks, phases=spans(course, numbers), today=today)


def spans(course: Course, numbers: Iterable[tuple[int, int]]) -> list[PhaseSpan]:
    """The bands behind the sessions, one a phase; the allergy test before the course has none."""
    phases = {phase.order: phase for phase in course.protocol_version.phases.all()}
    found = []
    for order, group in groupby(sorted(numbers), key=lambda pair: pair[0]):
        sequences = [sequence for _order, sequence in group]
        if order in phases:
            found.append(span_of(phases[order], sequences))
    return found


def span_of(phase: Phase, sequences: Sequence[int]) -> PhaseSpan:
    names = {
        Phase.Kind.INDUCTION: _("Course: %(gap)s apart"),
        Phase.Kind.MAINTENANCE: _("Upkeep: every %(gap)s"),
        Phase.Kind.MEASUREMENT: _("Measurement"),
    }
    label = names[Phase.Kind(phase.kind)] % {"gap": gap_of(phase)}
    return PhaseSpan(label=label, kind=phase.kind, first=min(sequences), last=max(sequences))


def shades(course: Course, marks: Sequence[SessionMark]) -> list[Shade]:
    """Public holidays and the patient's own absences between the first and the last visit."""
    days = [mark.day for mark in marks]
    if not days:
        return []
    away = [Shade(first, last, _("away")) for first, last in away_of(course.patient.courses.all())]
    return away + holidays(course.location, min(days), max(days))


def holidays(location: Location, first: date, last: date) -> list[Shade]:
    """Of a location whose holidays a list has prefetched: no query."""
    rows = (row for row in location.holidays.all() if first <= row.date <= last)
    return [Shade(row.date, row.date, row.name, "holiday") for row in rows]
