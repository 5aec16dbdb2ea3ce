"""What a protocol version and the practitioner's choices come to: the visits of a course, the gaps between them. PURE.

No calendar is read here: the outline says how far apart visits must be, the engine finds the times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from protocols.outline.checks import OutlineError, find_problems
from protocols.outline.intervals import Interval, Span, Unit, Window, fits_by_date, fortnight, larger, shift, window
from protocols.outline.phases import Choices, LatePolicy, Phase, PhaseKind, Policy, ProtocolOutline

SHORTEST_FACE_MINUTES = 15
SHORTEST_MINUTES = 20  # D33 says it of the body; the scalp is not named and gets the longer of the two
DEFAULT_POLICY = Policy()


class VisitKind(StrEnum):
    CONSULTATION = "consultation"
    ALLERGY_TEST = "allergy_test"
    TREATMENT = "treatment"
    REVIEW = "review"
    MAINTENANCE = "maintenance"
    MEASUREMENT = "measurement"


VISIT_OF = {
    PhaseKind.INDUCTION: VisitKind.TREATMENT,
    PhaseKind.MAINTENANCE: VisitKind.MAINTENANCE,
    PhaseKind.MEASUREMENT: VisitKind.MEASUREMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """One visit of the outline.

    `gap` counts from the visit before it; the first has none. `review_due`: the outcome is reviewed after this visit.
    `within` counts from the first session of the same phase and its end is the last day allowed; `until` is that day
    when every visit so far is at the ideal pace from `start_on`.
    """

    sequence: int
    phase: int | None
    kind: VisitKind
    gap: Interval | None
    chair_minutes: int
    late_policy: LatePolicy
    review_due: bool = False
    within: Span | None = None
    until: date | None = None


def outline(version: ProtocolOutline, choices: Choices, policy: Policy = DEFAULT_POLICY) -> tuple[PlannedVisit, ...]:
    """All visits of a course in order, maintenance included. Raises OutlineError with every reason.

    Between phases the larger of the two intervals holds (D02). A leading allergy test is a visit of its own, 24 elapsed
    hours before session 1 (D22). P08 lists as many sessions as fit before the phase's end date at the ideal gap (D05).
    """
    if problems := find_problems(version, choices):
        raise OutlineError(problems)
    visits = [_allergy_test(policy)] if choices.needs_test else []
    lead = _after_test(policy) if choices.needs_test else None
    previous: Interval | None = None
    day = choices.start_on
    for phase in version.phases:
        interval = interval_of(phase, choices, policy)
        lead = larger(previous, interval) if previous else lead
        begins = shift(day, lead.ideal) if lead else day
        count = _count(phase, choices, interval, last=day, begins=begins)
        visits += _visits_of(phase, choices, count=count, lead=lead, interval=interval, begins=begins)
        day, previous = _last_day(begins, count, interval.ideal), interval
    return tuple(replace(visit, sequence=number) for number, visit in enumerate(_reviewed(visits, version), start=1))


def interval_of(phase: Phase, choices: Choices, policy: Policy = DEFAULT_POLICY) -> Interval:
    """The interval inside `phase` under `choices`, already checked. Raises KeyError where one is missing."""
    by_count = dict(phase.interval_by_count).get(_chosen_count(phase, choices) or 0)
    by_months = dict(phase.interval_by_months).get(choices.maintenance_months or 0)
    interval = by_count or by_months or phase.interval or choices.intervals[phase.order]
    return fortnight(interval) if policy.fifteen_is_fortnight else interval


def chair_minutes(phase: Phase, choices: Choices) -> int:
    """Minutes in the chair (D33): never under 15 for the face, 20 elsewhere, for needles; cream adds its own dwell."""
    if phase.kind is PhaseKind.MEASUREMENT:
        return phase.chair_minutes
    shortest = SHORTEST_FACE_MINUTES if choices.regions == {"face"} else SHORTEST_MINUTES
    return max(phase.chair_minutes, shortest) + choices.dwell_minutes


def windows(
    visits: tuple[PlannedVisit, ...], first_on: date, known: Mapping[int, date] | None = None
) -> tuple[Window | None, ...]:
    """The window of each visit when every visit is at its ideal date, the first on `first_on`.

    `known` {sequence: local date} holds visits really performed, or booked: what follows counts from that date (D03).
    None stands for a visit that the end date of its phase no longer allows (P08).
    """
    opened: list[Window | None] = []
    begins: dict[int | None, date] = {}
    day, known = first_on, known or {}
    for visit in visits:
        own: Window | None = window(visit.gap, day) if visit.gap else Window(day, day, day, day)
        if own and visit.within and visit.phase in begins:
            own = _closed(own, shift(begins[visit.phase], visit.within))
        day = known.get(visit.sequence, own.ideal if own else day)
        begins.setdefault(visit.phase, day)
        opened.append(own)
    return tuple(opened)


def _closed(own: Window, until: date) -> Window | None:
    if own.floor > until:
        return None
    return replace(own, ideal=min(own.ideal, until), latest=min(own.latest, until))


def _allergy_test(policy: Policy) -> PlannedVisit:
    kind, minutes = VisitKind.ALLERGY_TEST, policy.test_minutes
    return PlannedVisit(sequence=1, phase=None, kind=kind, gap=None, chair_minutes=minutes, late_policy=LatePolicy.ASK)


def _after_test(policy: Policy) -> Interval:
    """24 elapsed hours, no exception (B02); a reading after the policy's days would ask for another test (D22)."""
    day = Span(24, Unit.HOUR)
    return Interval(day, day, day, Span(policy.test_lapses_after_days, Unit.DAY))


def _chosen_count(phase: Phase, choices: Choices) -> int | None:
    return choices.counts.get(phase.order, phase.sessions_min)


def _count(phase: Phase, choices: Choices, interval: Interval, *, last: date, begins: date) -> int:
    if chosen := _chosen_count(phase, choices):
        return chosen
    if phase.lasts:
        return fits_by_date(begins, shift(begins, phase.lasts), interval.ideal)
    horizon = shift(last, Span(choices.maintenance_horizon_months, Unit.MONTH))
    return max(1, fits_by_date(begins, horizon, interval.ideal))


def _last_day(begins: date, count: int, pace: Span) -> date:
    day = begins
    for _visit in range(count - 1):
        day = shift(day, pace)
    return day


def _visits_of(
    phase: Phase, choices: Choices, *, count: int, lead: Interval | None, interval: Interval, begins: date
) -> list[PlannedVisit]:
    visit = PlannedVisit(
        sequence=0,  # numbered once the whole course stands
        phase=phase.order,
        kind=VISIT_OF[phase.kind],
        gap=interval,
        chair_minutes=chair_minutes(phase, choices),
        late_policy=phase.late_policy,
        within=phase.lasts,
        until=shift(begins, phase.lasts) if phase.lasts else None,
    )
    return [replace(visit, gap=lead)] + [visit] * (count - 1)


def _reviewed(visits: list[PlannedVisit], version: ProtocolOutline) -> list[PlannedVisit]:
    """Review after the sessions that the phases name (P05: 4), else after the middle one of the treatments (C31)."""
    due = set()
    for phase in version.phases:
        if phase.review_after:
            places = [place for place, visit in enumerate(visits) if visit.phase == phase.order]
            due.add(places[min(phase.review_after, len(places)) - 1])
    treatments = [place for place, visit in enumerate(visits) if visit.kind is VisitKind.TREATMENT]
    if not due and treatments:
        due.add(treatments[(len(treatments) - 1) // 2])
    return [replace(visit, review_due=place in due) for place, visit in enumerate(visits)]
