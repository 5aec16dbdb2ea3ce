"""Times that were freed, the visits that they might suit, and what is offered to whom at the moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import DateField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, ExtractIsoWeekDay

from clinic.base.clock import local_date
from clinic.base.zones import day_bounds
from clinic.models import Location
from scheduling.calendar.queries.arrivals import together
from scheduling.courses.changing.queries.acts import WITHIN
from scheduling.models import (
    Booking,
    Course,
    Message,
    PublicHoliday,
    Session,
    SessionEvent,
    SessionStatus,
    SlotOffer,
    WorkingHours,
)
from scheduling.models.booking import LONGEST

LEAD = timedelta(hours=2)  # so long before a visit its patient must know of it
FRESH = timedelta(days=2)  # then a time counts as free like any other
ASKED_AGAIN = timedelta(days=1)  # who let an offer run out
NO_TIME = (SessionStatus.PLANNED, SessionStatus.DISPLACED)


def standing(now: datetime) -> Q:
    """What may be answered: not over, kept for the patient while somebody works there that day, and of a visit that is
    as it was in a course that runs."""
    place = "session__location"
    there = Func(OuterRef(f"{place}__timezone"), OuterRef("hold__start"), function="timezone")
    day = Cast(there, DateField())
    works = WorkingHours.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=day),
        practitioner=OuterRef("hold__practitioner"),
        location=OuterRef(place),
        valid_from__lte=day,
        weekday=ExtractIsoWeekDay(day) - 1,
    )
    is_open = Exists(works) & ~Exists(PublicHoliday.objects.filter(location=OuterRef(place), date=day))
    kept = Q(hold__active=True, hold__held_until__gt=now, hold__room__location=F("session__location"))
    as_it_was = Q(revision=F("session__revision"), session__course__status=Course.Status.ACTIVE)
    return Q(answer=SlotOffer.Answer.OPEN) & kept & as_it_was & is_open


def open_offers(rows: QuerySet[SlotOffer], now: datetime) -> QuerySet[SlotOffer]:
    """Those of `rows` that may be answered, what ends first before the rest, with all that a page says of them."""
    joined = ("session__patient__contact", "session__location", "session__course__protocol_version__protocol")
    found = rows.filter(standing(now)).select_related(*joined, "hold__practitioner__staff", "hold__room")
    return found.order_by("hold__held_until", "id")


def freed(location: Location, now: datetime) -> list[Booking]:
    """Times ahead that visits have left, once nobody can undo that any more, the soonest first; none that is taken, or
    that the desk withdrew to give it away itself."""
    last = SessionEvent.objects.filter(session=OuterRef("session")).order_by("-at", "-id").values("at")[:1]
    taken = Booking.objects.filter(
        practitioner=OuterRef("practitioner"),
        active=True,
        occupied_start__gt=OuterRef("occupied_start") - LONGEST,
        occupied_start__lt=OuterRef("occupied_end"),
        occupied_end__gt=OuterRef("occupied_start"),
    )
    withdrawn = SlotOffer.objects.filter(
        answer=SlotOffer.Answer.WITHDRAWN,
        answered_by__isnull=False,
        hold__practitioner=OuterRef("practitioner"),
        hold__start=OuterRef("start"),
    )
    rows = Booking.objects.filter(
        kind=Booking.Kind.SESSION, active=False, room__location=location, start__gt=now + LEAD
    ).annotate(freed_at=Subquery(last))
    rows = rows.filter(freed_at__range=(now - FRESH, now - WITHIN)).exclude(Exists(taken) | Exists(withdrawn))
    return list({(row.practitioner_id, row.start): row for row in rows.select_related("practitioner__staff")}.values())


def suited(slot: Booking, location: Location, now: datetime) -> Iterator[Session]:
    """Visits of running courses whose window holds the day of a freed time, the nearest last day first: those without a
    time, then those that are booked late and alone and whose patient wants to be asked. Never two of one patient."""
    day = local_date(slot.start, location.timezone)
    theirs = SlotOffer.objects.filter(session__patient=OuterRef("patient"))
    no_more = theirs.filter(Q(answer="") | Q(answer=SlotOffer.Answer.LAPSED, answered_at__gt=now - ASKED_AGAIN))
    same = theirs.filter(hold__start=slot.start, hold__practitioner=slot.practitioner)
    before = Session.objects.filter(
        course=OuterRef("course"), sequence__lt=OuterRef("sequence"), status__in=(*NO_TIME, SessionStatus.NO_SHOW)
    )
    given_back = Booking.objects.filter(session=OuterRef("pk"), active=False)  # who cannot come then, cannot that day
    rows = Session.objects.filter(
        Q(floor=None) | Q(floor__lte=day),
        Q(latest=None) | Q(latest__gte=day),
        ~Exists(no_more),
        ~Exists(same),
        ~Exists(given_back.filter(start__range=day_bounds(day, ZoneInfo(location.timezone)))),
        location=location,
        course__status=Course.Status.ACTIVE,
    ).exclude(patient__contact__opted_out__contains=[Message.Kind.SLOT_OFFER.value])
    rows = rows.select_related("patient__contact", "location", "course__patient", "course__location")
    in_turn = rows.order_by(F("latest").asc(nulls_last=True), "ideal", "id")
    yield from in_turn.filter(~Exists(before), status__in=NO_TIME)
    booked = in_turn.filter(status=SessionStatus.BOOKED, patient__contact__wants_earlier=True, bookings__active=True)
    for visit in booked.filter(bookings__start__gt=slot.start).annotate(start=F("bookings__start")):
        late = (local_date(visit.start, location.timezone) - visit.ideal).days if visit.ideal else 0
        if visit.ideal and abs((day - visit.ideal).days) < late and not together(visit):
            yield visit
