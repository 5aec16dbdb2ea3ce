"""Every page and every API read of each role on a stored clinic: server time, queries, bytes.

    python -m tests.with_django bench.pages      with DATABASE_URL of a filled database

The list is the URLconf and the access matrix of the tests, so a new page is measured without being named here. Prints
its figures as JSON in its last line; bench.page_rows compares sizes. Seconds are medians of one process.
"""

import gc
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.samples import ACTS, CODES, PROTOCOL, Stored, parameters, queries
from clinic.base import clock
from tests.access_matrix import API, DIRECTOR, EVERYONE, PUBLIC, ROUTES
from tests.test_access_matrix import CALLS, PAGES

ROUNDS = 3
SEEN_BY = sorted(EVERYONE)


@dataclass(frozen=True, slots=True)
class Read:
    """One address as one role asks for it; `name` is its route and `way` the route with its query."""

    role: str
    name: str
    way: str
    address: str


@dataclass(frozen=True, slots=True)
class Figure:
    role: str
    name: str
    way: str
    status: int
    seconds: float  # on the wall
    busy: float  # of processors, this process and its connection's in the database
    queries: int
    bytes: int
    again: int  # queries that were asked before within the same request, with the same values


def reads(stored: Stored) -> Iterator[Read]:
    """Every GET of the matrix, by each role that may ask; what needs a row that the store lacks is left out."""
    known, asked = parameters(stored), queries(stored)
    routes = {name: (pattern, ROUTES[name]) for name, pattern in PAGES.items()}
    routes |= {name: (pattern, API[method, name]) for (method, name), pattern in CALLS.items() if method == "GET"}
    for name, (pattern, roles) in routes.items():
        for role in [each for each in SEEN_BY if each in roles] or [each for each in (DIRECTOR,) if PUBLIC in roles]:
            if name == "calendar:feed":  # below, with a secret
                continue
            given = {key: value_of(name, key, known) for key in pattern.pattern.converters}
            if None in given.values():
                print(f"not measured, the store has no row for it: {name}", file=sys.stderr)
                break
            for query in asked.get(name, [""]):
                address = reverse(name, kwargs=given)
                yield Read(role, name, *((f"{part}?{query}" if query else part) for part in (name, address)))
    for role in ("patient", "practitioner"):
        yield Read(role, "calendar:feed", "calendar:feed", reverse("calendar:feed", args=[stored.secret(role)]))


def value_of(name: str, key: str, known: dict[str, Any]) -> Any:
    """KeyError for a part of an address that bench.samples does not know yet."""
    if key == "code":
        return CODES.get(name, PROTOCOL)
    return ACTS.get(name, known[key]) if key == "act" else known[key]


def measured(read: Read, browser: Client) -> Figure | None:
    """None for an address that only takes POST, or whose row the store lacks."""

    def ask() -> Any:
        return browser.get(read.address, headers={"Accept-Encoding": "gzip"})

    answer = ask()
    if answer.status_code in {404, 405}:
        if answer.status_code == 404:
            print(f"not measured, the store has no row for it: {read.way} as {read.role}", file=sys.stderr)
        return None
    took, busy = [], []
    for _round in range(ROUNDS):
        began, worked = perf_counter(), processor_seconds()
        ask()
        busy.append(processor_seconds() - worked)
        took.append(perf_counter() - began)
    with CaptureQueriesContext(connection) as seen:
        ask()
    texts = [each["sql"] for each in seen.captured_queries]
    size = sum(map(len, answer.streaming_content)) if answer.streaming else len(answer.content)
    again = len(texts) - len(set(texts))
    return Figure(
        read.role, read.name, read.way, answer.status_code, median(took), median(busy), len(texts), size, again
    )


def processor_seconds() -> float:
    """What this process and the database's process for it have worked so far: others on the machine do not count."""
    connection.ensure_connection()
    database = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return process_time() + int(database.split()[0]) / 1e9


def main(only: str = "") -> list[dict[str, Any]]:
    settings.ALLOWED_HOSTS = ["*"]
    stored = Stored(clock.now())
    browsers = {}
    for role, user in stored.people().items():
        browsers[role] = Client(raise_request_exception=False)
        browsers[role].force_login(user)
    gc.freeze()  # as the web process does (clinic.wsgi)
    found = [measured(read, browsers[read.role]) for read in reads(stored) if only in read.name]
    return [asdict(each) for each in found if each]


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
