"""The seal on the trail: each closed day is digested once, by the owner of the database, and looked at again later.

Nothing is digested when a row is written. A day's seal is, for each table, a digest over the digests of its rows in the
order of their ids; its head is a digest over all of them and the head of the day before. Heads are also kept in a file,
so that whoever can rewrite the whole database still cannot rewrite what it said.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from pghistory.models import Event
from psycopg import sql

from clinic.models import DaySeal

SETTLED = timedelta(hours=1)  # after midnight no transaction of the day before is still open
ALSO = {"patients_accesslog": ("id", "at"), "scheduling_sessionevent": ("id", "written_at")}
Columns = Sequence[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A sealed day that no longer says what it said; `table` is empty when the head itself differs."""

    day: date
    table: str
    what: str

    def __str__(self) -> str:
        return f"{self.day} {self.table or 'head'}: {self.what}"


def sealed_tables() -> dict[str, tuple[str, str]]:
    """table -> (key, column of the instant that the database sets) of everything the trail consists of."""
    events = [model for model in apps.get_models() if issubclass(model, Event) and model._meta.managed]
    return {model._meta.db_table: ("pgh_id", "pgh_created_at") for model in events} | ALSO


def seal_days(*, now: datetime, heads: Path) -> list[DaySeal]:
    """Seal every closed day (UTC) that is not sealed yet, oldest first, and write its head to the file too."""
    return [seal_day(day, heads) for day in open_days(now)]


def open_days(now: datetime) -> Iterator[date]:
    """Days from the one after the last seal, or from the first of the trail, to the last that is closed and settled."""
    last = DaySeal.objects.order_by("-day").values_list("day", flat=True).first()
    day = last + timedelta(days=1) if last else first_day()
    while day and datetime.combine(day + timedelta(days=1), time(), UTC) + SETTLED <= now:
        yield day
        day += timedelta(days=1)


def first_day() -> date | None:
    """The first day on which anything was written."""
    found = [one(f'SELECT min({at})::date FROM "{table}"') for table, (_key, at) in sealed_tables().items()]  # noqa: S608
    return min((day for day in found if day), default=None)


@transaction.atomic
def seal_day(day: date, heads: Path) -> DaySeal:
    tables = {}
    for table, (key, at) in sorted(sealed_tables().items()):
        columns = columns_of(table)
        tables[table] = {"columns": columns, **digest_of(table, key, at, columns, day)}
    before = DaySeal.objects.order_by("-day").values_list("head", flat=True).first() or ""
    seal = DaySeal.objects.create(day=day, tables=tables, head=head_of(day, tables, before))
    heads.parent.mkdir(parents=True, exist_ok=True)
    with heads.open("a") as file:
        file.write(f"{day} {seal.head}\n")
    return seal


def verify(*, heads: Path) -> list[Fault]:
    """Everything that differs from what was sealed: an altered, lost or added row, a changed seal, a missing head."""
    outside = dict(line.split() for line in heads.read_text().splitlines()) if heads.exists() else {}
    faults, before = [], ""
    for seal in DaySeal.objects.order_by("day"):
        faults += list(changed_tables(seal))
        if seal.head != head_of(seal.day, seal.tables, before):
            faults.append(Fault(seal.day, "", "the seal was changed"))
        if outside.pop(str(seal.day), None) != seal.head:
            faults.append(Fault(seal.day, "", "the head outside the database differs"))
        before = seal.head
    return faults + [Fault(date.fromisoformat(day), "", "the seal is gone") for day in outside]


def changed_tables(seal: DaySeal) -> Iterator[Fault]:
    known = sealed_tables()
    for table, kept in seal.tables.items():
        if table not in known or not set(kept["columns"]) <= set(columns_of(table)):
            yield Fault(seal.day, table, "the table no longer has what was sealed")
            continue
        found = digest_of(table, *known[table], kept["columns"], seal.day)
        if found != {name: kept[name] for name in found}:
            yield Fault(
                seal.day, table, f"{kept['rows']} rows were sealed, {found['rows']} are there, or one was altered"
            )


def columns_of(table: str) -> list[str]:
    """The columns as they are; a seal keeps them, so that one added later changes no digest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608
        return sorted(column.name for column in cursor.description)


def digest_of(table: str, key: str, at: str, columns: Columns, day: date) -> dict[str, Any]:
    """Number and digest of a day's rows."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("""
        SELECT count(*), encode(sha256(coalesce(string_agg(row_digest, ''::bytea ORDER BY key), ''::bytea)), 'hex')
        FROM (SELECT {key} AS key, sha256(convert_to(ROW({named})::text, 'UTF8')) AS row_digest FROM {table}
              WHERE {at} >= %s AND {at} < %s) AS of_the_day
    """).format(key=sql.Identifier(key), at=sql.Identifier(at), table=sql.Identifier(table), named=named)
    start = datetime.combine(day, time(), UTC)
    with connection.cursor() as cursor:
        cursor.execute(query, [start, start + timedelta(days=1)])
        rows, digest = cursor.fetchone()
    return {"rows": rows, "digest": digest}


def head_of(day: date, tables: dict[str, Any], before: str) -> str:
    lines = [
        f"{table} {each['rows']} {each['digest']} {' '.join(each['columns'])}" for table, each in sorted(tables.items())
    ]
    return hashlib.sha256("\n".join([str(day), before, *lines]).encode()).hexdigest()


def one(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
