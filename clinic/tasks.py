"""Housekeeping the worker does for everyone."""

from celery import shared_task

from clinic.base import clock, idempotency
from clinic.models import Heartbeat


@shared_task(name="clinic.heartbeat")
def heartbeat() -> None:
    Heartbeat.objects.update_or_create(part="worker", defaults={"beat_at": clock.now()})


@shared_task(name="clinic.prune")
def prune() -> None:
    idempotency.prune(now=clock.now())
