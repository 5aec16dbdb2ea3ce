"""A course's row as the outline understands it: choices, the clinic's policy, and the gap between any two visits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from protocols.models import TreatmentArea
from protocols.outline.intervals import Interval, Unit, larger, typed_interval
from protocols.outline.phases import Choices, Phase, Policy, ProtocolOutline
from protocols.outline.visits import PlannedVisit, interval_of, outline
from protocols.queries import Policies, outline_of, policies
from scheduling.models import Course
from scheduling.planner.engine.problem import CONVENIENCE_FIRST, SPACING_FIRST, Weights


def clinic_policy(chosen: Policies | None = None) -> Policy:
    """The director's settings that shape a course (D07, D22); `chosen` where they were read already."""
    chosen = chosen or policies()
    return Policy(
        fifteen_is_fortnight=chosen.fifteen_is_fortnight,
        test_lapses_after_days=chosen.test_repeat_after.days,
        test_minutes=chosen.chair_minutes,
    )


def clinic_weights(chosen: Policies) -> Weights:
    """What a plan puts first at this clinic (ADR 0012)."""
    return CONVENIENCE_FIRST if chosen.convenience_first else SPACING_FIRST


def typed(bounds: Mapping[str, Any]) -> Interval:
    """{floor, ideal, latest, unit} as the practitioner typed it (P04)."""
    amounts = {name: int(bounds[name]) for name in ("floor", "ideal", "latest")}
    return typed_interval(**amounts, unit=Unit(bounds["unit"]))


def choices_of(course: Course, areas: Iterable[TreatmentArea] | None = None) -> Choices:
    """What was chosen for `course`; its areas are read if they are not given and were not prefetched."""
    regions = frozenset(area.region for area in (course.areas.all() if areas is None else areas))
    return Choices(
        start_on=course.start_on,
        counts={int(order): count for order, count in course.counts.items()},
        intervals={int(order): typed(bounds) for order, bounds in course.intervals.items()},
        confirmed=course.confirmed,
        maintenance_months=course.maintenance_months,
        regions=regions,
    )


@dataclass(frozen=True)
class Frame:
    """The pinned version of a course with the choices made in it: how far apart any two of its visits must be."""

    version: ProtocolOutline
    choices: Choices
    policy: Policy

    def visits(self, *, needs_test: bool) -> tuple[PlannedVisit, ...]:
        """The whole course as the protocol has it. Raises OutlineError."""
        return outline(self.version, replace(self.choices, needs_test=needs_test), self.policy)

    def phase(self, order: int) -> Phase | None:
        return next((phase for phase in self.version.phases if phase.order == order), None)

    def interval(self, order: int) -> Interval:
        """The interval inside a phase. Raises KeyError for a phase that the version does not have."""
        phase = self.phase(order)
        if phase is None:
            raise KeyError(order)
        return interval_of(phase, self.choices, self.policy)

    def gap(self, earlier: int, later: int) -> Interval:
        """What lies between neighbouring visits of two phases, 0 for the allergy test (D02, D22)."""
        if earlier == 0:
            return self.after_test
        own = self.interval(later)
        return own if earlier == later else larger(self.interval(earlier), own)

    @cached_property
    def after_test(self) -> Interval:
        """From the test to session 1: 24 elapsed hours, and not so late that it must be repeated."""
        gap = self.visits(needs_test=True)[1].gap
        if gap is None:
            raise ValueError("session 1 counts from the test")
        return gap


def frame_of(course: Course, policy: Policy, areas: Iterable[TreatmentArea] | None = None) -> Frame:
    """`areas` for a course that is not saved yet."""
    return Frame(outline_of(course.protocol_version), choices_of(course, areas), policy)
