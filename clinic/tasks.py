"""Housekeeping the worker does for everyone."""

import logging

from celery import shared_task
from django.db import connection

from clinic import signin_mail
from clinic.base import clock, idempotency
from clinic.health import alive

logger = logging.getLogger(__name__)


@shared_task(name="clinic.heartbeat")
def heartbeat(part: str) -> None:
    alive(part)


@shared_task(name="clinic.prune")
def prune() -> None:
    keys = idempotency.prune(now=clock.now())
    if keys:
        logger.info("idempotency keys deleted: %s", keys)
    signin_mail.prune(now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clinic_cache WHERE expires < %s", [clock.now()])
