"""Replaces Django's command of this name, which needs gettext's msgfmt."""

from django.conf import settings
from django.core.management.base import BaseCommand

from clinic.catalogs import compile_catalogs


class Command(BaseCommand):
    help = "Compiles the message catalogs that changed."
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        for folder in settings.LOCALE_PATHS:
            for compiled in compile_catalogs(folder):
                self.stdout.write(f"compiled {compiled}")
