"""Searches and bookings through the clinic's web server: prepared in the database, driven by bench.load, and the rows.

python -m tests.with_django bench.load_rows      with DATABASE_URL of a stored clinic: makes what is asked for
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bench.load import BOOKINGS, SEARCHES
from bench.report import Row, row
from bench.servers import ROOT, Servers
from bench.tables import ms

STORED = 100_000
SECONDS = 20
FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
BAR = 0.070


def rows(servers: Servers) -> Iterator[Row]:
    """Every rate until one does not hold; the bar is the one of FACTOR 1."""
    database = servers.stored(STORED)
    with TemporaryDirectory() as folder, web(servers, database) as url:
        for factor in FACTORS:
            given = Path(folder, "given.json")
            given.write_text(json.dumps(servers.run("bench.load_given", database=database)))
            found = driven(url, given, factor)
            yield told(factor, found)
            if found["p99"] >= BAR and factor >= 1:
                return


def driven(url: str, given: Path, factor: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", url, str(given), str(SECONDS), str(factor)]
    said = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(said.stdout)
    latencies = sorted(found["latencies"])
    return found | {"p99": latencies[len(latencies) * 99 // 100], "median": latencies[len(latencies) // 2]}


def told(factor: float, found: dict[str, Any]) -> Row:
    answers = found["statuses"]
    right = set(answers) <= {"200", "201"}
    seen = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    return row(
        f"{SEARCHES * factor:g} searches and {BOOKINGS * factor:g} bookings a second over HTTP",
        f"{STORED:,} visits, {SECONDS} s, open loop; the driver used {found['busy']:.0%} of a processor",
        f"p99 {ms(found['p99'])}, median {ms(found['median'])}; {seen}; {found['late']} waited for a connection",
        None,
        "printed" if factor != 1 else f"p99 under {ms(BAR)}, all answered",
        factor != 1 or (right and found["p99"] < BAR),
    )


@contextmanager
def web(servers: Servers, database: str) -> Iterator[str]:
    """The web server as the Procfile starts it, as the application's role."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    [line] = [each for each in (ROOT / "Procfile").read_text().splitlines() if each.startswith("web:")]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = servers.environment(database, role="app", PORT=str(port), ALLOWED_HOSTS="127.0.0.1", PATH=path)
    with subprocess.Popen(
        ["/bin/sh", "-c", f"exec {line.removeprefix('web:').strip()}"], cwd=ROOT, env=environment
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            until_it_answers(f"{url}/healthz")
            yield url
        finally:
            process.terminate()


def until_it_answers(address: str) -> None:
    """URLError when it does not within half a minute."""
    for attempt in range(60):
        try:
            urlopen(address, timeout=5).close()
        except (URLError, ConnectionError):
            if attempt == 59:
                raise
            time.sleep(0.5)
        else:
            return
