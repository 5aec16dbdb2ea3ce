from django.apps import AppConfig

import clinic.celery  # noqa: F401  # whoever rings the doorbell must know which broker is ours


class ClinicConfig(AppConfig):
    name = "clinic"
