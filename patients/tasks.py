"""What the clock asks of this app."""

from celery import shared_task

from clinic.base import scope
from patients.actions import watching


@shared_task(name="patients.watch_reading")
@scope.whole()
def watch_reading() -> None:
    watching.watch_reading()
