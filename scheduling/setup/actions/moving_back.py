"""An archive of everything is read into an empty clinic, by the owner of the database, in one transaction."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from clinic.models import Location, User
from patients.models import Patient
from scheduling.setup import archive
from scheduling.setup.actions.exporting import MANIFEST, schema

FILES = "files/"


class NotMoved(Exception):  # noqa: N818  # nothing broke, nothing was moved
    """Why the archive was not read in; nothing is kept then."""


def move_back(path: Path) -> dict[str, dict[str, Any]]:
    """Table -> number and digest of its rows, as they are in the archive and in the database now.

    NotMoved unless the clinic is empty, the archive is of this version of the product, and every digest is the same.
    """
    with zipfile.ZipFile(path) as zipped:
        manifest = json.loads(zipped.read(MANIFEST))
        check(manifest)
        with transaction.atomic():
            read_in(zipped)
            found = {table.name: summed(table) for table in archive.tables()}
            if wrong := [name for name, row in manifest["tables"].items() if found.get(name) != row]:
                raise NotMoved(f"These tables came out differently: {', '.join(wrong)}.")
        for name in zipped.namelist():
            if name.startswith(FILES):
                unpack(zipped, name)
    return found


def check(manifest: dict[str, Any]) -> None:
    if manifest.get("format") != 1:
        raise NotMoved("This archive has another format.")
    if Patient.objects.exists() or User.objects.exists() or Location.objects.exists():
        raise NotMoved("This clinic is not empty: it has people or locations. Start with a new database and DEMO=0.")
    if (here := schema(connection)) != manifest["schema"]:
        raise NotMoved(f"The archive was written by another version: {manifest['schema']}, here {here}.")


def read_in(zipped: zipfile.ZipFile) -> None:
    every = archive.tables()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE {} CASCADE".format(", ".join(f'"{table.name}"' for table in every)))
        for table in every:
            with zipped.open(f"json/{table.name}.jsonl") as raw:
                for rows in chunks(io.TextIOWrapper(raw, encoding="utf-8", newline="\n")):
                    cursor.execute(table.write, [f"[{','.join(rows)}]", json.dumps(table.secrets)])
            if table.numbered:
                top = f'SELECT max("{table.key}") AS top FROM "{table.name}"'  # noqa: S608  # our own names
                numbers = "SELECT setval(pg_get_serial_sequence(%s, %s), top)"
                cursor.execute(f"{numbers} FROM ({top}) t WHERE top IS NOT NULL", [table.name, table.key])


def chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    each = iter(lines)
    while rows := list(islice(each, archive.AT_ONCE)):
        yield rows


def summed(table: archive.Table) -> dict[str, Any]:
    found = archive.Sum()
    for _text in found.over(archive.rows_of(table, connection)):
        pass
    return found.as_json


def unpack(zipped: zipfile.ZipFile, name: str) -> None:
    """SuspiciousFileOperation for a name that leads out of the folder of files."""
    path = Path(default_storage.path(name.removeprefix(FILES)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipped.open(name) as source, path.open("wb") as out:
        shutil.copyfileobj(source, out)
