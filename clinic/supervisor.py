"""The clinic's processes as children of one: started together, watched, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from clinic.embedded import Server
from clinic.embedded.process import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 40  # a worker may finish what it is building
READY_SECONDS = 60
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PartError(Exception):
    """A part failed, ended or never became ready; the text names it."""


class StopRequested(BaseException):
    """Somebody wants the clinic to stop: Ctrl-C, a closed terminal, a service manager."""


def read_procfile(path: Path = ROOT / "Procfile") -> dict[str, str]:
    """The command of each part, by name."""
    lines = [line.partition(":") for line in path.read_text().splitlines() if line.strip()]
    return {name.strip(): command.strip() for name, _, command in lines}


@contextmanager
def stop_signals() -> Iterator[None]:
    """Inside the block a stop signal raises StopRequested, once; a second one does not disturb the stopping."""

    def request_stop(number: int, frame: FrameType | None) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequested

    before = {number: signal.signal(number, request_stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Supervisor:
    """Children by name. Each has a session of its own, so that Ctrl-C reaches us alone and parts stop in order."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        tools = Path(sys.executable).parent
        self.environment = {
            "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms",  # its page of text for whoever is root
            **environment,
            "PATH": f"{tools}{os.pathsep}{environment.get('PATH', os.defpath)}",
        }
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.errands: set[str] = set()

    def start(self, name: str, command: str) -> None:
        self.children[name] = self._spawn(name, ["sh", "-c", f"exec {command}"])

    def run(self, name: str, *arguments: str, **more: str) -> None:
        """Run a management command to its end. Raises PartError when it fails."""
        self.finish(self.begin(name, *arguments, **more))

    def begin(self, name: str, *arguments: str, **more: str) -> str:
        self.children[name] = self._spawn(name, [sys.executable, "manage.py", *arguments], **more)
        return name

    def errand(self, name: str, *arguments: str) -> None:
        """Run a management command beside the parts. Only its failure ends them."""
        self.errands.add(self.begin(name, *arguments))

    def finish(self, name: str) -> None:
        status = self.children[name].wait()
        del self.children[name]
        if status:
            raise PartError(f"`{name}` failed ({describe(status)}); what it said is above.")

    def watch(self, servers: tuple[Server, ...], ready: Callable[[], str], when_ready: Callable[[], None]) -> None:
        """Call `when_ready` as soon as `ready` names nothing missing, then wait until a part ends: PartError."""
        deadline = time.monotonic() + READY_SECONDS
        while missing := ready():
            self.check(servers)
            if time.monotonic() > deadline:
                raise PartError(f"not ready after {READY_SECONDS} s: {missing}")
            time.sleep(0.3)
        when_ready()
        while True:
            self.check(servers)
            time.sleep(0.3)

    def check(self, servers: tuple[Server, ...]) -> None:
        for name, child in list(self.children.items()):
            status = child.poll()
            if status == 0 and name in self.errands:
                del self.children[name]
            elif status is not None:
                raise PartError(f"`{name}` ended ({describe(status)}); what it said is above.")
        for server in servers:
            if server.process and (status := server.process.poll()) is not None:
                raise PartError(str(server.failure(f"ended ({describe(status)})")))

    def stop(self) -> None:
        """Ask every child to end, wait, then leave nothing of what they started."""
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.children.clear()

    def _spawn(self, name: str, command: list[str], **more: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**self.environment, "PROCESS_NAME": f"mesoplan-{name}", **more},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no locks, no memory
        )


def describe(status: int) -> str:
    """An exit status in words."""
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
