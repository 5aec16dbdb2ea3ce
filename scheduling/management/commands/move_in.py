"""`manage.py move_in ARCHIVE.zip`: read everything that was moved out into an empty clinic (docs/moving.md).

DATABASE_URL is the owner's address, as for migrations. Stop web and workers first: what is due is sent from then on.
"""

from argparse import ArgumentParser
from pathlib import Path
from zipfile import BadZipFile

from django.core.management.base import BaseCommand, CommandError

from clinic.base import scope
from scheduling.setup import archive
from scheduling.setup.actions.moving_back import NotMoved, move_back


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path)

    @scope.whole()
    def handle(self, **options: object) -> None:
        try:
            found = move_back(Path(str(options["archive"])))
        except (NotMoved, OSError, KeyError, ValueError, BadZipFile) as error:
            raise CommandError(str(error)) from error
        for name, row in found.items():
            self.stdout.write(f"{name}: {row['rows']} rows, {row['sha256'][:16]}")
        left = [f"{table} ({why})" for table, why in archive.stays().items()]
        self.stdout.write("Left behind: " + ", ".join(left))
