"""Real processes, each with its own connection, that want the same times.

    slot=ROUNDS            sixteen want one slot, again and again
    courses=ROUNDS         two courses over the same times, in opposite order
    unsorted=ROUNDS        the same without what keeps them from deadlocks: sorted rows that do not wait for others
    absence=ROUNDS         a booking and an absence of the one who is booked
    apart                  two bookings that have nothing to do with each other

Run by tests.with_django on a scratch database, one race after the other, each in a clinic of its own.
The last line it prints is JSON: for each race what was answered, how long it took, and what its calendar holds.
"""

import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, connections, transaction

from clinic.base import scope
from clinic.base.refusals import Conflict, Refusal
from clinic.base.retry import with_retry
from clinic.models import Location, User
from scheduling.calendar.actions import booking, placing
from scheduling.calendar.actions.absences import report_absence
from scheduling.calendar.actions.booking import Slot, book_slots
from scheduling.calendar.actions.placing import lock_sessions, place
from scheduling.courses.actions.sessions import book_session
from scheduling.models import Booking, Practitioner, Room, Session
from tests.factories import NOW, LocationFactory, PatientFactory, PractitionerFactory, RoomFactory

RACERS = 16  # for one slot
FORK = multiprocessing.get_context("fork")
A_DAY = [timedelta(hours=7, minutes=10 + 40 * place) for place in range(12)]  # from ten past nine in Rome
OVERLAPS = """
SELECT count(*) FROM scheduling_booking a JOIN scheduling_booking b ON a.id < b.id AND a.active AND b.active
WHERE a.practitioner_id = b.practitioner_id
  AND tstzrange(a.occupied_start, a.occupied_end) && tstzrange(b.occupied_start, b.occupied_end)
"""

Turn = Callable[[int], str]  # one round: its number in, what was answered out


def times(count: int) -> list[datetime]:
    """Starts inside the working hours of the weekdays after NOW, 40 minutes apart."""
    found: list[datetime] = []
    day = NOW.date() + timedelta(days=1)
    while len(found) < count:
        if day.weekday() < 5:
            found += [datetime(day.year, day.month, day.day, tzinfo=UTC) + since for since in A_DAY]
        day += timedelta(days=1)
    return found[:count]


def a_clinic() -> tuple[Location, Practitioner]:
    location = LocationFactory()
    RoomFactory.create_batch(2, location=location)
    return location, PractitionerFactory(staff__location=location)


def visits(location: Location, count: int) -> list[Session]:
    """Planned visits of one patient."""
    patient = PatientFactory(email="racer@example.test")
    rows = [Session(patient=patient, location=location, kind="review", sequence=n + 1) for n in range(count)]
    return Session.objects.bulk_create(rows)


