"""Dispatchers that die, race, come late or live by another clock: nothing is lost, and what comes twice has one
Message-ID."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from clinic.base.outgoing import MOST_ATTEMPTS
from tests.chaos.conftest import Told, through
from tests.chaos.faults import fault
from tests.chaos.postbox import REPLIES, Postbox, postbox
from tests.chaos.scratch import ROOT, run, scratch_database
from tests.sizes import SEED, size

pytestmark = [pytest.mark.chaos, pytest.mark.django_db]

HOUR = timedelta(hours=1)
AFTER_HAND_OVER = ("handed over", "inside DATA", "accepted, not marked")


@pytest.fixture
def scratch(db: None) -> Iterator[str]:
    with scratch_database() as address:
        yield address


class Post:
    """Dispatchers on a scratch database, and the server their mail goes to."""

    def __init__(self, database: str, box: Postbox) -> None:
        self.database, self.box = database, box

    def dispatch(self, manner: str, rows: Any, kills: int = 0, **environment: str) -> dict[str, Any]:
        given = rows if isinstance(rows, int) else json.dumps(rows)
        words = ("tests.chaos.dispatchers", manner, str(given), str(kills), str(SEED))
        return run(*words, database=self.database, **through(self.box.port, **environment))

    @property
    def taken(self) -> Counter[str]:
        """Message-ID -> how often the server took a letter with it."""
        return Counter(self.box.ids)

    @property
    def repeats(self) -> int:
        return self.taken.total() - len(self.taken)


@pytest.fixture
def post(scratch: str) -> Iterator[Post]:
    with postbox() as (box, _port):
        yield Post(scratch, box)


def histogram(died: dict[str, int]) -> str:
    return ", ".join(f"{phase} {count}" for phase, count in sorted(died.items(), key=lambda each: -each[1]))


@fault("F16", quick=True)
def test_three_at_once_send_everything_once(post: Post, told: Told) -> None:
    found = post.dispatch("careful", size(60, in_proof=600))
    assert set(found["states"]) == {"sent"}
    assert post.taken == Counter(found["ids"])
    told(f"{len(found['ids'])} messages, each sent once")


@fault("F16", control=True)
def test_three_that_do_not_claim_send_it_twice(post: Post, told: Told) -> None:
    post.dispatch("unclaimed", 150)
    assert post.repeats
    told(f"without claims sends {post.repeats} of 150 again")


@fault("F04", quick=True)
def test_killed_while_sending_nothing_is_lost(post: Post, told: Told) -> None:
    post.box.pause = 0.05
    rows, kills = size(80, in_proof=600), size(6, in_proof=40)
    found = post.dispatch("careful", rows, kills)
    died = Counter(found["died"])
    assert set(found["states"]) <= {"sent", "unknown"}
    assert set(found["ids"]) - set(post.taken) <= set(found["unknown"]), "lost without a word"
    assert post.repeats <= died["inside DATA"] + died["accepted, not marked"]
    assert len(found["unknown"]) + post.repeats <= sum(died[phase] for phase in AFTER_HAND_OVER)
    assert max(post.taken.values()) <= 2
    assert died["inside DATA"] >= size(1, in_proof=10)
    doubts = f"{post.repeats} came twice with one Message-ID, {len(found['unknown'])} unknown"
    told(f"{rows} messages, {died.total()} kills ({histogram(died)}); none lost, {doubts}")


@fault("F04", control=True)
def test_who_marks_before_sending_loses_mail(post: Post, told: Told) -> None:
    post.box.pause = 0.05
    found = post.dispatch("first", 150, 30)
    assert found["states"] == {"sent": 150}
    lost = set(found["ids"]) - set(post.taken)
    assert lost
    told(f"that marks first loses {len(lost)} of 150")


@fault("F12")
@pytest.mark.parametrize("mode", [*REPLIES, "refused", "vanish", "hang", "drop"])
def test_a_server_that_misbehaves(mode: str, post: Post, told: Told) -> None:
    """What it refused for now is tried again, what it refused for good is the desk's; at most one repeat otherwise."""
    post.box.mode = mode
    environment = {"EMAIL_PORT": "1"} if mode == "refused" else {}
    rounds = {"SECONDS_TO_ANSWER": "0.3", "ROUNDS": "4"}
    found = post.dispatch("careful", 1, **(rounds | environment))
    fate = {"550": "failed", "554": "failed", "hang": "unknown", "drop": "unknown"}.get(mode, "retry")
    assert found["states"] == {fate: 1}
    assert post.taken == ({found["ids"][0]: 2} if fate == "unknown" else {})
    told(f"{mode} {fate}")


@fault("F12", control=True)
def test_who_takes_silence_for_a_refusal_sends_twelve(post: Post, told: Told) -> None:
    post.box.mode = "drop"
    post.dispatch("insistent", 1, ROUNDS="14")
    [copies] = post.taken.values()
    assert copies == MOST_ATTEMPTS
    told(f"that takes silence for a refusal sends {copies} copies")


