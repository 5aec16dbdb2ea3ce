"""`make bench`: one run on one machine, one table, and the same as JSON in var/bench/. Ratios, not promises.

    python -m bench [PART …]      parts: eligibility, clinic, solver; all when none is named

Ends with status 1 when a row misses its bar.
"""

import json
import platform
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench import eligibility, solver, tables
from bench.report import Row, table
from bench.servers import ROOT, servers


def clinic() -> Iterable[Row]:
    with servers() as running:
        yield from tables.rows(running)


PARTS: dict[str, Callable[[], Iterable[Row]]] = {
    "eligibility": eligibility.rows,
    "clinic": clinic,
    "solver": solver.rows,
}


def main(names: list[str]) -> int:
    found: list[Row] = []
    before = processors()
    for name in names or PARTS:
        for one in PARTS[name]():
            print(f"{name}: {one['job']}", file=sys.stderr, flush=True)
            found.append(one)
    print(table(found))
    given_away = stolen(before, processors())
    print(f"\nOf the time our processors were wanted, the host gave {given_away:.0%} to others.")
    keep(found, given_away)
    return int(not all(one["met"] for one in found))


def processors() -> list[int]:
    """Ticks of all processors since the machine started: user, nice, system, idle, waiting, irq, softirq, steal."""
    return [int(word) for word in Path("/proc/stat").read_text().split()[1:9]]


def stolen(before: list[int], after: list[int]) -> float:
    """The share of the wanted processor time that a virtual machine did not get: a run with much of it tells little."""
    user, nice, system, _idle, _waiting, irq, softirq, steal = (b - a for a, b in zip(before, after, strict=True))
    return steal / max(1, user + nice + system + irq + softirq + steal)


def keep(rows: list[Row], given_away: float) -> None:
    now = datetime.now(UTC)
    machine = {"system": platform.platform(), "python": platform.python_version(), "stolen": round(given_away, 3)}
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps({"at": now.isoformat(), "machine": machine, "rows": rows}, indent=2))
    print(f"\nkept in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
