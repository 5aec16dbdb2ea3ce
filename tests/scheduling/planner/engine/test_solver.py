"""Courses a person can check by hand."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from protocols.outline.intervals import Span, Unit, Window
from scheduling.planner.engine.problem import (
    Anchor,
    Infeasible,
    Placement,
    Problem,
    Resource,
    Solution,
    Visit,
    Weights,
    Wishes,
)
from scheduling.planner.engine.solver import solve
from tests.protocols.outline.outlines import clinic_interval
from tests.scheduling.planner.engine.clinics import (
    FIFTEEN_DAYS,
    MONDAY,
    MONTH,
    WEEK,
    at,
    clinic,
    course,
    hours,
    keeping,
    starts,
)
from tests.scheduling.planner.engine.instances import gap
from tests.scheduling.planner.engine.instances import hours as elapsed


def solved(problem: Problem) -> Solution:
    outcome = solve(problem)
    assert isinstance(outcome, Solution), outcome
    return outcome


def stuck(problem: Problem) -> Infeasible:
    outcome = solve(problem)
    assert isinstance(outcome, Infeasible), outcome
    return outcome


def team(problem: Problem, **calendars: int) -> Problem:
    people = tuple(Resource(name, free) for name, free in calendars.items())
    return replace(problem, practitioners=people)


def test_an_empty_diary_gives_every_session_its_ideal_day_at_no_cost() -> None:
    plan = solved(clinic(course([FIFTEEN_DAYS, FIFTEEN_DAYS, MONTH]), days=90))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Tue 16 Jun 09:00", "Wed 01 Jul 09:00", "Sat 01 Aug 09:00"]
    assert (plan.cost, plan.proven, any(plan.late_days)) == (0, True, False)


def test_a_wished_weekday_is_weighed_against_the_days_from_the_ideal() -> None:
    problem = replace(clinic(course([FIFTEEN_DAYS])), wishes=Wishes(weekdays=frozenset({0})))
    assert starts(solved(problem).placements)[1] == "Tue 16 Jun 09:00"  # one unwished weekday, 1000, not six days, 2160
    free_days = replace(problem, weights=Weights(day=10))
    assert starts(solved(free_days).placements)[1] == "Mon 22 Jun 09:00"


def test_the_planner_gives_up_a_little_now_to_save_more_later() -> None:
    """The ideal second day leads to a third window with nothing free; greedily chosen it is a dead end. Two visits of
    four days off are better than one of one and one of seven."""
    problem = clinic(course([WEEK, WEEK]), days=40)
    shut = [MONDAY + timedelta(days=days) for days in range(14, 22)]
    plan = solved(team(problem, ana=hours(problem.grid, shut=shut)))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Fri 12 Jun 09:00", "Tue 23 Jun 09:00"]
    assert plan.cost == (4 * 4 + 4 * 4) * 60


def test_staying_with_one_practitioner_is_worth_a_later_day_but_not_any_day() -> None:
    problem = clinic(course([WEEK]), days=30)
    week_later = MONDAY + timedelta(days=7)
    busy = hours(problem.grid, shut=[week_later])
    bo = hours(problem.grid, shut=[MONDAY])
    assert solved(team(problem, ana=busy, bo=bo)).placed[1].practitioner == "ana"  # one day, 60, before a change, 250
    longer = hours(problem.grid, shut=[week_later + timedelta(days=n) for n in range(3)])
    assert solved(team(problem, ana=longer, bo=bo)).placed[1].practitioner == "bo"


def test_the_practitioner_of_the_last_performed_session_counts_as_the_one_before() -> None:
    problem = team(clinic(course([])), ana=hours(clinic(course([])).grid), bo=hours(clinic(course([])).grid))
    after_bo = replace(problem, anchor=Anchor(at(MONDAY - timedelta(days=7), 9), "bo"))
    assert solved(problem).placed[0].practitioner == "ana"
    assert solved(after_bo).placed[0].practitioner == "bo"


def test_equal_plans_are_told_apart_by_start_then_practitioner_then_room() -> None:
    problem = clinic(course([]))
    free, later = hours(problem.grid), hours(problem.grid, time(9, 5))
    rooms = (Resource("full", 0), Resource("b", free), Resource("a", free))
    plan = solved(replace(team(problem, zoe=later, bo=free, ana=free), rooms=rooms))
    assert plan.placed == (Placement(at(MONDAY, 9), "bo", "b"),)


def test_months_are_calendar_months_even_over_29_february() -> None:
    leap = solved(clinic(course([MONTH, MONTH], first=date(2024, 1, 31)), first=date(2024, 1, 31), days=120))
    assert starts(leap.placements) == ["Wed 31 Jan 09:00", "Thu 29 Feb 09:00", "Fri 29 Mar 09:00"]
    usual = solved(clinic(course([MONTH, MONTH], first=date(2025, 1, 31)), first=date(2025, 1, 31), days=120))
    assert starts(usual.placements) == ["Fri 31 Jan 09:00", "Fri 28 Feb 09:00", "Fri 28 Mar 09:00"]


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_sessions_stay_on_the_wall_clock_over_a_clock_change(sunday: date) -> None:
    saturday = sunday - timedelta(days=1)
    plan = solved(clinic(course([gap(1, 1, 2), gap(1, 1, 2)], first=saturday), first=saturday, days=9))
    assert [text[-5:] for text in starts(plan.placements)] == ["09:00"] * 3


@pytest.mark.parametrize(
    ("saturday", "first_start"),
    [
        (date(2026, 3, 28), "Sun 29 Mar 12:30"),
        (date(2026, 10, 24), "Sun 25 Oct 10:30"),
        (date(2026, 6, 6), "Sun 07 Jun 11:30"),
    ],
)
def test_the_allergy_test_waits_24_elapsed_hours_from_its_end(saturday: date, first_start: str) -> None:
    test = replace(course([], first=saturday)[0], kind="allergy_test")
    session = replace(test, sequence=2, kind="treatment", window=None, gap=elapsed(24, 7))
    problem = replace(clinic((test, session), first=saturday, days=20), now=at(saturday, 11))
    plan = solved(team(problem, ana=hours(problem.grid, time(8), time(18))))
    assert starts(plan.placements) == [f"{saturday:%a %d %b} 11:00", first_start]


def test_an_earlier_test_is_chosen_when_it_lets_the_session_begin_at_the_wished_time() -> None:
    test = replace(course([])[0], kind="allergy_test")
    session = replace(test, sequence=2, window=None, gap=elapsed(24, 7))
    problem = replace(clinic((test, session)), wishes=Wishes(latest=time(10)))
    plan = solved(replace(problem, weights=Weights(day=1000)))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Tue 02 Jun 09:30"]


def test_two_visits_of_one_day_follow_one_another() -> None:
    consultation = replace(course([])[0], kind="consultation")
    test = replace(consultation, sequence=2, window=None, gap=gap(0, 0, 7))
    plan = solved(clinic((consultation, test)))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Mon 01 Jun 09:30"]


def test_one_free_slot_a_window_is_found() -> None:
    problem = clinic(course([WEEK, WEEK, WEEK]), days=60)
    only = {MONDAY + timedelta(days=days) for days in (7, 21, 28, 42)}
    shut = [problem.grid.date_of(day) for day in range(60) if problem.grid.date_of(day) not in only]
    alone = team(problem, ana=hours(problem.grid, time(10, 5), time(10, 35), shut=shut))
    expected = ["Mon 08 Jun 10:05", "Mon 22 Jun 10:05", "Mon 29 Jun 10:05", "Mon 13 Jul 10:05"]
    assert starts(solved(alone).placements) == expected


def test_a_tuesday_practitioner_can_run_a_course_of_fifteen_days() -> None:
    problem = clinic(course([FIFTEEN_DAYS] * 7), days=190)
    plan = solved(team(problem, ana=hours(problem.grid, weekdays=[1])))
    assert {text[:3] for text in starts(plan.placements)} == {"Tue"}


def shut_but_for(problem: Problem, *days: int) -> Problem:
    """Only these days, counted from the first, are open."""
    others = [problem.grid.date_of(day) for day in range(problem.grid.days) if day not in days]
    return team(problem, ana=hours(problem.grid, shut=others))


def test_one_day_too_late_is_infeasible_and_the_plan_beyond_latest_is_that_one_day_late() -> None:
    problem = clinic(course([WEEK, WEEK]), days=60)
    assert solved(shut_but_for(problem, 0, 14, 28)).late_days == (0, 0, 0)
    outcome = stuck(shut_but_for(problem, 0, 15, 29))
    assert (outcome.sequence, outcome.rule) == (2, "practitioner_free")
    assert (outcome.window.floor, outcome.window.latest) == (date(2026, 6, 8), date(2026, 6, 15))
    assert outcome.plan is not None
    assert outcome.plan.late_days == (0, 1, 0)
    assert starts(outcome.plan.placements) == ["Mon 01 Jun 09:00", "Tue 16 Jun 09:00", "Tue 30 Jun 09:00"]


def test_once_the_day_is_approved_the_same_course_is_feasible() -> None:
    problem = shut_but_for(clinic(course([WEEK, WEEK]), days=60), 0, 15, 29)
    visits = (problem.visits[0], replace(problem.visits[1], late_days=1), problem.visits[2])
    plan = solved(replace(problem, visits=visits))
    assert not any(plan.late_days)
    assert plan.cost == (8 * 8 + 7 * 7) * 60


def test_a_day_below_the_floor_needs_approval_down_to_the_early_limit() -> None:
    problem = shut_but_for(clinic(course([WEEK]), days=60), 1, 7)
    assert stuck(problem).sequence == 2
    visits = (problem.visits[0], replace(problem.visits[1], early_approved=True))
    assert starts(solved(replace(problem, visits=visits)).placements) == ["Tue 02 Jun 09:00", "Mon 08 Jun 09:00"]


def test_the_plan_beyond_latest_has_the_fewest_late_days_whatever_they_cost() -> None:
    problem = shut_but_for(clinic(course([WEEK], within=0), days=60), 0, 15, 16)
    day_16_wished = replace(problem, wishes=Wishes(weekdays=frozenset({2})), weights=Weights(weekday=1000))
    plan = stuck(day_16_wished).plan
    assert plan is not None
    assert plan.late_days == (0, 1)


def test_when_even_beyond_latest_nothing_is_free_there_is_no_plan() -> None:
    problem = clinic(course([WEEK]), days=30)
    outcome = stuck(shut_but_for(problem, 0, 1, 2))
    assert (outcome.sequence, outcome.plan) == (2, None)


def test_deadlines_and_blocked_dates_are_never_relaxed() -> None:
    problem = clinic(course([WEEK]), days=60)
    visits = (problem.visits[0], replace(problem.visits[1], deadline=date(2026, 6, 10)))
    shut = [date(2026, 6, day) for day in (8, 9, 10)]
    outcome = stuck(replace(team(problem, ana=hours(problem.grid, shut=shut)), visits=visits))
    assert (outcome.rule, outcome.plan) == ("practitioner_free", None)


def test_visits_beyond_the_horizon_keep_their_windows_and_get_no_slot() -> None:
    plan = solved(clinic(course([WEEK, MONTH, MONTH]), days=30))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Mon 08 Jun 09:00", "-", "-"]
    assert [own.floor for own in plan.windows] == [MONDAY, date(2026, 6, 8), date(2026, 7, 8), date(2026, 8, 8)]
    assert plan.terms[2:] == ((), ())


def test_no_visit_is_squeezed_because_the_horizon_cuts_the_next_window() -> None:
    problem = clinic(course([WEEK, WEEK]), days=24)
    shut = [MONDAY + timedelta(days=days) for days in range(7, 13)] + [
        MONDAY + timedelta(days=days) for days in range(14, 24)
    ]
    plan = solved(team(problem, ana=hours(problem.grid, shut=shut)))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Sun 14 Jun 09:00", "-"]


def test_a_window_that_the_horizon_cuts_is_no_reason_to_call_a_course_infeasible() -> None:
    problem = clinic(course([WEEK, WEEK]), days=22)
    shut = [MONDAY + timedelta(days=days) for days in (*range(7, 14), *range(15, 22))]
    plan = solved(team(problem, ana=hours(problem.grid, shut=shut)))
    assert starts(plan.placements) == ["Mon 01 Jun 09:00", "Mon 15 Jun 09:00", "-"]


def test_a_visit_after_a_performed_one_counts_from_the_day_it_really_was() -> None:
    visits = (replace(course([])[0], window=None, gap=FIFTEEN_DAYS),)
    done = Anchor(at(date(2026, 5, 25), 17), "ana")
    plan = solved(replace(clinic(visits), anchor=done))
    assert starts(plan.placements) == ["Tue 09 Jun 09:00"]
    assert plan.windows == (Window(date(2026, 6, 8), date(2026, 6, 9), date(2026, 6, 9), date(2026, 6, 16)),)


def test_an_overdue_first_visit_is_only_possible_beyond_latest() -> None:
    visits = (replace(course([])[0], window=None, gap=WEEK),)
    outcome = stuck(replace(clinic(visits), anchor=Anchor(at(date(2026, 5, 1), 9))))
    assert outcome.rule == "in_the_future"
    assert outcome.plan is not None
    assert outcome.plan.late_days == (17,)


def test_a_booked_plan_is_planned_as_it_is_booked() -> None:
    problem = replace(clinic(course([WEEK, WEEK, WEEK])), wishes=Wishes(weekdays=frozenset({2})))
    plan = solved(problem)
    moved = [replace(one, start=one.start + timedelta(minutes=45)) for one in plan.placed]
    again = solved(keeping(problem, moved))
    assert again.placed == tuple(moved)


def test_the_wished_practitioner_is_worth_waiting_for_but_not_at_any_price() -> None:
    problem = replace(clinic(course([])), wishes=Wishes(practitioner="bo"))
    free = hours(problem.grid)
    assert solved(team(problem, ana=free, bo=free)).placed[0].practitioner == "bo"
    tomorrow = hours(problem.grid, shut=[MONDAY])
    plan = solved(team(problem, ana=free, bo=tomorrow))
    assert [(term.rule, term.amount, term.points) for term in plan.terms[0]] == [("wished_practitioner", 1, 600)]


def test_a_range_has_its_ideal_in_the_middle_and_may_use_all_of_it() -> None:
    four_to_six = clinic_interval(Span(4, Unit.WEEK), Span(6, Unit.WEEK))
    problem = clinic(course([four_to_six]), days=70)
    assert starts(solved(problem).placements)[1] == "Mon 06 Jul 09:00"
    shut = [MONDAY + timedelta(days=days) for days in range(28, 42)]
    plan = solved(team(problem, ana=hours(problem.grid, shut=shut)))
    assert starts(plan.placements)[1] == "Mon 13 Jul 09:00"


def test_cost_is_the_sum_of_the_terms_it_is_explained_with() -> None:
    wishes = Wishes(frozenset({3}), time(10), time(10, 15), "bo")
    plan = solved(replace(clinic(course([WEEK, WEEK])), wishes=wishes))
    assert plan.cost == sum(term.points for visit in plan.terms for term in visit) > 0


def test_a_visit_that_may_not_start_before_its_own_date_waits_for_it() -> None:
    late: Visit = replace(course([])[0], not_before=date(2026, 6, 4))
    assert starts(solved(clinic((late,))).placements) == ["Thu 04 Jun 09:00"]
