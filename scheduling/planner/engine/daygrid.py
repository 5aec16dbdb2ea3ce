"""Free time as bits. PURE.

A local day of one practitioner, room, device or patient is one int, its free mask: bit j is set when the five minutes
from the j-th mark of *elapsed* time after local midnight are free. A day with a clock change is 23 or 25 hours (276 or
300 marks) long and nothing else is special about it: `Grid` is the one place that knows where days begin.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from struct import iter_unpack
from zoneinfo import ZoneInfo

STEP = 5  # minutes a mark
STRIDE = 320  # marks kept for a day in a strip: more than the longest day (26 hours), so that no run crosses midnight
DAY_MINUTES = 1440
WORD = 64  # bits
HOUR = 60 // STEP  # marks
QUARTER = 15  # minutes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def to_minutes(instant: datetime) -> int:
    """Whole minutes since the epoch, rounded down: for what closes at that instant."""
    return (instant - EPOCH) // MINUTE


def minutes_from(instant: datetime) -> int:
    """Whole minutes since the epoch, rounded up: for what opens at that instant, so that nothing starts before it."""
    return -((EPOCH - instant) // MINUTE)


def to_instant(minutes: int) -> datetime:
    return EPOCH + minutes * MINUTE


def marks(minutes: int) -> int:
    """How many marks a length takes up, rounded up."""
    return -(-minutes // STEP)


@dataclass(frozen=True, slots=True)
class Grid:
    """`days` local days from `first` on, in the IANA zone `zone`. Days are named by index, starts by (day, mark)."""

    zone: str
    first: date
    days: int

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    @property
    def midnights(self) -> tuple[int, ...]:
        """Minutes since the epoch of the first moment of every day, and of the day after the last."""
        return _midnights(self.zone, self.first, self.days)

    def index(self, day: date) -> int:
        """May lie outside the grid: negative before it, `days` or more after it."""
        return (day - self.first).days

    def date_of(self, day: int) -> date:
        return self.first + timedelta(days=day)

    def length(self, day: int) -> int:
        """Marks of a day: 288, or what a clock change makes of it."""
        return (self.midnights[day + 1] - self.midnights[day]) // STEP

    def minutes(self, day: int, mark: int) -> int:
        """Minutes since the epoch of a start."""
        return self.midnights[day] + mark * STEP

    def locate(self, minutes: int) -> tuple[int, int]:
        """Day and mark of an instant, rounded down to the mark. The day may be -1 (before) or `days` (after)."""
        day = bisect_right(self.midnights, minutes) - 1
        return day, (minutes - self.midnights[day]) // STEP if day >= 0 else 0

    def position(self, instant: datetime, *, up: bool = False) -> int:
        """The bit of an instant in a strip, rounded down to its mark or `up`; 0 before the grid, the end after it."""
        day, mark = self.locate(minutes_from(instant) + STEP - 1 if up else to_minutes(instant))
        return min(max(day, 0) * STRIDE + mark, self.days * STRIDE)

    def local_date(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def wall_minute(self, day: int, mark: int) -> int:
        """Minutes on the clock on the wall, 0 to 1439: differs from 5 × mark only around a clock change."""
        if self.midnights[day + 1] - self.midnights[day] == DAY_MINUTES:
            return mark * STEP
        local = to_instant(self.minutes(day, mark)).astimezone(ZoneInfo(self.zone))
        return local.hour * 60 + local.minute

    def hour(self, instant: datetime) -> int:
        """The hour on the clock on the wall, 0 to 23."""
        return instant.astimezone(ZoneInfo(self.zone)).hour

    def wall(self, day: int, at: time) -> int:
        """Minutes since the epoch of a wall-clock time. A time that the clock skips is taken as if it had not."""
        return to_minutes(datetime.combine(self.date_of(day), at, ZoneInfo(self.zone)))


@lru_cache(maxsize=64)
def _midnights(zone: str, first: date, days: int) -> tuple[int, ...]:
    local = ZoneInfo(zone)
    dates = (first + timedelta(days=n) for n in range(days + 1))
    return tuple(to_minutes(datetime.combine(day, time(), local)) for day in dates)


def runs(free: int, length: int) -> int:
    """Marks from which `length` marks in a row are free, by shift-and: log2(length) steps, for a day or a strip."""
    done = 1
    while done < length:
        step = min(done, length - done)
        free &= free >> step
        done += step
    return free


def bits(mask: int) -> Iterator[int]:
    """The marks set in a mask, lowest first. Word by word, since every step on a whole strip would copy the strip."""
    words = mask.to_bytes(-(-mask.bit_length() // WORD) * WORD // 8, "little")
    for number, (word,) in enumerate(iter_unpack("<Q", words)):
        before = number * WORD - 1
        while word:
            low = word & -word
            yield before + low.bit_length()
            word ^= low


def strip(days: Iterable[int]) -> int:
    """The masks of all days in one int, STRIDE bits a day: one shift-and then serves the whole horizon."""
    return int.from_bytes(b"".join([mask.to_bytes(STRIDE // 8, "little") for mask in days]), "little")


@lru_cache(maxsize=64)
def whole_days(grid: Grid) -> int:
    """The strip of every mark that the grid has."""
    return strip((1 << grid.length(day)) - 1 for day in range(grid.days))


def between(grid: Grid, first: date, last: date) -> int:
    """The strip of every mark of the local dates `first` to `last`, both included, as far as the grid has them."""
    low, high = max(grid.index(first), 0), min(grid.index(last) + 1, grid.days)
    return whole_days(grid) & ((1 << high * STRIDE) - (1 << low * STRIDE)) if low < high else 0


def day_of(strip_mask: int, day: int) -> int:
    """The mask of one day out of a strip."""
    return strip_mask >> day * STRIDE & (1 << STRIDE) - 1
