"""More visits for a course that runs: planned, numbered in their place, without a time yet."""

from django.db.models import F

from protocols.outline import VISIT_OF, chair_minutes
from protocols.phases import Phase, PhaseKind
from scheduling.models import Session
from scheduling.planning.state import CourseState

ASIDE = 10_000  # numbers are unique in a course: those that rise step aside first


def add_visits(state: CourseState, order: int, count: int) -> int:
    """`count` planned visits at the end of a phase; those after it are numbered on. Their windows are those of the
    visit before them until somebody counts them. How many were added."""
    phase = state.frame.phase(order)
    before = [step for step in state.steps if step.phase <= order]
    if phase is None or not before or count < 1:
        return 0
    last = before[-1].sequence
    make_room(state, last, count)
    Session.objects.bulk_create(_visit(state, phase, last + number + 1) for number in range(count))
    return count


def make_room(state: CourseState, after: int, count: int) -> None:
    rows = [step.session.pk for step in state.steps if step.session and step.sequence > after]
    Session.objects.filter(pk__in=rows).update(sequence=F("sequence") + ASIDE)
    Session.objects.filter(pk__in=rows).update(sequence=F("sequence") - (ASIDE - count))


def _visit(state: CourseState, phase: Phase, sequence: int) -> Session:
    course, like = state.course, state.steps[-1].session
    window = {name: getattr(like, name) for name in ("early_limit", "floor", "ideal", "latest")}
    return Session(
        patient=course.patient,
        course=course,
        location=course.location,
        sequence=sequence,
        phase=phase.order,
        kind=str(VISIT_OF[phase.kind]),
        chair_minutes=chair_minutes(phase, state.frame.choices),
        **window,
    )


def next_upkeep(state: CourseState) -> int:
    """Upkeep without an end always has a next visit; how many were added."""
    phase = state.frame.version.phases[-1]
    if not is_open_ended(phase) or state.pending:
        return 0
    return add_visits(state, phase.order, 1)


def is_open_ended(phase: Phase) -> bool:
    """Upkeep that goes on for as long as it is wanted."""
    return phase.kind is PhaseKind.MAINTENANCE and phase.sessions_min is None and phase.lasts is None
