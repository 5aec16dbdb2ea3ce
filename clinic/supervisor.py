"""The clinic's processes as children of one: started together, started again when they end, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import IO

from clinic.embedded import Server, ServerError
from clinic.embedded.process import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 40  # a worker may finish what it is building
READY_SECONDS = 60
FIRST_PAUSE = 0.5
A_MINUTE, MOST_ENDS = 60.0, 5
LAST_LINES = 15
STDOUT = 1
OWNERS_ADDRESS = "OWNER_DATABASE_URL"  # no part inherits it; one that works as the owner is handed it on its own
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
    """Children by name. Each has a session of its own, so that Ctrl-C reaches us alone and parts stop in order.

    A part that ends is started again, after a pause that grows; the others go on meanwhile. One that ends five times
    within a minute will not come right by itself: then everything stops, with the last lines it said.
    """

    def __init__(self, environment: Mapping[str, str], say: Callable[[str], object] = print) -> None:
        tools = Path(sys.executable).parent
        self.environment = {
            "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms",  # its page of text for whoever is root
            "PYTHONUNBUFFERED": "1",
            **environment,
            "PATH": f"{tools}{os.pathsep}{environment.get('PATH', os.defpath)}",
        }
        self.say = say
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.errands: dict[str, tuple[str, ...]] = {}  # what each is begun with, until it is done
        self.parts: dict[str, tuple[str, Mapping[str, str]]] = {}  # what each part is started with
        self.records: dict[str, Record] = {}
        self.down: set[str] = set()  # servers that ended and do not run again yet

    def start(self, name: str, command: str, **more: str) -> None:
        """Start a part; `more` is its own environment. It is kept so that the part can be started again."""
        self.parts[name] = command, more
        child = self._spawn(name, ["sh", "-c", f"exec {command}"], more, heard=True)
        self.children[name] = child
        self.record_of(name).follow(child)

    def record_of(self, name: str) -> "Record":
        return self.records.setdefault(name, Record(name))

    def run(self, name: str, *arguments: str, **more: str) -> None:
        """Run a management command to its end. Raises PartError when it fails."""
        self.finish(self.begin(name, *arguments, **more))

    def begin(self, name: str, *arguments: str, **more: str) -> str:
        self.children[name] = self._spawn(name, [sys.executable, "manage.py", *arguments], more)
        return name

    def errand(self, name: str, *arguments: str) -> None:
        """Run a management command to its end beside the parts; one that fails is begun again as a part is."""
        self.errands[name] = arguments
        self.begin(name, *arguments)

    def finish(self, name: str) -> None:
        status = self.children[name].wait()
        del self.children[name]
        if status:
            raise PartError(f"`{name}` failed ({describe(status)}); what it said is above.")

    def watch(self, servers: tuple[Server, ...], ready: Callable[[], str], when_ready: Callable[[], None]) -> None:
        """Call `when_ready` as soon as `ready` names nothing missing; start again whatever ends, until PartError."""
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
        """Notice what has ended, and start what has paused long enough."""
        for server in servers:
            status = server.process.poll() if server.process else None
            if status is not None and server.name not in self.down:
                self.down.add(server.name)
                self.note_end(server.name, status, last=str(server.failure("ended")))
            if server.name in self.down and self.record_of(server.name).may_start():
                self._restart(server)
        for name, child in list(self.children.items()):
            if (status := child.poll()) is not None:
                del self.children[name]
                kill_group(child.pid)
                if name in self.errands and status == 0:
                    del self.errands[name]
                    continue
                self.note_end(name, status, last=self.record_of(name).last_lines())
        for name in (self.parts.keys() | self.errands.keys()) - self.children.keys():
            if not self.record_of(name).may_start():
                continue
            if name in self.errands:
                self.begin(name, *self.errands[name])
            else:
                command, more = self.parts[name]
                self.start(name, command, **more)

    def note_end(self, name: str, status: int, *, last: str) -> None:
        """Raises PartError when it is one time too many."""
        pause = self.record_of(name).ended()
        if pause is None:
            raise PartError(f"`{name}` ended {MOST_ENDS} times within a minute ({describe(status)}). {last}")
        self.say(f"`{name}` ended ({describe(status)}). The rest goes on; it starts again in {pause:g} s.")

    def _restart(self, server: Server) -> None:
        """In this thread: a server ends with the one that started it."""
        try:
            server.start()
            self.down.remove(server.name)
        except ServerError as error:
            if self.record_of(server.name).ended() is None:
                raise PartError(str(error)) from error
            self.say(f"`{server.name}` does not start yet: {error}")

    def stop(self) -> None:
        """Ask every child to end, wait, then leave nothing of what they started."""
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
            kill_group(child.pid)
            child.wait()
        self.children.clear()

    def _spawn(
        self, name: str, command: list[str], more: Mapping[str, str], *, heard: bool = False
    ) -> "subprocess.Popen[bytes]":
        given = {key: value for key, value in self.environment.items() if key != OWNERS_ADDRESS}
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**given, "PROCESS_NAME": f"mesoplan-{name}", **more},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no locks, no memory
            stdout=subprocess.PIPE if heard else None,
            stderr=subprocess.STDOUT if heard else None,
        )


class Record:
    """How a part fared: when it ended lately, when it may start again, and what it said last."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ends: deque[float] = deque(maxlen=MOST_ENDS)
        self.not_before = 0.0
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self.reader: Thread | None = None

    def ended(self) -> float | None:
        """Seconds until it may start again; None when it has ended too often within a minute."""
        now = time.monotonic()
        self.ends.append(now)
        recent = sum(now - at < A_MINUTE for at in self.ends)
        if recent >= MOST_ENDS:
            return None
        pause = FIRST_PAUSE * (1 << (recent - 1))
        self.not_before = now + pause
        return pause

    def may_start(self) -> bool:
        return time.monotonic() >= self.not_before

    def follow(self, child: "subprocess.Popen[bytes]") -> None:
        self.reader = Thread(target=self._pass_on, args=(child.stdout,), daemon=True)
        self.reader.start()

    def _pass_on(self, pipe: IO[bytes]) -> None:
        """What a part says goes on to our own output; the last of it is kept."""
        for line in pipe:
            self.lines.append(line.decode(errors="replace"))
            with suppress(OSError):  # a terminal that was closed
                os.write(STDOUT, line)

    def last_lines(self) -> str:
        if self.reader:
            self.reader.join(1)
        return "It said last:\n" + "".join(self.lines) if self.lines else "It said nothing."


def kill_group(leader: int) -> None:
    """What a part has started ends with it."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def describe(status: int) -> str:
    """An exit status in words."""
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
