from django.apps import AppConfig
from django.core import checks
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

import clinic.celery  # noqa: F401  # whoever rings the doorbell must know which broker is ours
from clinic.checks import enough_connections


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        """Our own check, and bounds of number fields in plain words, instead of Django's "Ensure this value is …"."""
        checks.register(enough_connections, deploy=True)
        MinValueValidator.message = _("Enter %(limit_value)s or more.")
        MaxValueValidator.message = _("Enter %(limit_value)s or less.")
