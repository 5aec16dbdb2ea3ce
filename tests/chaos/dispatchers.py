"""Dispatchers in processes of their own, killed with signal 9 while they work.

    careful ROUNDS     the product's own dispatch_due
    careless ROUNDS    the control: marks a row as sent before it sends it
    ledger 0           only write what they would send

Each round three of them run until they are killed; the last round runs to the end.
Run by tests.with_django on a scratch database.
The last line it prints is JSON.
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from typing import Any

from django.db import connections
from django.utils import timezone

from scheduling.messages.actions import dispatch
from scheduling.messages.senders import Line, Outcome, message_id
from scheduling.models import Message
from tests.factories import NOW, LocationFactory, PatientFactory

FORK = multiprocessing.get_context("fork")
ROWS, PROCESSES = 150, 3


def ledger() -> None:
    location, patient = LocationFactory(), PatientFactory(email="somebody@example.test")
    Message.objects.bulk_create(
        Message(
            patient=patient,
            location=location,
            kind="check_24h",
            channel="email",
            dedupe_key=f"row-{number}",
            context={"start": NOW.isoformat()},
            due_at=NOW,
        )
        for number in range(ROWS)
    )


def careless(message: Message, line: Line, moment: dispatch.Moment) -> tuple[str, Outcome]:
    """What a naive sender does: if it dies in between, the message is lost and the ledger says sent."""
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=timezone.now())
    line.open()
    return "sent", line.send(message)


def work() -> None:
    while dispatch.dispatch_due(limit=4)["sent"]:
        pass


def lapse() -> None:
    """Nobody is alive: let every lease end at once instead of waiting two minutes."""
    Message.objects.filter(lease_until__isnull=False).update(lease_until=NOW)


def killed_round(rng: random.Random) -> int:
    """Three dispatchers, each killed at a moment of its own; how many were still at work."""
    connections.close_all()
    workers = [FORK.Process(target=work) for _worker in range(PROCESSES)]
    for worker in workers:
        worker.start()
    killed = 0
    for worker in workers:
        time.sleep(rng.uniform(0.05, 0.2))
        killed += worker.is_alive()
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
    return killed


def last_round() -> None:
    connections.close_all()
    workers = [FORK.Process(target=work) for _worker in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def main(manner: str, rounds: str) -> dict[str, Any]:
    if manner == "careless":
        dispatch.deliver = careless
    ledger()
    if manner == "ledger":
        return {"rows": ROWS}
    rng = random.Random(7)  # a fixed series of moments
    killed = 0
    for _round in range(int(rounds)):
        killed += killed_round(rng)
        lapse()
    for _again in range(3):
        last_round()
        lapse()
    rows = list(Message.objects.all())
    return {
        "killed": killed,
        "states": Counter(row.status for row in rows),
        "ids": [message_id(row) for row in rows],
        "unknown": [message_id(row) for row in rows if row.status == "unknown"],
        "attempts": sum(row.attempts for row in rows),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # the answer to the test that started us
