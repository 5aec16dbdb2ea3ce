"""What a published protocol version says of a course, and what the practitioner chooses for one patient. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from protocols.outline.intervals import Interval, Span


class PhaseKind(StrEnum):
    INDUCTION = "induction"
    MAINTENANCE = "maintenance"
    MEASUREMENT = "measurement"


class LatePolicy(StrEnum):
    CONTINUE = "continue"
    ADD_SESSION = "add_session"
    RESTART_PHASE = "restart_phase"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of a version.

    Without `sessions_min` a phase ends by date (`lasts`, P08), is counted by the practitioner (induction, P04) or stays
    open (maintenance). `interval` is None where the practitioner types it (P04). Others take its place for a chosen
    count of sessions (`interval_by_count`, P06-A) or a chosen number of months (`interval_by_months`, P02).
    """

    order: int
    kind: PhaseKind
    interval: Interval | None
    sessions_min: int | None
    sessions_max: int | None
    lasts: Span | None = None
    interval_by_count: tuple[tuple[int, Interval], ...] = ()
    interval_by_months: tuple[tuple[int, Interval], ...] = ()
    chair_minutes: int = 30
    late_policy: LatePolicy = LatePolicy.ASK
    review_after: int | None = None

    @property
    def is_counted_by_hand(self) -> bool:
        return self.kind is PhaseKind.INDUCTION and self.sessions_min is None and self.lasts is None

    @property
    def months_offered(self) -> tuple[int, ...]:
        """The maintenance months to choose from, the phase's own first; () where there is no choice."""
        if not self.interval or not self.interval_by_months:
            return ()
        return self.interval.floor.months, *(months for months, _interval in self.interval_by_months)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Its own interval and those that can take its place."""
        others = (interval for _choice, interval in (*self.interval_by_count, *self.interval_by_months))
        return (*([self.interval] if self.interval else []), *others)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolOutline:
    """What of a published version shapes a course, phases in their order."""

    code: str
    version: int
    phases: tuple[Phase, ...]
    needs_confirmation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The clinic's settings: D07, days a negative test serves (D22), minutes of the test visit (D33's default)."""

    fifteen_is_fortnight: bool = False
    test_lapses_after_days: int = 7
    test_minutes: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the practitioner chose. Without a count a range takes its lower bound, without months the phase's own stand.

    `counts` {phase order: sessions}, `intervals` {phase order: interval} (P04). `start_on` is the earliest local date
    of the first visit. Maintenance without an end is listed for `maintenance_horizon_months` after the last session
    before it, at least once. `regions`: face, body, scalp. `dwell_minutes`: anaesthetic cream.
    """

    start_on: date
    counts: Mapping[int, int] = field(default_factory=dict)
    intervals: Mapping[int, Interval] = field(default_factory=dict)
    confirmed: bool = False
    maintenance_months: int | None = None
    needs_test: bool = False
    maintenance_horizon_months: int = 12
    regions: frozenset[str] = frozenset({"body"})
    dwell_minutes: int = 0
