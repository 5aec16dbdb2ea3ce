"""Courses of one patient on the same area keep the larger of their floors between them (D06). PURE."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from protocols.outline.intervals import Span, shift

AreaPath = tuple[str, ...]
"""Area codes from the outermost ancestor down to the area itself: ("thigh", "inner_thigh")."""


@dataclass(frozen=True, slots=True)
class AreaUse:
    """What a course does to the skin: areas, present floor, local dates of its sessions done and to come."""

    course: str
    areas: frozenset[AreaPath]
    floor: Span
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaClash:
    """`course` treats the area on `on`; `until` is the first date far enough after it."""

    course: str
    on: date
    until: date


def overlaps(first: AreaPath, second: AreaPath) -> bool:
    """The same area, or one inside the other."""
    shorter, longer = sorted((first, second), key=len)
    return longer[: len(shorter)] == shorter


def area_clashes(day: date, own: AreaUse, others: Iterable[AreaUse]) -> tuple[AreaClash, ...]:
    """Sessions of `others` too close to a session of `own` on `day`, before or after it, by date."""
    return tuple(
        AreaClash(other.course, on, _clear(on, own, other))
        for other in others
        if any(overlaps(mine, theirs) for mine in own.areas for theirs in other.areas)
        for on in other.days
        if min(on, day) <= max(on, day) < _clear(min(on, day), own, other)
    )


def area_floor(start: date, own: AreaUse, others: Iterable[AreaUse]) -> date:
    """The earliest date from `start` on which `own` may treat its areas."""
    day, others = start, tuple(others)
    while clashes := area_clashes(day, own, others):
        day = max(clash.until for clash in clashes)
    return day


def _clear(day: date, own: AreaUse, other: AreaUse) -> date:
    """The first date that keeps both floors after `day`: which one is larger can depend on the month."""
    return max(shift(day, own.floor), shift(day, other.floor))
