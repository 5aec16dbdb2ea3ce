"""The nine protocols as the decisions word them, every number typed in by hand: tests compare against literals."""

from dataclasses import replace

from protocols.outline.intervals import Interval, Span, Unit, early_limit_of
from protocols.outline.phases import LatePolicy, Phase, PhaseKind, ProtocolOutline

HOUR, DAY, WEEK, MONTH = Unit.HOUR, Unit.DAY, Unit.WEEK, Unit.MONTH
INDUCTION, MAINTENANCE, MEASUREMENT = PhaseKind.INDUCTION, PhaseKind.MAINTENANCE, PhaseKind.MEASUREMENT


def clinic_interval(lower: Span, upper: Span | None = None) -> Interval:
    """What D01 makes of a source's frequency, or of its range `lower`…`upper` (same unit).

    A single figure: floor and ideal are that figure, latest 7 days later, 14 for months. A range: its bounds are floor
    and latest, the ideal is the floor of their midpoint.
    """
    early_limit = early_limit_of(lower)
    if upper is None:
        tolerance = 14 if lower.unit is Unit.MONTH else 7
        return Interval(early_limit, lower, lower, replace(lower, plus_days=tolerance))
    return Interval(early_limit, lower, Span((lower.amount + upper.amount) // 2, lower.unit), upper)


def days(early_limit: int, floor: int, ideal: int, latest: int) -> Interval:
    return Interval(Span(early_limit, DAY), Span(floor, DAY), Span(ideal, DAY), Span(latest, DAY))


WEEKLY = Interval(Span(6, DAY), Span(1, WEEK), Span(1, WEEK), Span(1, WEEK, 7))
TWO_WEEKS = Interval(Span(14, DAY), Span(2, WEEK), Span(2, WEEK), Span(2, WEEK, 7))
FIFTEEN_DAYS = Interval(Span(14, DAY), Span(15, DAY), Span(15, DAY), Span(15, DAY, 7))
MONTHLY = Interval(Span(28, DAY), Span(1, MONTH), Span(1, MONTH), Span(1, MONTH, 14))
FOUR_MONTHS = Interval(Span(112, DAY), Span(4, MONTH), Span(4, MONTH), Span(4, MONTH, 14))
SIX_MONTHS = Interval(Span(168, DAY), Span(6, MONTH), Span(6, MONTH), Span(6, MONTH, 14))
TWELVE_MONTHS = Interval(Span(336, DAY), Span(12, MONTH), Span(12, MONTH), Span(12, MONTH, 14))
TWO_TO_FOUR_MONTHS = Interval(Span(56, DAY), Span(2, MONTH), Span(3, MONTH), Span(4, MONTH))
FOUR_TO_SIX_WEEKS = Interval(Span(28, DAY), Span(4, WEEK), Span(5, WEEK), Span(6, WEEK))


def phase(
    order: int,
    kind: PhaseKind,
    interval: Interval | None,
    sessions: tuple[int | None, int | None] = (None, None),
    **extra: object,
) -> Phase:
    low, high = sessions
    given = {"chair_minutes": 30, "late_policy": LatePolicy.CONTINUE, **extra}
    return Phase(order=order, kind=kind, interval=interval, sessions_min=low, sessions_max=high, **given)


def protocol(code: str, *phases: Phase, needs_confirmation: bool = False) -> ProtocolOutline:
    return ProtocolOutline(code=code, version=1, phases=phases, needs_confirmation=needs_confirmation)


P01 = protocol(
    "P01",
    phase(1, INDUCTION, MONTHLY, (6, 6), review_after=4),
    phase(2, INDUCTION, FIFTEEN_DAYS, (10, 10), review_after=5),
    phase(3, MAINTENANCE, MONTHLY, (12, 12)),
    needs_confirmation=True,
)
P02 = protocol(
    "P02",
    phase(1, INDUCTION, TWO_WEEKS, (6, 8)),
    phase(2, MAINTENANCE, TWELVE_MONTHS, interval_by_months=((6, SIX_MONTHS),)),
)
P03 = protocol("P03", phase(1, INDUCTION, WEEKLY, (6, 10)))
P04 = protocol("P04", phase(1, INDUCTION, None), phase(2, INDUCTION, None, late_policy=LatePolicy.ASK))
P05 = protocol(
    "P05",
    phase(1, INDUCTION, WEEKLY, (10, 10), review_after=4),
    phase(2, MEASUREMENT, WEEKLY, (1, 1)),
)
P06_A = protocol(
    "P06-A",
    phase(1, INDUCTION, days(6, 7, 10, 14), (3, 4), interval_by_count=((4, days(6, 7, 8, 9)),)),
    phase(2, MAINTENANCE, TWO_TO_FOUR_MONTHS),
)
P06_B = protocol(
    "P06-B",
    phase(1, INDUCTION, days(14, 14, 21, 28), (3, 4)),
    phase(2, MAINTENANCE, TWO_TO_FOUR_MONTHS),
)
P07 = protocol("P07", phase(1, INDUCTION, FIFTEEN_DAYS, (6, 8)), phase(2, MAINTENANCE, FOUR_MONTHS))
P08 = protocol(
    "P08",
    phase(1, INDUCTION, FOUR_TO_SIX_WEEKS, lasts=Span(6, MONTH)),
    phase(2, MAINTENANCE, SIX_MONTHS),
)
NINE = (P01, P02, P03, P04, P05, P06_A, P06_B, P07, P08)
