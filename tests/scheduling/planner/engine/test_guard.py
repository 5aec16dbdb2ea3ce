"""Problems without sense are refused by name; nothing crashes, nothing is planned."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from protocols.outline.intervals import Interval, Span, Unit, Window
from scheduling.planner.engine.daygrid import Grid
from scheduling.planner.engine.problem import Anchor, Placement, Problem, ProblemError, Resource, Visit, Weights, Wishes
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.clinics import MONDAY, MONTH, WEEK, at, clinic, course

WEEKLY = course([WEEK, WEEK])


def days(amount: int) -> Span:
    return Span(amount, Unit.DAY)


def second(**fields: object) -> Callable[[Problem], Problem]:
    """The weekly course with something about its second visit changed."""
    return lambda problem: replace(
        problem,
        visits=(problem.visits[0], replace(problem.visits[1], **fields), problem.visits[2]),  # type: ignore[arg-type]
    )


def problem_with(**fields: object) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, **fields)  # type: ignore[arg-type]


def ten_thousand(problem: Problem) -> Problem:
    return replace(problem, visits=course([WEEK] * 9_999))


NONSENSE: list[tuple[str, Callable[[Problem], Problem]]] = [
    ("number_of_visits", problem_with(visits=())),
    ("number_of_visits", ten_thousand),
    ("number_of_days", problem_with(grid=Grid("Europe/Paris", MONDAY, 0))),
    ("number_of_days", problem_with(grid=Grid("Europe/Paris", MONDAY, 1_000_000_000))),
    ("empty_roster", problem_with(practitioners=())),
    ("no_rooms", problem_with(rooms=())),
    ("ids", problem_with(rooms=(Resource("one", 0), Resource("one", 0)))),
    ("calendars", problem_with(practitioners=(Resource("ana", -1),))),
    ("calendars", problem_with(patient=1 << 60 * 320)),
    ("calendars", problem_with(rooms=(Resource("one", 1 << 300),))),  # an hour that this day does not have
    ("instants", problem_with(now=datetime(2026, 6, 1))),
    ("instants", problem_with(anchor=Anchor(datetime(2026, 6, 1)))),
    ("order", problem_with(visits=(WEEKLY[0], WEEKLY[2], WEEKLY[1]))),
    ("order", second(sequence=1)),
    ("beginning", problem_with(visits=WEEKLY[1:])),
    ("beginning", second(gap=None)),
    ("points", problem_with(weights=Weights(day=-1))),
    ("points", problem_with(weights=Weights(change=5001))),
    ("points", problem_with(weights=Weights(minute=101))),
    ("wishes", problem_with(wishes=Wishes(earliest=time(12), latest=time(9)))),
    ("wishes", problem_with(wishes=Wishes(weekdays=frozenset({7})))),
    ("contradictory_window", second(gap=Interval(days(6), days(7), days(6), days(14)))),
    ("contradictory_window", second(gap=Interval(days(6), days(15), days(15), days(14)))),
    ("contradictory_window", second(gap=replace(MONTH, latest=days(30)))),  # shorter than some months
    ("contradictory_window", second(window=Window(MONDAY, MONDAY, MONDAY, MONDAY - timedelta(days=1)))),
    ("contradictory_dates", second(not_before=date(2026, 7, 2), deadline=date(2026, 7, 1))),
    ("contradictory_dates", second(blocked=((date(2026, 7, 2), date(2026, 7, 1)),))),
    ("window_size", second(gap=Interval(days(-7), days(-7), days(7), days(7)))),
    ("window_size", second(gap=Interval(days(1), days(1), days(1), days(500)))),
    ("window_size", second(late_days=400)),
    ("window_size", second(late_days=-1)),
    ("lengths", second(chair_minutes=0)),
    ("lengths", second(chair_minutes=10**9)),
    ("lengths", second(turnover_minutes=-5)),
    ("kept_start", second(fixed=True)),
    ("kept_start", second(kept=Placement(at(MONDAY, 9, 2), "ana", "one"))),
    ("instants", second(kept=Placement(datetime(2026, 6, 9, 9), "ana", "one"))),
]


@pytest.mark.parametrize(("rule", "change"), NONSENSE)
def test_nonsense_is_refused_by_the_name_of_its_rule(rule: str, change: Callable[[Problem], Problem]) -> None:
    with pytest.raises(ProblemError) as refused:
        solve(change(clinic(WEEKLY)))
    assert refused.value.rule == rule
    assert refused.value.message.endswith(".")


def test_the_same_course_without_nonsense_is_planned() -> None:
    assert solve(clinic(WEEKLY))


def test_a_visit_longer_than_any_opening_is_no_nonsense_but_finds_no_place() -> None:
    outcome = solve(clinic((replace(WEEKLY[0], chair_minutes=600),)))
    assert getattr(outcome, "rule", None) == "practitioner_free"


def test_a_start_in_the_past_is_no_nonsense_either_but_already_over() -> None:
    problem = clinic((Visit(1, 1, "treatment", 30, window=Window(*[MONDAY - timedelta(days=9)] * 4)),))
    outcome = solve(replace(problem, now=datetime(2026, 6, 1, tzinfo=UTC)))
    assert getattr(outcome, "rule", None) == "in_the_future"
