"""The parts of the clinic start together, and when one ends or somebody stops them, none is left."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from clinic.supervisor import PartError, StopRequested, Supervisor, read_procfile, stop_signals


def alive(marker: str) -> bool:
    """Whether any process of this machine has the marker in its command line."""
    return any(marker in " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))


def test_the_procfile_names_the_parts() -> None:
    commands = read_procfile()
    assert list(commands) == ["servers", "web", "worker", "beat"]
    assert commands["web"].startswith("gunicorn clinic.wsgi")
    assert "--beat" not in commands["worker"]


def test_a_part_that_ends_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    supervisor = Supervisor(os.environ)
    supervisor.start("worker", "sh -c 'echo broken; exit 3'")
    supervisor.start("web", "sleep 61.25")
    try:
        with pytest.raises(PartError, match=r"`worker` ended \(exit status 3\)"):
            supervisor.watch((), lambda: "", lambda: None)
    finally:
        supervisor.stop()
    assert "broken" in capfd.readouterr().out
    assert not alive("sleep 61.25")


def test_a_part_that_was_killed_is_named() -> None:
    supervisor = Supervisor(os.environ)
    supervisor.start("beat", "sleep 61.5")
    supervisor.children["beat"].kill()
    supervisor.children["beat"].wait()
    with pytest.raises(PartError, match=r"`beat` ended \(killed by SIGKILL\)"):
        supervisor.check(())
    supervisor.stop()


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


def test_an_errand_that_is_done_ends_nothing_and_one_that_fails_is_named(tmp_path: Path) -> None:
    supervisor = Supervisor({**os.environ, "VAR_DIR": str(tmp_path)})
    supervisor.errand("well", "version")
    supervisor.children["well"].wait()
    supervisor.check(())
    assert not supervisor.children
    supervisor.errand("badly", "unheard_of")
    supervisor.children["badly"].wait()
    with pytest.raises(PartError, match=r"`badly` ended \(exit status 1\)"):
        supervisor.check(())
    supervisor.stop()


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
