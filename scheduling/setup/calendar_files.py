"""Calendar files (RFC 5545) as a table of visits: one line an event, read event by event."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain
from typing import IO, Any

from django.utils.translation import gettext as _
from icalendar import Event

from scheduling.setup import sheets

BEGINS = b"BEGIN:VCALENDAR"
COLUMNS = ("UID", "Start", "End", "Summary", "Attendee", "Categories", "Status", "Problem")
AGAIN = ("RRULE", "RDATE", "RECURRENCE-ID")
LARGEST = 1_000_000  # letters of one event
START, END = "BEGIN:VEVENT", "END:VEVENT"


def is_calendar(file: IO[bytes]) -> bool:
    start = file.read(200)
    file.seek(0)
    return start.lstrip(b"\xef\xbb\xbf \r\n\t").upper().startswith(BEGINS)


def as_table(file: IO[bytes]) -> Iterator[bytes]:
    """The events as the lines of a CSV file. One that cannot be a visit of ours says why in its last column."""
    return sheets.lines(chain([COLUMNS], (line_of(text) for text in events(file))))


def events(file: IO[bytes]) -> Iterator[str]:
    """The text of each event; what is too long for one is cut."""
    held: list[str] | None = None
    size = 0
    for raw in file:
        text = raw.decode("utf-8", "replace").rstrip("\r\n")
        if text.upper() == START:
            held, size = [], 0
        if held is None:
            continue
        size += len(text)
        if size < LARGEST or text.upper() == END:
            held.append(text)
        if text.upper() == END:
            yield "\r\n".join([*held, ""])
            held = None


def line_of(text: str) -> list[str]:
    try:
        return cells_of(Event.from_ical(text))
    except (ValueError, OverflowError, AttributeError):  # of what the library could not take apart
        return [*[""] * (len(COLUMNS) - 1), _("This event cannot be read.")]


def cells_of(event: Any) -> list[str]:
    start, end = event["dtstart"].dt if "dtstart" in event else None, event["dtend"].dt if "dtend" in event else None
    if start and end is None and "duration" in event:
        end = start + event["duration"].dt
    asked = event.get("attendee", [])
    people = asked if isinstance(asked, list) else [asked]
    names = [str(each.params.get("CN", "")) for each in people]
    return [
        str(event.get("uid", "")),
        start.isoformat() if start else "",
        end.isoformat() if end else "",
        " · ".join(filter(None, [str(event.get("summary", "")), *names])),
        " ".join(str(each).lower().removeprefix("mailto:") for each in people),
        ", ".join(str(each) for each in getattr(event.get("categories"), "cats", [])),
        str(event.get("status", "")),
        problem(event, start, end),
    ]


def problem(event: Any, start: Any, end: Any) -> str:
    if not isinstance(start, date):
        return _("This event has no time.")
    if not isinstance(start, datetime):
        return _("It lasts all day: there is no time to book.")
    if any(name in event for name in AGAIN):
        return _("It repeats. Enter each visit by itself.")
    for name, at in (("dtstart", start), ("dtend", end)):
        if name in event and at.tzinfo is None and (zone := event[name].params.get("TZID")):
            return _("The time zone “%(zone)s” is not known.") % {"zone": zone}
    return ""
