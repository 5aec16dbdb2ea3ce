"""Courses of one patient on the same area keep the larger of their floors between them (D06). PURE."""

from dataclasses import dataclass
from datetime import date

from protocols.outline.intervals import Span

AreaPath = tuple[str, ...]
"""Area codes from the outermost ancestor down to the area itself: ("thigh", "inner_thigh")."""


@dataclass(frozen=True, slots=True)
class AreaUse:
    """What a course does to the skin: areas, present floor, local dates of its sessions done and to come."""

    course: str
    areas: frozenset[AreaPath]
    floor: Span
    days: tuple[date, ...] = ()


def overlaps(first: AreaPath, second: AreaPath) -> bool:
    """The same area, or one inside the other."""
    shorter, longer = sorted((first, second), key=len)
    return longer[: len(shorter)] == shorter
