"""What the settings show: locations with what they still lack, people with their hours, rooms and devices."""

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from clinic.base.zones import day_bounds
from clinic.models import Location, StaffMember
from scheduling.models import Booking, Device, Practitioner, Product, PublicHoliday, Room, WorkingHours
from scheduling.planner.hours import not_over


def locations_with_state(today: date) -> QuerySet[Location]:
    """Locations with `room_count`, `device_count`, `people_count` (with hours today or later)."""
    ahead = Q(hours__practitioner__active=True) & (Q(hours__valid_until=None) | Q(hours__valid_until__gte=today))
    return Location.objects.annotate(
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


def staff() -> QuerySet[StaffMember]:
    """Everybody who works or worked here; `invited` until they have signed in for the first time."""
    rows = StaffMember.objects.select_related("user", "location", "practitioner")
    return rows.order_by("-active", "user__name", "id")


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
        minutes = sum(minute_of(row.end) - minute_of(row.start) for day in self.days for row in day)
        return minutes / 60


def weeks(location: Location, today: date) -> list[Week]:
    """The week of everybody who treats at the location or calls it home. Two queries."""
    hours = WorkingHours.objects.filter(location=location).filter(not_over(today)).order_by("weekday", "start")
    people = practitioners_at(location).prefetch_related(Prefetch("hours", queryset=hours, to_attr="plans"))
    return [week(each, each.plans, today) for each in people]


def week(practitioner: Practitioner, rows: list[WorkingHours], today: date) -> Week:
    held = plan_on(rows, today)
    later = min((row.valid_from for row in rows if row not in held), default=None)
    return Week(practitioner, [[row for row in held if row.weekday == day] for day in range(7)], later)


def minute_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def week_of(practitioner: Practitioner, location: Location, day: date) -> list[WorkingHours]:
    """The hours in force on `day`; when there are none yet, the next ones."""
    return plan_on(list(practitioner.hours.filter(location=location).filter(not_over(day))), day)


def plan_on(rows: list[WorkingHours], day: date) -> list[WorkingHours]:
    begun = [row for row in rows if row.valid_from <= day]
    first = min((row.valid_from for row in rows), default=day)
    return begun or [row for row in rows if row.valid_from == first]


def visits_on(location: Location, day: date) -> int:
    """How many visits stand on a local day."""
    begins, ends = day_bounds(day, ZoneInfo(location.timezone))
    return Booking.objects.filter(
        active=True,
        kind=Booking.Kind.SESSION,
        room__location=location,
        start__gte=begins,
        start__lt=ends,
    ).count()


def location_by_id(pk: str) -> Location | None:
    return Location.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None


def product_by_id(pk: str) -> Product | None:
    """A product in use, by its id."""
    return Product.objects.filter(pk=int(pk), active=True).first() if pk.isdecimal() and len(pk) < 19 else None
