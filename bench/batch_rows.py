"""The row about a batch that is planned jointly: figures of bench.batch with their bar."""

from collections.abc import Iterator

from bench.report import Row, row
from bench.servers import MIGRATED, Servers

LEAST_LEFT, LEAST_GAIN = 20, 0.2


def rows(servers: Servers) -> Iterator[Row]:
    found = servers.run("bench.batch", database=servers.database("batch", like=MIGRATED))
    visits, first, jointly = found["visits"], found["first"], found["jointly"]
    left, gained = visits - first["placed"], jointly["placed"] - first["placed"]
    yield row(
        f"a batch of {visits} visits that all fit",
        f"in the order of their windows: {left} left without a time, {first['seconds']:.1f} s",
        f"{visits - jointly['placed']} left (the gap to the known plan), {jointly['seconds']:.1f} s",
        gained / left if left else None,
        f"at least {LEAST_LEFT} left at first, {LEAST_GAIN:.0%} of them placed within 30 s",
        left >= LEAST_LEFT and gained >= LEAST_GAIN * left and jointly["seconds"] < 30,
    )
