"""What of the clinic is moved out, table by table, and how a table is read from an archive again.

A row is written as the database's own JSON; the digest of a table is of its rows in the order of their ids, so that it
can be taken again after moving in (docs/moving.md).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FileField, Model

OURS = ("clinic", "protocols", "patients", "scheduling")
AT_ONCE = 2000  # rows read or written together
# What stays behind, and why. History is every table that the database writes by itself, besides these.
STAYS = {
    "clinic_accountevent": "history",
    "clinic_dayseal": "history",
    "patients_accesslog": "history",
    "scheduling_sessionevent": "history",
    "clinic_sealedletter": "sign-in secrets",
    "clinic_signinmail": "sign-in secrets",
    "clinic_firstlink": "sign-in secrets",
    "clinic_stafflink": "sign-in secrets",
    "patients_addresschange": "sign-in secrets",
    "clinic_apitoken": "tokens",
    "clinic_idempotencykey": "job state",
    "clinic_demonstration": "job state",
    "clinic_heartbeat": "job state",
    "scheduling_channeltrouble": "job state",
    "scheduling_export": "job state",
}
SECRETS: dict[str, dict[str, Any]] = {  # columns that stay behind, and what stands in their place
    "clinic_user": {"password": "!", "last_login": None},
    "patients_patient": {"calendar_digest": ""},
    "scheduling_practitioner": {"calendar_digest": ""},
    "scheduling_import": {"file": ""},
}


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    key: str
    numbered: bool  # by a sequence
    columns: tuple[str, ...]
    files: tuple[str, ...] = ()  # columns that name a file
    secrets: dict[str, Any] = field(default_factory=dict)

    @property
    def read(self) -> str:
        """One row a JSON text, in the order of the keys."""
        left = ", ".join(f"'{each}'" for each in self.secrets)
        return (
            f"SELECT (to_jsonb(t) - ARRAY[{left}]::text[])::text"  # noqa: S608  # our own names
            f' FROM "{self.name}" t ORDER BY t."{self.key}"'
        )

    @property
    def write(self) -> str:
        """Rows from one JSON list, and from one JSON object what stands in place of the secrets."""
        named, read = (", ".join(f'{of}"{each}"' for each in self.columns) for of in ("", "r."))
        return (
            f'INSERT INTO "{self.name}" ({named}) SELECT {read} FROM jsonb_array_elements(%s::jsonb) AS e(row),'  # noqa: S608  # our own names
            f' jsonb_populate_record(null::"{self.name}", e.row || %s::jsonb) AS r'
        )


def tables() -> list[Table]:
    """Every table that is moved, what others name before what names them where that is possible."""
    return [table_of(model) for model in models() if model._meta.db_table not in STAYS]


def stays() -> dict[str, str]:
    """Table -> why it is left behind."""
    history = {row._meta.db_table: "history" for row in apps.get_models() if hasattr(row, "pgh_label")}
    return dict(sorted((STAYS | history).items()))


def models() -> list[type[Model]]:
    found = [
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not hasattr(model, "pgh_label")
    ]
    return sorted(found, key=lambda model: (OURS.index(model._meta.app_label), model._meta.db_table))


def table_of(model: type[Model]) -> Table:
    name, fields = model._meta.db_table, model._meta.concrete_fields
    secrets = SECRETS.get(name, {})
    return Table(
        name=name,
        key=str(model._meta.pk.column),
        numbered=model._meta.auto_field is not None,
        columns=tuple(str(each.column) for each in fields if not getattr(each, "generated", False)),
        files=tuple(str(each.column) for each in fields if isinstance(each, FileField) and each.column not in secrets),
        secrets=secrets,
    )


def rows_of(table: Table, connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Each row as it is written; in a transaction over a cursor of the server, so that few are held at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(table.read)
        while found := cursor.fetchmany(AT_ONCE):
            yield from (text for (text,) in found)


@dataclass(slots=True)
class Sum:
    """Number and digest of the rows of a table."""

    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def over(self, texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            self.rows += 1
            self.digest.update(text.encode() + b"\n")
            yield text

    @property
    def as_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": self.digest.hexdigest()}
