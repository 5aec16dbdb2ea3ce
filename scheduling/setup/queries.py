"""What the settings show: locations with what they still lack, people with their hours, rooms and devices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.base import scope
from clinic.base.access import roles_of
from clinic.base.limits import whole
from clinic.models import Location, Role, SignInMail, StaffLink
from patients.models import IntakeResponse, Patient
from protocols.rules.policies import hours_not_set
from scheduling.messages.queries import machinery
from scheduling.models import (
    Course,
    Device,
    Import,
    ImportLine,
    Message,
    Practitioner,
    Product,
    PublicHoliday,
    Room,
    Season,
    WorkingHours,
)
from scheduling.planner.hours import minute_of, minute_of_end, not_over
from scheduling.setup import columns, sheets, visit_columns

MOST_SHOWN = 100  # lines of a file that need somebody, on its page


def with_state(locations: QuerySet[Location], today: date) -> QuerySet[Location]:
    """These locations with `room_count`, `device_count`, `people_count` (with hours today or later)."""
    ahead = Q(hours__practitioner__active=True) & (Q(hours__valid_until=None) | Q(hours__valid_until__gte=today))
    return locations.annotate(
        room_count=Count("rooms", filter=Q(rooms__active=True), distinct=True),
        device_count=Count("devices", filter=Q(devices__active=True), distinct=True),
        people_count=Count("hours__practitioner", filter=ahead, distinct=True),
    )


def rooms(location: Location) -> QuerySet[Room]:
    return Room.objects.filter(location=location).order_by("-active", "name")


def devices(location: Location) -> QuerySet[Device]:
    return Device.objects.filter(location=location).select_related("kind").order_by("-active", "name")


def holidays(location: Location, since: date) -> QuerySet[PublicHoliday]:
    return PublicHoliday.objects.filter(location=location, date__gte=since)


def practitioners() -> QuerySet[Practitioner]:
    return Practitioner.objects.filter(active=True).select_related("staff__user", "staff__location")


def practitioners_at(location: Location) -> QuerySet[Practitioner]:
    """Who treats at a location or calls it home."""
    works_here = Exists(WorkingHours.objects.filter(location=location, practitioner=OuterRef("pk")))
    return practitioners().filter(Q(staff__location=location) | works_here)


@dataclass(frozen=True, slots=True)
class Week:
    """Somebody's working week at a location: a list of stretches for each weekday, Monday first."""

    practitioner: Practitioner
    days: list[list[WorkingHours]]
    changes_on: date | None  # when another plan takes over

    @property
    def hours(self) -> float:
        minutes = sum(minute_of_end(row.end) - minute_of(row.start) for day in self.days for row in day)
        return minutes / 60


def links_out(locations: QuerySet[Location], now: datetime) -> QuerySet[StaffLink]:
    """Invitations that were handed over and still work, the oldest first."""
    rows = StaffLink.objects.filter(location__in=locations, used_at=None, valid_until__gt=now)
    return rows.select_related("location", "made_by").order_by("valid_until", "id")


def weeks(location: Location, today: date) -> list[Week]:
    """The week of everybody who treats at the location or calls it home. Two queries."""
    hours = WorkingHours.objects.filter(location=location).filter(not_over(today)).order_by("weekday", "start")
    people = practitioners_at(location).prefetch_related(Prefetch("hours", queryset=hours, to_attr="plans"))
    return [week(each, each.plans, today) for each in people]


def week(practitioner: Practitioner, rows: list[WorkingHours], today: date) -> Week:
    held = plan_on(rows, today)
    ends = (row.valid_until + timedelta(days=1) for row in held if row.valid_until)
    changes = min(chain(ends, (row.valid_from for row in rows if row not in held)), default=None)
    return Week(practitioner, by_weekday(held), changes)


def by_weekday(rows: Iterable[WorkingHours]) -> list[list[WorkingHours]]:
    days: list[list[WorkingHours]] = [[] for _day in range(7)]
    for row in rows:
        days[row.weekday].append(row)
    return days


def week_of(practitioner: Practitioner, location: Location, day: date) -> list[WorkingHours]:
    """The weekly hours in force on `day`, whatever the season; when there are none yet, the next ones."""
    return plan_on(list(practitioner.hours.filter(location=location, season=None).filter(not_over(day))), day)


def seasons(location: Location, today: date) -> list[tuple[Season, list[Week]]]:
    """Seasonal hours now and ahead: for each stretch of days one season, and everybody's week in it."""
    rows = Season.objects.filter(location=location, last__gte=today).select_related("practitioner")
    in_turn = rows.order_by("first", "last", "practitioner__name").prefetch_related("hours")
    same = [list(each) for _days, each in groupby(in_turn, key=lambda row: (row.first, row.last))]
    return [(each[0], [Week(row.practitioner, by_weekday(row.hours.all()), None) for row in each]) for each in same]


