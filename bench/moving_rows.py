"""The row of the table about a file of many patients that moves in, its worker killed on the way: memory, rate, and
nobody twice. BENCH_LINES for fewer lines."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.report import Row, row
from bench.servers import MIGRATED, ROOT, Servers

LINES = int(os.environ.get("BENCH_LINES", "110000"))
MOST_MB = 300


def rows(servers: Servers) -> Iterator[Row]:
    database = servers.database("moving", like=MIGRATED)

    def run(step: str) -> Any:
        return servers.run("bench.moving", step, database=database, role="app")

    run("send")
    checked = run("work")
    run("begin")
    killed_at = killed(servers, database)
    taken = run("work")
    most = max(checked["mb"], taken["mb"])
    told = (
        f"{rate(taken):,.0f} lines a second taken over, {rate(checked):,.0f} checked, {most:.0f} MB; killed at"
        f" {killed_at:,}, then {taken['patients']:,} patients"
    )
    nobody_twice = {taken[name] for name in ("people", "patients", "lines")} == {LINES}
    met = most < MOST_MB and nobody_twice and 0 < killed_at < LINES
    yield row(f"{LINES} lines move in", "all at once in memory", told, None, f"{MOST_MB} MB, nobody twice", met)


def rate(found: dict[str, Any]) -> float:
    """Lines a second."""
    return float(found["done"] / found["seconds"])


def killed(servers: Servers, database: str) -> int:
    """Lines that were done when the worker was killed."""
    command = [sys.executable, "-m", "tests.with_django", "bench.moving", "work"]
    worker = subprocess.Popen(command, cwd=ROOT, env=servers.environment(database, "app"), stdout=subprocess.DEVNULL)
    with psycopg.connect(servers.running.postgres.url("owner", database), autocommit=True) as owner:
        while True:
            time.sleep(0.2)
            reached = owner.execute("SELECT max(position) FROM scheduling_import").fetchone()
            if reached and (reached[0] or 0) > LINES // 4:
                worker.kill()
                worker.wait()
                return int(owner.execute("SELECT max(position) FROM scheduling_import").fetchone()[0])  # type: ignore[index]
