"""How a place did on some local days: figures that are counted, each with how. One query or two a figure, whatever the
number of rows: all are bounded by the days or by a partial index, and nothing is joined that multiplies."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate

from clinic.base.clock import local_date
from clinic.base.limits import LAST_INSTANT
from clinic.base.zones import day_begins
from clinic.models import Location
from scheduling.desk.queries.worklists import stopped
from scheduling.models import (
    WITH_A_TIME,
    Booking,
    Course,
    Deviation,
    Proposal,
    Room,
    Session,
    SessionEvent,
    SessionStatus,
    SlotOffer,
)
from scheduling.models.booking import LONGEST
from scheduling.planner.busy import busy_strip, ticks
from scheduling.planner.engine.daygrid import STEP, Grid
from scheduling.planner.hours import hours_at, open_strip, read_holidays

HOUR, WEEK = 60, timedelta(days=7)  # minutes of an hour
CAME_AFTER_ALL = ("undo", "enter_done", "mark_error")  # how a no-show ends that was none
OFF = (-8, -4, -1, 0, 3, 7)  # days off the best day: the last of each group, then the rest
PAST = (14, 42)  # days for which nothing is booked
WAITS = (7, 14, 28, 56)  # days until the first session

Used = tuple[str, tuple[float, float]]  # name, (hours taken, hours open)


@dataclass(frozen=True, slots=True)
class Span:
    """Local days at a place, both included."""

    location: Location
    first: date
    last: date

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location.timezone)

    @property
    def begins(self) -> datetime:
        return day_begins(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        return day_begins(self.last + timedelta(days=1), self.zone)

    @property
    def mondays(self) -> list[date]:
        begin = week_of(self.first)
        return [begin + WEEK * number for number in range((self.last - begin).days // 7 + 1)]


@dataclass(slots=True)
class Practice:
    """Every figure as (how much, of how much) by what it is of; days off and waits are in days."""

    people: list[Used] = field(default_factory=list)  # by name
    rooms: list[Used] = field(default_factory=list)
    in_window: dict[date, tuple[int, int]] = field(default_factory=dict)  # by Monday
    off: Counter[int] = field(default_factory=Counter)  # group of OFF
    mean_off: float | None = None
    no_shows: dict[date, tuple[int, int]] = field(default_factory=dict)
    refilled: dict[date, tuple[int, int]] = field(default_factory=dict)
    by_offer: int = 0
    stalled: Counter[int] = field(default_factory=Counter)  # group of PAST
    on_hold: int = 0
    waits: Counter[int] = field(default_factory=Counter)  # group of WAITS
    median_wait: float | None = None
    serious: dict[str, int] = field(default_factory=dict)  # by code of the deviation


def practice(span: Span, now: datetime) -> Practice:
    found = Practice()
    used(span, found)
    held(span, found)
    missed(span, found)
    given_back(span, found)
    standing_still(span.location, now, found)
    until_the_first(span, found)
    rows = Deviation.objects.filter(serious=True, at__gte=span.begins, at__lt=span.ends)
    rows = rows.filter(session__location=span.location).order_by()
    found.serious = dict(rows.values_list("code").annotate(n=Count("pk")).order_by("-n", "code"))
    return found


def week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def group_of(number: int, ends: Iterable[int]) -> int:
    """The place of the first end that a number does not pass."""
    return sum(number > end for end in ends)


def by_week(span: Span, some: Counter[date], all_: Counter[date]) -> dict[date, tuple[int, int]]:
    return {monday: (some[monday], all_[monday]) for monday in span.mondays}


# --- people and rooms ---------------------------------------------------------------------------------------------


def used(span: Span, found: Practice) -> None:
    """Hours taken by visits, preparation and turnover included, of the hours open: those of the week less closing days
    and absences. A room is open while anybody works."""
    location, grid = span.location, Grid(span.location.timezone, span.first, (span.last - span.first).days + 1)
    rooms = dict(Room.objects.filter(location=location).values_list("pk", "name"))
    in_time = {"occupied_start__gt": span.begins - LONGEST, "start__gte": span.begins, "start__lt": span.ends}
    taken = Booking.objects.filter(active=True, kind=Booking.Kind.SESSION, room__in=rooms, **in_time)
    lengths = taken.order_by().values_list("practitioner", "practitioner__name", "room")
    minutes: dict[tuple[str, Any], float] = defaultdict(float)
    names = {}
    for who, name, room, length in lengths.annotate(length=Sum(F("occupied_end") - F("occupied_start"))):
        names[who] = name
        for owner in (("practitioner", who), ("room", room)):
            minutes[owner] += length.total_seconds() / 60
    opened, anybody = {}, 0
    closed = read_holidays(location, span.first, span.last)
    rows = hours_at(location, span.first, span.last).select_related("practitioner").order_by("practitioner_id")
    for person, hours in groupby(rows, key=lambda row: row.practitioner):
        strip = open_strip(grid, hours, range(grid.days), closed)
        anybody |= strip
        if person.active or person.pk in names:
            opened["practitioner", person.pk], names[person.pk] = strip, person.name
    opened |= {("room", pk): anybody for pk in rooms}
    away = Booking.objects.filter(active=True, kind=Booking.Kind.BLOCK, occupied_end__gt=span.begins)
    away = away.filter(occupied_start__gt=span.begins - LONGEST, occupied_start__lt=span.ends)
    gone = defaultdict(list)
    for who, room, start, end in away.filter(Q(practitioner__in=names) | Q(room__in=rooms)).values_list(
        "practitioner", "room", "occupied_start", "occupied_end"
    ):
        gone["practitioner" if who else "room", who or room].append((ticks(start), ticks(end)))

    def share(kind: str, pk: int) -> tuple[float, float]:
        strip = opened.get((kind, pk), 0)
        if strip and (rows := gone.get((kind, pk))):
            strip &= ~busy_strip(grid, np.array(rows, dtype=np.int64))
        return minutes[kind, pk] / HOUR, strip.bit_count() * STEP / HOUR

    found.people = sorted((name, share("practitioner", pk)) for pk, name in names.items())
    found.rooms = sorted((name, share("room", pk)) for pk, name in rooms.items())


# --- visits ---------------------------------------------------------------------------------------------------------


def completed(span: Span) -> Any:
    rows = Session.objects.filter(location=span.location, status=SessionStatus.COMPLETED)
    rows = rows.filter(performed_at__gte=span.begins, performed_at__lt=span.ends).order_by()
    return rows.annotate(day=TruncDate("performed_at", tzinfo=span.zone))


def held(span: Span, found: Practice) -> None:
    """Visits with a window that were held, those of them inside it, and how far they were from their best day."""
    inside, all_, apart = Counter[date](), Counter[date](), Counter[int]()
    rows = completed(span).filter(ideal__isnull=False).values_list("day", "floor", "ideal", "latest")
    for day, floor, ideal, latest, n in rows.annotate(n=Count("pk")):
        all_[week_of(day)] += n
        inside[week_of(day)] += n * (floor <= day <= latest)
        apart[(day - ideal).days] += n
    found.in_window = by_week(span, inside, all_)
    for days, n in apart.items():
        found.off[group_of(days, OFF)] += n
    if total := sum(apart.values()):
        found.mean_off = sum(abs(days) * n for days, n in apart.items()) / total


def missed(span: Span, found: Practice) -> None:
    """Visits to which nobody came, of all that were held or missed. Marked by mistake, or entered as done since: not
    missed."""
    left = SessionEvent.objects.filter(session=OuterRef("session"), pk__gt=OuterRef("pk"), from_status="no_show")
    rows = SessionEvent.objects.filter(verb="no_show", session__location=span.location)
    rows = rows.filter(at__gte=span.begins, at__lt=span.ends).order_by()
    rows = rows.annotate(then=Subquery(left.order_by("pk").values("verb")[:1]))
    rows = rows.filter(Q(then=None) | ~Q(then__in=CAME_AFTER_ALL))
    some, all_ = Counter[date](), Counter[date]()
    for day, n in rows.annotate(day=TruncDate("at", tzinfo=span.zone)).values_list("day").annotate(n=Count("pk")):
        some[week_of(day)] += n
    for day, n in completed(span).values_list("day").annotate(n=Count("pk")):
        all_[week_of(day)] += n
    found.no_shows = by_week(span, some, some + all_)


def given_back(span: Span, found: Practice) -> None:
    """Times that visits left before they began, and those of them at which another visit stands now, of how many by
    an offer. A time is one practitioner's; a visit that still reaches into its own old time has not left it."""
    after = Booking.objects.filter(session=OuterRef("session"), pk__gt=OuterRef("pk")).order_by("pk")
    still = SessionEvent.objects.filter(
        Q(verb="move") | ~Q(to_status__in=WITH_A_TIME),
        session=OuterRef("session"),
        from_status__in=WITH_A_TIME,
        at__gte=OuterRef("start"),
        at__lt=OuterRef("next_start"),
    )
    over = Booking.objects.filter(
        practitioner=OuterRef("practitioner"),
        active=True,
        kind=Booking.Kind.SESSION,
        occupied_start__gt=OuterRef("occupied_start") - LONGEST,
        occupied_start__lt=OuterRef("end"),
        start__lt=OuterRef("end"),
        end__gt=OuterRef("start"),
    )
    taken_up = SlotOffer.objects.filter(
        answer=SlotOffer.Answer.ACCEPTED, hold__practitioner=OuterRef("practitioner"), hold__start=OuterRef("start")
    )
    rooms = list(Room.objects.filter(location=span.location).values_list("pk", flat=True))
    rows = Booking.objects.filter(
        active=False, kind=Booking.Kind.SESSION, room__in=rooms, start__gte=span.begins, start__lt=span.ends
    ).annotate(next_start=Coalesce(Subquery(after.values("start")[:1]), LAST_INSTANT))
    rows = rows.exclude(Exists(still)).exclude(Exists(over.filter(session=OuterRef("session"))))
    times: dict[tuple[int, datetime], tuple[bool, bool]] = {}
    for who, start, again, offered in rows.annotate(again=Exists(over), offered=Exists(taken_up)).values_list(
        "practitioner", "start", "again", "offered"
    ):
        times[who, start] = (again, offered)
    some, all_ = Counter[date](), Counter[date]()
    for (_who, start), (again, offered) in times.items():
        monday = week_of(start.astimezone(span.zone).date())
        all_[monday] += 1
        some[monday] += again
        found.by_offer += again and offered
    found.refilled = by_week(span, some, all_)


