"""Free times as people choose them: with names, by day."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from clinic.base.clock import local_date
from clinic.models import Location
from scheduling.calendar.queries.search import Opening, Search, free_slots
from scheduling.models import Booking, Practitioner, Room
from scheduling.models.booking import LONGEST
from scheduling.planner.engine.daygrid import STEP

SHOWN, SHOWN_NEAR, EVERY_MINUTES = 18, 6, 15
AT_ONCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Place:
    """A free time that was offered: instant, person, room and device. `str()` is what a form posts back."""

    start: datetime
    practitioner_id: int
    room_id: int
    device_id: int | None = None

    def __str__(self) -> str:
        return f"{self.start.isoformat()}|{self.practitioner_id}|{self.room_id}|{self.device_id or ''}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """The place that `text` says; ValueError when it says none."""
        start, practitioner, room, device = text.split("|")
        instant = datetime.fromisoformat(start)
        if instant.tzinfo is None:
            raise ValueError("an instant has an offset")
        return cls(instant, int(practitioner), int(room), int(device) if device else None)


@dataclass(frozen=True, slots=True)
class Offer:
    place: Place
    end: datetime
    practitioner: str
    room: str

    @property
    def start(self) -> datetime:
        return self.place.start


def offers(search: Search, *, now: datetime) -> list[Offer]:
    """The next free times with the names of who and where. Two queries more than the search itself."""
    found = free_slots(search=search, now=now)
    people = dict(Practitioner.objects.values_list("pk", "name"))
    rooms = dict(Room.objects.filter(location=search.location).values_list("pk", "name"))
    return [offer(each, people[each.practitioner_id], rooms[each.room_id]) for each in found if each.room_id]


def offer(opening: Opening, practitioner: str, room: str) -> Offer:
    place = Place(opening.start, opening.practitioner_id, opening.room_id, opening.device_id)
    return Offer(place, opening.end, practitioner, room)


def by_day(offered: list[Offer], location: Location) -> list[tuple[date, list[Offer]]]:
    """The offers grouped by their local day."""

    def day(each: Offer) -> date:
        return local_date(each.start, location.timezone)

    return [(on, list(rows)) for on, rows in groupby(offered, key=day)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody on the phone asks for: a kind of visit, perhaps with a person, from a day on, or right `at` a spot
    that was clicked on the board."""

    location: Location
    kind: str
    patient_id: int
    practitioner_id: int | None = None
    room_id: int | None = None
    since: date | None = None
    at: datetime | None = None

    def offers(self, *, now: datetime) -> list[Offer]:
        """The clicked spot and what follows it that day; without one the soonest times, this very moment included."""
        found = [self.in_room(each) for each in offers(self.search(), now=now)]
        return found if self.at or self.since else [*self.at_once(found, now), *found]

    def at_once(self, found: list[Offer], now: datetime) -> list[Offer]:
        """For who is at the counter: a start within minutes that lies between the marks of the others."""
        soonest = offers(replace(self.search(), limit=1, every=STEP), now=now)
        return [each for each in soonest if each.start <= now + AT_ONCE and each not in found]

    def search(self) -> Search:
        day = local_date(self.at, self.location.timezone) if self.at else None
        return Search.for_kind(
            self.location,
            self.kind,
            first=day or self.since,
            last=day,
            not_before=self.at,
            practitioner_id=self.practitioner_id,
            patient_id=self.patient_id,
            limit=SHOWN_NEAR if self.at else SHOWN,
            every=EVERY_MINUTES,
        )

    def room_is_taken(self, offered: Offer) -> bool:
        before, after = self.location.preparation_minutes, self.location.turnover_minutes
        since, until = offered.start - timedelta(minutes=before), offered.end + timedelta(minutes=after)
        near = Booking.objects.filter(room=self.room_id, active=True, occupied_start__gt=since - LONGEST)
        return near.filter(occupied_start__lt=until, occupied_end__gt=since).exists()

    def in_room(self, offered: Offer) -> Offer:
        """The clicked spot is in the clicked room, if that is free."""
        if self.room_id is None or offered.start != self.at or self.room_is_taken(offered):
            return offered
        return replace(offered, place=replace(offered.place, room_id=self.room_id))
