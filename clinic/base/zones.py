"""Whose wall clock a page shows. Instants are stored in UTC; people read and type the time of their location."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.base.access import home_of
from clinic.base.limits import is_sane
from clinic.base.once import once
from clinic.base.refusals import BadInput
from clinic.models import Location


def zone_of(user: Any) -> ZoneInfo:
    """The zone of the person's own location; for patients the clinic's first location."""
    home = home_of(user)
    return ZoneInfo(home.timezone) if home else home_zone()


@once
def home_zone() -> ZoneInfo:
    """The zone of the clinic's first location, for what happens at no place in particular."""
    location = Location.objects.order_by("id").first()
    return ZoneInfo(location.timezone if location else "UTC")


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC. Where the clocks skip midnight it is the one at which they jump."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of a local day and of the next."""
    return day_begins(day, zone), day_begins(day + timedelta(days=1), zone)


def instant_of(wall: datetime, zone: ZoneInfo, name: str) -> datetime:
    """The instant of a naive wall time, in UTC; of autumn's doubled hour the first. BadInput at `name` for none.

    For what somebody typed. The bounds of days are `day_begins`: a day also begins where its midnight is skipped.
    """
    if not is_sane(wall.date()):
        raise BadInput.at(name, _("Please check the year."))
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall:
        raise BadInput.at(name, _("That hour does not exist: the clocks went forward."))
    return instant
