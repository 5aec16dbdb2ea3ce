"""The faults that the clinic is to survive, and how a test says which of them it proves.

    @fault("F04")                   the fault itself: in `make chaos`
    @fault("F04", quick=True)       and in `make test` as well; all of these together take at most half a minute
    @fault("F04", control=True)     the same fault on something careless: it must do the harm that the test looks for

Each test says its figures with the fixture `told`; they make the lines of docs/proof/chaos.json, one a fault.
"""

from collections.abc import Callable
from typing import Any

import pytest

FAULTS = {
    "F01": "a child of a worker is killed in the middle of a task",
    "F02": "a worker is killed with all it started",
    "F03": "a worker is told to stop in the middle of a task",
    "F04": "dispatchers are killed at any point",
    "F05": "the broker is killed",
    "F06": "the broker is emptied",
    "F07": "the broker refuses, or takes the connection and says nothing",
    "F08": "the broker is full",
    "F09": "the database restarts without warning",
    "F10": "the database is away",
    "F11": "the answer to a commit is lost",
    "F12": "the mail server refuses, hangs or hangs up",
    "F13": "the clocks change",
    "F14": "the clock of one host jumps",
    "F15": "two clocks tick",
    "F16": "three dispatchers race",
    "F17": "many clients want one slot",
    "F18": "two courses are booked against each other",
    "F19": "many change one course at once",
    "F20": "a visit changes while its reminder is on its way",
    "F21": "a migration is killed, or runs twice at once",
    "F22": "the disk of the database is full",
    "F23": "nobody sends for six hours",
    "F24": "a task kills every worker that takes it",
    "F25": "an acceptance is killed half way",
    "F26": "a row stays locked, a database stands still",
    "F27": "a web worker is killed in the middle of a request",
    "F28": "the disk of the files is full",
}


Test = Callable[..., Any]


def fault(*numbers: str, control: bool = False, quick: bool = False) -> Callable[[Test], Test]:
    assert FAULTS.keys() >= set(numbers)

    def marked(test: Test) -> Test:
        found: Test = pytest.mark.fault(*numbers, control=control)(test)
        return found if quick else pytest.mark.proof(found)

    return marked
