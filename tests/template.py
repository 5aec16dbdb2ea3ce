"""A migrated database, kept between runs, that every test database is copied from.

Migrating takes much longer than most tests. The copy lies in var/ under a digest of every migration, so it is made anew
when one changes; those that no run used for a day are removed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from clinic import embedded
from clinic.embedded.account import Account

ROOT = Path(__file__).resolve().parent.parent
NAME = "template_of_tests"
DAY_SECONDS = 24 * 60 * 60


def lay(var_dir: Path) -> None:
    """Put the data of servers with the migrated database into `var_dir`."""
    kept = ROOT / "var" / "test-template" / _digest()
    if not kept.exists():
        _make(kept)
    kept.touch()
    servers = var_dir / "servers"
    shutil.copytree(kept, servers)
    servers.chmod(0o700)
    Account.choose().own(servers)


def _digest() -> str:
    migrations = [path for path in ROOT.glob("*/migrations/*.py") if path.name != "__init__.py"]
    files = sorted([*migrations, ROOT / "requirements" / "base.txt", Path(__file__)])
    names_and_texts = [part for path in files for part in (bytes(path.relative_to(ROOT)), path.read_bytes())]
    return hashlib.sha256(b"\0".join(names_and_texts)).hexdigest()[:16]


def _make(kept: Path) -> None:
    """Migrate in a folder of its own and rename, so that two runs at once do not disturb each other."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    _forget_old(kept.parent)
    with tempfile.TemporaryDirectory(prefix="mesoplan-template-") as folder:
        Path(folder).chmod(0o711)
        with embedded.servers(Path(folder), durable=False) as running:
            _migrate(running, folder)
        unfinished = Path(tempfile.mkdtemp(dir=kept.parent))
        shutil.copytree(running.postgres.data, unfinished / "postgres")
        shutil.rmtree(running.postgres.home)
    if kept.exists():  # another run was faster
        shutil.rmtree(unfinished)
    else:
        unfinished.rename(kept)


def _migrate(running: embedded.Servers, folder: str) -> None:
    with psycopg.connect(running.urls.owner_database, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {NAME}".encode())
    own = running.postgres.url("owner", NAME)
    environment = os.environ | running.urls.environment() | {"DATABASE_URL": own, "VAR_DIR": folder}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], cwd=ROOT, env=environment, check=True
    )


def _forget_old(folder: Path) -> None:
    for other in folder.iterdir():
        if time.time() - other.stat().st_mtime > DAY_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
