"""Plain statements for the few reads that every call waits for and the few writes of many rows at once.

The ORM puts a statement together again each time, which takes three times as long as the database needs to answer it,
and turns every value of every row into SQL. One JSON text takes a third of that.

HOLDER, STAFF = Columns(User, "holder"), Columns(StaffMember, "staff")
HELD = Prepared(f"SELECT {HOLDER}, {STAFF} FROM … WHERE token.digest = %(digest)s")
[found] = HELD.rows(digest=digest)
values = iter(found)
holder, staff = HOLDER.read(values), STAFF.read(values)

INSERT = inserting(Message, COLUMNS, also={"attempts": "0"}, then="ON CONFLICT DO NOTHING")
cursor.execute(INSERT, {"rows": as_json(COLUMNS, lines)})
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import orjson
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import JSONField, Model
from psycopg import Connection

Row = TypeVar("Row", bound=Model)
VALUE = re.compile(r"%\((\w+)\)s")


class Columns(Generic[Row]):
    """The columns of one model in a statement that calls its table `alias`; `names` when not all are wanted.

    TypeError for columns of JSON: the ORM turns those into Python, a plain statement does not.
    """

    def __init__(self, model: type[Row], alias: str, *names: str) -> None:
        fields = [field for field in model._meta.concrete_fields if not names or field.attname in names]
        if any(isinstance(field, JSONField) for field in fields):
            raise TypeError(f"name the columns of {model.__name__} that are wanted: JSON cannot be read like this")
        self.model, self.names = model, [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def __str__(self) -> str:
        return self.sql

    def read(self, values: Iterator[Any]) -> Row | None:
        """The instance that the next values make; None when an outer join found none."""
        row = list(islice(values, len(self.names)))
        return None if row[0] is None else self.model.from_db(DEFAULT_DB_ALIAS, self.names, row)


class Prepared:
    """A statement that the database plans once a connection instead of once a call: its plan must do for whatever
    values. It answers with rows: a SELECT, or a change with RETURNING.

    `text` names its values as `%(name)s`.
    """

    known: WeakKeyDictionary[Connection[Any], set[str]] = WeakKeyDictionary()  # what was prepared on which connection

    def __init__(self, text: str) -> None:
        values = list(dict.fromkeys(VALUE.findall(text)))
        numbered = VALUE.sub(lambda found: f"${values.index(found[1]) + 1}", text)
        given = f" ({', '.join(f'%({value})s' for value in values)})" if values else ""
        self.name = f"read_{sha256(text.encode()).hexdigest()[:12]}"
        self.preparing, self.executing = f"PREPARE {self.name} AS {numbered}", f"EXECUTE {self.name}{given}"

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            here = self.known.setdefault(connection.connection, set())
            if self.name not in here:
                with connection.wrap_database_errors:
                    connection.connection.execute(self.preparing)
                here.add(self.name)
            cursor.execute(self.executing, given)
            return list(cursor.fetchall())


def inserting(model: type[Model], columns: Sequence[str], *, also: Mapping[str, str] | None = None, then: str) -> str:
    """The statement that inserts many rows: its parameter named `rows` is what `as_json` makes of them.

    `also` {column: SQL} has the same value in every row; `then` is what follows, RETURNING or ON CONFLICT.
    """
    table, same = model._meta.db_table, dict(also or {})
    names = ", ".join(f'"{name}"' for name in columns)
    return f"""
        INSERT INTO {table} ({", ".join([names, *same])})
        SELECT {", ".join([names, *same.values()])} FROM json_populate_recordset(NULL::{table}, %(rows)s::json)
        {then}
    """  # noqa: S608  # built from the model's own columns


def as_json(columns: Sequence[str], rows: Iterable[Any]) -> str:
    """These attributes of all rows, as one text. Dates and instants are written as ISO 8601 has them."""
    values_of = attrgetter(*columns)
    given = [dict(zip(columns, values_of(row), strict=True)) for row in rows]
    return orjson.dumps(given).decode()
