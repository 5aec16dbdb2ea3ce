"""The rhythm of a protocol at a glance: one dot a session, set apart by its interval. Pure geometry, no calendar.

Drawn by `templates/_components/strip.html`; x is a percentage of the picture's width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MARGIN = 3.0
CLOSEST = 2.4  # percent between two dots, so that 28 sessions stay apart


@dataclass(frozen=True, slots=True)
class StripPhase:
    """`sessions` treatments set apart by `gap_days` (the ideal interval, in days); kind induction or maintenance."""

    sessions: int
    gap_days: int
    kind: str = "induction"


@dataclass(frozen=True, slots=True)
class Dot:
    """One session."""

    x: float
    kind: str
    review: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """Dots in order, and the days from the first to the last."""

    dots: tuple[Dot, ...]
    days: int


def build_strip(phases: Sequence[StripPhase], *, review_after: int | None = None) -> Strip:
    """The strip of phases one after another. Between two phases lies the larger of their gaps (D02)."""
    days, kinds = _days(phases)
    if not days:
        return Strip((), 0)
    xs = _apart([MARGIN + day / max(days[-1], 1) * (100 - 2 * MARGIN) for day in days])
    marks = zip(xs, kinds, strict=True)
    return Strip(tuple(Dot(x, kind, n == review_after) for n, (x, kind) in enumerate(marks, start=1)), days[-1])


def _days(phases: Sequence[StripPhase]) -> tuple[list[int], list[str]]:
    days: list[int] = []
    kinds: list[str] = []
    gap_before = 0
    for phase in phases:
        for n in range(phase.sessions):
            gap = phase.gap_days if n else max(gap_before, phase.gap_days)
            days.append(days[-1] + gap if days else 0)
            kinds.append(phase.kind)
        gap_before = phase.gap_days
    return days, kinds


def _apart(xs: list[float]) -> list[float]:
    """Dots closer than they are wide step right, and the whole strip shrinks back into its frame."""
    spread: list[float] = []
    for x in xs:
        spread.append(max(x, spread[-1] + CLOSEST) if spread else x)
    excess = (100 - 2 * MARGIN) / max(spread[-1] - MARGIN, 100 - 2 * MARGIN)
    return [round(MARGIN + (x - MARGIN) * excess, 2) for x in spread]
