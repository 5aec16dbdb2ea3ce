"""Whom somebody leaves behind who stops working at a place, and who could take them over."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate

from clinic.base import scope
from clinic.base.zones import day_begins
from clinic.models import Location
from scheduling.models import NEEDLE_KINDS, Booking, Course, Practitioner, Replan, Session, SessionStatus, WorkingHours
from scheduling.planner.hours import not_over
from scheduling.planner.steps import OPEN

NOT_ENDED = (Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Left:
    """A course that loses its practitioner: its visits booked after the last day, and who is proposed among those who
    could take it over; None where nobody could."""

    course: Course
    visits: int
    choices: list[Practitioner]
    proposed: Practitioner | None


def after(last_day: date, location: Location) -> datetime:
    return day_begins(last_day + timedelta(days=1), ZoneInfo(location.timezone))


@scope.whole()  # counted also for who administers and sees no patient
def left_by(practitioner: Practitioner, location: Location, last_day: date) -> list[Session]:
    """The visits booked with somebody after their last day, the one whose window ends soonest first (D04)."""
    rows = Session.objects.filter(
        location=location,
        status=SessionStatus.BOOKED,
        bookings__active=True,
        bookings__practitioner=practitioner,
        bookings__start__gte=after(last_day, location),
    )
    day = TruncDate("bookings__start", tzinfo=ZoneInfo(location.timezone))
    return list(rows.select_related("location", "course").order_by(Coalesce("latest", day), "pk"))


@scope.whole()  # nothing of theirs at another place may be overlooked
def places_besides(practitioner: Practitioner, home: Location, last_day: date) -> list[str]:
    """Names of the other places at which they have courses, visits or hours after their last day."""
    hours = WorkingHours.objects.filter(not_over(last_day + timedelta(days=1)), practitioner=practitioner)
    visits = Booking.objects.filter(practitioner=practitioner, active=True, start__gte=after(last_day, home))
    courses = Course.objects.filter(practitioner=practitioner, status__in=NOT_ENDED)
    of = OuterRef("pk")
    there = Exists(hours.filter(location=of)) | Exists(courses.filter(location=of))
    rows = Location.objects.filter(there | Exists(visits.filter(session__location=of))).exclude(pk=home.pk)
    return list(rows.values_list("name", flat=True))


@dataclass(frozen=True, slots=True)
class Stays:
    """A course at a place that closes: how many of its visits are booked after the last day, and the number of the
    first that is not over by then; None for one that has no visit ahead yet."""

    course: Course
    visits: int
    since: int | None


def stays_behind(courses: QuerySet[Course], location: Location, last_day: date) -> list[Stays]:
    """Those of `courses` that have not ended when their location closes, by patient. Two queries."""
    booked = Subquery(Booking.objects.filter(session=OuterRef("pk"), active=True).values("start"))
    ahead = Session.objects.filter(status__in=OPEN, location=location).annotate(starts=booked).order_by("sequence")
    rows = courses.filter(location=location, status__in=NOT_ENDED).order_by("patient__family_name", "pk")
    found = []
    for course in rows.prefetch_related(Prefetch("sessions", queryset=ahead, to_attr="ahead")):
        left = [each for each in course.ahead if each.starts is None or each.starts >= after(last_day, location)]
        if left or course.status == Course.Status.DRAFT:
            since = left[0].sequence if left else None
            found.append(Stays(course, sum(each.starts is not None for each in left), since))
    return found


def alone_after(sessions: QuerySet[Session], location: Location, last_day: date) -> list[Session]:
    """Those of `sessions` that stand alone and are booked after the last day of their location, by their `start`."""
    late = {"bookings__active": True, "bookings__start__gte": after(last_day, location)}
    rows = sessions.filter(location=location, course=None, status=SessionStatus.BOOKED, **late)
    return list(rows.annotate(start=F("bookings__start")).order_by("start", "pk"))


def left_courses(practitioner: Practitioner, location: Location, last_day: date) -> list[Left]:
    """Every course of theirs that has not ended, each with a successor: who has treated the patient before those who
    have not, then whoever has the fewest courses. Before the first treatment only a prescriber (D22). Three queries."""
    held = Q(sessions__status=SessionStatus.COMPLETED, sessions__kind__in=NEEDLE_KINDS - {"allergy_test"})
    lost = Q(
        sessions__bookings__active=True,
        sessions__bookings__practitioner=practitioner,
        sessions__bookings__start__gte=after(last_day, location),
    )
    rows = Course.objects.filter(practitioner=practitioner, location=location, status__in=NOT_ENDED)
    rows = rows.select_related("patient", "protocol_version__protocol").order_by("patient__family_name", "pk")
    courses = list(
        rows.annotate(
            held=Count("sessions", filter=held, distinct=True), lost=Count("sessions", filter=lost, distinct=True)
        )
    )
    people = successors(practitioner, location, last_day)
    known = Counter(Session.objects.filter(course__in=courses).values_list("course", "performed_by"))
    load = Counter({each.pk: each.running for each in people})
    found = []
    for course in courses:
        able = [each for each in people if course.held or each.staff.prescriber]
        chosen = min(able, key=lambda each: (-known[course.pk, each.pk], load[each.pk], each.name), default=None)
        load.update([chosen.pk] if chosen else [])
        found.append(Left(course, course.lost, able, chosen))
    return found


def successors(practitioner: Practitioner, location: Location, last_day: date) -> list[Any]:
    """Who works there after that day, each with the number of their `running` courses."""
    hours = not_over(last_day + timedelta(days=1)) & Q(practitioner=OuterRef("pk"), location=location)
    rows = Practitioner.objects.filter(Exists(WorkingHours.objects.filter(hours)), active=True, staff__active=True)
    rows = rows.exclude(pk=practitioner.pk).select_related("staff")
    return list(rows.annotate(running=Count("courses", filter=Q(courses__status=Course.Status.ACTIVE))))


def taken_over(replan: Replan) -> list[tuple[Course, Practitioner]]:
    """The courses of a batch that change hands, each with who takes it over. Two queries."""
    to = {int(pk): kept["to"] for pk, kept in replan.courses.items() if "to" in kept}
    people = Practitioner.objects.in_bulk(set(to.values()))
    rows = Course.objects.filter(pk__in=to).select_related("patient", "protocol_version__protocol")
    return [(course, people[to[course.pk]]) for course in rows.order_by("patient__family_name", "pk")]
