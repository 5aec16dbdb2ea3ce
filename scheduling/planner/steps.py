"""The visits of a course as planning sees them: what the protocol says of each, and where it is, if anywhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from protocols.outline.intervals import shift
from protocols.outline.phases import LatePolicy
from scheduling.models import Booking, Session, SessionStatus
from scheduling.planner.choices import Frame

IN_A_COURSE = frozenset({"allergy_test", "treatment", "maintenance", "measurement"})
OPEN = frozenset({SessionStatus.PLANNED, SessionStatus.BOOKED, SessionStatus.DISPLACED, SessionStatus.NO_SHOW})
BEGUN = frozenset({SessionStatus.CHECKED_IN, SessionStatus.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Step:
    """One visit. `phase` is 0 for the allergy test.

    `until` is the last day of a phase that ends by date, counted from its first session (P08). `over` is the end of one
    that is still to come at another place: whoever plans here counts from it as if it had happened.
    """

    sequence: int
    phase: int
    kind: str
    chair_minutes: int
    late_policy: LatePolicy = LatePolicy.ASK
    review_due: bool = False
    until: date | None = None
    session: Session | None = None
    booking: Booking | None = None
    over: datetime | None = None

    def happened(self, now: datetime) -> datetime | None:
        """When it was performed, or the end of its time if that has begun; None while it can still be planned."""
        if self.session is None or self.over is not None:
            return self.over
        if self.session.performed_at is not None and self.session.status == SessionStatus.COMPLETED:
            test = self.session.allergy_test
            return test.administered_at if test else self.session.performed_at
        begun = self.booking is not None and (self.session.status in BEGUN or self.booking.start <= now)
        return self.booking.end if self.booking and begun else None

    def began(self) -> datetime | None:
        """When its time began, or when it was performed."""
        performed = self.session.performed_at if self.session else None
        return self.booking.start if self.booking else performed

    def practitioner(self) -> int | None:
        """Who performed it, or who it is booked with."""
        performed = self.session.performed_by_id if self.session else None
        return performed or (self.booking.practitioner_id if self.booking else None)

    def approved(self, code: str) -> int:
        """Days that a practitioner approved for the present time (see Session)."""
        return self.session.approved(code) if self.session and self.booking else 0


def drafted(frame: Frame, *, needs_test: bool) -> tuple[Step, ...]:
    """The steps of a course that has no sessions yet."""
    return tuple(
        Step(
            sequence=visit.sequence,
            phase=visit.phase or 0,
            kind=visit.kind,
            chair_minutes=visit.chair_minutes,
            late_policy=visit.late_policy,
            review_due=visit.review_due,
            until=visit.until,
        )
        for visit in frame.visits(needs_test=needs_test)
    )


def running(
    frame: Frame, sessions: Iterable[Session], bookings: Mapping[int, Booking], zone: ZoneInfo
) -> tuple[Step, ...]:
    """The steps of an accepted course, cancelled visits left out; `bookings` are the active ones by session."""
    live = OPEN | BEGUN | {SessionStatus.COMPLETED}
    rows = [row for row in sessions if row.kind in IN_A_COURSE and row.status in live]
    begins: dict[int, date | None] = {}
    steps: list[Step] = []
    for row in sorted(rows, key=lambda row: row.sequence):
        booking = bookings.get(row.pk)
        begins[row.phase] = begins.get(row.phase) or day_of(row, booking, zone)
        steps.append(_step(frame, row, booking, begins[row.phase]))
    return tuple(steps)


def day_of(row: Session, booking: Booking | None, zone: ZoneInfo) -> date | None:
    """The local date on which a session was performed, is booked, or ideally stands; None while nobody has counted."""
    at = row.performed_at or (booking.start if booking else None)
    return at.astimezone(zone).date() if at else row.ideal


def _step(frame: Frame, row: Session, booking: Booking | None, phase_begins: date | None) -> Step:
    phase = frame.phase(row.phase)
    lasts = phase.lasts if phase else None
    return Step(
        sequence=row.sequence,
        phase=row.phase,
        kind=row.kind,
        chair_minutes=row.chair_minutes,
        late_policy=phase.late_policy if phase else LatePolicy.ASK,
        review_due=row.review_due,
        until=shift(phase_begins, lasts) if lasts and phase_begins else None,
        session=row,
        booking=booking,
    )
