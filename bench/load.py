"""Searches and bookings through the real web server, each sent when it is due, whatever the answers before it took.

    python -m bench.load URL GIVEN SECONDS FACTOR     the calls of bench.load_rows in the file GIVEN, at FACTOR times
                                                      the rates

It prints {"latencies": seconds of every call from the moment it was due, "statuses": {status: calls}, "late":
how many calls waited for a free connection, "busy": the driver's own share of a processor}.
"""

import json
import os
import queue
import sys
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

SEARCHES, BOOKINGS = 150, 20  # a second
CONNECTIONS = 64
PROCESSOR = 0  # that the driver stays on


class Call(NamedTuple):
    due: float  # seconds from the beginning
    method: str
    path: str
    token: str
    body: str | None


def calls(given: dict[str, Any], seconds: float, factor: float) -> list[Call]:
    """Both kinds at even distances; every booking is another time of another patient."""
    searches, bookings = cycle(given["searches"]), iter(given["bookings"])
    found = [
        Call(n / (SEARCHES * factor), "GET", next(searches), given["reader"], None)
        for n in range(int(seconds * SEARCHES * factor))
    ]
    found += [
        Call(n / (BOOKINGS * factor), "POST", "/api/v1/sessions/", given["writer"], next(bookings))
        for n in range(int(seconds * BOOKINGS * factor))
    ]
    return sorted(found)


def drive(host: str, port: int, due: list[Call]) -> dict[str, Any]:
    waiting: queue.SimpleQueue[tuple[int, Call] | None] = queue.SimpleQueue()
    latencies, statuses = [0.0] * len(due), Counter[str]()
    late, begun = 0, time.perf_counter() + 0.5

    def work() -> None:
        line = HTTPConnection(host, port, timeout=30)
        while (item := waiting.get()) is not None:
            place, call = item
            statuses[answer(line, call, place)] += 1
            latencies[place] = time.perf_counter() - begun - call.due

    workers = [threading.Thread(target=work, daemon=True) for _line in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    worked = time.process_time()
    for place, call in enumerate(due):
        time.sleep(max(0.0, begun + call.due - time.perf_counter()))
        late += waiting.qsize() > 0
        waiting.put((place, call))
    for _worker in workers:
        waiting.put(None)
    for worker in workers:
        worker.join()
    busy = (time.process_time() - worked) / (time.perf_counter() - begun)
    return {"latencies": latencies, "statuses": statuses, "late": late, "busy": busy}


def answer(line: HTTPConnection, call: Call, place: int) -> str:
    """The status; a connection that the server has closed meanwhile is opened once more, as a browser does."""
    headers = {"Authorization": f"Token {call.token}", "Content-Type": "application/json"}
    headers["Idempotency-Key"] = f"load-{os.getpid()}-{place}"
    for _attempt in range(2):
        try:
            line.request(call.method, call.path, call.body, headers)
            reply = line.getresponse()
            reply.read()
        except (HTTPException, OSError):
            line.close()
        else:
            return str(reply.status)
    return "none"


def main(url: str, given: str, seconds: str, factor: str) -> dict[str, Any]:
    os.sched_setaffinity(0, {PROCESSOR})
    host, port = url.removeprefix("http://").split(":")
    return drive(host, int(port), calls(json.loads(Path(given).read_text()), float(seconds), float(factor)))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