def plan_on(rows: list[WorkingHours], day: date) -> list[WorkingHours]:
    begun = [row for row in rows if row.valid_from <= day]
    first = min((row.valid_from for row in rows), default=day)
    return begun or [row for row in rows if row.valid_from == first]


def product_by_id(pk: str) -> Product | None:
    """A product in use, by its id."""
    found = whole(pk)
    return Product.objects.filter(pk=found, active=True).first() if found else None


# --- a new clinic's first day ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One of nine things a new clinic sets up, in any order: whether it is there, and what does not work without it."""

    title: Any
    blocks: Any
    minutes: int
    url: str
    done: bool

    @property
    def roles(self) -> list[Role]:
        """Who may open its page, which not everybody may who sees the steps."""
        return [role for role in Role if role in roles_of(self.url)]


@scope.whole()  # whether there is a patient yet, asked by who sees none
def first_day(place: Location, today: date) -> list[FirstStep]:
    """Read from what is there, so each step is saved by its own page and a colleague goes on where one stopped."""
    state: Any = with_state(Location.objects.filter(pk=place.pk), today).get()
    course = Course.objects.filter(location=place).exclude(status=Course.Status.DRAFT)
    intake = IntakeResponse.objects.filter(occasion="plan", status=IntakeResponse.Status.COMPLETED)
    treats = Practitioner.objects.filter(active=True, staff__location=place, staff__prescriber=True)
    mailed = (
        SignInMail.objects.filter(status=SignInMail.Status.SENT).exists()
        or Message.objects.filter(channel="email", status="sent").exists()
    )
    here = [place.pk]
    steps = [
        (_("Your account"), "", 1, reverse("settings:staff"), True),
        (
            _("The place: address, phone, time zone, emergency number"),
            _("Without it patients cannot call, and letters name no place."),
            2,
            reverse("settings:location", args=here),
            bool(place.address and place.phone and place.emergency_number),
        ),
        (
            _("Rooms and devices"),
            _("Without a room nothing can be booked."),
            2,
            reverse("settings:rooms", args=here),
            bool(state.room_count),
        ),
        (
            _("People: who treats and who is at the desk"),
            _("Without somebody who may prescribe nobody is examined, tested or cleared."),
            3,
            reverse("settings:invite"),
            treats.exists(),
        ),
        (
            _("Weekly hours and closing days: public holidays are offered to tick"),
            _("Without hours no time is free."),
            2,
            reverse("settings:hours", args=here),
            bool(state.people_count),
        ),
        (
            _("Skin antisepsis, observation, hours of the advice"),
            _("Without antisepsis no treatment starts; without the hours patients are told to ask."),
            3,
            reverse("protocols:policies") if place.antisepsis_protocol else reverse("settings:location", args=here),
            bool(place.antisepsis_protocol) and not hours_not_set(),
        ),
        (
            _("A test mail to yourself (may be skipped)"),
            _("Without mail patients cannot sign in and are phoned instead."),
            1,
            reverse("settings:test_mail"),
            not machinery.reaches_nobody() and mailed,
        ),
        (
            _("The first patient, with the health questions"),
            _("Without answers no course can be planned."),
            4,
            reverse("patients:register"),
            intake.exists(),
        ),
        (_("The first course"), "", 2, reverse("courses:new"), course.exists()),
    ]
    return [FirstStep(*step) for step in steps]


# --- moving in ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the lines of a file, and the first of those that need somebody."""

    counts: list[tuple[str, int]]
    left_out: list[tuple[int, str, str]]  # line, our field, why
    stayed: list[tuple[int, Patient]]


def report_of(row: Import) -> Report:
    counts = [(str(outcome.label), row.counts[outcome]) for outcome in ImportLine.Outcome if row.counts.get(outcome)]
    if row.counts.get("allergies"):
        counts.append((_("Allergies, as suspected"), row.counts["allergies"]))
    told = {"ahead": _("Visits ahead, booked"), "past": _("Visits gone by, kept as history")}
    counts += [(text, row.counts[name]) for name, text in told.items() if row.counts.get(name)]
    names = visit_columns.FIELDS if row.what == Import.What.VISITS else columns.FIELDS
    lines = row.lines.filter(outcome=ImportLine.Outcome.REJECTED)[:MOST_SHOWN]
    left_out = [
        (line.line, str(names.get(each["field"], "")), each["message"]) for line in lines for each in line.reasons
    ]
    stayed = row.lines.filter(outcome=ImportLine.Outcome.STAYED).select_related("patient", "visit__patient")
    people = [(line.line, line.patient or line.visit.patient) for line in stayed[:MOST_SHOWN]]
    return Report(counts, left_out, people)


def first_lines(row: Import) -> list[tuple[int, list[str]]]:
    """The first lines below the names of the columns, as they are read now."""
    found = islice(sheets.rows(Path(row.file.path), row.encoding, row.separator), 1, 6)
    return [(number, cells + [""] * (len(row.columns) - len(cells))) for number, cells in found]
