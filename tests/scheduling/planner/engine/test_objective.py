"""What makes one plan better than another (ADR 0012): days first, then people, wishes, a steady hour, a good slot."""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.planner.engine import changes
from scheduling.planner.engine.cascade import Fate, replan
from scheduling.planner.engine.daygrid import whole_days
from scheduling.planner.engine.problem import (
    CONVENIENCE_FIRST,
    SPACING_FIRST,
    Anchor,
    Placement,
    Problem,
    ProblemError,
    Resource,
    Solution,
    Visit,
    Wishes,
)
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.clinics import (
    FIFTEEN_DAYS,
    MONDAY,
    WEEK,
    ZONE,
    at,
    clinic,
    course,
    hours,
    keeping,
    starts,
)
from tests.scheduling.planner.engine.instances import gap
from tests.scheduling.planner.engine.instances import hours as elapsed


def planned(problem: Problem) -> Solution:
    outcome = solve(problem)
    assert isinstance(outcome, Solution), outcome
    return outcome


def clinic_of(visits: tuple[Visit, ...], days: int = 90, **calendars: int) -> Problem:
    problem = replace(clinic(visits, days=days), weights=SPACING_FIRST)
    people = tuple(Resource(name, free, open=free) for name, free in calendars.items())
    return replace(problem, practitioners=people or problem.practitioners)


def on(days: set[int], opens: time = time(9), closes: time = time(12), length: int = 90) -> int:
    """Open on these days from Monday on only."""
    grid = clinic(course([]), days=length).grid
    return hours(grid, opens, closes, shut=[grid.date_of(day) for day in range(length) if day not in days])


def offs(plan: Solution) -> list[int]:
    days = [one.start.astimezone(ZoneInfo(ZONE)).date() for one in plan.placed]
    return [(day - own.ideal).days for day, own in zip(days, plan.windows, strict=False)]


def test_six_slips_of_one_day_are_better_than_one_of_six() -> None:
    """Only the last day can be caught up with at once, or a day at a time."""
    visits = course([WEEK] * 6, within=0)
    little, at_once = {0, 8, 16, 24, 32, 40, 48}, {0, 7, 14, 21, 28, 35, 48}
    plan = planned(clinic_of(visits, ana=on(little | at_once)))
    assert offs(plan)[1:] == [1] * 6


def test_a_free_hour_outside_the_wish_on_the_best_day_is_better_than_a_week_of_waiting() -> None:
    """85 % full: within the wished hours only day 21 is free, before them the best day is."""
    visits, wishes = course([FIFTEEN_DAYS], within=0), Wishes(earliest=time(9), latest=time(12))
    free = on({0, 21}) | on({15}, time(8), time(9))
    plan = planned(replace(clinic_of(visits, ana=free), wishes=wishes))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Tue 16 Jun 08:30"]


def test_what_a_wish_is_worth_is_the_clinic_s_choice() -> None:
    problem = replace(clinic_of(course([FIFTEEN_DAYS], within=0)), wishes=Wishes(weekdays=frozenset({0})))
    assert starts(planned(problem).placements)[1][:3] == "Tue"
    assert starts(planned(replace(problem, weights=CONVENIENCE_FIRST)).placements)[1][:3] == "Mon"


def test_tuesdays_and_thursdays_are_obeyed_where_the_windows_hold_them() -> None:
    problem = replace(clinic_of(course([FIFTEEN_DAYS] * 5), days=120), wishes=Wishes(weekdays=frozenset({1, 3})))
    assert {text[:3] for text in starts(planned(problem).placements)} == {"Tue", "Thu"}


