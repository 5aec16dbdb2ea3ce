"""Whether this database holds the demonstration clinic, and how far it is filled.

A stored fact: the switch DEMO is on by default wherever somebody types `make run`, also over a clinic of one's own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from clinic.models import Demonstration, User


def expect(*, wanted: bool) -> None:
    """Before anything is served: an empty database is going to be filled when that is `wanted`.

    A filling that was killed left nothing but its row, since it is one transaction; it starts over.
    """
    Demonstration.objects.filter(filled_at=None).delete()
    if wanted and not User.objects.exists():
        Demonstration.objects.create()


def being_filled() -> Demonstration | None:
    return Demonstration.objects.filter(filled_at=None).first()


def is_here() -> bool:
    """Whether this is the demonstration: only there may staff read what was mailed, sign-in codes included."""
    return settings.DEMO and Demonstration.objects.filter(filled_at__isnull=False).exists()


def filled(*, patients: int, now: datetime) -> None:
    """In the transaction that filled it."""
    row = {"patients": patients, "done": patients, "filled_at": now}
    Demonstration.objects.update_or_create(pk=1, defaults=row)


@contextmanager
def counting(patients: int) -> Iterator[Callable[[int], None]]:
    """Tell everybody how many of the `patients` are done, over a connection of its own: the filling is one transaction,
    of which nobody else sees anything until its end."""
    own = connections.create_connection(DEFAULT_DB_ALIAS)

    def tell(done: int) -> None:
        with own.cursor() as cursor:
            cursor.execute("UPDATE clinic_demonstration SET patients = %s, done = %s", [patients, done])

    try:
        tell(0)
        yield tell
    finally:
        own.close()
