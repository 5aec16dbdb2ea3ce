"""Bring one thing up to date: `schema` as the owner of the database, `content` as the application, `files` without it.

Each is safe to repeat, and quick when nothing changed.
"""

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LOCK = 0x6D65736F  # "meso": two hosts that start together migrate one after the other


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["schema", "content", "files"])

    def handle(self, what: str, **options: object) -> None:
        {"schema": self.schema, "content": self.content, "files": self.files}[what]()

    def schema(self) -> None:
        with self.alone():
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", verbosity=1, interactive=False)

    def content(self) -> None:
        """The clinical catalogue, and a demonstration clinic where nobody works yet."""
        with self.alone():
            for command, wanted in (("load_catalogue", True), ("demo", settings.DEMO and _nobody_works_here())):
                if wanted and command in get_commands():
                    call_command(command)

    def files(self) -> None:
        call_command("compilemessages")
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        state = _static_state()
        if not stamp.exists() or stamp.read_text() != state:
            self.stdout.write("Collecting the static files, once after a change…")
            call_command("collectstatic", verbosity=0, interactive=False)
            stamp.write_text(state)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold a lock of the database, so that several hosts can run this at once."""
        with connection.cursor() as cursor:
            waited = False
            while not _got_lock(cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()):
                if not waited:
                    self.stdout.write("Another process prepares this database; waiting for it…")
                waited = True
                time.sleep(0.5)
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _got_lock(row: tuple[bool] | None) -> bool:
    return row is not None and row[0]


def _nobody_works_here() -> bool:
    return not get_user_model()._default_manager.exists()


def _static_state() -> str:
    """A digest that changes when a static file, a package or the settings do."""
    root = settings.BASE_DIR
    locks = [root / "package-lock.json", root / "requirements" / "base.txt", root / "clinic" / "settings.py"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in locks))
    for path in sorted(path for path in (root / "static").rglob("*") if path.is_file()):
        found = path.stat()
        digest.update(f"{path.relative_to(root)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
