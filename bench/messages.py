"""Messages written, claimed, handed over and sent, each beside what it is measured by.

    python -m tests.with_django bench.messages JOB      with DATABASE_URL of an empty clinic and EMAIL_PORT of a server

Every job prints its figures as JSON in its last line; bench.message_rows makes rows of them. Seconds are of all
messages of a round, the middle of ROUNDS that take turns with their reference.
"""

import json
import multiprocessing
import sys
from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import Any

from django.core.mail import get_connection
from django.db import connection, connections, transaction

from clinic.celery import app
from scheduling.messages.actions import claims, dispatch
from scheduling.messages.actions.handing_off import hand_off
from scheduling.messages.actions.ledger import Entry, Subject, rows, write
from scheduling.messages.senders import Fate, Outcome, mail_of
from scheduling.models import Message
from tests.factories import NOW, LocationFactory, PatientFactory

FORK = multiprocessing.get_context("fork")
ROUNDS = 5
BATCH, WRITTEN = 50, 500
MANY = 2 * BATCH  # so that two dispatchers can share them: of 60 one would take 50
Figures = dict[str, Any]

CLAIM = """
UPDATE scheduling_message SET status = 'sending', attempts = attempts + 1, lease_until = now() + interval '2 minutes'
WHERE id IN (SELECT id FROM scheduling_message WHERE channel = 'email' AND status = 'scheduled' AND due_at <= now()
             ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id
"""
HAND = "UPDATE scheduling_message SET status = 'handed_off', handed_off_at = now() WHERE id = %s AND status = 'sending'"
MARK = "UPDATE scheduling_message SET status = 'sent', sent_at = now() WHERE id = %s AND status = 'handed_off'"


class Ledger:
    """A patient, and mails to them that are due."""

    def __init__(self) -> None:
        self.location = LocationFactory(name=f"Of {sys.argv[1]}")  # the jobs share a database
        self.patient = PatientFactory(email="somebody@bench.test")
        self.written = 0

    def lines(self, count: int) -> list[Any]:
        """As an action writes them: on the patient's page and by mail."""
        entry = Entry(kind="check_24h", due=NOW, context={"start": NOW.isoformat()})
        first, self.written = self.written, self.written + count
        return [
            line
            for number in range(first, first + count)
            for line in rows(
                Subject(key=f"bench-{number}", revision=1, patient=self.patient, location=self.location), [entry]
            )
            if line.channel == "email"
        ]

    def due(self, count: int) -> None:
        write(self.lines(count))


def in_turns(prepare: Callable[[], object], *works: Callable[[], object]) -> list[float]:
    """The middle of the seconds of each; they take turns, so that all meet the same machine."""
    took: list[list[float]] = [[] for _work in works]
    for round_number in range(ROUNDS + 1):
        for own, work in zip(took, works, strict=True):
            Message.objects.all().delete()
            prepare()
            began = perf_counter()
            work()
            if round_number:  # the first warms up
                own.append(perf_counter() - began)
    return [median(own) for own in took]


def claiming() -> Figures:
    """A batch claimed, each handed over and marked as sent, beside the same in bare statements."""
    ledger, moment = Ledger(), dispatch.Moment()

    def ours() -> None:
        batch = dispatch.claim("email", BATCH, moment)
        assert len(batch) == BATCH
        for message in batch:
            assert hand_off(message, lease=claims.LEASE, now=None)
            claims.write_outcome(message, Outcome(Fate.SENT), moment, again=1)

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [BATCH])
            ids = [pk for (pk,) in cursor.fetchall()]
            assert len(ids) == BATCH
            for pk in ids:
                cursor.execute(HAND, [pk])
                cursor.execute(MARK, [pk])

    seconds, reference = in_turns(lambda: ledger.due(BATCH), ours, bare)
    return {"seconds": seconds, "reference": reference, "messages": BATCH}


def writing() -> Figures:
    """Messages written in one transaction, beside a task in the broker for each."""
    ledger = Ledger()
    given = [ledger.lines(WRITTEN) for _round in range(ROUNDS + 1)]

    def ours() -> None:
        with transaction.atomic():
            write(given.pop())

    def theirs() -> None:
        for number in range(WRITTEN):
            app.send_task("bench.send", args=(number,), queue="bench", ignore_result=True)

    seconds, reference = in_turns(lambda: None, ours, theirs)
    with app.connection_for_write() as line:
        line.default_channel.queue_purge("bench")
    return {"seconds": seconds, "reference": reference, "messages": WRITTEN}


def sending() -> Figures:
    """One dispatcher, two dispatchers, and Django's own send_messages with the same letters to the same server."""
    ledger = Ledger()

    def dispatchers(count: int) -> None:
        connections.close_all()
        workers = [FORK.Process(target=work) for _worker in range(count)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert not Message.objects.exclude(status="sent").exists()

    def alone() -> None:
        work()
        assert not Message.objects.exclude(status="sent").exists()

    def bare() -> None:
        due: Iterable[Message] = Message.objects.select_related("patient", "location")
        letters = [mail_of(message) for message in due]
        began = perf_counter()
        assert get_connection().send_messages(letters) == MANY
        took.append(perf_counter() - began)

    took: list[float] = []
    one, two, inside, _reading = in_turns(
        lambda: ledger.due(MANY), lambda: dispatchers(1), lambda: dispatchers(2), alone, bare
    )
    return {"one": one, "two": two, "seconds": inside, "reference": median(took[1:]), "messages": MANY}


def work() -> None:
    while dispatch.dispatch_due(limit=BATCH)["sent"]:
        pass


JOBS = {job.__name__: job for job in (claiming, writing, sending)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]]()))
