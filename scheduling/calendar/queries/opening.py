"""When somebody is at a location at all."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.models import Location
from scheduling.planner.hours import minute_of, minute_of_end, on_day, read_holidays, read_hours

LOOKED_AHEAD = 14  # days; a clinic that is closed for longer has other ways to tell its patients


def next_open(location: Location, instant: datetime) -> datetime | None:
    """The instant itself while somebody works there, else when the next one begins; None when nobody does soon."""
    zone = ZoneInfo(location.timezone)
    local = instant.astimezone(zone)
    days = [local.date() + timedelta(days=number) for number in range(LOOKED_AHEAD)]
    closed = read_holidays(location, days[0], days[-1])
    week = [row for rows in read_hours(location, days[0], days[-1]).values() for row in rows]
    for day in days:
        at = local.time() if day == local.date() else time()
        held = [opens for opens, closes in on_day(week, day) if minute_of(at) < minute_of_end(closes)]
        if held and day not in closed:
            return datetime.combine(day, max(at, min(held)), zone).astimezone(UTC)
    return None