@pytest.mark.proof
def test_a_server_that_answers_too_late_gets_each_twice_at_most(post: Post) -> None:
    post.box.mode = "hang"
    found = post.dispatch("careful", 20, SECONDS_TO_ANSWER="0.3", ROUNDS="14")
    assert found["states"] == {"unknown": 20}
    assert post.taken == dict.fromkeys(found["ids"], 2)


@fault("F14")
@pytest.mark.parametrize("hours", ["1", "-2"])
def test_a_clock_that_jumps_sends_nothing_early_and_takes_nothing_from_others(
    hours: str, post: Post, told: Told
) -> None:
    due = size(10, in_proof=600 if hours == "1" else 60)
    found = post.dispatch("careful", by_the_hour(due), CLOCK_HOURS=hours)
    assert [status for status, _attempts in found["rows"]] == ["sent"] * due + ["scheduled"] * 10 + ["sending"]
    assert sorted(post.taken.values()) == [1] * due
    told(f"{hours} h: {due} due are sent, 10 later and 1 in other hands are not")


@fault("F14", control=True)
def test_who_asks_the_clock_of_its_host_sends_early(post: Post, told: Told) -> None:
    found = post.dispatch("ownclock", by_the_hour(10), CLOCK_HOURS="1.1")
    assert found["states"] == {"sent": 21}
    told("that asks its own clock sends 10 too early and takes 1 from somebody else")


def by_the_hour(due: int) -> list[dict[str, Any]]:
    """So many are due, ten will be in an hour, and one is in somebody's hands for as long."""
    now = datetime.now(UTC)
    soon = (now + HOUR).isoformat()
    held = {"status": "sending", "attempts": 1, "lease_until": (now + HOUR / 2).isoformat()}
    return [{} for _due in range(due)] + [{"due_at": soon} for _later in range(10)] + [held]


@fault("F23")
def test_after_six_hours_the_oldest_goes_first_and_what_is_too_late_not_at_all(post: Post, told: Told) -> None:
    found = post.dispatch("careful", six_hours())
    assert found["states"] == {"expired": 30, "sent": 60}
    sent = [post.taken[each] for each in found["ids"]]
    assert sent == [0] * 30 + [1] * 60
    assert max(batches(post.box.ids, found["ids"])) <= 4 * 3, "three dispatchers of four at a time keep the order"
    told("60 sent in order, 30 whose visit has passed are not")


@fault("F23", control=True)
def test_who_looks_at_no_end_sends_what_is_too_late(post: Post, told: Told) -> None:
    found = post.dispatch("onward", six_hours())
    assert found["states"] == {"sent": 90}
    told("that looks at no end sends 30 reminders of visits that have passed")


def six_hours() -> list[dict[str, Any]]:
    """One every four minutes for six hours; the first thirty speak of what is over."""
    first, over = datetime.now(UTC) - 6 * HOUR, (datetime.now(UTC) - HOUR / 60).isoformat()
    rows = [{"due_at": (first + number * HOUR / 15).isoformat()} for number in range(90)]
    return [row | {"expires_at": over} for row in rows[:30]] + rows[30:]


def batches(arrived: list[str], due: list[str]) -> list[int]:
    """How far from its place in the order of due times each arrived."""
    places = {each: place for place, each in enumerate(each for each in due if each in set(arrived))}
    return [abs(places[each] - place) for place, each in enumerate(arrived)]


@fault("F24")
def test_a_message_that_kills_its_senders_is_given_up_and_takes_no_other_with_it(post: Post, told: Told) -> None:
    found = post.dispatch("poison", 20, ROUNDS=str(MOST_ATTEMPTS + 3))
    poison, *others = found["rows"]
    assert poison == ["failed", MOST_ATTEMPTS]
    assert {status for status, _attempts in others} == {"sent"}
    assert found["dead"] == MOST_ATTEMPTS
    told(f"{found['dead']} senders die, then it is failed; the other 19 are sent")


@fault("F24", control=True)
def test_where_nobody_counts_it_goes_on_for_ever(post: Post, told: Told) -> None:
    with psycopg.connect(post.database, autocommit=True) as owner:
        owner.execute("ALTER TABLE scheduling_message DROP CONSTRAINT message_attempts_end")
    found = post.dispatch("endless", 20, ROUNDS=str(MOST_ATTEMPTS + 3))
    assert found["rows"][0][0] == "sending"
    assert found["dead"] > MOST_ATTEMPTS
    told(f"that does not count kills {found['dead']} in as many rounds and would go on")


@pytest.mark.proof
def test_the_loop_sends_and_stops_when_told(post: Post) -> None:
    post.dispatch("careful", 150, ROUNDS="0")
    environment = os.environ | through(post.box.port) | {"DATABASE_URL": post.database}
    loop = subprocess.Popen(
        [sys.executable, "manage.py", "dispatch", "--loop", "--every", "0.2"], cwd=ROOT, env=environment
    )
    try:
        until = time.monotonic() + 30
        while not post.box.ids and time.monotonic() < until:
            time.sleep(0.1)
        loop.send_signal(signal.SIGTERM)
        assert loop.wait(timeout=20) == 0
    finally:
        loop.kill()
    assert post.box.ids
