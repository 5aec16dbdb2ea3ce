"""Somebody opens unusually many records: the directors are told, once a day for each such person."""

import logging
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import directors_of
from clinic.base.letters import send_letter
from patients.queries.opened import MANY, Reader, mass_readers

logger = logging.getLogger(__name__)

DAY_SECONDS = int(timedelta(days=1).total_seconds())


@transaction.atomic
def watch_reading(*, now: datetime | None = None, many: int = MANY) -> list[Reader]:
    """Tell the directors of the place of whoever opened at least `many` records in the last hour: those returned."""
    readers = [each for each in mass_readers(now or clock.now(), many=many) if first_today(each)]
    for reader in readers:
        logger.info("user %s opened %s records within an hour: directors told", reader.user.pk, reader.records)
        for director in directors_of([reader.user.staff.location_id]):
            subject = _("Many records were opened")
            send_letter(director.user.email, "mass_reading", subject=subject, name=reader.user, count=reader.records)
    return readers


def first_today(reader: Reader) -> bool:
    return cache.add(f"mass-reading:{reader.user.pk}", 1, DAY_SECONDS)
