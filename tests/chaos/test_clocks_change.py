"""The clock of the clinic goes on ticking when the clocks of its town change."""

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clinic.celery import app
from tests.chaos.conftest import Told
from tests.chaos.faults import fault
from tests.chaos.scratch import ROOT

pytestmark = pytest.mark.chaos

CHANGES = {"spring": "2026-03-29T01:00:00+00:00", "autumn": "2026-10-25T01:00:00+00:00"}
AROUND = timedelta(minutes=8)
NAME = "tests.chaos.changing_clocks"


def rungs(folder: Path, change: str, **environment: str) -> tuple[Counter[str], Counter[str]]:
    """How often each entry was rung in the minutes before and after the change."""
    at, file = datetime.fromisoformat(CHANGES[change]), folder / "rungs"
    file.touch()
    given = {"STARTS": (at - AROUND).isoformat(), "ENDS": (at + AROUND).isoformat(), "RUNGS": str(file)}
    words = ["--quiet", "-A", NAME, "beat", "--schedule", str(folder / "schedule")]
    command = [str(Path(sys.executable).parent / "celery"), *words, "--scheduler", f"{NAME}:Noting", "--pidfile="]
    subprocess.run(command, cwd=ROOT, env=os.environ | given | {"TZ": "Europe/Rome"} | environment, check=True)
    before, after = Counter[str](), Counter[str]()
    for line in file.read_text().splitlines():
        instant, _space, name = line.partition(" ")
        (before if datetime.fromisoformat(instant) < at else after)[name] += 1
    return before, after


@fault("F13")
@pytest.mark.parametrize("change", CHANGES)
def test_it_rings_after_the_change_as_before(change: str, tmp_path: Path, told: Told) -> None:
    before, after = rungs(tmp_path, change)
    often = {name for name, entry in app.conf.beat_schedule.items() if entry["schedule"] <= 60}
    assert often <= before.keys() & after.keys()
    told(f"{change}: {before.total()} rings in the minutes before, {after.total()} after")


@fault("F13", control=True)
def test_a_crontab_in_the_zone_falls_silent_in_autumn(tmp_path: Path, told: Told) -> None:
    before, after = rungs(tmp_path, "autumn", ZONE="Europe/Rome")
    assert (before.total() > 3, after.total()) == (True, 0)
    told(f"by crontab in its zone rings {before.total()} times before and never after")
