"""The parts of the clinic start together, one that ends starts again, and when somebody stops them none is left."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from clinic.management.commands.up import as_owner
from clinic.supervisor import PartError, Record, StopRequested, Supervisor, read_procfile, stop_signals


def alive(marker: str) -> bool:
    """Whether any process of this machine has the marker in its command line."""
    return any(marker in " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))


def test_the_procfile_names_the_parts() -> None:
    commands = read_procfile()
    assert list(commands) == ["servers", "web", "plan", "mail", "codes", "sweep", "beat", "nightly"]
    assert commands["web"].startswith("gunicorn clinic.wsgi")
    for queue in ("plan", "mail", "sweep"):
        assert f"--queues {queue} " in commands[queue]
        assert "--beat" not in commands[queue]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a supervisor says; pauses are short."""
    monkeypatch.setattr("clinic.supervisor.FIRST_PAUSE", 0.01)
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    one = Supervisor(os.environ, say=said.append)
    yield one
    one.stop()


def watched_until(supervisor: Supervisor, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        supervisor.check(())
        time.sleep(0.01)


def test_a_part_that_was_killed_starts_again_and_the_others_go_on(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start("beat", "sleep 61.5")
    supervisor.start("web", "sleep 61.25")
    beat, web = supervisor.children["beat"], supervisor.children["web"]
    beat.kill()
    beat.wait()
    watched_until(supervisor, lambda: supervisor.children.get("beat", beat) is not beat)
    assert supervisor.children["web"] is web
    assert web.poll() is None
    assert said == ["`beat` ended (killed by SIGKILL). The rest goes on; it starts again in 0.01 s."]


@pytest.mark.proof
def test_the_pause_grows_and_five_ends_in_a_minute_are_too_many(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start("web", "sleep 61.25")
    supervisor.start("mail", "sh -c 'echo broken $$; exit 3'")
    with pytest.raises(PartError, match=r"`mail` ended 5 times within a minute \(exit status 3\)(?s:.*)broken \d+"):
        supervisor.watch((), lambda: "", lambda: None)
    assert [re.search(r"in (\S+) s", word)[1] for word in said] == ["0.01", "0.02", "0.04", "0.08"]  # type: ignore[index]
    supervisor.stop()
    assert not alive("sleep 61.25")


def test_ends_that_are_far_apart_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    record, now = Record("mail"), 0.0
    monkeypatch.setattr("clinic.supervisor.time.monotonic", lambda: now)
    for _end in range(12):
        assert record.ended() is not None
        now += 20


def test_what_a_part_says_is_heard(supervisor: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    supervisor.start("worker", "sh -c 'echo loud and clear; exec sleep 61.25'")
    watched_until(supervisor, lambda: bool(supervisor.records["worker"].lines))
    assert "loud and clear" in capfd.readouterr().out


def test_what_a_dead_part_had_started_ends_before_it_starts_again(supervisor: Supervisor) -> None:
    supervisor.start("plan", "sh -c 'sleep 61.125 & wait'")
    watched_until(supervisor, lambda: alive("sleep 61.125"))
    first = supervisor.children["plan"]
    orphans = psutil.Process(first.pid).children()
    first.kill()
    first.wait()
    watched_until(supervisor, lambda: supervisor.children.get("plan", first) is not first)
    assert not [orphan for orphan in orphans if orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE]


def test_what_keeps_a_part_from_being_ready_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.supervisor.READY_SECONDS", 0)
    with pytest.raises(PartError, match="no protocol is published"):
        Supervisor(os.environ).watch((), lambda: "no protocol is published", lambda: None)


def test_a_command_that_fails_is_named(tmp_path: Path) -> None:
    supervisor = Supervisor({**os.environ, "VAR_DIR": str(tmp_path)})
    with pytest.raises(PartError, match=r"`unheard` failed \(exit status 1\)"):
        supervisor.run("unheard", "unheard_of")
    assert not supervisor.children


def test_stopping_leaves_no_grandchild_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.supervisor.STOP_SECONDS", 1)
    supervisor = Supervisor(os.environ)
    supervisor.start("worker", "sh -c \"trap '' TERM; sleep 61.75 & wait; sleep 61.75\"")
    while not alive("sleep 61.75"):
        supervisor.check(())
    supervisor.stop()
    assert not alive("sleep 61.75")


def test_an_errand_that_is_done_ends_nothing_and_is_not_begun_again(supervisor: Supervisor) -> None:
    supervisor.errand("well", "version")
    supervisor.children["well"].wait()
    supervisor.check(())
    supervisor.check(())
    assert not supervisor.children


def test_an_errand_that_fails_is_begun_again_until_it_is_done(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demonstration fills on once the database is back; one that never succeeds is named in the end."""
    begun = []

    def begin(name: str, *arguments: str) -> str:
        begun.append(arguments)
        word = "exit 3" if len(begun) == 1 else "exit 0"
        supervisor.children[name] = supervisor._spawn(name, ["sh", "-c", word], {})
        return name

    monkeypatch.setattr(supervisor, "begin", begin)
    supervisor.errand("welcome", "welcome")
    watched_until(supervisor, lambda: not supervisor.errands)
    assert begun == [("welcome",)] * 2
    assert said == ["`welcome` ended (exit status 3). The rest goes on; it starts again in 0.01 s."]


def test_an_errand_that_always_fails_is_named(supervisor: Supervisor) -> None:
    supervisor.errand("badly", "unheard_of")
    with pytest.raises(PartError, match=r"`badly` ended 5 times within a minute \(exit status 1\)"):
        supervisor.watch((), lambda: "", lambda: None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_once_and_the_handlers_come_back(number: signal.Signals) -> None:
    def interrupted() -> None:
        with stop_signals():
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(StopRequested):
        interrupted()
    assert signal.getsignal(number) is before


def test_no_part_inherits_the_owners_address(tmp_path: Path) -> None:
    """Only a process that works as the owner of the database is handed that address, as its own DATABASE_URL."""
    given = {**os.environ, "DATABASE_URL": "as-app", "OWNER_DATABASE_URL": "as-owner"}
    supervisor = Supervisor(given)
    for name, more in (("web", {}), ("nightly", as_owner(given))):
        supervisor.start(name, f"sh -c 'env > {tmp_path / name}'", **more)
        supervisor.children[name].wait()
    supervisor.stop()
    web, nightly = ((tmp_path / name).read_text().splitlines() for name in ("web", "nightly"))
    assert "DATABASE_URL=as-app" in web
    assert not [line for line in web if "as-owner" in line]
    assert "DATABASE_URL=as-owner" in nightly
