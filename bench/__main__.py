"""`make bench`: one run on one machine, one table, and the same as JSON in var/bench/. Ratios, not promises.

    python -m bench [--sizes N,N] [PART …]      the parts are the keys of PARTS below
    make bench pages                            the part pages; without a part: all others

Ends with status 1 when a row misses its bar. `pages` measures every page and API read of each role and shows those over
a bar; `--sizes` are the stored visits that growth is measured between. A stored clinic is filled once a run.
"""

import json
import platform
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bench import (
    batch_rows,
    eligibility,
    load_rows,
    message_rows,
    moving_rows,
    page_rows,
    practice,
    rights,
    solver,
    tables,
)
from bench.report import Row, table
from bench.servers import ROOT, Servers, servers

Part = Callable[[Callable[[], Servers], Sequence[int]], Iterable[Row]]
PARTS: dict[str, Part] = {
    "eligibility": lambda _servers, _sizes: eligibility.rows(),
    "clinic": lambda running, _sizes: tables.rows(running()),
    "rights": lambda running, _sizes: rights.rows(running()),
    "messages": lambda running, _sizes: message_rows.rows(running()),
    "moving": lambda running, _sizes: moving_rows.rows(running()),
    "load": lambda running, _sizes: load_rows.rows(running()),
    "solver": lambda _servers, _sizes: solver.rows(),
    "batch": lambda running, _sizes: batch_rows.rows(running()),
    "practice": lambda _servers, _sizes: practice.rows(),
    "pages": lambda running, sizes: page_rows.rows(running(), sizes),
}
ALONE = frozenset({"pages"})  # takes as long as all the others


def main(names: list[str], sizes: Sequence[int]) -> int:
    found: list[Row] = []
    shown: list[Row] = []
    before = processors()
    with ExitStack() as stack:
        running = cache(lambda: stack.enter_context(servers()))
        for name in names or [each for each in PARTS if each not in ALONE]:
            for one in PARTS[name](running, sizes):
                print(f"{name}: {one['job']}", file=sys.stderr, flush=True)
                found.append(one)
                if name not in ALONE or page_rows.worth_showing(one):
                    shown.append(one)
    print(table(shown))
    print(f"\n{sum(one['met'] for one in found)} of {len(found)} rows are met or have their cause written.")
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
    words = ArgumentParser(prog="python -m bench")
    words.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    words.add_argument("--sizes", default=",".join(map(str, page_rows.SIZES)))
    asked = words.parse_args()
    if unknown := sorted(set(asked.parts) - set(PARTS)):
        words.error(f"no such part: {', '.join(unknown)}")
    sys.exit(main(asked.parts, [int(size) for size in asked.sizes.split(",")]))
