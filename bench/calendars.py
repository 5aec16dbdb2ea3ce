"""A clinic's stored visits, seeded and equally dense at every size, as plain figures: the same for us and for a peer.

Ten people a location work Monday to Friday from nine to six and have about seven tenths of their time taken. More rows
mean a longer calendar and then more locations, never a fuller day: a location holds 100 000 visits, of which 48 in a
hundred lie ahead (some 800 days). The first days from today on are therefore the same whatever the size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random

PEOPLE = 10
ROWS_A_LOCATION = 100_000
AHEAD = 0.48
OPENS, CLOSES = 9 * 60, 18 * 60  # minutes of the local day
AROUND = 5  # minutes of preparation and of turnover
LENGTHS = (20, 30, 30, 30, 45, 60)
FULL = 0.7
ZONE = "Europe/Rome"
MINUTES = 30  # of the visits that are looked for and booked


@dataclass(frozen=True, slots=True)
class Taken:
    """One stored visit: number of the location and of the person, local day, minutes of that day."""

    location: int
    person: int
    day: date
    start: int
    end: int


def taken(rows: int, *, today: date) -> Iterator[Taken]:
    """`rows` visits, location by location, those ahead before those behind."""
    locations = max(1, rows // ROWS_A_LOCATION)
    for location in range(locations):
        here = rows // locations
        ahead = int(here * AHEAD)
        yield from islice(visits(location, today, step=1), ahead)
        yield from islice(visits(location, today, step=-1), here - ahead)


def visits(location: int, today: date, *, step: int) -> Iterator[Taken]:
    """Working days from tomorrow on (`step` 1), or from yesterday back (-1), without end."""
    random, day = Random(f"{location} {step}"), today
    while True:
        day += timedelta(days=step)
        if day.weekday() < 5:
            for person in range(PEOPLE):
                yield from (Taken(location, person, day, *stretch) for stretch in day_of(random))


def day_of(random: Random) -> Iterator[tuple[int, int]]:
    """A person's visits of one day, one after the other with the time around them."""
    at = OPENS
    while True:
        start = at + AROUND
        end = start + random.choice(LENGTHS)
        at = end + AROUND
        if at > CLOSES:
            return
        if random.random() < FULL:
            yield start, end
