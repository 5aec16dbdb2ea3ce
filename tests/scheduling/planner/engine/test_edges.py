"""The two minima that the solver rests on, against asking row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planner.engine.edges import Edge, cheapest, edge, onward, range_minimum, reached
from scheduling.planner.engine.rules import LATE_DAY
from scheduling.planner.engine.states import FAR, Ints, States

points = st.lists(st.sampled_from([*range(50), FAR]), min_size=3, max_size=3)


@st.composite
def later_visits(draw: st.DrawFn) -> States:
    days = draw(st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True))
    cost = np.array([draw(points) for _ in days])
    day = np.array(sorted(days))
    return States(day, np.repeat(day[:, None] * 1440, 3, axis=1), cost)


def link_to(later: States, day: int, floor: int, ideal: int, latest: int) -> Edge:
    return edge(later, *(np.array([day + days]) for days in (floor, ideal, latest)), None)


@given(later_visits(), st.integers(0, 20), st.integers(0, 5), st.integers(0, 5), st.integers(0, 9), st.booleans())
def test_the_way_on_costs_what_trying_every_row_finds(
    later: States, day: int, floor: int, wait: int, slack: int, late: bool
) -> None:
    ideal, latest = floor + wait, floor + wait + slack
    link = link_to(later, day, floor, ideal, latest)
    least = onward(link, later, later.cost, day=7, change=11, late=late)[0]

    def tried(person: int) -> int:
        ways = [FAR]
        for row, there in enumerate(later.day.tolist()):
            if day + floor <= there and (late or there <= day + latest):
                for other in range(3):
                    over = max(there - day - latest, 0) * LATE_DAY
                    ways.append(
                        int(later.cost[row, other]) + abs(there - day - ideal) * 7 + 11 * (other != person) + over
                    )
        return min(*ways, FAR)

    assert least.tolist() == [tried(person) for person in range(3)]


@given(later_visits(), st.integers(0, 20), st.integers(0, 9), st.booleans())
def test_the_row_gone_to_is_one_that_costs_the_least(later: States, day: int, slack: int, late: bool) -> None:
    link = link_to(later, day, 1, 2, 2 + slack)
    least: Ints = onward(link, later, later.cost, day=7, change=11, late=late)[0]
    for person in range(3):
        if least[person] < FAR:
            row, other = cheapest(link, 0, later, later.cost, person=person, day=7, change=11, late=late)
            over = max(int(later.day[row]) - day - 2 - slack, 0) * LATE_DAY
            way = int(later.cost[row, other]) + abs(int(later.day[row]) - day - 2) * 7 + 11 * (other != person) + over
            assert way == least[person]


@given(st.lists(points, min_size=1, max_size=20), st.data())
def test_a_range_minimum_is_the_minimum_of_the_range(rows: list[list[int]], data: st.DataObject) -> None:
    values = np.array(rows)
    low = data.draw(st.integers(0, len(rows)))
    high = data.draw(st.integers(low, len(rows)))
    expected = values[low:high].min(axis=0).tolist() if high > low else [FAR] * 3
    assert range_minimum(values, np.array([low]), np.array([high]))[0].tolist() == expected


def test_a_row_is_reached_when_any_live_row_before_it_leads_there() -> None:
    later = States(np.arange(10), np.zeros((10, 1), np.int64), np.zeros((10, 1), np.int64))
    days = np.array([0, 4])
    link = edge(later, days + 1, days + 1, days + 2, None)
    both, first = np.array([True, True]), np.array([True, False])
    assert np.flatnonzero(reached(link, both, 10, late=False)).tolist() == [1, 2, 5, 6]
    assert np.flatnonzero(reached(link, first, 10, late=False)).tolist() == [1, 2]
    assert np.flatnonzero(reached(link, first, 10, late=True)).tolist() == list(range(1, 10))


def test_of_equal_ways_the_earliest_start_wins_then_the_first_practitioner() -> None:
    start = np.array([[600, 540, 540]])
    later = States(np.array([3]), start, np.zeros((1, 3), np.int64))
    link = link_to(later, 0, 1, 3, 5)
    assert cheapest(link, 0, later, later.cost, person=None, day=7, change=11, late=False) == (0, 1)
