"""`manage.py nightly`: what the owner of the database does once a night, in a process of its own.

It seals the closed days of the trail and looks whether what was sealed still stands. Web, worker and beat never hold
the owner's address; this process gets it as DATABASE_URL.
"""

import logging
import time
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, close_old_connections

from clinic import seal
from clinic.base import clock

EVERY_SECONDS = 3600
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="stay, and look every hour whether a day has closed")

    def handle(self, loop: bool, **options: object) -> None:
        if not loop:
            if faults := self.night():
                raise CommandError("The trail is not what was sealed:\n" + "\n".join(map(str, faults)))
            self.stdout.write("The trail is as it was sealed.")
            return
        while True:
            self.night_that_may_fail()
            time.sleep(EVERY_SECONDS)

    def night(self) -> list[seal.Fault]:
        heads = Path(settings.SEAL_FILE)
        sealed = seal.seal_days(now=clock.now(), heads=heads)
        for day in sealed:
            logger.info("trail of %s: sealed", day.day)
        return seal.verify(heads=heads) if sealed or not self.looked else []

    looked = False

    def night_that_may_fail(self) -> None:
        """A database that is away for a while is no reason to end the clinic."""
        close_old_connections()
        try:
            for fault in self.night():
                logger.error("trail: %s", fault)
            self.looked = True
        except OperationalError as error:
            logger.warning("nightly: the database did not answer (%s); again later", type(error).__name__)
