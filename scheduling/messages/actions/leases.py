"""Work that is a row: whoever holds the lease does it, and what a dead worker left is taken up once it has lapsed."""

import logging
import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q

from scheduling.models import MOST_BUILDS, Export, Import, Proposal, Replan

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # far longer than any plan takes
Work = TypeVar("Work", Proposal, Replan, Import, Export)


def waiting(now: datetime) -> Q:
    """Asked for and not begun, or begun by somebody whose lease has lapsed."""
    return Q(status="queued") | Q(status="running", lease_until__lt=now)


@transaction.atomic
def claim(model: type[Work], pk: int, now: datetime, *, given_up: Mapping[str, Any]) -> Work | None:
    """Take a piece of work for LEASE; None when it is done or in other hands. After MOST_BUILDS it is given up, and
    the fields `given_up` say so."""
    row = model._default_manager.select_for_update(skip_locked=True, of=("self",)).filter(waiting(now), pk=pk).first()
    if row is None:
        return None
    if row.attempts >= MOST_BUILDS:
        logger.error("%s %s: given up after %s attempts", model.__name__, pk, row.attempts)
        model._default_manager.filter(pk=pk).update(status="failed", lease_until=None, **given_up)
        return None
    row.status, row.attempts, row.progress = "running", row.attempts + 1, 1
    row.lease_until, row.built_by = now + LEASE, f"{socket.gethostname()}:{os.getpid()}"
    row.save(update_fields=["status", "attempts", "progress", "lease_until", "built_by"])
    return row


def report(row: Work, percent: int, **fields: Any) -> None:
    """Show how far it is, unless somebody else has taken it over."""
    mine = type(row)._default_manager.filter(pk=row.pk, attempts=row.attempts, status="running")
    mine.update(progress=percent, **fields)


def still_mine(row: Work) -> Work | None:
    """The row, locked, if this attempt is still the one that counts: a worker so slow that it lost its lease finds
    another attempt and saves nothing. Call it in a transaction."""
    rows = type(row)._default_manager.select_for_update(of=("self",))
    return rows.filter(pk=row.pk, status="running", attempts=row.attempts).first()
