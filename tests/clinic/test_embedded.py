"""The servers that `make run` and the tests bring along: they start anywhere, survive a crash and leave nothing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from psycopg import errors
from redis.backoff import NoBackoff
from redis.retry import Retry

from clinic import embedded
from clinic.embedded import account as account_module
from clinic.embedded.account import Account, private_home
from clinic.embedded.binaries import find_binaries
from clinic.embedded.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]


class ShutOut(Account):
    """An account that gets nowhere, as `nobody` does below a folder that is root's alone."""

    def can(self, *command: str | Path) -> bool:
        return False


def shut_out() -> Account:
    chosen = Account.choose()
    return ShutOut(chosen.uid, chosen.gid, is_other=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the servers' account can pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="mesoplan-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def running() -> Iterator[embedded.Servers]:
    with tempfile.TemporaryDirectory(prefix="mesoplan-test-") as name:
        Path(name).chmod(0o711)
        with embedded.servers(Path(name), durable=False) as running:
            yield running


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row and row[0]


def lives(pid: int) -> bool:
    """Whether the process runs; a dead one that nobody fetched yet does not."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def ends(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not lives(pid)


# --- What they offer ------------------------------------------------------------------------------------------------


def test_text_is_unicode_and_time_is_utc(running: embedded.Servers) -> None:
    assert ask(running.urls.database, "SHOW server_encoding") == "UTF8"
    assert ask(running.urls.database, "SHOW timezone") == "UTC"
    assert ask(running.urls.database, "SELECT upper('é')") == "É"
    assert ask(running.urls.database, "SELECT similarity('Zoé', 'Zoe') < 1 AND similarity('é', 'é') = 1") is True


def test_every_new_database_has_the_extensions_and_the_rights(running: embedded.Servers) -> None:
    with psycopg.connect(running.urls.owner_database, autocommit=True) as owner:
        owner.execute("CREATE DATABASE another")
    another = running.postgres.url("owner", "another")
    with psycopg.connect(another, autocommit=True) as owner:
        owner.execute("CREATE TABLE visit (id serial PRIMARY KEY, during tstzrange)")
        owner.execute("ALTER TABLE visit ADD EXCLUDE USING gist (id WITH =, during WITH &&)")
        owner.execute("SET ROLE app")
        owner.execute("INSERT INTO visit DEFAULT VALUES")
    assert ask(another, "SELECT count(*) FROM visit") == 1


def test_the_application_writes_rows_and_nothing_else(running: embedded.Servers) -> None:
    with psycopg.connect(running.urls.owner_database, autocommit=True) as owner:
        owner.execute("CREATE TABLE note (id serial PRIMARY KEY, said text)")
    with psycopg.connect(running.urls.database, autocommit=True) as app:
        app.execute("INSERT INTO note (said) VALUES ('one'), ('two')")
        app.execute("UPDATE note SET said = 'three' WHERE id = 1")
        app.execute("DELETE FROM note WHERE id = 2")
        for statement in (
            "TRUNCATE note",
            "ALTER TABLE note ADD COLUMN more text",
            "DROP TABLE note",
            "CREATE TABLE mine (id int)",
            "CREATE DATABASE mine",
            "SET ROLE owner",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                app.execute(statement.encode())
    assert ask(running.urls.database, "SELECT string_agg(said, ',') FROM note") == "three"


def test_the_broker_is_behind_a_password_and_keeps_what_it_holds(running: embedded.Servers) -> None:
    with redis.Redis.from_url(running.urls.redis, decode_responses=True) as client:
        for name, value in {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}.items():
            assert client.config_get(name) == {name: value}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
    with (
        redis.Redis(port=running.valkey.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_sockets_are_ours_alone(running: embedded.Servers) -> None:
    assert running.postgres.sockets.stat().st_mode & 0o077 == 0
    assert ask(running.urls.database, "SHOW listen_addresses") == ""


# --- Where they start -----------------------------------------------------------------------------------------------


def test_they_start_in_a_long_path_with_spaces_and_beside_each_other(folder: Path, running: embedded.Servers) -> None:
    place = folder / "a clinic, it's ours" / ("very long " * 15).strip() / ("path " * 30).strip()
    with embedded.servers(place, durable=False) as second:
        assert len(bytes(place)) > 300
        assert ask(second.urls.superuser_database, "SHOW data_directory") == str(second.postgres.data)
        assert ask(running.urls.superuser_database, "SHOW data_directory") == str(running.postgres.data)
        assert second.valkey.port != running.valkey.port


def test_two_at_once_from_one_folder_are_refused(running: embedded.Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.embedded.process.LOCK_SECONDS", 0.1)
    with (
        pytest.raises(embedded.ServerError, match="already runs"),
        embedded.servers(running.postgres.home.parent, durable=False),
    ):
        pass
    assert ask(running.urls.database, "SELECT 1") == 1


def test_data_moves_out_of_a_folder_closed_to_the_servers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_module, "SYSTEM_DATA", folder)
    var_dir = folder / "closed" / "var"
    home = private_home(var_dir, shut_out())
    assert home.parent == folder
    assert (var_dir / "servers").resolve() == home
    assert private_home(var_dir, replace(Account.choose(), is_other=False)) == home
    shutil.rmtree(home)
    assert private_home(var_dir, shut_out()) != home


@pytest.mark.proof
def test_they_start_below_a_folder_closed_to_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_module, "SYSTEM_DATA", folder)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with embedded.servers(closed / "var", durable=False) as running:
        assert ask(running.urls.database, "SELECT 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.proof
def test_executables_out_of_reach_are_copied(folder: Path) -> None:
    home = Account.choose().folder(folder / "home")
    binaries = find_binaries(shut_out(), home)
    for tool in (binaries.initdb, binaries.postgres, binaries.valkey):
        assert tool.is_relative_to(home)
        assert Account.choose().can(tool, "--version")


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    chosen = Account.choose()
    postgres = Postgres(chosen, chosen.folder(folder / "home"), find_binaries(chosen, folder), durable=False)
    postgres.sockets = folder / "sockets"
    postgres.sockets.symlink_to(folder)
    with pytest.raises(embedded.ServerError, match="somebody else"):
        postgres.start()


# --- What they survive ----------------------------------------------------------------------------------------------


@pytest.mark.proof
def test_data_survives_a_kill_and_the_addresses_stay(folder: Path) -> None:
    with embedded.servers(folder) as running:
        urls = running.urls
        with psycopg.connect(urls.owner_database, autocommit=True) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 1 AS n")
        with redis.Redis.from_url(urls.redis) as client:
            client.set("kept", 1)
        for server in running.all:
            assert server.process is not None
            server.process.kill()
            server.process.wait()
            server.start()
        assert running.urls == urls
        assert ask(urls.database, "SELECT n FROM kept") == 1
        with redis.Redis.from_url(urls.redis) as client:
            assert client.get("kept") == b"1"


@pytest.mark.proof
def test_a_stale_pid_file_harms_nobody(folder: Path) -> None:
    with embedded.servers(folder, durable=False) as running:
        data = running.postgres.data
    bystander = subprocess.Popen(["sleep", "60"], **Account.choose().identity)
    (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n1\n5432\n/tmp\n\n")
    try:
        with embedded.servers(folder, durable=False) as running:
            assert ask(running.urls.superuser_database, "SHOW data_directory") == str(data)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_nothing_is_left_when_they_stop(folder: Path) -> None:
    with embedded.servers(folder, durable=False) as running:
        pids = [server.process.pid for server in running.all if server.process]
        sockets = running.postgres.sockets
    assert len(pids) == 2
    assert not any(map(lives, pids))
    assert not sockets.exists()


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_nothing_is_left_when_their_parent_is_killed(folder: Path) -> None:
    script = (
        "import pathlib, sys, time; from clinic import embedded\n"
        "with embedded.servers(pathlib.Path(sys.argv[1]), durable=False) as running:\n"
        "    print(*[server.process.pid for server in running.all])\n"
        "    print(running.postgres.sockets, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    sockets = Path(parent.stdout.readline().strip())
    assert len(pids) == 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert all(map(ends, pids))
    assert list(sockets.iterdir()) == []
    sockets.rmdir()  # the next start from this checkout would use it


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with embedded.servers(folder, durable=False) as running:
        data = running.postgres.data
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.ServerError, match="incompatible"), embedded.servers(folder, durable=False):
        pass
