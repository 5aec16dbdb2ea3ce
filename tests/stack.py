"""The whole clinic as real processes for one test run: web, worker and beat over a database of their own.

The commands are those of the Procfile; only the clock runs faster (tests/fast_clock.py). A test may stop, kill and
start the parts singly. Every part writes a log of its own, which a test can read.
"""

import fcntl
import os
import shlex
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from django.core.management import call_command
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from clinic.supervisor import Supervisor, read_procfile
from tests.databases import connected, new_database

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "var" / "test-static"  # collected once, kept between runs
COMMANDS = read_procfile() | {"beat": 'celery --quiet -A tests.fast_clock beat --schedule "$VAR_DIR/beat-schedule"'}
collected: set[Path] = set()
PATIENCE = 60.0  # a busy machine is slow, not wrong


class Stack:
    """One clinic. `database` is its address as the owner of the tables; the parts themselves connect as `app`."""

    def __init__(self, folder: Path, *, database: str, redis: str, blocker: DjangoDbBlocker) -> None:
        self.folder, self.database, self.redis, self.blocker = folder, database, redis, blocker
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        link_static(folder)
        own = {"VAR_DIR": str(folder), "PORT": str(self.port), "DEMO": "1", "PLAIN_STATIC": "0", "WORKERS": "1"}
        addresses = {"DATABASE_URL": as_app(database), "REDIS_URL": redis}
        self.parts = Supervisor({**os.environ, **own, **addresses, "PYTHONUNBUFFERED": "1"})

    def prepare(self) -> None:
        """What `manage.py up` does before it starts the parts, mostly without processes of their own."""
        collect(self)
        with self.records(), override_settings(DEMO=False):
            call_command("prepare", "schema")
            call_command("prepare", "content")

    @contextmanager
    def copied(self, name: str, folder: Path) -> Iterator["Stack"]:
        """Another clinic that begins with the rows and files of this one, in which nobody works; gone afterwards."""
        shutil.copytree(self.folder, folder, symlinks=True)
        template = urlsplit(self.database).path.removeprefix("/")
        with new_database(name, server=self.database, template=template) as address:
            clinic = Stack(folder, database=address, redis=self.redis, blocker=self.blocker)
            try:
                yield clinic
            finally:
                clinic.close()

    # --- parts ---------------------------------------------------------------------------------------------------

    def start(self, *names: str, **environment: str) -> None:
        """Start parts of the Procfile; `web` is waited for. `environment` is for these alone."""
        for name in names:
            self.start_command(name, COMMANDS[name], environment)
        if "web" in names:
            until(self.answers, "the web server answers", self)

    def start_command(self, name: str, command: str, environment: Mapping[str, str]) -> None:
        given = shlex.join(f"{key}={value}" for key, value in environment.items())
        inner = shlex.quote(f"exec {command}")  # a shell that knows the environment, since commands name ports
        self.parts.start(name, f"env {given} sh -c {inner} >>{shlex.quote(str(self.log_of(name)))} 2>&1")

    @contextmanager
    def second_web(self, **environment: str) -> Iterator[str]:
        """The address of another web server of this clinic, with an environment of its own."""
        port = str(free_port())
        self.start_command("second-web", COMMANDS["web"], environment | {"PORT": port})
        try:
            until(lambda: self.answers(port), "the second web server answers", self)
            yield f"http://127.0.0.1:{port}"
        finally:
            self.stop("second-web")

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """One part is away for a while."""
        self.stop(name)
        try:
            yield
        finally:
            self.start(name)

    def stop(self, name: str) -> None:
        """End a part in order, as a service manager would."""
        self._end(name, signal.SIGTERM)

    def kill(self, name: str) -> None:
        """What a power cut does: the part and all it started, at once."""
        self._end(name, signal.SIGKILL)

    def _end(self, name: str, number: signal.Signals) -> None:
        child = self.parts.children.pop(name)
        if number is signal.SIGKILL:
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)
        child.wait(60)

    def pids(self, name: str) -> set[int]:
        """The processes of one part."""
        parent = psutil.Process(self.parts.children[name].pid)
        return {parent.pid, *(child.pid for child in parent.children(recursive=True))}

    def close(self) -> None:
        self.parts.stop()

    # --- what can be seen from outside ----------------------------------------------------------------------------

    def get(self, path: str, *, port: str | None = None, timeout: float = 10.0) -> tuple[int, str]:
        """Status and body of a GET without sign-in."""
        client = HTTPConnection("127.0.0.1", int(port or self.port), timeout=timeout)
        try:
            client.request("GET", path)
            answer = client.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            client.close()

    def answers(self, port: str | None = None) -> bool:
        try:
            return self.get("/healthz", port=port)[0] == 200
        except OSError:
            return False

    @property
    def mail(self) -> Path:
        """The folder in which letters to patients and staff land."""
        return self.folder / "mail"

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        """Everything the parts have said so far."""
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("*.log")))

    # --- its rows --------------------------------------------------------------------------------------------------

    @contextmanager
    def records(self) -> Iterator[None]:
        """Inside the block the models of this process read and write the clinic's own database."""
        with connected(self.database, self.blocker):
            yield


def until(true: Callable[[], Any], what: str, stack: Stack | None = None, patience: float = PATIENCE) -> Any:
    """Wait until `true()` is so, and return what it said. Fails in words, with the logs of the stack."""
    deadline = time.monotonic() + patience
    while not (found := true()):
        if time.monotonic() > deadline:
            raise AssertionError(
                f"waited {patience:.0f} s in vain until {what}\n{stack.logs()[-6000:] if stack else ''}"
            )
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_app(database: str) -> str:
    """The same database as the role of the application."""
    parts = urlsplit(database)
    return parts._replace(netloc=parts.netloc.replace("owner@", "app@", 1)).geturl()


def link_static(folder: Path) -> None:
    STATIC.mkdir(parents=True, exist_ok=True)
    if not (folder / "static").is_symlink():  # a copied folder has it
        (folder / "static").symlink_to(STATIC)


def collect(stack: Stack) -> None:
    """The static files, once a process: all stacks link to them. Two that start together do it one after the other."""
    if STATIC in collected:
        return
    with (STATIC.parent / "test-static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stack.parts.run("files", "prepare", "files")
    collected.add(STATIC)
