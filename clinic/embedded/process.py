"""One server as a foreground child: started once, watched, and gone when we are."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clinic.embedded.account import Account

START_SECONDS = 30
STOP_SECONDS = 20
LOCK_SECONDS = 5  # what a server needs to end after its parent was killed
LOG_TAIL = 2000


class ServerError(Exception):
    """A server did not start; the text says which one, why, and where its log is."""


class Server:
    """A child process and the lock that it holds as long as it, or a child of its own, lives."""

    name: str
    gentle: signal.Signals  # ends the server in order, its clients cut off

    def __init__(self, account: Account, home: Path) -> None:
        self.account = account
        self.home = home
        self.log = home / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, or start again after a crash, and return when the server answers. Raises ServerError."""
        with self._lock() as lock:
            self.prepare()
            command, text = self.command()
            self.process = self._spawn(command, text, lock)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server; one that will not go is killed. Only our own child is ever touched, or what is its."""
        if self.process is None:
            return
        for number in (self.gentle, signal.SIGKILL):
            if self.process.poll() is not None:
                break
            self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        self.process = None
        self.clean()

    def prepare(self) -> None:
        """Make what the server needs before it starts, nobody else using its data meanwhile."""

    def command(self) -> tuple[list[str | Path], str]:
        """The command line, and what it reads from its standard input."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the server is up, and is ours."""
        raise NotImplementedError

    def clean(self) -> None:
        """Remove what only a running server needs."""

    def failure(self, reason: str) -> ServerError:
        tail = self.log.read_text(errors="replace")[-LOG_TAIL:] if self.log.exists() else ""
        return ServerError(f"{self.name} {reason}. Its log is {self.log}:\n{tail}")

    def _spawn(self, command: list[str | Path], text: str, lock: int) -> "subprocess.Popen[bytes]":
        """Start in a session of its own: Ctrl-C is for us alone, who then stop the parts in order."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env={"PATH": os.defpath, "TZ": "UTC"},
                start_new_session=True,
                pass_fds=[lock],
                preexec_fn=end_with_parent(self.gentle),  # noqa: PLW1509 - one system call, no locks, no memory
                **self.account.identity,
            )
        if process.stdin:
            process.stdin.write(text.encode())
            process.stdin.close()
        return process

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process is None or self.process.poll() is not None:
                raise self.failure("stopped while it started")
            if time.monotonic() > deadline:
                raise self.failure(f"did not answer within {START_SECONDS} s")
            time.sleep(0.01)

    @contextmanager
    def _lock(self) -> Iterator[int]:
        """A lock that passes to the child and its children: while it is taken, a server uses the data.

        A pid file would be taken for the truth when its number belongs to another process by now.
        """
        descriptor = os.open(self.home / f"{self.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + LOCK_SECONDS
        try:
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise ServerError(f"{self.name} already runs from {self.home}: stop the other `make run` first.")
                time.sleep(0.05)
            yield descriptor
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child does before it starts so that it gets `number` should we be killed (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1

    def before_start() -> None:
        libc.prctl(set_parent_death_signal, number)

    return before_start
