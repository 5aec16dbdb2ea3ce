"""Every `manage.py` command in a second shell finds the servers of the first, or says in one line why it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from clinic import addresses
from tests.sizes import size

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    ("migrate", "--check"),
    ("issue_token", "desk@example.test"),
    ("shell", "--no-imports", "-c", "from clinic.models import User; print(User.objects.count())"),
    ("dispatch",),
)[: size(1, in_proof=4)]
NAMES = (*addresses.NAMES, "PORT")

pytestmark = pytest.mark.slow


def shell(var_dir: Path, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What a command does in a shell that knows the folder of the clinic and nothing else."""
    own = {name: value for name, value in os.environ.items() if name not in NAMES}
    own |= {"VAR_DIR": str(var_dir), "SECRET_KEY": "only-for-tests", **environment}
    line = [sys.executable, "manage.py", *command]
    return subprocess.run(line, cwd=ROOT, env=own, capture_output=True, text=True, check=False)


def only_line(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.django_db
def test_a_command_finds_the_servers_that_another_shell_runs(tmp_path: Path):
    here = connection.settings_dict
    database = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{here['NAME']}"
    running = {"DATABASE_URL": database, "REDIS_URL": os.environ["REDIS_URL"], "SITE_URL": "http://127.0.0.1:8999"}
    asks = "from django.conf import settings as s; from clinic.models import User"
    asks += "; print(User.objects.count(), s.REDIS_URL, s.SITE_URL)"
    with addresses.written(tmp_path, running):
        done = shell(tmp_path, "shell", "--no-imports", "-c", asks)
        pending = shell(tmp_path, "migrate", "--check")
    assert done.stdout.split() == ["0", running["REDIS_URL"], running["SITE_URL"]], done.stderr
    assert pending.returncode == 0, pending.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_where_no_servers_run_a_command_says_so_in_one_line(tmp_path: Path, command: tuple[str, ...]):
    assert "No servers run for" in only_line(shell(tmp_path, *command))


@pytest.mark.proof
def test_the_servers_of_another_folder_are_not_ours(tmp_path: Path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    other.mkdir()
    with addresses.written(other, {"DATABASE_URL": os.environ["DATABASE_URL"]}):
        assert f"No servers run for {mine}" in only_line(shell(mine, "migrate", "--check"))


@pytest.mark.proof
def test_addresses_that_a_power_cut_left_behind_are_named(tmp_path: Path):
    gone = f"DATABASE_URL=postgres://app@{str(tmp_path).replace('/', '%2F')}/mesoplan\n"
    (tmp_path / addresses.FILE).write_text(gone)
    assert f"{tmp_path / addresses.FILE} do not answer" in only_line(shell(tmp_path, "dispatch"))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgres://app:hush@127.0.0.1:1/mesoplan", "DATABASE_URL does not answer"),
        ("postgre://app:hush@127.0.0.1/mesoplan", "DATABASE_URL cannot be read"),
        ("postgres://app:hush@127.0.0.1:port/mesoplan", "DATABASE_URL cannot be read"),
    ][: size(1, in_proof=3)],
)
def test_an_address_of_ones_own_that_is_wrong_is_said_without_its_password(tmp_path: Path, address: str, says: str):
    line = only_line(shell(tmp_path, "migrate", "--check", DATABASE_URL=address))
    assert says in line
    assert "hush" not in line


def test_a_word_that_no_policy_knows_is_said(tmp_path: Path):
    assert "resend or hold" in only_line(shell(tmp_path, "check", MESSAGE_UNKNOWN_POLICY="Resend"))


@pytest.mark.proof
def test_what_a_running_server_refuses_is_still_shown_in_full(tmp_path: Path):
    """A lock that is not granted is no missing server: the traceback stays."""
    asks = "from django.db import connection as c; c.cursor().execute('SET lock_timeout=1; SET statement_timeout=1;"
    asks += " SELECT pg_sleep(1)')"
    done = shell(tmp_path, "shell", "--no-imports", "-c", asks, DATABASE_URL=os.environ["DATABASE_URL"])
    assert "Traceback" in done.stderr


def test_only_its_owner_can_read_the_addresses(tmp_path: Path):
    with addresses.written(tmp_path, {"REDIS_URL": "redis://:hush@127.0.0.1/0"}):
        assert (tmp_path / addresses.FILE).stat().st_mode & 0o777 == 0o600
    assert addresses.read(tmp_path) == {}
