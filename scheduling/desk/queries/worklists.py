"""What somebody has to do: each list is one queryset, so that its count and its rows never disagree."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value

from clinic.base.zones import day_begins
from clinic.models import Location
from patients.models import AllergyTest, PatientLocation
from patients.queries.allergy import tests_to_read
from protocols.eligibility.dates import add_months
from protocols.queries import policies
from scheduling.calendar.queries.confirmed import confirmed
from scheduling.calendar.queries.stranded import stranded
from scheduling.courses.changing.queries.slot_offers import open_offers
from scheduling.courses.queries.courses import misfits
from scheduling.courses.queries.requests import unanswered
from scheduling.models import (
    NEEDLE_KINDS,
    WITH_A_TIME,
    AdverseEvent,
    Booking,
    Course,
    CourseJudgement,
    LotAlert,
    Message,
    Replan,
    Session,
    SlotOffer,
    VisitRequest,
)

UPKEEP_AHEAD, CONFIRM_AHEAD = timedelta(days=21), timedelta(days=2)
CONSULT_AHEAD = timedelta(days=30)
AHEAD = ("planned", "booked", "displaced", "no_show")
DAYS_URGENT, DAYS_SOON, DAYS_FAR = 2, 7, 21
BOOKABLE = ("planned", "no_show")
REVIEWS = (Session.Kind.REVIEW, Session.Kind.CONSULTATION)
DOUBTFUL = (Message.Status.FAILED, Message.Status.UNKNOWN)


def sessions(location: Location) -> QuerySet[Session]:
    return Session.objects.filter(location=location).select_related(
        "patient", "location", "course__protocol_version__protocol", "course__practitioner"
    )


def in_running_course(today: date) -> Q:
    return Q(course=None) | Q(course__status=Course.Status.ACTIVE)


def to_book(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Visits without a time whose window has come within the booking horizon, the soonest latest day first."""
    reach = today + timedelta(days=location.horizon_days)
    rows = sessions(location).filter(in_running_course(today), status__in=BOOKABLE, floor__lte=reach)
    return rows.exclude(upkeep_later(today)).order_by("latest", "id")


def upkeep_later(today: date) -> Q:
    """Upkeep is offered three weeks ahead, not a year."""
    return Q(kind=Session.Kind.MAINTENANCE, ideal__gt=today + UPKEEP_AHEAD)


