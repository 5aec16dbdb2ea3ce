"""More visits for a course that runs: planned, numbered in their place, without a time yet."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F

from protocols.outline.intervals import Window, window
from protocols.outline.phases import Phase, PhaseKind
from protocols.outline.visits import VISIT_OF, chair_minutes
from scheduling.models import Session
from scheduling.planner.state import CourseState
from scheduling.planner.steps import Step, day_of

BOUNDS = ("early_limit", "floor", "ideal", "latest")
ASIDE = 10_000  # numbers are unique in a course: those that rise step aside first
COPIED = (
    *("patient", "course", "location", "sequence", "phase", "kind", "chair_minutes", "not_before", "review_due"),
    *BOUNDS,
)


def add_visits(state: CourseState, order: int, count: int) -> int:
    """`count` planned visits at the end of a phase; those after it are numbered on. Their windows count from the visit
    before them, each of the new ones taken at its ideal date. How many were added."""
    phase = state.frame.phase(order)
    before = [step for step in state.steps if step.phase <= order]
    if phase is None or not before or count < 1:
        return 0
    last = before[-1]
    make_room(state, last.sequence, count)
    windows = windows_after(state, last, order)
    Session.objects.bulk_create(_visit(state, phase, last.sequence + 1 + n, next(windows)) for n in range(count))
    return count


def windows_after(state: CourseState, last: Step, order: int) -> Iterator[Window | None]:
    """The windows of visits of a phase that follow `last`, one after the other (D02); None where it has no day."""
    day = day_of(last.session, last.booking, state.zone) if last.session else None
    gap = state.frame.gap(last.phase, order)
    while True:
        own = window(gap, day) if day else None
        yield own
        day, gap = own.ideal if own else None, state.frame.interval(order)


def make_room(state: CourseState, after: int, count: int) -> None:
    rows = [step.session.pk for step in state.steps if step.session and step.sequence > after]
    Session.objects.filter(pk__in=rows).update(sequence=F("sequence") + ASIDE)
    Session.objects.filter(pk__in=rows).update(sequence=F("sequence") - (ASIDE - count))


def _visit(state: CourseState, phase: Phase, sequence: int, own: Window | None) -> Session:
    course = state.course
    return Session(
        patient=course.patient,
        course=course,
        location=course.location,
        sequence=sequence,
        phase=phase.order,
        kind=str(VISIT_OF[phase.kind]),
        chair_minutes=chair_minutes(phase, state.frame.choices),
        **{name: getattr(own, name) for name in BOUNDS if own},
    )


def planned_again(gone: Sequence[Session], **but: Any) -> list[Session]:
    """For each visit that is out of its course another just like it `but` for this, planned and without a time."""
    return Session.objects.bulk_create(Session(**{name: getattr(old, name) for name in COPIED} | but) for old in gone)


def next_upkeep(state: CourseState) -> int:
    """Upkeep without an end always has a next visit; how many were added."""
    phase = state.frame.version.phases[-1]
    done = state.last_done.sequence if state.last_done else 0
    if not is_open_ended(phase) or any(step.sequence > done for step in state.pending):
        return 0
    return add_visits(state, phase.order, 1)


def is_open_ended(phase: Phase) -> bool:
    """Upkeep that goes on for as long as it is wanted."""
    return phase.kind is PhaseKind.MAINTENANCE and phase.sessions_min is None and phase.lasts is None