# --- courses --------------------------------------------------------------------------------------------------------


def standing_still(location: Location, now: datetime, found: Practice) -> None:
    """Running courses as of now in which no visit has a time and the last day of one is over, by how long it is; and
    those on hold that wait for a decision."""
    today = local_date(now, location.timezone)
    booked = Session.objects.filter(course=OuterRef("course"), status__in=WITH_A_TIME)
    rows = Session.objects.filter(
        ~Exists(booked),
        location=location,
        status__in=("planned", "displaced", "no_show"),
        latest__lt=today,
        course__status=Course.Status.ACTIVE,
    )
    for _course, since in rows.order_by().values_list("course").annotate(since=Min("latest")):
        found.stalled[group_of((today - since).days, PAST)] += 1
    found.on_hold = stopped(location, now, today).count()


def until_the_first(span: Span, found: Practice) -> None:
    """Days from the first request of a schedule to the first treatment, of courses whose first was in these days."""
    earlier = Session.objects.filter(
        course=OuterRef("course"),
        kind=Session.Kind.TREATMENT,
        status=SessionStatus.COMPLETED,
        performed_at__lt=OuterRef("performed_at"),
    )
    asked = Proposal.objects.filter(course=OuterRef("course")).order_by("requested_at").values("requested_at")[:1]
    rows = completed(span).filter(~Exists(earlier), kind=Session.Kind.TREATMENT, course__isnull=False)
    waits = [
        max((day - since.astimezone(span.zone).date()).days, 0)
        for day, since in rows.annotate(since=Subquery(asked)).values_list("day", "since")
        if since
    ]
    found.waits.update(group_of(days, WAITS) for days in waits)
    found.median_wait = median(waits) if waits else None
