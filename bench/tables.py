"""Rows of the table that need a stored clinic: figures of bench.jobs, bench.peer and the races, with their bars."""

from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any

from bench.report import Row, row
from bench.servers import MIGRATED, Servers

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS, RACERS, PLAIN_ROUNDS = 100, 16, 10  # as tests.chaos.racers has them
BAR_P99 = 100  # milliseconds
TURNS = 3
Figures = dict[str, Any]


def rows(servers: Servers) -> Iterator[Row]:
    """Smallest clinic first; about ten minutes, most of them filling the largest."""
    stored = {size: servers.stored(size) for size in SIZES}
    peer = partial(
        servers.run, "bench.peer", database=servers.database("peer"), DJANGO_SETTINGS_MODULE="bench.peer_settings"
    )
    peer("fill", str(SIZES[1]))
    ours = [partial(servers.run, "bench.jobs", "slots", database=name) for name in stored.values()]
    theirs, *slots = in_turns(partial(peer, "slots"), *ours)
    middle, largest = stored[SIZES[1]], stored[SIZES[2]]
    yield next_slots(slots[1], theirs)
    yield growth({size: found["seconds"] for size, found in zip(SIZES, slots, strict=True)})
    yield free_starts(servers.run("bench.jobs", "starts", database=middle))
    yield one_booking(servers.run("bench.jobs", "booking", database=middle), peer("booking"))
    yield whole_course(servers.run("bench.jobs", "acceptance", database=middle))
    yield one_slot(servers)
    few = servers.run("bench.jobs", "proposal", database=stored[SIZES[0]])
    yield from proposals(servers.run("bench.jobs", "proposal", database=largest), few)
    yield recall(servers.run("bench.jobs", "received", database=middle, role="app"))
    yield batch(servers.run("bench.jobs", "disruption", database=middle))


def in_turns(*works: Callable[[], Figures]) -> list[Figures]:
    """Each one's middle run of three taken in turns: where others use the same machine, its speed drifts by the
    minute, and who is compared should meet the same drift."""
    turns = [[work() for work in works] for _turn in range(TURNS)]
    return [sorted(own, key=itemgetter("seconds"))[TURNS // 2] for own in zip(*turns, strict=True)]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def next_slots(ours: Figures, peer: Figures) -> Row:
    ratio = peer["seconds"] / ours["seconds"]
    return row(
        "next 20 slots over the API, 100 000 visits",
        f"django-appointment's own calls from {peer['day']}: {ms(peer['seconds'])}, {peer['queries']} queries",
        f"{ms(ours['seconds'])}, {ours['queries']} queries, rooms and devices and permissions included",
        ratio,
        "at least 20 times, at most 8 queries",
        ratio >= 20 and ours["queries"] <= 8,
    )


def growth(seconds: dict[int, float]) -> Row:
    small, _middle, large = seconds.values()
    told = ", ".join(f"{size:,}: {ms(took)}" for size, took in seconds.items())
    return row(
        "the same as the calendar grows",
        f"10 000 visits: {ms(small)}",
        told,
        small / large,
        "at most 1.5 times",
        large <= 1.5 * small,
    )


def free_starts(found: Figures) -> Row:
    ratio = found["reference"] / found["seconds"]
    return row(
        "all free starts, 10 people, 60 days",
        f"range_agg subtraction, only counted: {ms(found['reference'])}",
        f"{ms(found['seconds'])} for {found['starts']:,} starts",
        ratio,
        "within 3 times",
        ratio >= 1 / 3,
    )


def one_booking(ours: Figures, peer: Figures) -> Row:
    ratio = peer["seconds"] / ours["seconds"]
    return row(
        "one booking, checks, history and ledger included",
        f"django-appointment over HTTP: {ms(peer['seconds'])}",
        f"{ms(ours['seconds'])} through the action (90 %: {ms(ours['p90'])})",
        ratio,
        "at least 4 times, under 10 ms",
        ratio >= 4 and ours["seconds"] < 0.010,
    )


def whole_course(found: Figures) -> Row:
    return row(
        "acceptance of a course of 28 sessions",
        f"bare insert of its bookings: {ms(found['reference'])}",
        f"{ms(found['seconds'])} (best {ms(found['best'])})",
        found["reference"] / found["seconds"],
        "under 60 ms",
        found["seconds"] < 0.060,
    )


def one_slot(servers: Servers) -> Row:
    """Sixteen processes, each round begins for all at once."""
    racing = servers.database("race", like=MIGRATED)
    through = servers.run("tests.chaos.racers", f"slot={ROUNDS}", database=racing)["slot"]
    plain = servers.run("bench.race", str(PLAIN_ROUNDS), database=servers.database("plain", like=MIGRATED))
    ours, theirs = through["milliseconds"]["p99"], plain["milliseconds"]["p99"]
    answers, median = through["answers"], through["milliseconds"]["median"]
    booked, refused = answers.get("booked", 0), answers.get("Conflict", 0)
    other = sum(answers.values()) - booked - refused
    right = (booked, refused, other, through["overlaps"]) == (ROUNDS, ROUNDS * (RACERS - 1), 0, 0)
    return row(
        f"{RACERS} processes for one slot, {ROUNDS} rounds",
        f"plain insert, {PLAIN_ROUNDS} rounds: {plain['deadlocks']} deadlocks, p99 {theirs:,.0f} ms",
        f"{booked} bookings, {other} deadlocks, p99 {ours:.0f} ms, median {median:.0f} ms",
        theirs / ours,
        f"{ROUNDS} bookings, 0 deadlocks, p99 under {BAR_P99} ms",
        right and ours < BAR_P99,
    )


def proposals(found: Figures, few: Figures) -> Iterator[Row]:
    yield row(
        "proposal of 28 sessions, 1 000 000 visits",
        f"the solver alone: {ms(found['solver'])}; {few['queries']} queries among 10 000 visits",
        f"{ms(found['seconds'])}, {found['queries']} queries",
        found["solver"] / found["seconds"],
        "under 200 ms, as many queries",
        found["seconds"] < 0.200 and found["queries"] == few["queries"],
    )
    yield row(
        "memory of planning one course",
        "the same process before",
        f"{found['megabytes']:.0f} MB more at its highest",
        None,
        "under 100 MB",
        found["megabytes"] < 100,
    )


def recall(found: Figures) -> Row:
    return row(
        f"who received a lot, of {found['uses']:,} uses",
        f"every use read and compared: {ms(found['reference'])}",
        f"{ms(found['seconds'])} for the file of {found['found']:,}, row policies included"
        + ("" if found["equal"] else ", not the same"),
        found["reference"] / found["seconds"],
        "the same people, under 200 ms",
        found["equal"] and found["uses"] >= 100_000 and found["seconds"] < 0.200,
    )


def batch(found: Figures) -> Row:
    took = found["planning"] + found["applying"]
    return row(
        f"disruption: {found['hit']} visits hit",
        f"preview of one course: {ms(found['single'])}",
        f"{found['planning']:.1f} s to plan, {found['applying']:.1f} s to apply, {found['left']} left without a time",
        found["single"] / took,
        "200 visits, under 20 s",
        found["hit"] >= 200 and took < 20,
    )