def test_the_wished_practitioner_of_every_other_week_has_each_visit_of_her_weeks() -> None:
    always = on(set(range(90)))
    hers = on({day for day in range(90) if day // 7 % 2 == 0})
    problem = clinic_of(course([WEEK] * 7, within=0), ana=always, bo=hers)
    plan = planned(replace(problem, wishes=Wishes(practitioner="bo")))
    weeks = [(one.start.astimezone(ZoneInfo(ZONE)).date() - MONDAY).days // 7 for one in plan.placed]
    assert [one.practitioner for one in plan.placed] == ["ana" if week % 2 else "bo" for week in weeks]
    assert sum(week % 2 == 0 for week in weeks) >= 4


def test_weekday_and_hour_stay_where_they_are_free() -> None:
    early = on(set(range(90)) - {21, 28}, time(8), time(17))
    late = on({21, 28}, time(9, 30), time(17))
    plan = planned(clinic_of(course([WEEK] * 5, within=0), ana=early | late))
    assert len({text[:3] for text in starts(plan.placements)}) == 1
    assert len({text[-5:-3] for text in starts(plan.placements)}) == 1, "all in the hour that is free every week"


def test_a_start_is_on_the_quarter_hour_where_nothing_is_lost() -> None:
    plan = planned(clinic_of(course([WEEK]), ana=on(set(range(90)), time(9, 5), time(12))))
    assert {text[-2:] for text in starts(plan.placements)} <= {"00", "15", "30", "45"}


def test_no_rest_is_left_that_is_too_short_for_another_visit() -> None:
    free = on({0}, time(9), time(9, 50)) | on({0}, time(11), time(11, 30))
    assert starts(planned(clinic_of(course([], within=0), ana=free)).placements) == ["Mon 01 Jun 11:00"]


def test_a_slot_on_an_empty_day_is_better_than_one_on_a_full_day() -> None:
    both = on({0, 1}, time(9), time(17))
    busy = on({0}, time(11), time(16))
    problem = clinic_of(course([]), ana=both)
    full = replace(problem, practitioners=(Resource("ana", both & ~busy, open=both),))
    assert starts(planned(problem).placements)[0][:3] == "Mon"
    assert starts(planned(full).placements)[0][:3] == "Tue"


def booked(problem: Problem, plan: list[datetime]) -> Problem:
    return keeping(problem, [Placement(start, "ana", "one") for start in plan])


def test_a_missed_weekly_visit_is_taken_up_by_the_fewest_changes_its_windows_allow() -> None:
    """A week with two days to spare on either side: of ten only the one missed gets another day."""
    around = gap(5, 7, 9)
    first = replace(course([])[0], window=None, gap=around)
    problem = clinic_of((first, *course([around] * 9)[1:]), days=120)
    days = [MONDAY + timedelta(weeks=n) for n in range(10)]
    held = booked(problem, [at(day, 10) for day in days])
    before = MONDAY - timedelta(days=7)
    missed = replace(held, anchor=Anchor(at(before, 10, 30), "ana", at(before, 10)), now=at(MONDAY, 12))
    diff = replan(missed, changes.release(missed, 1))
    assert [change.fate for change in diff.changes].count(Fate.KEPT) == 9


def test_what_the_patient_already_lives_by_moves_last() -> None:
    """Two visits stand too close; either could give way by a day."""
    visits = course([gap(5, 7, 9), gap(5, 7, 9)], within=0)
    held = booked(clinic_of(visits), [at(MONDAY + timedelta(days=day), 10) for day in (0, 7, 11)])

    def moved(*settled: bool) -> list[Fate]:
        own = zip(held.visits, settled, strict=True)
        problem = replace(held, visits=tuple(replace(one, settled=near) for one, near in own))
        return [change.fate for change in replan(problem, problem).changes][1:]

    assert moved(True, True, False) == [Fate.KEPT, Fate.MOVED]
    assert moved(True, False, True) == [Fate.MOVED, Fate.KEPT]


def endless(*gaps: object) -> Problem:
    """Eleven years in which two people are free day and night."""
    problem = clinic(course(list(gaps)), days=4000)  # type: ignore[arg-type]
    free = whole_days(problem.grid)
    return replace(problem, practitioners=(Resource("ana", free), Resource("bo", free)))


HUGE: list[Callable[[], Problem]] = [
    lambda: endless(elapsed(24, 390), elapsed(24, 390)),
    lambda: endless(*[gap(1, 2, 390)] * 40),
]


@pytest.mark.parametrize("problem", HUGE)
def test_at_the_edge_a_problem_is_solved_or_refused_within_200_megabytes(problem: Callable[[], Problem]) -> None:
    asked = problem()
    tracemalloc.start()
    with suppress(ProblemError):
        solve(asked)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 200 * 2**20