def displaced(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Visits that need a new time, the soonest latest day first."""
    return sessions(location).filter(status="displaced").order_by(F("latest").asc(nulls_last=True), "id")


def unlisted(replan: Replan) -> QuerySet[Session]:
    """Visits that have no time and no line in this batch: lost since, or one too many for it."""
    lost = Session.objects.filter(location=replan.location, status="displaced")
    return lost.exclude(pk__in=[int(step["session"]) for step in replan.steps])


def outside_window(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Booked visits that are no longer inside their window, since a visit before them was early, late or dropped."""
    return misfits(location, now=now).select_related(
        "patient", "location", "course__protocol_version__protocol", "course__practitioner"
    )


def upkeep_due(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Upkeep whose ideal day is near or past and that has no time yet."""
    rows = sessions(location).filter(kind=Session.Kind.MAINTENANCE, status="planned", course__status="active")
    return rows.exclude(upkeep_later(today)).order_by("ideal", "id")


def without_staff(location: Location, now: datetime, today: date) -> QuerySet[Booking]:
    """Booked visits outside the hours of whoever treats, or on a closing day, soonest first."""
    return stranded(location, now)


def unclosed(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Visits of earlier days of which nobody has said what happened, the oldest first."""
    over = day_begins(today, ZoneInfo(location.timezone))
    rows = sessions(location).filter(status__in=WITH_A_TIME, bookings__active=True, bookings__end__lt=over)
    return rows.annotate(start=F("bookings__start")).order_by("bookings__start", "id")


def overtaken(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Visits of running courses that were not held although a later one was: to be placed or left out."""
    later = Session.objects.filter(course=OuterRef("course"), status="completed", sequence__gt=OuterRef("sequence"))
    rows = sessions(location).filter(
        Exists(later), status__in=("planned", "displaced", "no_show"), course__status=Course.Status.ACTIVE
    )
    return rows.order_by("latest", "id")


def to_confirm(location: Location, now: datetime, today: date) -> QuerySet[Booking]:
    """Visits of the next two days of which nobody has said that they will come, soonest first."""
    rows = Booking.objects.filter(
        active=True,
        kind=Booking.Kind.SESSION,
        session__location=location,
        session__status="booked",
        start__gt=now,
        start__lte=now + CONFIRM_AHEAD,
    )
    rows = rows.exclude(confirmed("session")).select_related(
        "practitioner", "session__patient", "session__course__protocol_version__protocol"
    )
    return rows.order_by("start", "id")


def calls(location: Location, now: datetime, today: date) -> QuerySet[Message]:
    """People to ring up now: they have no e-mail, or want to be called."""
    return by_hand(location, now, ["call"])


def letters(location: Location, now: datetime, today: date) -> QuerySet[Message]:
    """What goes by post or is said at the clinic, to people whom nobody phones."""
    return by_hand(location, now, ["letter", "in_person"])


def by_hand(location: Location, now: datetime, channels: list[str]) -> QuerySet[Message]:
    waiting = ("scheduled", "retry", "failed")
    rows = messages(location).filter(channel__in=channels, status__in=waiting, due_at__lte=now)
    rows = rows.select_related("patient__contact", "session__location", "location")
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now)).prefetch_related("patient__contact_persons")


def trouble(location: Location, now: datetime, today: date) -> QuerySet[Message]:
    """Messages of which nobody knows that they arrived."""
    return messages(location).filter(status__in=DOUBTFUL).exclude(channel__in=Message.BY_HAND)


def messages(location: Location) -> QuerySet[Message]:
    return Message.objects.filter(location=location).select_related("patient", "session__location", "location")


def alerts(location: Location, now: datetime, today: date) -> QuerySet[AdverseEvent]:
    """Reactions nobody has closed yet, the soonest answer first (D32)."""
    theirs = Exists(PatientLocation.objects.filter(patient=OuterRef("patient"), location=location))
    here = Q(session__location=location) | Q(session=None) & theirs
    rows = AdverseEvent.objects.filter(here, closed_at=None)
    return rows.select_related("patient", "reaction", "session__location", "owner__user")


def reviews_due(location: Location, now: datetime, today: date) -> QuerySet[Session]:
    """Performed visits after which the course is to be looked at, and nobody has since."""
    looked = Session.objects.filter(
        patient=OuterRef("patient"), kind__in=REVIEWS, status="completed", performed_at__gte=OuterRef("performed_at")
    )
    rows = sessions(location).filter(review_due=True, status="completed", course__status="active")
    return rows.exclude(Exists(looked)).order_by("performed_at", "id")


def readings_due(location: Location, now: datetime, today: date) -> QuerySet[AllergyTest]:
    """Allergy tests of the location's patients that wait for a prescriber's reading, the oldest first."""
    theirs = PatientLocation.objects.filter(patient=OuterRef("patient"), location=location)
    rows = tests_to_read(now).filter(Exists(theirs))
    return rows.select_related("patient", "formulation").order_by("administered_at", "id")


def consultations_due(location: Location, now: datetime, today: date) -> QuerySet[Course]:
    """Running courses whose newest consultation ends within 30 days while visits are ahead, none being booked (D37)."""
    ends = add_months(today + CONSULT_AHEAD, -policies().consultation_months)
    mine = Session.objects.filter(kind=Session.Kind.CONSULTATION, patient=OuterRef("patient"))
    held = mine.filter(status="completed", performed_at__gte=day_begins(ends, ZoneInfo(location.timezone)))
    ahead = Session.objects.filter(course=OuterRef("pk"), kind__in=NEEDLE_KINDS, status__in=AHEAD)
    rows = Course.objects.filter(Exists(ahead), ~Exists(held), ~Exists(mine.filter(status="booked")))
    rows = rows.filter(location=location, status=Course.Status.ACTIVE)
    return rows.select_related("patient", "practitioner", "protocol_version__protocol").order_by("id")


def stopped(location: Location, now: datetime, today: date) -> QuerySet[Course]:
    """Courses on hold that wait for somebody's decision to go on or to close them; not those paused for a while."""
    return on_hold(location).filter(ask_on=None).order_by("id")


def returning(location: Location, now: datetime, today: date) -> QuerySet[Course]:
    """Paused courses whose patient is back within two weeks, the soonest first, then those paused for months of whom
    nobody knows."""
    return on_hold(location).filter(ask_on__lte=today).order_by(F("back_on").asc(nulls_last=True), "id")


def on_hold(location: Location) -> QuerySet[Course]:
    rows = Course.objects.filter(location=location, status=Course.Status.ON_HOLD)
    return rows.select_related("patient", "practitioner", "protocol_version__protocol")


def not_allowed(location: Location, now: datetime, today: date) -> QuerySet[CourseJudgement]:
    """Running courses with booked visits that may not take place as of now, the longest-standing course first."""
    rows = CourseJudgement.objects.filter(course__location=location, course__status=Course.Status.ACTIVE).exclude(
        against=[]
    )
    return rows.select_related("course__patient", "course__practitioner", "course__protocol_version__protocol")


def requests(location: Location, now: datetime, today: date) -> QuerySet[VisitRequest]:
    """What patients asked of the desk, the oldest first."""
    return unanswered(VisitRequest.objects.filter(location=location)).order_by("asked_at", "id")


def offers(location: Location, now: datetime, today: date) -> QuerySet[SlotOffer]:
    """Free times that are kept for a patient who has not answered, what ends first before the rest."""
    return open_offers(SlotOffer.objects.filter(session__location=location), now)


def lot_alerts(location: Location, now: datetime, today: date) -> QuerySet[LotAlert]:
    """Injected against the rule of products and lots, until a director has seen it (D40)."""
    rows = LotAlert.objects.filter(session__location=location, seen_at=None)
    return rows.select_related("session__patient", "raised_by").order_by("raised_at", "id")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A visit without a time, and how many days are left until the last day on which it may be."""

    session: Session
    days: int | None

    @property
    def is_far(self) -> bool:
        return self.days is not None and self.days > DAYS_FAR

    @property
    def tone(self) -> str:
        if self.days is None:
            return "warn"
        return "bad" if self.days <= DAYS_URGENT else "warn" if self.days <= DAYS_SOON else "plain"


def waiting(rows: Iterable[Session], today: date) -> list[Waiting]:
    return [Waiting(row, (row.latest - today).days if row.latest else None) for row in rows]


List = Callable[[Location, datetime, date], QuerySet[Any]]
LISTS: Mapping[str, List] = {
    "to_book": to_book,
    "displaced": displaced,
    "misfits": outside_window,
    "without_staff": without_staff,
    "unclosed": unclosed,
    "overtaken": overtaken,
    "to_confirm": to_confirm,
    "calls": calls,
    "letters": letters,
    "not_allowed": not_allowed,
    "messages": trouble,
    "alerts": alerts,
    "reviews": reviews_due,
    "upkeep": upkeep_due,
    "readings": readings_due,
    "consultations": consultations_due,
    "stopped": stopped,
    "returning": returning,
    "lot_alerts": lot_alerts,
    "requests": requests,
    "offers": offers,
}


def counts(location: Location, now: datetime, today: date, names: Iterable[str] = LISTS) -> dict[str, int]:
    """How many rows each of these lists holds. One query, and one for the rooms of `misfits`."""
    each = [numbered(name, LISTS[name](location, now, today)) for name in names]
    found = dict(each[0].union(*each[1:], all=True))
    return {name: found.get(name, 0) for name in names}


def numbered(name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """(name, number of rows) as a row; none for an empty list."""
    found: QuerySet[Any] = rows.order_by().annotate(list=Value(name)).values_list("list").annotate(n=Count("pk"))
    return found
