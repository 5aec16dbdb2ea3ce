"""Models out of plain statements, for the few reads that every call waits for.

The ORM puts a statement together anew each time, which takes three times as long as the database needs to answer it.

HOLDER, STAFF = Columns(User, "holder"), Columns(StaffMember, "staff")
cursor.execute(f"SELECT {HOLDER}, {STAFF} FROM …")
values = iter(cursor.fetchone())
holder, staff = HOLDER.read(values), STAFF.read(values)
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


class Columns(Generic[Row]):
    """The columns of one model in a statement that calls its table `alias`; `names` when not all are wanted.

    No JSON: the ORM turns that into Python, a plain statement does not.
    """

    def __init__(self, model: type[Row], alias: str, *names: str) -> None:
        fields = [field for field in model._meta.concrete_fields if not names or field.attname in names]
        self.model, self.names = model, [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def __str__(self) -> str:
        return self.sql

    def read(self, values: Iterator[Any]) -> Row | None:
        """The instance that the next values make; None when an outer join found none."""
        row = list(islice(values, len(self.names)))
        return None if row[0] is None else self.model.from_db(DEFAULT_DB_ALIAS, self.names, row)
