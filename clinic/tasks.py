"""Housekeeping the worker does for everyone."""

from celery import shared_task
from django.db import connection

from clinic import signin_mail
from clinic.base import clock, idempotency
from clinic.health import alive


@shared_task(name="clinic.heartbeat")
def heartbeat(part: str) -> None:
    alive(part)


@shared_task(name="clinic.prune")
def prune() -> None:
    idempotency.prune(now=clock.now())
    signin_mail.prune(now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clinic_cache WHERE expires < %s", [clock.now()])
