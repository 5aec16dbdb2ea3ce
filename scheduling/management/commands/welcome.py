"""What somebody who has just started the clinic needs to come in; `manage.py up` runs it once the pages are served.

The sign-ins of the demonstration, which is filled first where it is wanted; in a clinic without a director the link
that makes the first one; else nothing.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.urls import reverse

from clinic.base import clock, demonstration
from clinic.base.turns import alone
from scheduling.management.commands.demo import SIGN_INS
from scheduling.setup.actions.first_director import DAYS, issue_link


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(self.stdout.write):
            if demonstration.being_filled():
                call_command("demo", stdout=self.stdout)
            elif demonstration.is_here():
                self.stdout.write(SIGN_INS)
            elif secret := issue_link(now=clock.now()):
                self.invite(settings.SITE_URL + reverse("desk:first_director", args=[secret]))

    def invite(self, link: str) -> None:
        self.stdout.write("\nNobody directs this clinic yet. This link makes the first director; it works once,")
        self.stdout.write(f"within {DAYS} days:\n\n{self.style.SUCCESS(link)}\n")
