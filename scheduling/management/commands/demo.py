import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clinic.base import clock, demonstration, doorbell, scope
from clinic.base.turns import alone
from clinic.models import StaffMember
from scheduling.demo.build import PATIENTS, build
from scheduling.demo.clinic import PASSWORD

WIDTH = 30
SIGN_INS = f"""
director@demo.test      medical director          password {PASSWORD}
practitioner@demo.test  practitioner, prescriber  password {PASSWORD}
desk@demo.test          front desk                password {PASSWORD}
admin@demo.test         administrator             password {PASSWORD}
patient@demo.test       patient                   by the code mailed to var/mail
"""


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration clinic."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--patients", type=int, default=PATIENTS)

    @scope.whole()
    def handle(self, *args: Any, **options: Any) -> None:
        with alone(self.stdout.write):
            if StaffMember.objects.exists():
                raise CommandError("somebody works here already; the demonstration clinic needs an empty database")
            self.fill(options["patients"], options["seed"])
        self.stdout.write(SIGN_INS)

    def fill(self, total: int, seed: int) -> None:
        """All of the demonstration or none of it; only the count is seen from outside meanwhile."""
        began = time.monotonic()
        doorbell.mute()
        with demonstration.counting(total) as tell, transaction.atomic():
            for done in build(now=clock.now(), seed=seed, patients=total):
                self.show(done, total)
                tell(done)
            demonstration.filled(patients=total, now=clock.now())
        self.stdout.write(f"\ndemonstration clinic: {total} patients in {time.monotonic() - began:.0f} s")

    def show(self, done: int, total: int) -> None:
        """A bar on a terminal, a line every fifty patients elsewhere."""
        if sys.stdout.isatty():
            filled = done * WIDTH // total
            self.stdout.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} patients", ending="")
            self.stdout.flush()
        elif done % 50 == 0:
            self.stdout.write(f"{done}/{total} patients")
