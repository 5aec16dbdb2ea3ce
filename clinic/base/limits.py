"""How large, deep, long or far anything sent to us may be. One place, read by forms, API and pages."""

from datetime import UTC, date, datetime

LARGEST_BODY = 1_000_000  # bytes of a JSON body; the longest honest request has some thousands
DEEPEST_JSON = 20  # levels of lists and objects
LARGEST_ID = 2**63 - 1  # a bigint, as the database keeps ids
MOST_DIGITS = 18  # of a whole number in a form or an address
LARGEST_NUMBER = 2**31 - 1  # an integer column
LARGEST_PAGE = 200  # rows of one page of a list
LONGEST_KEY = 200  # characters of an Idempotency-Key

# Days and instants that somebody may name. Arithmetic of months and zones stays inside what a date can hold.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
FIRST_INSTANT, LAST_INSTANT = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (FIRST_DAY, LAST_DAY))

ID = r"^[0-9]{1,18}$"
CODE = r"^[A-Za-z0-9_.-]{1,60}$"
DAY = r"^(19|20|21)[0-9]{2}-"  # beside the format of a date or an instant
TEXT = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"  # with something to read in it
MAYBE_TEXT = r"^[^\u0000]*$"
VERSION = r'^(\*|(W/)?"?[0-9]{1,9}"?)$'  # If-Match
PRINTABLE = rf"^[ -~]{{1,{LONGEST_KEY}}}$"  # Idempotency-Key


def whole(text: str | None) -> int | None:
    """The whole number that a form or an address names, as small as an id; None for any other text."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def is_sane(day: date) -> bool:
    """Whether a day lies in the calendar that we reckon with."""
    return FIRST_DAY <= day <= LAST_DAY
