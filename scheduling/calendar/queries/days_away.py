"""Visits that are on days their patient is away: of courses that were not looked at when the days were said."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from patients.models import Patient
from scheduling.models import Booking, Course, SessionStatus
from scheduling.planner.away import Stretch, away_of


@dataclass(frozen=True, slots=True)
class Clash:
    """A running course, the stretch of days away that meets one of its visits first, and how many visits in all."""

    course: Course
    stretch: Stretch
    visits: int


def clashes(patient: Patient, now: datetime) -> list[Clash]:
    """The running courses with booked visits ahead on days away, by course. Two queries, one when nobody is away."""
    away = away_of(patient.courses.all())
    if not away:
        return []
    booked = Booking.objects.filter(patient=patient, active=True, start__gt=now, session__status=SessionStatus.BOOKED)
    running = booked.filter(session__course__status=Course.Status.ACTIVE).order_by("session__course", "start")
    met: dict[Course, list[Stretch]] = defaultdict(list)
    for booking in running.select_related("session__course__location", "session__course__protocol_version__protocol"):
        course = booking.visit.course
        assert course is not None  # the condition above
        day = booking.start.astimezone(ZoneInfo(course.location.timezone)).date()
        met[course] += [each for each in away if each[0] <= day <= each[1]][:1]
    return [Clash(course, found[0], len(found)) for course, found in met.items() if found]
