"""Dispatchers in processes of their own, killed with signal 9 while they work.

    MANNER ROWS KILLS SEED

Three at a time run until they are killed, until so many have been; then three run to the end. ROWS is how many mails
are due, or what each of them is as JSON. What is careless on purpose is a control. MANNER is

    careful      the product's own dispatch_due
    first        marks a row as sent before it sends it
    unclaimed    takes what is due without claiming it
    unchecked    does not look again whether what a message says is still true
    ownclock     asks the clock of its own host instead of the database's
    poison       careful, but the first message kills whoever is about to send it
    endless      the same, and nobody counts the attempts
    insistent    takes silence for a refusal
    onward       careful, and what came too late goes as well
    blind        takes a letter for sent whatever happened
    again        careful, for what is there already

Run by tests.with_django on a scratch database; SECONDS_TO_ANSWER shortens EMAIL_TIMEOUT, CLOCK_HOURS puts the clocks of
the dispatchers forward, ROUNDS says how often they run to the end. The last line is JSON.
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.db import connections
from django.utils import timezone

from clinic.base.outgoing import MOST_ATTEMPTS
from clinic.base.rows import Prepared
from scheduling.messages import senders
from scheduling.messages.actions import claims, dispatch, handing_off
from scheduling.messages.senders import Line, Outcome, message_id
from scheduling.models import ChannelTrouble, Message
from tests.factories import NOW, LocationFactory, PatientFactory

FORK = multiprocessing.get_context("fork")
PROCESSES = 3
MOST_LETTERS, MOST_SECONDS = 3, 0.06  # that a dispatcher begins, and goes on after that, until it is killed
LIMIT = 4  # messages a batch
PHASES = ("between two messages", "claimed", "handed over", "inside DATA", "accepted, not marked", "marked")
LETTER = PHASES.index("inside DATA")
AHEAD = timedelta(hours=float(os.environ.get("CLOCK_HOURS", "0")))
UNCHECKED = Prepared(handing_off.HANDED_OVER.format(still_true="true"))
where = FORK.Array("i", PROCESSES, lock=False)  # the phase of each worker, still to be read when it is dead
letters = FORK.Array("i", PROCESSES, lock=False)  # how many each has begun to send


def write(rows: list[dict[str, Any]]) -> list[int]:
    """Mails to one patient, due unless they say otherwise."""
    location, patient = LocationFactory(), PatientFactory(email="somebody@example.test")
    usual = {"kind": "check_24h", "channel": "email", "context": {"start": NOW.isoformat()}, "due_at": NOW}
    made = Message.objects.bulk_create(
        Message(patient=patient, location=location, dedupe_key=f"row-{number}", **{**usual, **fields})
        for number, fields in enumerate(rows)
    )
    return [row.pk for row in made]


# --- where a worker is ----------------------------------------------------------------------------------------------


class Watched(senders.Witness):
    """Says when the letter itself is on its way."""

    place = 0

    def data(self, msg: Any) -> Any:
        where[Watched.place] = LETTER
        letters[Watched.place] += 1
        answer = super().data(msg)
        where[Watched.place] = LETTER + 1
        return answer


def entering(phase: int, step: Any) -> Any:
    """`step`, after which the worker is in this phase."""

    def passed(*given: Any, **named: Any) -> Any:
        found = step(*given, **named)
        where[Watched.place] = phase
        return found

    return passed


def watched() -> None:
    senders.WitnessedSmtp.connection_class = Watched
    dispatch.claim = entering(1, dispatch.claim)
    dispatch.hand_off = entering(2, dispatch.hand_off)
    dispatch.write_outcome = entering(5, dispatch.write_outcome)


# --- what is careless -----------------------------------------------------------------------------------------------


def mark_first(message: Message, line: Line, moment: dispatch.Moment) -> tuple[str, Outcome]:
    """If it dies in between, the message is lost and the ledger says sent."""
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=timezone.now())
    line.open()
    return "sent", line.send(message)


def take_unclaimed(channel: str, limit: int, moment: dispatch.Moment) -> list[Message]:
    due = Message.objects.filter(channel=channel, status="scheduled").select_related("patient", "location")
    return list(due.order_by("due_at", "id")[:limit])


def send_at_once(message: Message, line: Line, moment: dispatch.Moment) -> tuple[str, Outcome]:
    line.open()
    outcome = line.send(message)
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=timezone.now())
    return "sent", outcome


def opened_or_die() -> None:
    """The poison works before the hand-over: what may have been sent is given up after one repeat anyway."""
    deliver = dispatch.deliver

    def poisoned(message: Message, line: Line, moment: dispatch.Moment) -> Any:
        if message.dedupe_key == "row-0":
            os.kill(os.getpid(), signal.SIGKILL)
        return deliver(message, line, moment)

    dispatch.deliver = poisoned


class OwnClock(dispatch.Moment):
    def __init__(self, now: datetime | None = None) -> None:
        super().__init__(now or datetime.now(UTC))


def behave(manner: str) -> None:
    if manner == "first":
        dispatch.deliver = mark_first
    elif manner == "unclaimed":
        dispatch.claim, dispatch.deliver = take_unclaimed, send_at_once
    elif manner == "unchecked":
        handing_off.HAND_OVER = UNCHECKED
    elif manner == "ownclock":
        dispatch.Moment = OwnClock
    elif manner in {"poison", "endless"}:
        opened_or_die()
    elif manner == "onward":
        claims.close = lambda *_given, **_named: Counter()
        handing_off.HAND_OVER = UNCHECKED
    elif manner == "insistent":
        senders.judged = lambda *_given, **_named: Outcome(senders.Fate.RETRY, "?")
    elif manner == "blind":
        senders.judged = lambda *_given, **_named: Outcome(senders.Fate.SENT)
    if manner == "endless":
        claims.MOST_ATTEMPTS = 10 * MOST_ATTEMPTS


# --- work, kills, the end -------------------------------------------------------------------------------------------


def work(place: int) -> None:
    Watched.place = place
    where[place] = letters[place] = 0
    with time_machine.travel(datetime.now(UTC) + AHEAD) if AHEAD else nullcontext():
        while dispatch.dispatch_due(limit=LIMIT)["sent"]:
            where[place] = 0


def three() -> list[Any]:
    connections.close_all()
    letters[:] = [0] * PROCESSES
    workers = [FORK.Process(target=work, args=(place,)) for place in range(PROCESSES)]
    for worker in workers:
        worker.start()
    return workers


def lapse() -> None:
    """Nobody is alive: every lease ends and every channel has rested, instead of waiting for it."""
    Message.objects.filter(lease_until__isnull=False).update(lease_until=NOW)
    ChannelTrouble.objects.all().delete()


def killed_round(rng: random.Random) -> Counter[str]:
    """Three dispatchers, each killed at a moment of its own: in which phase those that were at work died."""
    died: Counter[str] = Counter()
    for place, worker in enumerate(three()):
        some = rng.randint(0, MOST_LETTERS)
        while worker.is_alive() and letters[place] < some:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, MOST_SECONDS))
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        if worker.exitcode == -signal.SIGKILL:
            died[PHASES[where[place]]] += 1
    return died


def to_the_end(rounds: int) -> int:
    """How many died by themselves meanwhile. Between two rounds every lease ends."""
    dead = 0
    for number in range(rounds):
        if number:
            lapse()
        workers = three()
        for worker in workers:
            worker.join()
            dead += worker.exitcode == -signal.SIGKILL
    return dead


def main(manner: str, rows: str, kills: str, seed: str) -> dict[str, Any]:
    settings.EMAIL_TIMEOUT = float(os.environ.get("SECONDS_TO_ANSWER", settings.EMAIL_TIMEOUT))
    behave(manner)
    watched()
    given = [{}] * int(rows) if rows.isdigit() else json.loads(rows)
    ids = write(given) if given else []
    if manner == "again":
        lapse()
    rng = random.Random(int(seed))
    died: Counter[str] = Counter()
    while died.total() < int(kills):
        died += killed_round(rng)
        lapse()
    dead = to_the_end(int(os.environ.get("ROUNDS", "3" if int(kills) else "1")))
    found = list(Message.objects.filter(pk__in=ids).order_by("pk"))
    return {
        "left": Counter(Message.objects.values_list("status", flat=True)),
        "died": died,
        "dead": dead,
        "states": Counter(row.status for row in found),
        "ids": [message_id(row) for row in found],
        "unknown": [message_id(row) for row in found if row.status == "unknown"],
        "rows": [(row.status, row.attempts) for row in found],
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # the answer to the test that started us
