"""Ring a worker by task name. The work is a row; this only shortens the wait until the next sweep finds it.

A ring never delays a request for long: 0.3 s to connect, no retry, and after a failure nobody rings again for a few
seconds (the breaker), so a dead or silent broker costs one request a moment and the others nothing.
"""

import logging
import time
from functools import partial
from math import inf

from celery import current_app
from django.db import transaction
from kombu import Connection

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.3
BREAK_SECONDS = 5.0


class Breaker:
    """After a failure the bell stays silent for a few seconds."""

    quiet_until = 0.0


def mute() -> None:
    """Nobody is rung by this process any more: for a command whose thousand changes the sweep finds just as well."""
    Breaker.quiet_until = inf


def ring(task: str, *args: int | str) -> None:
    """After commit, ask a worker to run `task` with ids only (never personal data) as arguments."""
    transaction.on_commit(partial(_ring_now, task, args))


def _ring_now(task: str, args: tuple[int | str, ...]) -> bool:
    if time.monotonic() < Breaker.quiet_until:
        return False
    options = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS, "max_retries": 0}
    try:
        with Connection(current_app.conf.broker_url, transport_options=options) as connection:
            current_app.send_task(task, args=args, connection=connection, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  # whatever the broker does, the row is committed and the sweep will find it
        logger.warning("doorbell: %s not rung (%s); the sweep will pick it up", task, type(error).__name__)
        Breaker.quiet_until = time.monotonic() + BREAK_SECONDS
        return False
    return True
