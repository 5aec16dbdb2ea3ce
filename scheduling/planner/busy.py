"""What is taken, read from the bookings by their btree indexes and laid out as bits.

The rows of one person, room or device come back as one packed value (two 8-byte instants a booking) and become one
strip in one pass of numpy: two years of ten people are some hundred thousand bookings, too many to be Python objects.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from clinic.base.rows import Prepared
from scheduling.models.booking import LONGEST
from scheduling.planner.engine.daygrid import STEP, STRIDE, Grid

Owner = tuple[str, int]  # ("practitioner" | "room" | "device" | "patient", primary key)
Ticks = NDArray[np.int64]  # rows of (start, end), microseconds since PostgreSQL's epoch

OWNERS = ("practitioner", "room", "device", "patient")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # what timestamptz_send counts from
EPOCH_MINUTES = int(EPOCH.timestamp()) // 60
TICKS_A_MINUTE = 60_000_000
NOTHING: Ticks = np.empty((0, 2), dtype=np.int64)

# Staff, rooms and devices are taken for the occupied range, a patient from start to end.
RANGE = {owner: ("start", "end") if owner == "patient" else ("occupied_start", "occupied_end") for owner in OWNERS}
# One span is a plain range of the index, whatever its bounds. Several are joined, inside the stretch that holds them
# all, which is named too: only from constants does the planner know how few rows that is.
SPANS = """
JOIN unnest(%(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) AS span(first, last)
  ON taken."{start}" > span.first - %(longest)s AND taken."{start}" < span.last AND taken."{end}" > span.first
"""


def statement(join: str) -> str:
    """Every owner's bookings between `first` and `last` as one packed value each."""
    return " UNION ALL ".join(
        f"""
        SELECT '{owner}', taken.{owner}_id,
               string_agg(timestamptz_send(taken."{start}") || timestamptz_send(taken."{end}"), ''::bytea)
        FROM scheduling_booking taken {join.format(start=start, end=end)}
        WHERE taken.{owner}_id = ANY(%({owner})s::bigint[]) AND taken.active
          AND taken."{start}" > %(since)s AND taken."{start}" < %(last)s AND taken."{end}" > %(first)s
        GROUP BY taken.{owner}_id
        """  # noqa: S608  # built from the literals above only
        for owner, (start, end) in RANGE.items()
    )


READ_ONE, READ_MANY = Prepared(statement("")), statement(SPANS)


def ticks(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def read_busy(wanted: Mapping[str, Iterable[int]], spans: Sequence[tuple[datetime, datetime]]) -> dict[Owner, Ticks]:
    """Active bookings of `wanted` {"practitioner": ids, …} that touch one of `spans` [first, last). One query."""
    values: dict[str, Any] = {owner: sorted(wanted.get(owner, ())) for owner in OWNERS}
    firsts, lasts = [first for first, _last in spans], [last for _first, last in spans]
    first, last = min(firsts, default=EPOCH), max(lasts, default=EPOCH)
    values |= {"first": first, "last": last, "since": first - LONGEST}
    if len(spans) == 1:
        return unpacked(READ_ONE.rows(**values))
    values |= {"firsts": firsts, "lasts": lasts, "longest": LONGEST}
    with connection.cursor() as cursor:
        cursor.execute(READ_MANY, values)
        return unpacked(cursor)


def unpacked(rows: Iterable[tuple[str, int, bytes]]) -> dict[Owner, Ticks]:
    return {(name, pk): np.frombuffer(packed, ">i8").reshape(-1, 2).astype(np.int64) for name, pk, packed in rows}


def without(taken: Ticks, starts: Iterable[int]) -> Ticks:
    """`taken` less the rows that start at `starts` (ticks): nobody has two active bookings from the same instant."""
    gone = list(starts)
    return taken[~np.isin(taken[:, 0], gone)] if gone else taken


def busy_strip(grid: Grid, taken: Ticks) -> int:
    """The strip (see daygrid) with a bit for every five minutes that any row reaches into."""
    return busy_strips(grid, [taken])[0] if len(taken) else 0


def busy_strips(grid: Grid, owners: Sequence[Ticks]) -> list[int]:
    """The same for the rows of several owners, in one pass over all of them."""
    if not owners:
        return []
    taken, width = np.concatenate(owners), grid.days * STRIDE
    midnights = np.array(grid.midnights, dtype=np.int64) // STEP
    step = STEP * TICKS_A_MINUTE
    first = _cells(midnights, taken[:, 0] // step + EPOCH_MINUTES // STEP)
    last = _cells(midnights, -(-taken[:, 1] // step) + EPOCH_MINUTES // STEP)
    lengths = last - first
    before = np.cumsum(lengths) - lengths
    line = np.repeat(np.arange(len(owners)) * width, [len(rows) for rows in owners])
    busy = np.zeros(len(owners) * width, dtype=np.bool_)
    busy[np.arange(lengths.sum()) + np.repeat(line + first - before, lengths)] = True
    strips = np.packbits(busy.reshape(len(owners), width), axis=1, bitorder="little")
    return [int.from_bytes(each.tobytes(), "little") for each in strips]


def _cells(midnights: NDArray[np.int64], marks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where marks since the epoch are in a strip of STRIDE cells a day, clipped to the grid."""
    marks = np.clip(marks, midnights[0], midnights[-1])
    days = np.searchsorted(midnights, marks, side="right") - 1
    return days * STRIDE + marks - midnights[days]
