"""An arrival: visits of several courses for which their patient comes once (D06, docs/adr/0015-arrivals.md)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

from scheduling.models.booking import Booking
from scheduling.models.session import NEEDLE_KINDS

Taken = TypeVar("Taken", bound=Booking)

APART = timedelta(minutes=5)  # a step of the calendar: with less between two visits nobody else fits in


def arrivals(rows: Iterable[Taken]) -> list[tuple[Taken, ...]]:
    """Bookings of visits, each with its visit, as arrivals in order of their first start. Every other is one alone."""
    found: list[list[Taken]] = []
    last: dict[int | None, list[Taken]] = {}
    for row in sorted(rows, key=lambda each: (each.start, each.pk)):
        before = last.get(row.patient_id)
        if before and follows(before[-1], row):
            before.append(row)
        else:
            last[row.patient_id] = [row]
            found.append(last[row.patient_id])
    return [tuple(each) for each in found]


def follows(one: Booking, other: Booking) -> bool:
    """Whether the patient stays for `other`: another course, the same person and place, and nothing fits between."""
    here, there = one.visit, other.visit
    return (
        one.practitioner_id == other.practitioner_id
        and here.location_id == there.location_id
        and here.course_id is not None
        and there.course_id not in (None, here.course_id)
        and {here.kind, there.kind} <= NEEDLE_KINDS
        and other.occupied_start - one.occupied_end < APART
    )
