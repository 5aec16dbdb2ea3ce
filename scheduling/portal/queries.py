"""What only the patient's own pages show: the course with links to them, and what was reported."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from clinic.base.clock import local_date
from patients.models import Patient
from scheduling.courses.queries.numbering import DROPPED, letter_of
from scheduling.courses.queries.patient_visits import Visit
from scheduling.courses.queries.pictures import spans
from scheduling.courses.timeline import SessionMark, Timeline, build_timeline
from scheduling.models import AdverseEvent, Course


def own_timeline(course: Course, visits: Sequence[Visit], now: datetime) -> Timeline:
    """The course with its visits linked to the patient's own pages. No query after `courses_of` and `visits_of`."""
    mine = [each for each in visits if each.session.course_id == course.pk and each.status not in DROPPED]
    shown = [each for each in mine if not each.session.is_paused]
    numbers = [(each.session.phase, each.session.sequence) for each in shown]
    today = local_date(now, course.location.timezone)
    return build_timeline(sessions=[own_mark(each) for each in shown], phases=spans(course, numbers), today=today)


def own_mark(visit: Visit) -> SessionMark:
    """Numbered as the patient counts: the test before the course is none of its sessions."""
    session = visit.session
    return SessionMark(
        sequence=session.sequence,
        status=session.status,
        floor=session.floor,
        ideal=session.ideal,
        latest=session.latest,
        start=visit.start.astimezone(visit.zone) if visit.start else None,
        kind=session.kind,
        url=reverse("portal:visit", args=[session.pk]),
        label=str(visit.number) if visit.number else letter_of(session.kind),
    )


def open_reactions(patient: Patient) -> list[AdverseEvent]:
    """What the patient reported and nobody has closed, newest first."""
    rows = AdverseEvent.objects.filter(patient=patient, closed_at=None).select_related("reaction")
    return list(rows.order_by("-reported_at"))
