"""One process at a time, over all hosts that share the database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

PREPARING = 0x6D65736F  # "meso": two hosts that start together migrate and fill one after the other


@contextmanager
def alone(say: Callable[[str], object]) -> Iterator[None]:
    """Hold the lock of whoever prepares this database, waiting for it as long as it takes. It may be taken twice."""
    with connection.cursor() as cursor:
        waited = False
        while not _taken(cursor.execute("SELECT pg_try_advisory_lock(%s)", [PREPARING]).fetchone()):
            if not waited:
                say("Another process prepares this database; waiting for it…")
            waited = True
            time.sleep(0.5)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])


def _taken(row: tuple[bool] | None) -> bool:
    return row is not None and row[0]
