"""`make bench`: one run on one machine, one table, and the same as JSON in var/bench/. Ratios, not promises.

    python -m bench [PART …]      parts: eligibility, clinic, solver; all when none is named

Ends with status 1 when a row misses its bar.
"""

import json
import platform
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

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
    for name in names or PARTS:
        for one in PARTS[name]():
            print(f"{name}: {one['job']}", file=sys.stderr, flush=True)
            found.append(one)
    print(table(found))
    keep(found)
    return int(not all(one["met"] for one in found))


def keep(rows: list[Row]) -> None:
    now = datetime.now(UTC)
    machine = {"system": platform.platform(), "python": platform.python_version()}
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps({"at": now.isoformat(), "machine": machine, "rows": rows}, indent=2))
    print(f"\nkept in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
