"""The soonest route: test then, first session then, because … (F220, D22)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from patients.models import Patient
from patients.queries.allergy import gate_for
from patients.queries.eligibility import earliest_start
from patients.queries.plans import plan_of
from protocols.eligibility import Earliest, Finding, Gate, GateStatus, Plan
from protocols.eligibility.gate import WAIT
from protocols.models import Formulation

QUARTER = timedelta(minutes=15)
NEEDS_NEW_TEST = (GateStatus.NO_TEST, GateStatus.REPEAT)
RUNNING = (GateStatus.WAITING, GateStatus.READING_DUE, GateStatus.SIGN_READING)


@dataclass(frozen=True, slots=True)
class Route:
    """`test_at`: when the test could be; `opens_at`: 24 elapsed hours after the test; `first_on`: day of session 1.

    `test_because`, `because`: findings that push a day back; `waiting_for`: what a person can settle;
    `stopped_by`: no known end.
    """

    test_at: datetime | None
    opens_at: datetime | None
    first_on: date | None
    first_at: datetime | None
    test_because: tuple[Finding, ...]
    because: tuple[Finding, ...]
    waiting_for: tuple[Finding, ...]
    stopped_by: tuple[Finding, ...]
    gate: Gate | None


def soonest_route(
    patient: Patient, plan: Plan, formulation: Formulation | None, *, now: datetime, zone: ZoneInfo
) -> Route:
    """The soonest test and first session that answers, decisions and elapsed hours allow; no calendar is asked.

    As long as no mix is chosen a test has still to come, so its hours are counted from now.
    """
    gate = gate_for(patient, formulation, now) if formulation else None
    test_at, test_because = soonest_test(patient, formulation, gate, now, zone)
    earliest_test = next_quarter(now) if formulation is None else test_at
    opens_at = earliest_test + WAIT if earliest_test else running_until(gate)
    first = earliest_start(
        patient,
        plan,
        today=now.astimezone(zone).date(),
        test_opens_at=opens_at.astimezone(zone) if opens_at else None,
        zone=zone,
    )
    return Route(
        test_at=test_at.astimezone(zone) if test_at else None,
        opens_at=opens_at.astimezone(zone) if opens_at else None,
        first_on=first.on if gate is None or not stopped(gate) else None,
        first_at=first.at,
        test_because=test_because,
        because=once(first),
        waiting_for=first.waiting_for,
        stopped_by=first.stopped_by,
        gate=gate,
    )


def soonest_test(
    patient: Patient, formulation: Formulation | None, gate: Gate | None, now: datetime, zone: ZoneInfo
) -> tuple[datetime | None, tuple[Finding, ...]]:
    """When a test of the mix could take place and what pushes it back.

    No time when none is needed, or when something without a known end forbids it.
    """
    if formulation is None or gate is None or gate.status not in NEEDS_NEW_TEST:
        return None, ()
    today = now.astimezone(zone).date()
    first = earliest_start(patient, plan_of(formulation=formulation), today=today, zone=zone)
    if first.on is None:
        return None, ()
    day = first.on
    return next_quarter(now) if day == today else datetime(day.year, day.month, day.day, 9, tzinfo=zone), once(first)


def next_quarter(now: datetime) -> datetime:
    """The next full quarter of an hour, this one included."""
    return now + (-(now - datetime.min.replace(tzinfo=now.tzinfo))) % QUARTER


def running_until(gate: Gate | None) -> datetime | None:
    """When the hours of a test that was done are over."""
    return gate.opens_at if gate and gate.status in RUNNING else None


def stopped(gate: Gate) -> bool:
    return gate.status is GateStatus.POSITIVE


def once(first: Earliest) -> tuple[Finding, ...]:
    """Each finding that pushes the day back, named once."""
    return tuple({finding.code: finding for finding in first.because}.values())
