"""What was measured, drawn over the sessions that lay between: on the patient's measurements and on a course's page."""

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from patients.models import Patient
from patients.queries.measurements import NAMES, STEPS, Series, series_of
from scheduling.courses.queries.numbering import SERIES
from scheduling.models import Course, Session, SessionStatus
from scheduling.treatment.outcomeplot import OutcomePlot, Reading, build_plot

LOOKED_AT = frozenset({Session.Kind.REVIEW, Session.Kind.MEASUREMENT})


def plots_of_patient(patient: Patient, series: Sequence[Series], zone: ZoneInfo) -> list[OutcomePlot]:
    """One drawing beside each series, over every session of the patient. One query."""
    return drawn(series, Session.objects.filter(patient=patient, status=SessionStatus.COMPLETED), zone)


def plots_of_course(course: Course, sessions: Iterable[Session]) -> list[OutcomePlot]:
    """What was measured where the course treats, or at no place in particular, over its sessions. Three queries."""
    treated = {area.pk for area in course.areas.all()}
    series = [each for each in series_of(course.patient) if each.area is None or each.area.pk in treated]
    done = [session for session in sessions if session.status == SessionStatus.COMPLETED]
    return drawn(series, done, ZoneInfo(course.location.timezone))


def drawn(series: Iterable[Series], sessions: Iterable[Session], zone: ZoneInfo) -> list[OutcomePlot]:
    days: dict[str, list[date]] = {"session": [], "review": []}
    for session in sessions:
        if session.performed_at is not None and session.kind in SERIES | LOOKED_AT:
            name = "session" if session.kind in SERIES else "review"
            days[name].append(session.performed_at.astimezone(zone).date())
    return [plot(each, days, zone) for each in series]


def plot(series: Series, days: dict[str, list[date]], zone: ZoneInfo) -> OutcomePlot:
    rows = [point.row for point in series.points]
    name = str(NAMES.get(series.code, series.code))
    words = {float(step): str(level.label) for level, step in STEPS.items()} if series.code == "improvement" else {}
    return build_plot(
        readings=[
            Reading(row.measured_at.astimezone(zone).date(), float(row.value), row.note, row.get_level_display())
            for row in rows
        ],
        words=words,
        sessions=days["session"],
        reviews=days["review"],
        label=f"{name} · {series.area}" if series.area else name,
        unit=series.unit,
    )
