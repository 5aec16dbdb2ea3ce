"""When a message is due: wall times of the location, kept out of its quiet hours. PURE.

Wall times are taken to UTC in one place (`at_wall`), so a reminder comes at the clock time that was meant on both sides
of a clock change.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

REMINDER_DAYS = 2  # 48 hours, on the wall clock
ASPIRIN_SPARE = timedelta(days=2)  # asked so long before the aspirin-free days begin (D44)
SAME_DAY_LEAD = timedelta(hours=1)
CHECKS = {"check_24h": timedelta(hours=24), "check_72h": timedelta(hours=72)}  # C15, B10
LATE_CHECKS = {f"late_{weeks}w": timedelta(weeks=weeks) for weeks in (2, 6, 12, 26)}  # D53
LATE_CHECK_STANDS = timedelta(weeks=2)


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which a location sends nothing, `since` to `until` on its wall clock; equal times mean never."""

    zone: str
    since: time
    until: time

    def holds(self, instant: datetime) -> bool:
        clock = instant.astimezone(ZoneInfo(self.zone)).time()
        if self.since <= self.until:
            return self.since <= clock < self.until
        return clock >= self.since or clock < self.until


def at_wall(day: date, clock: time, zone: str) -> datetime:
    """The instant (UTC) of a wall time; one that the clock skips is as far after midnight as if it had not."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def after_quiet(instant: datetime, quiet: Quiet) -> datetime:
    """The instant itself, or the end of the quiet hours it falls into."""
    if not quiet.holds(instant):
        return instant
    local = instant.astimezone(ZoneInfo(quiet.zone))
    wraps = quiet.until <= quiet.since and local.time() >= quiet.since
    return at_wall(local.date() + timedelta(days=int(wraps)), quiet.until, quiet.zone)


def before_quiet(instant: datetime, quiet: Quiet) -> datetime:
    """The instant itself, or the last half hour before the quiet hours it falls into."""
    if not quiet.holds(instant):
        return instant
    local = instant.astimezone(ZoneInfo(quiet.zone))
    wraps = quiet.until <= quiet.since and local.time() < quiet.since
    return at_wall(local.date() - timedelta(days=int(wraps)), quiet.since, quiet.zone) - timedelta(minutes=30)


def reminder(start: datetime, quiet: Quiet) -> datetime:
    """Two days before, at the clock time of the visit; moved earlier out of the quiet hours."""
    local = start.astimezone(ZoneInfo(quiet.zone))
    return before_quiet(at_wall(local.date() - timedelta(days=REMINDER_DAYS), local.time(), quiet.zone), quiet)


def same_day(start: datetime, quiet: Quiet) -> datetime:
    """When the quiet hours of the visit's morning end, or the evening before when that leaves no hour."""
    local = start.astimezone(ZoneInfo(quiet.zone))
    morning = at_wall(local.date(), quiet.until, quiet.zone)
    if morning <= start - SAME_DAY_LEAD:
        return morning
    return before_quiet(start - SAME_DAY_LEAD, quiet)


def aspirin(free_from: date, now: datetime, quiet: Quiet) -> datetime:
    """Two days before the aspirin-free days of a stretch at ten, or at once when that has passed (D44)."""
    return max(at_wall(free_from - ASPIRIN_SPARE, time(10), quiet.zone), now)
