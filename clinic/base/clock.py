"""The one place that reads the clock. Actions take `now=`; views, tasks and commands pass this."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    """The current instant, UTC."""
    return timezone.now()


def local_date(instant: datetime, zone: str) -> date:
    """The calendar date of an instant at a location in `zone` (an IANA name)."""
    return instant.astimezone(ZoneInfo(zone)).date()
