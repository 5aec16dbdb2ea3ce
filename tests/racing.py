"""Several acts at one moment, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

from clinic.base import scope
from clinic.base.refusals import Conflict


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What each was told."""
    told, ready = [], threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            with scope.of(scope.WHOLE):
                act()
            told.append("yes")
        except Conflict:
            told.append("too late")
        finally:
            connection.close()

    people = [threading.Thread(target=run, args=[act]) for act in acts]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return sorted(told)
