"""Sixteen clients who book, move and cancel over HTTP, while the web workers and the database are killed.

Each act is sent with a key of its own until the clinic has said yes or no: when an answer was lost, the same key tells
what became of it. All share the visits, so that they get in each other's way.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import count, cycle
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import Location
from patients.models import Patient, PatientLocation
from scheduling.calendar.queries.search import usual_minutes
from scheduling.models import Booking, Practitioner, Room
from tests.chaos.caller import Answer, Caller
from tests.factories import PatientFactory
from tests.histories.checker import Act, Calendar, Lane, Place
from tests.sizes import size
from tests.stack import Stack

CLIENTS = 16
STARTS = range(0, 180, 15)  # minutes after nine; visits take longer than the time between two starts
ACTS_A_DAY = size(30, in_proof=80)  # then everybody goes on to the next day, so that no partition becomes endless
LEAST_ACTS = 120
ACTS_BETWEEN = size(40, in_proof=10)  # two mishaps, so that on a slow machine somebody is served at all
FIRST_DAY = 200  # days from now: nobody else books there


def allowed(answer: Answer) -> bool | None:
    """Whether the clinic did it, or refused because the time is taken or the visit cancelled; None for any other
    answer, which says nothing about the calendar."""
    if answer.status in {200, 201}:
        return True
    return False if answer.status == 409 and answer.body.keys() & {"conflicts", "state"} else None


@dataclass
class Ward:
    """What the clients know: who treats where, and the visits that were booked."""

    stack: Stack
    call: Caller
    zone: ZoneInfo
    rooms: dict[int, int]  # practitioner -> the room that is theirs alone
    patients: list[int]
    calendar: Calendar
    acts: list[Act] = field(default_factory=list)
    visits: list[tuple[str, str, date]] = field(default_factory=list)  # ours, the clinic's number, its day
    broken: int = 0
    numbers: Any = field(default_factory=count)
    comers: Any = field(default_factory=count)  # each booking is for a patient of its own
    first: date = field(default_factory=lambda: datetime.now(UTC).date() + timedelta(days=FIRST_DAY))

    @classmethod
    def of(cls, stack: Stack, caller: Caller, patients: int) -> "Ward":
        with stack.records():
            location = Location.objects.get()
            rooms = list(Room.objects.order_by("pk"))
            people = list(Practitioner.objects.order_by("pk"))
            pairs = {person.pk: room.pk for person, room in zip(people, rooms, strict=True)}
            made = Patient.objects.bulk_create(PatientFactory.build_batch(patients))
            PatientLocation.objects.bulk_create(PatientLocation(patient=each, location=location) for each in made)
            minutes = usual_minutes() + location.preparation_minutes + location.turnover_minutes
        zone, keys = ZoneInfo(location.timezone), [each.pk for each in made]
        return cls(stack, caller, zone, pairs, keys, Calendar(minutes))

    @property
    def today(self) -> date:
        return self.first + timedelta(days=len(self.acts) // ACTS_A_DAY)

    def start_of(self, place: Place) -> datetime:
        (_person, day), minute = place
        nine = datetime.combine(date.fromisoformat(day), clock_time(9), self.zone).astimezone(UTC)
        return nine + timedelta(minutes=minute)

    def act(self, chance: random.Random) -> None:
        """One act of one client, and what it was told."""
        number, today = next(self.numbers), self.today
        known = [visit for visit in self.visits[-40:] if visit[2] == today]
        kind = chance.choice(("book", "move", "move", "cancel")) if known else "book"
        to = None
        if kind != "cancel":
            to = ((chance.choice(list(self.rooms)), today.isoformat()), chance.choice(STARTS))
        ours, theirs, _day = chance.choice(known) if kind != "book" else (f"visit {number}", "", today)
        called = time.monotonic()
        path, body = self.request(kind, theirs, to)
        answer, broken = self.call.until_answered("POST", path, body, key=f"history-{number}")
        done = allowed(answer)
        assert done is not None, f"{answer}\n{self.stack.log_of('web').read_text()[-6000:]}"
        self.acts.append(Act(kind, ours, called, time.monotonic(), done, to))
        self.broken += broken
        if done and kind == "book":
            self.visits.append((ours, answer.body["id"], today))

    def request(self, kind: str, visit: str, to: Place | None) -> tuple[str, dict[str, Any]]:
        if to is None:
            return f"sessions/{visit}/cancel/", {"reason": "Cannot come"}
        person = to[0][0]
        place = {"practitioner": str(person), "room": str(self.rooms[person]), "start": self.start_of(to).isoformat()}
        if kind == "move":
            return f"sessions/{visit}/move/", place
        return "sessions/", place | {"patient": str(self.patients[next(self.comers)]), "kind": "review"}

    def last_look(self) -> list[Act]:
        """Where every visit stands at the end, as one reader saw it."""
        ours = {theirs: mine for mine, theirs, _day in self.visits}
        with self.stack.records():
            rows = list(Booking.objects.filter(active=True, session__in=[int(each) for each in ours]))
        seen: dict[Lane, set[tuple[str, Place]]] = {act.to[0]: set() for act in self.acts if act.to}
        for row in rows:
            local = row.start.astimezone(self.zone)
            lane = (row.practitioner_id, local.date().isoformat())
            seen[lane].add((ours[str(row.session_id)], (lane, local.hour * 60 + local.minute - 9 * 60)))
        now = time.monotonic()
        return [
            Act("read", f"look {lane}", now, now, True, seen=frozenset(there), lanes=frozenset({lane}))
            for lane, there in seen.items()
        ]


def play(ward: Ward, *, seconds: float, seed: int, mishaps: Sequence[Callable[[], object]], pause: float) -> int:
    """Let the clients work for so long, and until they have done enough to look at; how many mishaps befell them.

    Mishaps happen in turn and in this thread: a server ends with the thread that started it.
    """
    until, over = time.monotonic() + seconds, threading.Event()

    def client(number: int) -> None:
        chance = random.Random(seed + number)
        while not over.is_set():
            ward.act(chance)

    fate, hurt, since = random.Random(seed), 0, 0  # acts at the last mishap
    turns = cycle(mishaps)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client, number) for number in range(CLIENTS)]
        try:
            while time.monotonic() < until or len(ward.acts) < LEAST_ACTS:
                time.sleep(fate.uniform(0.5, 1.5) * pause)
                if mishaps and len(ward.acts) >= since + ACTS_BETWEEN:
                    since = len(ward.acts)
                    next(turns)()
                    hurt += 1
                for each in clients:
                    if each.done():  # before its time: it says why
                        each.result()
        finally:
            over.set()
        for each in clients:
            each.result()
    return hurt
