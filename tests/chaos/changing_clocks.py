"""A clock that ticks a minute in a second around an instant, and writes down what it would have rung for:

    celery -A tests.chaos.changing_clocks beat --scheduler tests.chaos.changing_clocks:Noting

STARTS and ENDS are the instants it begins and ends at, RUNGS is the file. With ZONE it keeps that zone and rings each
minute by a crontab, as a control.
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from celery.beat import Scheduler
from celery.schedules import crontab

from clinic.celery import app

PACE = 60
STEP_SECONDS = 0.05

app.conf.beat_max_loop_interval = STEP_SECONDS
if zone := os.environ.get("ZONE"):
    app.conf.timezone = zone
    app.conf.beat_schedule = {"each minute": {"task": "clinic.prune", "schedule": crontab()}}


class Noting(Scheduler):
    """Notes each entry and its instant instead of publishing it. Time begins to run with the first tick."""

    def tick(self, *given: Any, **named: Any) -> Any:
        if not hurrying.is_alive():
            hurrying.start()
        return super().tick(*given, **named)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **given: Any) -> None:
        self.reserve(entry)
        with Path(os.environ["RUNGS"]).open("a") as file:
            file.write(f"{datetime.now(UTC).isoformat()} {entry.name}\n")


def hurry() -> None:
    while datetime.now(UTC) < ends:
        time.sleep(STEP_SECONDS)
        clock.shift(timedelta(seconds=STEP_SECONDS * (PACE - 1)))
    os._exit(0)


if "STARTS" in os.environ:
    ends = datetime.fromisoformat(os.environ["ENDS"])
    clock = time_machine.travel(datetime.fromisoformat(os.environ["STARTS"])).start()
    hurrying = threading.Thread(target=hurry, daemon=True)
