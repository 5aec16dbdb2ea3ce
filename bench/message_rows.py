"""Rows of the table about messages: figures of bench.messages with their bars."""

from collections.abc import Iterator
from typing import Any

from bench.report import Row, row
from bench.servers import MIGRATED, Servers
from tests.chaos.postbox import postbox

SMTP = "django.core.mail.backends.smtp.EmailBackend"
ANSWERS_AFTER = 0.02  # seconds, as a mail server near by does
Figures = dict[str, Any]


def rows(servers: Servers) -> Iterator[Row]:
    database = servers.database("messages", like=MIGRATED)
    yield claimed(servers.run("bench.messages", "claiming", database=database))
    yield written(servers.run("bench.messages", "writing", database=database))
    with postbox(ANSWERS_AFTER) as (_box, port):
        mail = {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port)}
        found = servers.run("bench.messages", "sending", database=database, **mail)
    yield two_at_once(found)
    yield handed_over(found)


def rate(messages: int, seconds: float) -> str:
    return f"{messages / seconds:,.0f} a second"


def claimed(found: Figures) -> Row:
    ratio = found["reference"] / found["seconds"]
    return row(
        f"{found['messages']} messages claimed, handed over, marked",
        f"the same in bare statements: {rate(found['messages'], found['reference'])}",
        f"{rate(found['messages'], found['seconds'])}, checked again before each hand-over",
        ratio,
        "at least 0.5 times",
        ratio >= 0.5,
    )


def written(found: Figures) -> Row:
    ratio = found["reference"] / found["seconds"]
    return row(
        f"{found['messages']} messages written",
        f"a Celery task each: {rate(found['messages'], found['reference'])}",
        f"{rate(found['messages'], found['seconds'])} in the ledger, in one transaction",
        ratio,
        "at least 20 times",
        ratio >= 20,
    )


def two_at_once(found: Figures) -> Row:
    ratio = found["one"] / found["two"]
    return row(
        f"{found['messages']} messages sent by two dispatchers",
        f"by one: {rate(found['messages'], found['one'])}",
        f"{rate(found['messages'], found['two'])}, the server answers after {ANSWERS_AFTER * 1000:.0f} ms",
        ratio,
        "at least 1.3 times",
        ratio >= 1.3,
    )


def handed_over(found: Figures) -> Row:
    ratio = found["reference"] / found["seconds"]
    return row(
        f"{found['messages']} messages sent, each under its lease",
        f"Django's send_messages with letters that are made: {rate(found['messages'], found['reference'])}",
        f"{rate(found['messages'], found['seconds'])}, letters made, checked and marked",
        ratio,
        "at least 0.6 times",
        ratio >= 0.6,
    )
