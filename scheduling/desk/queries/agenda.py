"""A day at a location as its people see it: who comes when, how far along the course is, whose turn it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, prefetch_related_objects

from clinic.base.clock import local_date
from clinic.base.zones import day_bounds
from clinic.models import Location
from scheduling.calendar.queries.confirmed import confirmed
from scheduling.courses.queries.numbering import DROPPED, SERIES
from scheduling.models import WITH_A_TIME, Booking, Practitioner, Session, arrivals
from scheduling.treatment.queries.namesakes import namesakes_on
from scheduling.treatment.queries.readiness import Lacking, missing_for

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

LATE_AFTER = timedelta(minutes=5)
PRESCRIBERS_TURN = frozenset({"consultation", "eligibility", "allergy_test"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One arrival of the day: a visit, or several for which the patient comes once; then `session` is next to do."""

    session: Session
    start: datetime
    end: datetime
    practitioner: Practitioner
    room: str
    number: int | None  # 4 of 8, in a course
    total: int | None
    missing: tuple[Lacking, ...]
    late: bool
    confirmed: bool  # by the patient, as it is now
    namesake: bool = False  # somebody else of that name has a visit here that day (D51)
    parts: tuple["Entry", ...] = ()  # the visits of an arrival of several, in order of time

    @property
    def acts(self) -> tuple["Entry", ...]:
        return self.parts or (self,)

    @property
    def status(self) -> str:
        return self.session.status

    @property
    def needs_practitioner(self) -> bool:
        """Somebody waits for the practitioner, or a thing that only they can settle is missing."""
        waiting = self.status in ("checked_in", "in_progress")
        return waiting or (self.status == "booked" and any(each.code in PRESCRIBERS_TURN for each in self.missing))


def bounds(location: Location, day: date) -> tuple[datetime, datetime]:
    """The first instant of a local day and of the next."""
    return day_bounds(day, ZoneInfo(location.timezone))


class Counts(TypedDict):
    """What `visits` reads beside a booking."""

    number: int | None
    total: int | None
    confirmed: bool


if TYPE_CHECKING:
    Numbered = WithAnnotations[Booking, Counts]


def visits(location: Location, first: datetime, last: datetime) -> "QuerySet[Numbered]":
    """Booked visits that begin in [first, last), each with `number` and `total` of its course's series."""
    series = Session.objects.filter(course=OuterRef("session__course"), kind__in=SERIES).exclude(status__in=DROPPED)
    rows = Booking.objects.filter(
        active=True, kind=Booking.Kind.SESSION, session__location=location, start__gte=first, start__lt=last
    )
    return rows.select_related(
        "practitioner", "room", "session__patient", "session__location", "session__course__protocol_version__protocol"
    ).annotate(
        total=counted(series),
        number=counted(series.filter(sequence__lte=OuterRef("session__sequence"))),
        confirmed=confirmed("session"),
    )


def counted(sessions: QuerySet[Session]) -> Subquery:
    of_course = sessions.order_by().values("course").annotate(n=Count("*")).values("n")
    return Subquery(of_course, output_field=IntegerField())


def entries(location: Location, day: date, *, now: datetime, practitioner: Practitioner | None = None) -> list[Entry]:
    """The visits of a local day in order of time; only one person's with `practitioner`."""
    rows = visits(location, *bounds(location, day)).order_by("start", "practitioner__name", "id")
    if practitioner:
        rows = rows.filter(practitioner=practitioner)
    found = list(rows)
    open_ones = [row.visit for row in found if row.visit.status in ("booked", "checked_in")]
    lacking = missing_for(open_ones, at=now)
    names = namesakes_on(location, day)
    shown = {
        row.pk: replace(entry(row, lacking.get(row.visit.pk, ()), now), namesake=row.visit.patient_id in names)
        for row in found
    }
    first = {each[0].pk: each for each in arrivals(found)}
    shared = [row.visit.course for each in first.values() if len(each) > 1 for row in each if row.visit.course]
    prefetch_related_objects(shared, "areas")
    return [in_one([shown[each.pk] for each in first[row.pk]]) for row in found if row.pk in first]


def in_one(parts: Sequence[Entry]) -> Entry:
    """An arrival of several visits as one entry: from the first start to the last end, with what any of them lacks."""
    if len(parts) == 1:
        return parts[0]
    head = next((each for each in parts if each.status in WITH_A_TIME), parts[-1])
    missing = {lack.code: lack for each in parts for lack in each.missing}
    return replace(
        head,
        start=parts[0].start,
        end=parts[-1].end,
        missing=tuple(missing.values()),
        confirmed=all(each.confirmed for each in parts),
        parts=tuple(parts),
    )


def next_day(location: Location, day: date, practitioner: Practitioner | None = None) -> date | None:
    """The first local day after `day` with a visit; only one person's with `practitioner`."""
    rows = Booking.objects.filter(session__location=location, active=True, start__gte=bounds(location, day)[1])
    if practitioner:
        rows = rows.filter(practitioner=practitioner)
    start = rows.order_by("start").values_list("start", flat=True).first()
    return local_date(start, location.timezone) if start else None


def entry(row: "Numbered", missing: tuple[Lacking, ...], now: datetime) -> Entry:
    session = row.visit
    assert row.practitioner is not None  # a visit names both (booking_session_names_all)
    assert row.room is not None
    in_series = session.course_id is not None and session.kind in SERIES
    return Entry(
        session=session,
        start=row.start,
        end=row.end,
        practitioner=row.practitioner,
        room=row.room.name,
        number=row.number if in_series else None,
        total=row.total if in_series else None,
        missing=missing,
        late=session.status == "booked" and row.start + LATE_AFTER < now,
        confirmed=row.confirmed,
    )


GROUPS = ("late", "here", "expected", "done")


def grouped(rows: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The desk's view of the day: who is late, who is here, who is still to come, who has been."""
    groups: dict[str, list[Entry]] = {name: [] for name in GROUPS}
    for row in rows:
        here = row.status in ("checked_in", "in_progress")
        name = "late" if row.late else "here" if here else "expected" if row.status == "booked" else "done"
        groups[name].append(row)
    return groups
