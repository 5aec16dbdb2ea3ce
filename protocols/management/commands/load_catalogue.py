from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.base import clock
from protocols.actions.catalogue import CATALOGUE, load_catalogue
from protocols.schema import CatalogueError


class Command(BaseCommand):
    help = "Load the clinical catalogue. Says what changed; never overwrites what a clinic published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--path", type=Path, default=CATALOGUE, help="the catalogue's folder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = load_catalogue(now=clock.now(), path=options["path"])
        except CatalogueError as error:
            lines = "\n".join(str(problem) for problem in error.problems)
            raise CommandError(f"nothing was loaded:\n{lines}") from error
        for line in report.lines if options["verbosity"] > 1 else report.lines[:20]:
            self.stdout.write(line)
        if not options["verbosity"] > 1 and len(report.lines) > 20:
            self.stdout.write(f"… and {len(report.lines) - 20} more (--verbosity 2 lists all)")
        self.stdout.write(f"catalogue: {len(report.lines)} changes")
