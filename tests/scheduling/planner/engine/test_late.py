"""What becomes of a course that fell behind."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from protocols.outline.phases import LatePolicy
from scheduling.planner.engine.late import days_late, revise
from scheduling.planner.engine.problem import Placement, Visit
from tests.scheduling.planner.engine.clinics import MONDAY, MONTH, WEEK, at, course


@pytest.fixture
def left() -> tuple[Visit, ...]:
    """Two weekly sessions and one of upkeep still to come, after three weekly ones."""
    gone, *weekly = course([WEEK, WEEK])
    kept = Placement(at(MONDAY, 9), "ana", "one")
    upkeep = replace(gone, sequence=6, phase=2, window=None, gap=MONTH, session="upkeep")
    first, second = (replace(visit, sequence=visit.sequence + 2, kept=kept) for visit in weekly)
    return first, second, upkeep


def phases(visits: tuple[Visit, ...]) -> list[int]:
    return [visit.phase for visit in visits]


def test_a_visit_is_late_once_its_latest_day_is_over(left: tuple[Visit, ...]) -> None:
    assert days_late(left, MONDAY, MONDAY + timedelta(days=14)) == 0
    assert days_late(left, MONDAY, MONDAY + timedelta(days=17)) == 3
    approved = (replace(left[0], late_days=2), *left[1:])
    assert days_late(approved, MONDAY, MONDAY + timedelta(days=17)) == 1
    assert days_late((), MONDAY, date(2030, 1, 1)) == 0


def test_continue_leaves_the_visits_as_they_are(left: tuple[Visit, ...]) -> None:
    assert revise(left, LatePolicy.CONTINUE, done=3).visits == left


def test_add_session_puts_one_more_at_the_end_of_the_phase(left: tuple[Visit, ...]) -> None:
    revision = revise(left, LatePolicy.ADD_SESSION, done=3)
    assert phases(revision.visits) == [1, 1, 1, 2]
    assert [visit.sequence for visit in revision.visits] == [4, 5, 6, 7]
    added = revision.visits[2]
    assert (added.kept, added.session, added.gap) == (None, None, WEEK)


def test_restart_phase_repeats_what_was_done_of_it(left: tuple[Visit, ...]) -> None:
    assert phases(revise(left, LatePolicy.RESTART_PHASE, done=3).visits) == [1] * 5 + [2]


def test_ask_changes_nothing_until_somebody_decides(left: tuple[Visit, ...]) -> None:
    revision = revise(left, LatePolicy.ASK, done=3)
    assert (revision.visits, revision.asks) == (left, True)
    assert not revise(left, LatePolicy.CONTINUE, done=3).asks


@pytest.mark.parametrize("policy", list(LatePolicy))
def test_a_finished_course_has_nothing_to_revise(policy: LatePolicy) -> None:
    assert revise((), policy, done=3).visits == ()
    assert not revise((), policy, done=3).asks
