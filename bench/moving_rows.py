"""The row of the table about a file of many patients that moves in, its worker killed on the way: memory, rate, and
nobody twice. BENCH_LINES for fewer lines."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg

from bench.report import Row, row
from bench.servers import MIGRATED, ROOT, Servers

LINES = int(os.environ.get("BENCH_LINES", "110000"))
MOST_MB = 300


def rows(servers: Servers) -> Iterator[Row]:
    database = servers.database("moving", like=MIGRATED)
    servers.run("bench.moving", "send", database=database)
    found = servers.run("bench.moving", "work", database=database)
    servers.run("bench.moving", "begin", database=database)
    killed_at = killed(servers, database)
    found |= {f"second_{name}": value for name, value in servers.run("bench.moving", "work", database=database).items()}
    most = max(found["mb"], found["second_mb"])
    checked, taken = found["done"] / found["seconds"], found["second_done"] / found["second_seconds"]
    told = f"{taken:,.0f} lines a second, {checked:,.0f} checked, {most:.0f} MB"
    told = f"{told}; killed at {killed_at}, then {found['second_people']} people"
    met = most < MOST_MB and found["second_people"] == LINES and 0 < killed_at < LINES
    yield row(f"{LINES} lines move in", "all at once in memory", told, None, f"{MOST_MB} MB, nobody twice", met)


def killed(servers: Servers, database: str) -> int:
    """Lines that were done when the worker was killed."""
    command = [sys.executable, "-m", "tests.with_django", "bench.moving", "work"]
    worker = subprocess.Popen(command, cwd=ROOT, env=servers.environment(database), stdout=subprocess.DEVNULL)
    with psycopg.connect(servers.running.postgres.url("owner", database), autocommit=True) as owner:
        while True:
            time.sleep(0.2)
            reached = owner.execute("SELECT max(position) FROM scheduling_import").fetchone()
            if reached and (reached[0] or 0) > LINES // 4:
                worker.kill()
                worker.wait()
                return int(owner.execute("SELECT max(position) FROM scheduling_import").fetchone()[0])  # type: ignore[index]