def race(turns: list[Turn], rounds: int, practitioner: Practitioner) -> dict[str, Any]:
    """Every turn in a process of its own, all for this practitioner; each round begins for all at once."""
    connections.close_all()
    start, answers = FORK.Barrier(len(turns)), FORK.Queue()
    racers = [FORK.Process(target=run_turns, args=(turn, rounds, start, answers)) for turn in turns]
    for racer in racers:
        racer.start()
    said = [answers.get(timeout=280) for _racer in racers]
    for racer in racers:
        racer.join()
    took = sorted(seconds for _outcomes, durations in said for seconds in durations)
    return {
        "answers": Counter(outcome for outcomes, _durations in said for outcome in outcomes),
        "milliseconds": {"median": took[len(took) // 2] * 1000, "p99": took[int(len(took) * 0.99)] * 1000},
        "bookings": practitioner.bookings.filter(active=True, kind="session").count(),
        "overlaps": count(OVERLAPS),
        "deadlocks": deadlocks(),
    }


def deadlocks() -> int:
    """Of this database so far, those of processes that have just ended included."""
    count("SELECT 1 FROM pg_stat_force_next_flush()")
    return count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def run_turns(turn: Turn, rounds: int, start: Any, answers: Any) -> None:
    outcomes, durations = [], []
    connection.ensure_connection()
    for number in range(rounds):
        start.wait(timeout=60)
        began = time.perf_counter()
        outcomes.append(named(turn, number))
        durations.append(time.perf_counter() - began)
    answers.put((outcomes, durations))


def named(turn: Turn, number: int) -> str:
    try:
        return turn(number)
    except Conflict:
        return "Conflict"
    except Refusal as refusal:
        return type(refusal).__name__
    except Exception as error:  # noqa: BLE001  # what else may happen is what the test wants to know
        return f"{type(error).__name__} {getattr(error.__cause__, 'sqlstate', '')}"


def count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def slot(rounds: int) -> dict[str, Any]:
    """Everybody books a visit of their own patient with the same practitioner at the same time."""
    location, practitioner = a_clinic()
    by, starts = practitioner.staff.user, times(rounds)

    def racer(own: list[Session]) -> Turn:
        def turn(number: int) -> str:
            book_session(session=own[number], start=starts[number], practitioner=practitioner, by=by, now=NOW)
            return "booked"

        return turn

    return race([racer(visits(location, rounds)) for _racer in range(RACERS)], rounds, practitioner)


def courses(rounds: int) -> dict[str, Any]:
    """Two acceptances of ten visits each, over the same ten times, listed in opposite order."""
    location, practitioner = a_clinic()
    room = Room.objects.filter(location=location).first()
    starts = times(10 * rounds)
    assert room is not None

    @with_retry
    @transaction.atomic
    def accept(sessions: list[Session], at: list[datetime], by: User) -> None:
        slots = [
            Slot.for_session(session, start=start, practitioner_id=practitioner.pk, room_id=room.pk)
            for session, start in zip(sessions, at, strict=True)
        ]
        place(slots=slots, sessions=lock_sessions(s.pk for s in sessions), verb="book", by=by, now=NOW)

    def racer(own: list[Session], step: int) -> Turn:
        def turn(number: int) -> str:
            tens = slice(10 * number, 10 * number + 10)
            accept(own[tens][::step], starts[tens][::step], practitioner.staff.user)
            return "booked"

        return turn

    return race([racer(visits(location, 10 * rounds), step) for step in (1, -1)], rounds, practitioner)


def unsorted(rounds: int) -> dict[str, Any]:
    booking.INSERT = booking.INSERT.replace("ON CONFLICT DO NOTHING", "")
    placing.book_slots = one_by_one
    return courses(rounds)


def one_by_one(*, slots: Sequence[Slot], by: User | None) -> None:
    """As they are listed, with time for the other between two."""
    for each in slots:
        book_slots(slots=[each], by=by)
        time.sleep(0.01)


def absence(rounds: int) -> dict[str, Any]:
    """One process books, the other reports the practitioner absent for that very time."""
    location, practitioner = a_clinic()
    by, starts, own = practitioner.staff.user, times(rounds), visits(location, rounds)

    def book(number: int) -> str:
        book_session(session=own[number], start=starts[number], practitioner=practitioner, by=by, now=NOW)
        return "booked"

    def leave(number: int) -> str:
        start = starts[number]
        end = start + timedelta(minutes=30)
        report_absence(practitioner=practitioner, start=start, end=end, reason="ill", by=by, now=NOW)
        return "absent"

    found = race([book, leave], rounds, practitioner)
    states = Counter(Session.objects.filter(pk__in=[session.pk for session in own]).values_list("status", flat=True))
    blocks = Booking.objects.filter(kind="block", active=True).count()
    return found | {"states": states, "blocks": blocks}


def apart() -> dict[str, Any]:
    """A booking that is not committed yet keeps nobody waiting who wants another time."""
    location, practitioner = a_clinic()
    room = Room.objects.filter(location=location).first()
    first, second = times(2)
    assert room is not None

    def slot_at(start: datetime) -> Slot:
        [session] = visits(location, 1)
        return Slot.for_session(session, start=start, practitioner_id=practitioner.pk, room_id=room.pk)

    slots = [slot_at(first), slot_at(second)]
    connections.close_all()
    taken, done = FORK.Event(), FORK.Event()

    def slow() -> None:
        with transaction.atomic():
            book_slots(slots=slots[:1], by=None)
            taken.set()
            assert done.wait(timeout=20)

    holder = FORK.Process(target=slow)
    holder.start()
    assert taken.wait(timeout=20)
    book_slots(slots=slots[1:], by=None)
    still_open = holder.is_alive() and practitioner.bookings.count() == 1
    done.set()
    holder.join()
    return {"while_the_other_was_open": still_open, "bookings": practitioner.bookings.count()}


RACES = {"slot": slot, "courses": courses, "unsorted": unsorted, "absence": absence, "apart": apart}

if __name__ == "__main__":
    wanted = [word.partition("=") for word in sys.argv[1:]]
    with scope.whole():
        found = {name: RACES[name](*map(int, rounds.split())) for name, _equals, rounds in wanted}
    print(json.dumps(found))  # the answer to the test that started us
