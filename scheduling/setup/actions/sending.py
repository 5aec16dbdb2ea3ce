"""A file from another system is sent: a table as it is, a calendar as the table of its events."""

from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django.core.files import File

from clinic.models import Location, User
from scheduling.models import Import
from scheduling.setup import calendar_files
from scheduling.setup.actions import moving_in


def send(*, file: Any, what: str, location: Location, by: User, now: datetime | None = None) -> Import:
    """As `send_file`; a calendar file is of visits, whatever was said."""
    if file.size > moving_in.MOST_BYTES or not calendar_files.is_calendar(file):
        return moving_in.send_file(file=file, what=what, location=location, by=by, now=now)
    with TemporaryFile() as table:
        table.writelines(calendar_files.as_table(file))
        table.seek(0)
        visits = File(table, name=file.name)
        return moving_in.send_file(file=visits, what=Import.What.VISITS, location=location, by=by, now=now)
