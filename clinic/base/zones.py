"""Whose wall clock a page shows. Instants are stored in UTC; people read and type the time of their location."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.base.access import staff_of
from clinic.base.refusals import BadInput
from clinic.models import Location


def zone_of(user: Any) -> ZoneInfo:
    """The zone of the person's own location; for patients the clinic's first location."""
    staff = staff_of(user)
    return ZoneInfo(staff.location.timezone) if staff else home_zone()


def home_zone() -> ZoneInfo:
    """The zone of the clinic's first location, for what happens at no place in particular."""
    location = Location.objects.order_by("id").first()
    return ZoneInfo(location.timezone if location else "UTC")


def instant_of(wall: datetime, zone: ZoneInfo, name: str) -> datetime:
    """The instant of a naive wall time, in UTC; of autumn's doubled hour the first. BadInput at `name` for none."""
    try:
        instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        back = instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError as beyond:
        raise BadInput.at(name, _("Please check the year.")) from beyond
    if back != wall:
        raise BadInput.at(name, _("That hour does not exist: the clocks went forward."))
    return instant
