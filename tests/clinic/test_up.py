"""`manage.py up` runs the whole clinic, says when it is ready, and takes all of it down again."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from tests.stack import until

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of a clinic whose database is new."""
    url = os.environ["DATABASE_URL"]
    name = f"clinic_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as owner:
        template = sql.Identifier(os.environ.get("TEST_TEMPLATE", "template1"))
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
        own = f"{url.rpartition('/')[0]}/{name}"
        own_variables = {"DATABASE_URL": own, "OWNER_DATABASE_URL": own, "VAR_DIR": str(tmp_path), "DEMO": "0"}
        own_variables["PORT"] = str(free_port())
        yield {**os.environ, **own_variables, "PYTHONUNBUFFERED": "1"}
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def clinic(environment: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "manage.py", "up", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def said_until(process: "subprocess.Popen[str]", word: str) -> str:
    said = ""
    assert process.stdout
    while word not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def kill(process: "subprocess.Popen[str]", part: str) -> None:
    """What a power cut does to one part of the clinic."""
    family = psutil.Process(process.pid).children(recursive=True)
    next(member for member in family if part_of(member) == part).kill()


@pytest.mark.proof
def test_it_serves_restarts_what_dies_and_leaves_no_process(environment: dict[str, str]) -> None:
    """With servers of its own and nobody in it: the first director's link opens; a part dies, then the broker, and the
    site answers all the while until Ctrl-C."""
    given = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")
    own = {name: value for name, value in environment.items() if name not in given}
    site = f"http://127.0.0.1:{environment['PORT']}"
    with clinic(own) as process:
        said = said_until(process, "/first-director/")
        assert "is ready" in said
        assert "Open the clinic" in first_page_of(said, site)
        assert urllib.request.urlopen(f"{site}/healthz", timeout=10).status == 200
        family = psutil.Process(process.pid).children(recursive=True)
        assert {"web", "plan", "mail", "codes", "sweep", "beat"} <= {part_of(member) for member in family}
        for part in ("sweep", "beat", "codes"):
            kill(process, part)
            said_until(process, f"`{part}` ended (killed by SIGKILL). The rest goes on; it starts again")
            assert urllib.request.urlopen(f"{site}/healthz", timeout=10).status == 200
        until(lambda: {"sweep", "beat", "codes"} <= parts_of(process), "they run again")
        broker = next(each for each in psutil.Process(process.pid).children() if "valkey" in each.name())
        broker.kill()
        said_until(process, "`valkey` ended (killed by SIGKILL). The rest goes on")
        assert urllib.request.urlopen(f"{site}/readyz", timeout=10).status == 200
        ready = partial(urllib.request.urlopen, f"{site}/readyz", timeout=10)
        until(lambda: '"broker": "ok"' in ready().read().decode(), "the broker runs again")
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert "Stopped." in process.communicate()[0]
    assert process.returncode == 0
    assert not [member for member in family if member.is_running() and member.status() != psutil.STATUS_ZOMBIE]


def first_page_of(said: str, site: str) -> str:
    """What the link shows that an empty clinic without the demonstration prints."""
    link = next(line.strip() for line in said.splitlines() if "/first-director/" in line)
    assert link.startswith(f"{site}/")
    return str(urllib.request.urlopen(link, timeout=10).read().decode())


@pytest.mark.proof
def test_a_part_that_dies_five_times_in_a_minute_ends_all_with_its_last_words(environment: dict[str, str]) -> None:
    with clinic(environment | {"MAIL_WORKERS": "no number"}, "--only", "mail", "beat") as process:
        family = psutil.Process(process.pid)
        until(lambda: "beat" in {part_of(member) for member in family.children()}, "it has begun")
        said = process.communicate()[0]
    assert "`mail` ended 5 times within a minute" in said
    assert "got 'no number'" in said.partition("5 times within a minute")[2]
    assert process.returncode == 1


def parts_of(process: "subprocess.Popen[str]") -> set[str]:
    return {part_of(member) for member in psutil.Process(process.pid).children()}


def test_a_taken_port_is_said_before_anything_starts(environment: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        with clinic(environment) as process:
            assert f"Port {environment['PORT']} is taken" in process.communicate()[0]
    assert process.returncode == 1


def part_of(process: psutil.Process) -> str:
    try:
        return process.environ().get("PROCESS_NAME", "").removeprefix("mesoplan-")
    except psutil.Error:  # it has just ended
        return ""
