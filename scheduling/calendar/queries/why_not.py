"""Why a clicked time cannot be had, until when that is so, and the next time that works."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.clock import local_date
from scheduling.calendar.queries.offers import Wish
from scheduling.calendar.queries.search import Search, next_start
from scheduling.models import Booking, Practitioner, PublicHoliday, Room
from scheduling.models.booking import LONGEST
from scheduling.planner.engine.daygrid import STEP
from scheduling.planner.hours import hours_at, minute_of, minute_of_end, on_day

MOST_DAYS = 60  # how far ahead the next time is looked for


@dataclass(frozen=True, slots=True)
class WhyNot:
    sentence: str
    next: datetime | None


def why_not(wish: Wish, *, now: datetime) -> WhyNot | None:
    """The first rule against the spot that was clicked; None when nothing was clicked. At most seven queries."""
    if wish.at is None:
        return None
    search = wish.search()
    sentence = next(reasons(wish, wish.at, search, now), _("Nobody who may do it is free then."))
    until = local_date(wish.at, wish.location.timezone) + timedelta(days=MOST_DAYS)
    days = replace(search, last=until, limit=1, every=STEP)
    return WhyNot(sentence, next_start(days, after=max(wish.at, now), now=now))


def reasons(wish: Wish, at: datetime, search: Search, now: datetime) -> Iterator[str]:
    """In the order in which a person would ask."""
    location, zone = wish.location, ZoneInfo(wish.location.timezone)
    day = local_date(at, location.timezone)
    if at < now:
        yield _("That time is over.")
    closed = PublicHoliday.objects.filter(location=location, date=day).first()
    if closed:
        words = {"day": date_format(day, "l j F"), "name": closed.name}
        yield _("The clinic is closed on %(day)s: %(name)s.") % words
    since = at - timedelta(minutes=location.preparation_minutes)
    until = at + timedelta(minutes=search.chair_minutes + location.turnover_minutes)
    person = Practitioner.objects.select_related("staff").filter(pk=wish.practitioner_id or 0).first()
    if person is not None:
        yield from against(person, search, since, until, zone)
    room = Room.objects.filter(pk=wish.room_id or 0, location=location).first()
    if room is not None and (taken := taken_until(since, until, zone, room=room)):
        yield _("%(what)s is taken until %(until)s.") % {"what": room.name, "until": taken}
    if taken := taken_until(at, at + timedelta(minutes=search.chair_minutes), zone, patient=wish.patient_id):
        yield _("The patient already has a visit then, until %(until)s.") % {"until": taken}
    rooms = list(Room.objects.filter(location=location, active=True))
    ends = [taken_until(since, until, zone, room=each) for each in rooms]
    if all(ends):
        yield _("Every room is taken; the first is free from %(until)s.") % {"until": min(ends, default="")}


def against(person: Practitioner, search: Search, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Why one person cannot hold a visit then."""
    name, day = person.name, since.astimezone(zone).date()
    if search.prescriber and not person.staff.prescriber:
        yield _("%(name)s is not a prescriber. Choose one.") % {"name": name}
    hours = on_day(hours_at(search.location, day, day).filter(practitioner=person), day)
    first, last = minute_of(since.astimezone(zone).time()), minute_of_end(until.astimezone(zone).time())
    if not hours:
        words = {"name": name, "day": date_format(day, "l j F")}
        yield _("%(name)s does not work here on %(day)s.") % words
    elif not any(minute_of(opens) <= first and last <= minute_of_end(closes) for opens, closes in hours):
        spans = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours)
        yield _("%(name)s works %(hours)s that day.") % {"name": name, "hours": spans}
    if taken := taken_until(since, until, zone, practitioner=person):
        yield _("%(what)s is taken until %(until)s.") % {"what": name, "until": taken}


def taken_until(since: datetime, until: datetime, zone: ZoneInfo, **whose: object) -> str:
    """Until when somebody or something is taken in this stretch, on the clock on the wall; "" when it is free."""
    rows = Booking.objects.filter(active=True, **whose, occupied_start__gt=since - LONGEST, occupied_start__lt=until)
    last = rows.filter(occupied_end__gt=since).order_by("-occupied_end").first()
    if last is None:
        return ""
    end = last.occupied_end.astimezone(zone)
    same_day = end.date() == since.astimezone(zone).date()
    return f"{end:%H:%M}" if same_day else date_format(end, "D j M, H:i")
