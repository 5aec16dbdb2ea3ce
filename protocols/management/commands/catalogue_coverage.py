from typing import Any

from django.core.management.base import BaseCommand, CommandError

from protocols.actions.catalogue import CATALOGUE
from protocols.library.coverage import coverage, misplaced
from protocols.schema import read_catalogue


class Command(BaseCommand):
    help = "List where every fact of the sources lives in the catalogue; fails when one has no home of its kind."

    def handle(self, *args: Any, **options: Any) -> None:
        catalogue = read_catalogue(CATALOGUE)
        wrong = misplaced(catalogue)
        homes = coverage(catalogue)
        for fact, places in homes.items():
            self.stdout.write(f"{fact} → {wrong.get(fact) or ', '.join(map(str, places))}")
        self.stdout.write(f"{len(homes) - len(wrong)} of {len(homes)}")
        if wrong:
            raise CommandError(f"{len(wrong)} facts without a proper home")
