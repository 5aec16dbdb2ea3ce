"""The steps that the solver rests on, against asking row by row."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planner.engine.edges import Edge, Position, cheapest, onward, reached
from scheduling.planner.engine.problem import Weights
from scheduling.planner.engine.rules import LATE_DAY
from scheduling.planner.engine.states import FAR, States
from tests.scheduling.planner.engine.instances import NO_WEIGHTS

PEOPLE, FIRST_HOUR = 3, 9
WEIGHTS = replace(NO_WEIGHTS, day=7, change=11, hour=5, weekday_change=13)


@st.composite
def later_visits(draw: st.DrawFn, hours: int = 5) -> States:
    """Some days, on each some practitioners in some hours."""
    days = draw(st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True))
    shape = (len(days), PEOPLE, hours)
    points = st.lists(st.sampled_from([*range(50), FAR]), min_size=PEOPLE * hours, max_size=PEOPLE * hours)
    cost = np.array([draw(points) for _ in days]).reshape(shape)
    day = np.array(sorted(days))
    start = day[:, None, None] * 1440 + (FIRST_HOUR + np.arange(hours)) * 60 + np.zeros(shape, np.int64)
    return States(day, start, cost, FIRST_HOUR)


def link(day: int, floor: int, ideal: int, latest: int) -> Edge:
    floors, ideals, latests = (np.array([day + days]) for days in (floor, ideal, latest))
    return Edge(np.array([day]), floors, ideals, latests, None, counts=True, regular=True)


def standing(hours: int) -> States:
    """One row of the visit before, with any practitioner in any hour."""
    shape = (1, PEOPLE, hours)
    return States(np.array([0]), np.zeros(shape, np.int64), np.zeros(shape, np.int64), FIRST_HOUR)


@given(
    later_visits(),
    st.integers(0, 20),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 9),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_the_way_on_costs_what_trying_every_state_finds(
    later: States, day: int, floor: int, wait: int, slack: int, wished: int | None, late: bool
) -> None:
    ideal, latest = floor + wait, floor + wait + slack
    edge = link(day, floor, ideal, latest)
    least = onward(edge, standing(6), later, later.cost, WEIGHTS, wished, late=late)[0]

    def tried(person: int, hour: int) -> int:
        ways = [FAR]
        for (row, other, there_hour), points in np.ndenumerate(later.cost):
            there = int(later.day[row])
            if day + floor <= there and (late or there <= day + latest):
                own = (there - day - ideal) ** 2 * 7 + 13 * ((there - day) % 7 != 0)
                own += 11 * (other not in (person, wished)) + 5 * min(abs(there_hour - hour), 3)
                ways.append(int(points) + own + max(there - day - latest, 0) * LATE_DAY)
        return min(*ways, FAR)

    assert least.tolist() == [[tried(person, hour) for hour in range(6)] for person in range(PEOPLE)]


@given(later_visits(), st.integers(0, 20), st.integers(0, 9), st.sampled_from([None, 1]), st.booleans())
def test_the_state_gone_to_is_one_that_costs_the_least(
    later: States, day: int, slack: int, wished: int | None, late: bool
) -> None:
    edge = link(day, 1, 2, 2 + slack)
    least = onward(edge, standing(5), later, later.cost, WEIGHTS, wished, late=late)[0]
    for (person, hour), points in np.ndenumerate(least):
        if points < FAR:
            before = Position(0, person, FIRST_HOUR + hour)
            assert cheapest(edge, before, later, later.cost, WEIGHTS, wished, late=late)[3] == points


def test_a_row_is_reached_when_any_row_before_it_leads_there() -> None:
    days = np.arange(10)
    before = np.array([0, 4])
    edge = Edge(before, before + 1, before + 1, before + 2, None, counts=True, regular=False)
    assert np.flatnonzero(reached(edge, days, None, late=False)).tolist() == [1, 2, 5, 6]
    assert np.flatnonzero(reached(edge.at(np.array([0])), days, None, late=False)).tolist() == [1, 2]
    assert np.flatnonzero(reached(edge.at(np.array([0])), days, None, late=True)).tolist() == list(range(1, 10))


def test_of_equal_ways_the_earliest_start_wins_then_the_first_practitioner() -> None:
    start = np.array([600, 540, 540])[None, :, None]
    later = States(np.array([3]), start, np.zeros((1, 3, 1), np.int64), FIRST_HOUR)
    nobody = Position(0, None, None)
    assert cheapest(link(0, 1, 3, 5), nobody, later, later.cost, Weights(), None, late=False)[:2] == (0, 1)
