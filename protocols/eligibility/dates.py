"""Local dates that rules end on. PURE; a date beyond the calendar's end reads as its last day."""

from calendar import isleap, monthrange
from datetime import MAXYEAR, date, timedelta


def add_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def add_months(day: date, months: int) -> date:
    """Calendar months, clipped at the end of the month (B05)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def anniversary(birth: date, years: int, *, leap_day_late: bool) -> date:
    """The birthday `years` years on. Born on 29 February: 1 March of a common year if late, else 28 February (B01)."""
    year = birth.year + years
    if year > MAXYEAR:
        return date.max
    if (birth.month, birth.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1) if leap_day_late else date(year, 2, 28)
    return birth.replace(year=year)
