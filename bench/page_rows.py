"""Rows of `make bench pages`: bench.pages on two sizes of one clinic, beside their bars, and why some are over them.

Time is judged as seconds of processors, the database's included; the clock on the wall stands beside, but on a shared
machine it tells what others do.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.report import Row, row
from bench.servers import Servers

SIZES = (100_000, 1_000_000)
MOST_SECONDS, MOST_GROWTH = 0.100, 1.5
UNNOTICED = 0.020  # seconds; below it a ratio of two times says nothing
MOST_QUERIES, MOST_QUERIES_OF_A_WORKSPACE = 20, 30
WORKSPACES = frozenset(
    {"courses:new", "patients:detail", "patients:eligibility", "courses:detail", "desk:visit", "desk:visit_chair"}
)

MORE_PLACES = "it lists every location or person of the clinic: ten times as many"
# Why a route is over a bar, by its name and the bar: a row that is over without a cause here fails the run.
CAUSES: Mapping[str, Mapping[str, str]] = {
    "desk:worklists": {"time": "each booked visit of the location, 48,000 here, is compared with its window"},
    "calendar:feed": {"time": "the library writes an entry in 0.2 ms; who names the version it has gets 304 instead"},
    "desk:board_events": {"time": "a week is 410 visits in one answer"},
    "desk:today": {"time": "the day of ten people is 90 visits on one page", "growth": MORE_PLACES},
    "desk:book": {"growth": "names are searched among ten times as many patients"},
    "patients:list": {"growth": "all who match are counted, among ten times as many patients"},
    "courses:list": {"growth": "the tabs count all courses, ten times as many"},
    "settings:home": {"growth": MORE_PLACES},
    "settings:staff": {"growth": MORE_PLACES},
    "patients:detail": {"queries": "one or two for each of twelve cards", "time": "twelve cards and two pictures"},
    "courses:new": {"queries": "the form and the cards each read the catalogue"},
    "desk:visit": {"queries": "each gate before the needle reads for itself"},
    "desk:visit_chair": {"queries": "each gate before the needle reads for itself, and so do the form's choices"},
    "patients:mix": {"queries": "tests, decisions and ingredients of every mix, and the substances to choose from"},
    "patients:intake": {"queries": "questions, answers and the verdict they lead to"},
    "patients:intake_topic": {"queries": "questions, answers and the verdict they lead to"},
    "patients:allergy_test": {"queries": "the list before the test, the mixes and every reading"},
    "courses:length": {"queries": "the plan is read as the planner reads it"},
}

Figure = Mapping[str, Any]


def rows(servers: Servers, sizes: Sequence[int] = SIZES) -> Iterable[Row]:
    """One row a page or read and role. Growth is from the first size to the last."""
    found = [read(servers.run("bench.pages", database=servers.stored(size))) for size in sizes]
    for key, large in found[-1].items():
        yield page_row(found[0].get(key, large), large, sizes)


def read(figures: Iterable[Figure]) -> dict[tuple[str, str, int], Figure]:
    """By role, route and number of the way it was asked: ids and dates in a query are not the same in every store."""
    found: dict[tuple[str, str, int], Figure] = {}
    asked: Counter[tuple[str, str]] = Counter()
    for each in figures:
        key = (each["role"], each["name"])
        found[(*key, asked[key])] = each
        asked[key] += 1
    return found


def page_row(small: Figure, large: Figure, sizes: Sequence[int]) -> Row:
    faults = over(small, large)
    known = CAUSES.get(large["name"], {})
    why = "; ".join(known[fault] for fault in faults if fault in known)
    return row(
        f"{large['way']} as {large['role']}",
        f"{sizes[0]:,}: {small['busy'] * 1000:.0f} ms" + (f"; over: {', '.join(faults)}" if faults else ""),
        f"{sizes[-1]:,}: {large['busy'] * 1000:.0f} ms ({large['seconds'] * 1000:.0f} on the wall), "
        f"{large['queries']} queries ({large['again']} again), "
        f"{large['bytes']:,} bytes" + (f"; {why}" if why else ""),
        large["busy"] / small["busy"],
        f"100 ms, {most_queries(large)} queries, growth 1.5",
        all(fault in known for fault in faults),
    )


def over(small: Figure, large: Figure) -> list[str]:
    """Which bars it misses."""
    missed = {
        "status": large["status"] >= 400,
        "time": large["busy"] > MOST_SECONDS,
        "queries": large["queries"] > most_queries(large),
        "growth": large["busy"] > max(UNNOTICED, MOST_GROWTH * small["busy"]),
    }
    return [name for name, misses in missed.items() if misses]


def most_queries(figure: Figure) -> int:
    return MOST_QUERIES_OF_A_WORKSPACE if figure["name"] in WORKSPACES else MOST_QUERIES


def worth_showing(one: Row) -> bool:
    """A table of some hundred pages is read for those over a bar."""
    return not one["met"] or "over:" in one["reference"]
