"""Bring one thing up to date: `schema` as the owner of the database, `content` as the application, `files` without it.

Each is safe to repeat, and quick when nothing changed.
"""

import hashlib
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from clinic.base import demonstration
from clinic.base.turns import alone


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["schema", "content", "files"])

    def handle(self, what: str, **options: object) -> None:
        {"schema": self.schema, "content": self.content, "files": self.files}[what]()

    def schema(self) -> None:
        with alone(self.stdout.write):
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", verbosity=1, interactive=False)

    def content(self) -> None:
        """The clinical catalogue, and whether the demonstration is to follow (`welcome` fills it)."""
        with alone(self.stdout.write):
            call_command("load_catalogue")
            demonstration.expect(wanted=settings.DEMO)

    def files(self) -> None:
        call_command("compilemessages")
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        state = _static_state()
        if not stamp.exists() or stamp.read_text() != state:
            self.stdout.write("Collecting the static files, once after a change…")
            call_command("collectstatic", verbosity=0, interactive=False)
            stamp.write_text(state)


def _static_state() -> str:
    """A digest that changes when a static file, a package or the settings do."""
    root = settings.BASE_DIR
    locks = [root / "package-lock.json", root / "requirements" / "base.txt", root / "clinic" / "settings.py"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in locks))
    for path in sorted(path for path in (root / "static").rglob("*") if path.is_file()):
        found = path.stat()
        digest.update(f"{path.relative_to(root)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
