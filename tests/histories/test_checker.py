"""The checker says of small histories what trying every order says, and sees planted faults."""

import random
from collections import Counter

import pytest

from tests.chaos.caller import Answer
from tests.histories.checker import EMPTY, Act, Calendar, anomalies, by_brute_force, linearizable, partitions
from tests.histories.clients import allowed
from tests.sizes import SEED, size

CALENDAR = Calendar(width=30)
MONDAY, TUESDAY = (1, "2026-05-04"), (1, "2026-05-05")


def act(kind: str, visit: str, called: float, answered: float, minute: int | None = None, **given: object) -> Act:
    to = None if minute is None else (given.pop("lane", MONDAY), minute)
    return Act(kind, visit, called, answered, bool(given.pop("done", True)), to, **given)  # type: ignore[arg-type]


def drawn(chance: random.Random) -> list[Act]:
    """Up to six acts of a calendar that does one after the other, seen by clients that overlap; now and then one of
    them is told wrong."""
    state, acts, now = EMPTY, [], 0.0
    for _number in range(chance.randint(1, 6)):
        now += 1
        kind, visit = chance.choice(["book", "book", "move", "cancel", "read"]), chance.choice("abc")
        span = (now - chance.uniform(0, 3), now + chance.uniform(0, 3))
        if kind == "read":
            acts.append(act("read", f"reader {now}", *span, seen=state, lanes=frozenset({MONDAY})))
            continue
        wanted = act(kind, visit, *span, None if kind == "cancel" else chance.choice([0, 15, 30]))
        after = CALENDAR.after(state, wanted)
        if after is None:
            wanted = act(kind, visit, *span, wanted.to[1] if wanted.to else None, done=False)
        state = after if after is not None else state
        acts.append(wanted)
    if chance.random() < 0.5:
        place = chance.randrange(len(acts))
        told = acts[place]
        acts[place] = Act(told.kind, told.visit, told.called, told.answered, not told.done, told.to, EMPTY, told.lanes)
    chance.shuffle(acts)
    return acts


def test_it_says_what_every_order_says() -> None:
    chance, said = random.Random(SEED), Counter[bool]()
    for _history in range(size(400, in_proof=5000)):
        acts = drawn(chance)
        found = linearizable(acts, CALENDAR)
        assert found == by_brute_force(acts, CALENDAR), acts
        said[found] += 1
    assert min(said.values()) > said.total() / 10, "both answers are common"


PLANTED = {
    "two visits stand on each other": [act("book", "a", 0, 2, 0), act("book", "b", 1, 3, 15)],
    "refused although nobody was there": [
        act("book", "a", 0, 1, 0),
        act("cancel", "a", 2, 3),
        act("book", "b", 4, 5, 0, done=False),
    ],
    "the old place is taken before the move was asked for": [
        act("book", "a", 0, 1, 0),
        act("book", "b", 2, 3, 0),
        act("move", "a", 4, 5, 60),
    ],
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_seen(planted: str) -> None:
    acts = PLANTED[planted]
    assert anomalies(acts, CALENDAR)
    assert not by_brute_force(acts, CALENDAR)


def test_the_same_acts_with_time_enough_are_no_fault() -> None:
    """Who asked while the other was still on the way may have come first or last."""
    move_on_the_way = [act("book", "a", 0, 1, 0), act("move", "a", 1.5, 5, 60), act("book", "b", 2, 3, 0)]
    assert anomalies(move_on_the_way, CALENDAR) == []


def test_a_last_look_shows_what_was_lost() -> None:
    look = act("read", "reader", 4, 5, lanes=frozenset({MONDAY}))
    assert anomalies([act("book", "a", 0, 1, 0), look], CALENDAR)


def test_days_are_looked_at_singly_unless_a_visit_was_moved_between_them() -> None:
    apart = [act("book", "a", 0, 1, 0), act("book", "b", 0, 1, 0, lane=TUESDAY)]
    assert sorted(map(len, partitions(apart))) == [1, 1]
    across = [*apart, act("move", "a", 2, 3, 60, lane=TUESDAY), act("cancel", "b", 4, 5)]
    assert sorted(map(len, partitions(across))) == [4]


ANSWERS = [
    (201, {"id": "7"}, True),
    (409, {"errors": [{"field": "room", "code": "taken"}], "conflicts": [{"taken": ["room"]}]}, False),
    (409, {"errors": [], "state": "cancelled", "verb": "move"}, False),
    (409, {"errors": [], "detail": "This key was used for another request."}, None),
    (422, {"errors": [{"field": "patient", "code": "not_known"}]}, None),
    (500, "", None),
]


@pytest.mark.parametrize(("status", "body", "means"), ANSWERS)
def test_only_a_taken_time_or_a_cancelled_visit_is_a_no(status: int, body: object, means: bool | None) -> None:
    """A client that takes another refusal for "taken" accuses the calendar."""
    assert allowed(Answer(status, body, {})) is means
