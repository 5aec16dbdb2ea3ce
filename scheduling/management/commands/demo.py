import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clinic.base import clock, doorbell
from clinic.models import StaffMember
from scheduling.demo.build import PATIENTS, build
from scheduling.demo.clinic import PASSWORD

WIDTH = 30
SIGN_INS = f"""\
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

    def handle(self, *args: Any, **options: Any) -> None:
        if StaffMember.objects.exists():
            raise CommandError("somebody works here already; the demonstration clinic needs an empty database")
        began, total = time.monotonic(), options["patients"]
        doorbell.mute()
        with transaction.atomic():  # all of the demonstration or none of it
            for done in build(now=clock.now(), seed=options["seed"], patients=total):
                self.show(done, total)
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        (settings.VAR_DIR / "sign-ins.txt").write_text(SIGN_INS, encoding="utf-8")
        self.stdout.write(f"\ndemonstration clinic: {total} patients in {time.monotonic() - began:.0f} s")

    def show(self, done: int, total: int) -> None:
        """A bar on a terminal, a line every fifty patients elsewhere."""
        if sys.stdout.isatty():
            filled = done * WIDTH // total
            self.stdout.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} patients", ending="")
            self.stdout.flush()
        elif done % 50 == 0:
            self.stdout.write(f"{done}/{total} patients")
