"""What the row policies cost: the same work as the owner of the tables, whom none binds, and as the application.

Taken in turns, owner, application, owner; a row may be slower by the larger of a tenth and three times what the owner
differs from itself. And search among a million people, as the desk of one location.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from statistics import median
from typing import Any

from bench.report import Row, row
from bench.servers import MIGRATED, Servers
from bench.tables import ms

STORED, PEOPLE, RACES = 100_000, 1_000_000, 40
TURNS, TENTH = 5, 0.10
BAR_SEARCH = 0.050
Work = Callable[..., dict[str, Any]]


def rows(servers: Servers) -> Iterator[Row]:
    stored = servers.stored(STORED)
    for job, what in (
        ("slots", "next 20 slots over the API"),
        ("booking", "one booking"),
        ("proposal", "proposal of 28 sessions"),
    ):
        yield compared(f"{what}, {STORED:,} visits", partial(servers.run, "bench.jobs", job, database=stored))
    yield compared("sixteen processes for one slot", partial(race, servers, count()))
    yield from searched(servers)


def race(servers: Servers, numbers: Iterator[int], *, role: str) -> dict[str, Any]:
    """Each in a clinic of its own."""
    database = servers.database(f"race_by_rights_{next(numbers)}", like=MIGRATED)
    found = servers.run("tests.chaos.racers", f"slot={RACES}", database=database, role=role)["slot"]
    return {"seconds": found["milliseconds"]["median"] / 1000}


def compared(what: str, work: Work) -> Row:
    turns = [[work(role=role)["seconds"] for role in ("owner", "app", "owner")] for _turn in range(TURNS)]
    before, ours, again = (median(taken) for taken in zip(*turns, strict=True))
    spread = median(abs(last / first - 1) for first, _ours, last in turns)
    slower, allowed = ours / median((before, again)) - 1, max(TENTH, 3 * spread)
    return row(
        what,
        f"without policies: {ms(before)}, again {ms(again)}, differing by {spread:.1%}",
        f"with policies: {ms(ours)}, {slower:+.1%}",
        1 / (1 + slower),
        f"at most {allowed:.0%} slower",
        slower <= allowed,
    )


def searched(servers: Servers) -> Iterator[Row]:
    database = servers.database("people", like=MIGRATED)
    servers.run("bench.people", "fill", str(PEOPLE), database=database)
    free, found = (servers.run("bench.people", "search", database=database, role=role) for role in ("owner", "app"))
    yield row(
        f"search among {PEOPLE:,} people of ten locations",
        f"without policies: {ms(free['seconds'])} for “{free['slowest']}”",
        f"{ms(found['seconds'])} for “{found['slowest']}”, the slowest of {len(found['each'])} ways to ask; "
        f"over the API {ms(found['page'])}",
        free["seconds"] / found["seconds"],
        "under 50 ms",
        found["seconds"] < BAR_SEARCH,
    )
