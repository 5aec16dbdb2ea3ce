"""Intervals between visits and the windows they open, in literal units. PURE.

A month is a calendar month added to the previous visit's local date and clipped at the end of the month (B05); 14 days,
15 days and 2 weeks stay what they are (C50, D07). Dates are local dates of the location.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter


class Unit(StrEnum):
    HOUR = "hour"  # elapsed hours; only the allergy test uses them (B02)
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


DAYS_IN = {Unit.DAY: 1, Unit.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Span:
    """`amount` of `unit`, and `plus_days` days after it ("one month and 14 days")."""

    amount: int
    unit: Unit
    plus_days: int = 0

    @property
    def months(self) -> int:
        return self.amount if self.unit is Unit.MONTH else 0

    @property
    def days(self) -> int:
        """Days on top of the calendar months. 24 elapsed hours reach the next local date, never an earlier one."""
        if self.unit is Unit.HOUR:
            return self.amount // 24 + self.plus_days
        return self.amount * DAYS_IN.get(self.unit, 0) + self.plus_days


@dataclass(frozen=True, slots=True)
class Interval:
    """The four bounds of D01, each counted from the previous visit."""

    early_limit: Span
    floor: Span
    ideal: Span
    latest: Span


@dataclass(frozen=True, slots=True)
class Window:
    """Four dates, early_limit <= floor <= ideal <= latest."""

    early_limit: date
    floor: date
    ideal: date
    latest: date


def shift(day: date, span: Span) -> date:
    """`span` after `day`: calendar months first, clipped at month end (31 January + 1 month = 28 or 29 February)."""
    month_index = day.year * 12 + day.month - 1 + span.months
    year, month = month_index // 12, month_index % 12 + 1
    clipped = date(year, month, min(day.day, monthrange(year, month)[1]))
    return clipped + timedelta(days=span.days)


def window(gap: Interval, previous: date) -> Window:
    """The window that `gap` opens after a visit really performed on the local date `previous` (D03)."""
    return Window(
        shift(previous, gap.early_limit),
        shift(previous, gap.floor),
        shift(previous, gap.ideal),
        shift(previous, gap.latest),
    )


def joined(first: Span, second: Span) -> Span:
    """One span after the other: the months of both, then the days of both."""
    months, days = first.months + second.months, first.days + second.days
    return Span(months, Unit.MONTH, days) if months else Span(days, Unit.DAY)


def early_limit_of(lower: Span) -> Span:
    """D01: weekly 6 days, 14 and 15 days 14, n months n × 28 days. Where it is silent: no earlier than the floor."""
    if lower.unit is Unit.MONTH:
        return Span(28 * lower.amount, Unit.DAY)
    if lower.unit is Unit.HOUR:
        return lower
    return Span({7: 6, 15: 14}.get(lower.days, lower.days), Unit.DAY)


def stored_interval(
    *, unit: Unit, floor: int, ideal: int, latest: int, latest_plus_days: int, early_limit_days: int
) -> Interval:
    """An interval as a version stores it: three amounts in one unit, tolerance and early limit in days."""
    return Interval(
        Span(early_limit_days, Unit.DAY), Span(floor, unit), Span(ideal, unit), Span(latest, unit, latest_plus_days)
    )


def typed_interval(*, floor: int, ideal: int, latest: int, unit: Unit) -> Interval:
    """An interval as a practitioner types it (P04, D05); the early limit follows D01."""
    return Interval(early_limit_of(Span(floor, unit)), Span(floor, unit), Span(ideal, unit), Span(latest, unit))


def fortnight(gap: Interval) -> Interval:
    """D07, only under the clinic's policy: an interval of 15 days becomes one of 14, every bound a day sooner."""
    if gap.floor != Span(15, Unit.DAY):
        return gap
    floor, ideal, latest = (replace(span, amount=span.amount - 1) for span in (gap.floor, gap.ideal, gap.latest))
    early_limit = gap.early_limit if never_after(gap.early_limit, floor) else floor
    return Interval(early_limit, floor, ideal, latest)


@lru_cache(maxsize=256)
def reach(span: Span) -> tuple[int, int]:
    """Fewest and most days that `span` can take, over every start of a leap cycle."""
    if not span.months:
        return span.days, span.days
    starts = (date(2021, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1))
    lengths = [(shift(start, span) - start).days for start in starts]
    return min(lengths), max(lengths)


def never_after(first: Span, second: Span) -> bool:
    """Whether `first` ends no later than `second` whatever day both start on."""
    if first.months == second.months:
        return first.days <= second.days
    return reach(first)[1] <= reach(second)[0]


def disordered(gap: Interval) -> tuple[str, ...]:
    """Names of the bounds that lie after the bound they must not pass; () when the interval is sound."""
    bounds = {"early_limit": gap.early_limit, "floor": gap.floor, "ideal": gap.ideal, "latest": gap.latest}
    return tuple(name for (name, span), (_, following) in pairwise(bounds.items()) if not never_after(span, following))


def larger(first: Interval, second: Interval) -> Interval:
    """D02: the interval that keeps two visits further apart (by floor, then ideal, latest and early limit)."""
    spans = attrgetter("floor", "ideal", "latest", "early_limit")
    return max(first, second, key=lambda gap: [reach(span)[::-1] for span in spans(gap)])


def fits_by_date(first: date, until: date, pace: Span) -> int:
    """How many visits fit from `first` to `until`, both included, each `pace` after the one before (P08, D05).

    Raises ValueError for a pace under one day.
    """
    if shift(first, pace) <= first:
        raise ValueError(f"a pace takes at least a day, not {pace}")
    count, day = 0, first
    while day <= until:
        count, day = count + 1, shift(day, pace)
    return count
