"""The web server's worker: gunicorn's threads, and two things of our own.

`/healthz` is answered by the main thread when every other is busy: it says that the process lives, and must not wait
for a row that somebody has locked. And a request that had to wait for a thread has that much less time left.
"""

import socket
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from clinic.base import budget

ASKED = b"GET /healthz "
ALIVE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
    b"Cache-Control: no-store, private\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nok"
)
FIRST_BYTES_SECONDS = 10  # what somebody who has connected may take to ask for something


class Worker(ThreadWorker):
    in_hand = 0  # requests in the pool; the main thread alone counts them

    def enqueue_req(self, conn: Any) -> None:
        conn.asked_at = getattr(conn, "asked_at", None) or time.monotonic()
        if self.in_hand >= self.cfg.threads and not self.cfg.is_ssl and self.seen_to(conn):
            return
        self.in_hand += 1
        super().enqueue_req(conn)

    def seen_to(self, conn: Any) -> bool:
        """Nobody is free. Answer what needs nobody; whoever has not asked yet is waited for without a thread."""
        try:
            asked = conn.sock.recv(len(ASKED), socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            self.wait_for_question(conn)
            return True
        except OSError:
            return False
        if asked != ASKED:
            return False
        conn.sock.recv(65536, socket.MSG_DONTWAIT)
        conn.sock.send(ALIVE, socket.MSG_DONTWAIT)
        self.nr_conns -= 1
        conn.close()
        return True

    def wait_for_question(self, conn: Any) -> None:
        """What gunicorn does with a slow client."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + FIRST_BYTES_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def finish_request(self, conn: Any, fs: Any) -> None:
        self.in_hand -= 1
        super().finish_request(conn, fs)

    def handle(self, conn: Any) -> Any:
        budget.arrived(conn.asked_at)
        conn.asked_at = None
        return super().handle(conn)
