"""Why a session has the time it has, in sentences."""

from dataclasses import replace
from datetime import date, time, timedelta
from string import Formatter

import pytest

from scheduling.planner.engine import rules
from scheduling.planner.engine.explain import ONE, SENTENCES, UNTOLD, Reason, english, explain, explain_infeasible
from scheduling.planner.engine.problem import Infeasible, Problem, Resource, Solution, Wishes
from scheduling.planner.engine.solver import solve
from tests.scheduling.planner.engine.clinics import MONDAY, MONTH, WEEK, at, clinic, course, hours, keeping
from tests.scheduling.planner.engine.instances import hours as elapsed


def reasons(problem: Problem) -> list[list[str]]:
    outcome = solve(problem)
    assert isinstance(outcome, Solution), outcome
    return [[english(reason) for reason in visit] for visit in explain(problem, outcome)]


def with_ana(problem: Problem, *shut: date) -> Problem:
    return replace(problem, practitioners=(Resource("ana", hours(problem.grid, shut=shut)),))


def test_a_session_on_its_ideal_day_says_only_that() -> None:
    assert reasons(clinic(course([WEEK]))) == [["Best day."]] * 2


def test_the_days_nearer_to_the_ideal_are_named_with_what_took_them() -> None:
    problem = clinic(course([WEEK]))
    patient = hours(problem.grid, shut=[date(2026, 6, 10)])
    shut = with_ana(replace(problem, patient=patient), date(2026, 6, 8), date(2026, 6, 9))
    assert reasons(shut)[1] == [
        "3 days after the best day (8 June).",
        "8 June to 9 June: nobody was free for long enough.",
        "10 June: the patient is not available when somebody is free.",
    ]


def test_a_day_that_was_free_but_dearer_is_named_too() -> None:
    shut = [MONDAY + timedelta(days=days) for days in range(14, 22)]
    second = reasons(with_ana(clinic(course([WEEK, WEEK]), days=40), *shut))[1]
    assert second[1] == "8 June to 11 June: free, but the course as a whole would be worse."


def test_a_broken_wish_is_named_with_its_size() -> None:
    wishes = Wishes(frozenset({2}), time(12), time(13), "bo")
    assert reasons(replace(clinic(course([])), wishes=wishes))[0][1:] == [
        "30 minutes outside the time asked for.",
        "Nothing was free at the time asked for on that day.",
        "Not on a weekday asked for.",
        "bo was asked for.",
    ]


def test_a_wished_time_given_up_for_something_else_is_not_called_taken() -> None:
    problem = replace(clinic(course([])), wishes=Wishes(latest=time(10), practitioner="bo"))
    bo = Resource("bo", hours(problem.grid, time(9, 50)))
    assert reasons(replace(problem, practitioners=(*problem.practitioners, bo)))[0] == [
        "Best day.",
        "20 minutes outside the time asked for.",
    ]


def test_a_change_of_practitioner_is_named() -> None:
    problem = clinic(course([WEEK]))
    ana = Resource("ana", hours(problem.grid, shut=[MONDAY + timedelta(days=n) for n in range(7, 15)]))
    bo = Resource("bo", hours(problem.grid, shut=[MONDAY + timedelta(days=n) for n in range(7)]))
    both = replace(problem, practitioners=(ana, bo), visits=course([WEEK], within=0))
    assert "Another practitioner than at the visit before." in reasons(both)[1]


def test_the_24_hours_after_an_allergy_test_are_the_reason_why_the_next_day_is_too_soon() -> None:
    test = replace(course([])[0], kind="allergy_test")
    session = replace(test, sequence=2, window=None, gap=elapsed(24, 7))
    problem = replace(clinic((test, session)), now=at(MONDAY, 11, 30))
    assert "2 June: too soon after the visit before." in reasons(problem)[1]


def test_days_already_over_are_called_so() -> None:
    visit = replace(course([], first=MONDAY - timedelta(days=2))[0])
    assert "30 May to 31 May: already over." in reasons(clinic((visit,)))[0]


def test_a_booked_session_says_that_it_stays() -> None:
    problem = clinic(course([WEEK]))
    outcome = solve(problem)
    assert isinstance(outcome, Solution)
    assert reasons(keeping(problem, outcome.placements))[1] == [
        "It stays where it was booked.",
        "Best day.",
    ]


def test_a_session_beyond_the_horizon_says_when_it_will_be_booked() -> None:
    assert reasons(clinic(course([MONTH]), days=30))[1] == ["Gets a time later, once booking opens beyond 30 June."]


def test_a_course_that_cannot_be_placed_says_where_why_and_what_is_left() -> None:
    shut = [MONDAY + timedelta(days=days) for days in range(1, 15)]
    problem = with_ana(clinic(course([WEEK], within=0)), *shut)
    outcome = solve(problem)
    assert isinstance(outcome, Infeasible)
    assert [english(reason) for reason in explain_infeasible(problem, outcome)] == [
        "No free time for visit 2 between 8 June and 15 June.",
        "8 June to 15 June: nobody was free for long enough.",
        "There is a plan with later dates, 1 day late in all; a practitioner has to approve it.",
    ]
    short = with_ana(
        clinic(course([WEEK], within=0), days=20), *shut, *[MONDAY + timedelta(days=n) for n in range(15, 21)]
    )
    refused = solve(short)
    assert isinstance(refused, Infeasible)
    assert (
        english(explain_infeasible(short, refused)[2]) == "Up to 20 June there is no free time on later dates either."
    )


def test_every_rule_has_a_sentence() -> None:
    names = {rule.__name__ for rule in rules.HARD} | {rule.__name__ for rule, _points in rules.SOFT} | {rules.WINDOW}
    assert names - UNTOLD <= set(SENTENCES)


def test_one_day_is_not_called_days() -> None:
    assert english(Reason("days_after_ideal", {"amount": 1, "ideal": MONDAY})) == "1 day after the best day (1 June)."
    assert set(ONE) <= set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_names_only_parameters_it_is_given_by_name(code: str) -> None:
    params = {
        "amount": 3,
        "wanted": "bo",
        "ideal": MONDAY,
        "horizon": MONDAY,
        "dates": (MONDAY,),
        "sequence": 2,
        "first": MONDAY,
        "last": MONDAY,
    }
    assert "%" not in english(Reason(code, params))
    assert not [name for _text, name, _spec, _conversion in Formatter().parse(SENTENCES[code]) if name]


def test_a_visit_whose_last_day_comes_before_its_window_is_said_to_take_place_never() -> None:
    """A phase that ends by date (P08): the third would be due after its end, whatever the calendar."""
    ends = MONDAY + timedelta(days=10)
    visits = tuple(replace(visit, deadline=ends) for visit in course([WEEK, WEEK]))
    outcome = solve(clinic(visits, days=13))
    assert isinstance(outcome, Solution)
    told = explain(clinic(visits, days=13), outcome)[2]
    assert [english(reason) for reason in told] == [
        "Cannot take place: possible from 15 June, and its last day is 11 June."
    ]


def test_a_visit_whose_last_day_the_calendar_holds_gets_its_time_and_does_not_wait() -> None:
    """Its window reaches beyond the horizon, the end of its phase does not."""
    visits = tuple(replace(visit, deadline=MONDAY + timedelta(days=9)) for visit in course([WEEK]))
    outcome = solve(clinic(visits, days=11))
    assert isinstance(outcome, Solution)
    assert len(outcome.placed) == 2
