"""The clinic's own servers for one run, with a database a size, and other processes that work on them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from clinic import embedded

ROOT = Path(__file__).resolve().parent.parent
MIGRATED = "migrated"


class Servers:
    """Durable, as in a clinic: a commit waits for the disk."""

    def __init__(self, running: embedded.Servers, folder: Path) -> None:
        self.running, self.folder = running, folder
        self.filled: set[int] = set()

    def environment(self, database: str, role: str = "owner", **more: str) -> dict[str, str]:
        """No row policy binds the owner of the tables; the clinic itself works as "app"."""
        own = {
            "DATABASE_URL": self.running.postgres.url(role, database),
            "OWNER_DATABASE_URL": self.running.postgres.url("owner", database),
            "SUPERUSER_DATABASE_URL": self.running.postgres.url("postgres", database),
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "VAR_DIR": str(self.folder),
            "SECRET_KEY": "only-for-the-bench-" * 3,
            "PLAIN_STATIC": "1",
            "API_RATE_PER_ADDRESS": "",
            "API_RATE_PER_CALLER": "",
        }
        return os.environ | self.running.urls.environment() | own | more

    def database(self, name: str, *, like: str = "template1") -> str:
        with psycopg.connect(self.running.postgres.url("owner", "postgres"), autocommit=True) as owner:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
            owner.execute(make)
        return name

    def stored(self, size: int) -> str:
        """A clinic with so many stored visits (bench.store), filled once a run."""
        name = f"stored_{size}"
        if size not in self.filled:
            self.database(name, like=MIGRATED)
            found = self.run("bench.store", str(size), database=name)
            assert found["bookings"] == size
            self.filled.add(size)
        return name

    def run(self, module: str, *words: str, database: str, **more: str) -> Any:
        """A module run with these words on a database; what it says is JSON in its last line."""
        command = [sys.executable, "-m", "tests.with_django", module, *words]
        told = subprocess.run(
            command, cwd=ROOT, env=self.environment(database, **more), stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(told.stdout.splitlines()[-1])

    def manage(self, *words: str, database: str) -> None:
        environment = self.environment(database)
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True)


@contextmanager
def servers() -> Iterator[Servers]:
    """Servers with one migrated database that holds the catalogue (MIGRATED)."""
    with tempfile.TemporaryDirectory(prefix="mesoplan-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            with embedded.servers(folder) as running:
                found = Servers(running, folder)
                found.database(MIGRATED)
                found.manage("migrate", "-v0", database=MIGRATED)
                found.manage("load_catalogue", "-v0", database=MIGRATED)
                yield found
        finally:
            shutil.rmtree((folder / "servers").resolve(), ignore_errors=True)
