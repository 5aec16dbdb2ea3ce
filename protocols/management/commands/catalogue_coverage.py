from typing import Any

from django.core.management.base import BaseCommand, CommandError

from protocols.actions.catalogue import CATALOGUE
from protocols.library.coverage import coverage, misplaced
from protocols.library.readers import readers
from protocols.schema import read_catalogue


class Command(BaseCommand):
    help = "List where every fact of the sources lives and who reads it; fails when one has no home or no reader."

    def handle(self, *args: Any, **options: Any) -> None:
        catalogue = read_catalogue(CATALOGUE)
        wrong = misplaced(catalogue)
        homes, read_by = coverage(catalogue), readers(catalogue)
        wrong = {fact: "is read by nothing" for fact, found in read_by.items() if not found} | wrong
        for fact, places in homes.items():
            self.stdout.write(f"{fact} → {wrong.get(fact) or ', '.join(map(str, places))} · {', '.join(read_by[fact])}")
        self.stdout.write(f"{len(homes) - len(wrong)} of {len(homes)}")
        if wrong:
            raise CommandError(f"{len(wrong)} facts without a proper home or reader")
