"""Moving out: a director asks for everything, a worker writes it into one archive, and it can be fetched for a day."""

import json
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.access import DIRECTOR
from clinic.base.letters import send_letter
from clinic.base.refusals import Conflict, Forbidden
from clinic.models import StaffMember, User
from patients.actions.checks import tidy_text
from scheduling.access import directs_all
from scheduling.messages.actions import leases
from scheduling.models import Export
from scheduling.setup import archive, sheets

logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(hours=24)
TASK = "scheduling.run_export"
MANIFEST = "manifest.json"
Status = Export.Status


def ask_export(*, reason: str, by: User, now: datetime | None = None) -> Export:
    """Queue an archive of everything, and tell every director of the organisation. BadInput without a reason; Forbidden
    unless `by` directs all locations; Conflict (409) while another one is being written."""
    if not directs_all(by):
        raise Forbidden(_("Only a director of all locations may move everything out."))
    why = tidy_text("reason", reason, longest=200)
    try:
        with transaction.atomic():
            made = Export.objects.create(reason=why, requested_by=by, requested_at=now or clock.now())
            for each in StaffMember.objects.filter(role=DIRECTOR, active=True).select_related("user"):
                send_letter(
                    each.user.email, "export_asked", subject=_("Everything is being moved out"), by=by, reason=why
                )
            doorbell.ring(TASK, made.pk)
    except IntegrityError as error:
        raise Conflict(_("An archive is being written already.")) from error
    return made


def run_export(*, export_id: int, now: datetime | None = None) -> Export | None:
    """Write one archive; None when it is done or in other hands."""
    now = now or clock.now()
    claimed = leases.claim(Export, export_id, now, given_up={})
    if claimed is None:
        logger.info("export %s: nothing to do", export_id)
        return None
    name = f"exports/{uuid4().hex}.zip"
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    if claimed.file:  # of a worker that was killed
        claimed.file.delete(save=False)
    leases.report(claimed, 1, file=name)
    try:
        path.touch(mode=0o600)
        write(path, claimed)
        row = save(claimed, name, path.stat().st_size, now)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if row is None:
        path.unlink(missing_ok=True)
    logger.info("export %s: %s", export_id, f"{row.size} bytes" if row else "taken over by another worker")
    return row


@transaction.atomic
def save(claimed: Export, name: str, size: int, now: datetime) -> Export | None:
    row = leases.still_mine(claimed)
    if row is None:
        return None
    row.file, row.size, row.expires_at = name, size, max(now, clock.now()) + GOOD_FOR
    row.status, row.progress, row.lease_until, row.version = Status.READY, 100, None, row.version + 1
    row.save()
    return row


def write(path: Path, claimed: Export) -> None:
    """All tables as they are at one moment, and the files that they name."""
    every = archive.tables()
    with snapshot() as own, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        sums: dict[str, Any] = {}
        files: set[str] = set()
        for number, table in enumerate(every):
            sums[table.name] = written(table, own, zipped, files)
            leases.report(claimed, 90 * number // len(every), lease_until=clock.now() + leases.LEASE * 5)
        missing = [name for name in sorted(files) if not with_file(name, zipped)]
        manifest = {
            "format": 1,
            "made_at": clock.now().isoformat(),
            "schema": schema(own),
            "tables": sums,
            "files_missing": missing,
            "left_behind": archive.stays(),
        }
        zipped.writestr(MANIFEST, json.dumps(manifest, indent=1))


@contextmanager
def snapshot() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own that sees one moment, while the work's row is told how far it is."""
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with own.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        own.set_autocommit(False)
        yield own
    finally:
        own.close()


def written(table: archive.Table, own: BaseDatabaseWrapper, zipped: zipfile.ZipFile, files: set[str]) -> dict[str, Any]:
    """A table as JSON, a row a line, then as CSV; the names of its files are added to `files`."""
    found = archive.Sum()
    with zipped.open(f"json/{table.name}.jsonl", "w", force_zip64=True) as out:
        for text in found.over(archive.rows_of(table, own)):
            out.write(text.encode() + b"\n")
    kept = [each for each in table.columns if each not in table.secrets]
    with zipped.open(f"csv/{table.name}.csv", "w", force_zip64=True) as out:
        for line in sheets.lines(cells_of(table, kept, own, files)):
            out.write(line)
    return found.as_json


def cells_of(table: archive.Table, kept: list[str], own: BaseDatabaseWrapper, files: set[str]) -> Iterator[list[str]]:
    yield kept
    for text in archive.rows_of(table, own):
        row = json.loads(text)
        files |= {row[name] for name in table.files if row[name]}
        yield [shown(row[name]) for name in kept]


def shown(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def with_file(name: str, zipped: zipfile.ZipFile) -> bool:
    path = Path(default_storage.path(name))
    if path.is_file():
        zipped.write(path, f"files/{name}")
    return path.is_file()


def schema(own: BaseDatabaseWrapper) -> dict[str, str]:
    """App -> its last migration: an archive is read in by the same version of the product."""
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT app, max(name) FROM django_migrations WHERE app = ANY(%s) GROUP BY app", [[*archive.OURS]]
        )
        return dict(cursor.fetchall())


def sweep_exports(*, now: datetime | None = None) -> None:
    """Ring for what waits, and take away what has expired or was given up."""
    now = now or clock.now()
    for pk in Export.objects.filter(leases.waiting(now)).values_list("pk", flat=True):
        doorbell.ring(TASK, pk)
    for row in Export.objects.filter(Q(expires_at__lte=now) | Q(status=Status.FAILED)).exclude(file=""):
        row.file.delete(save=False)
        Export.objects.filter(pk=row.pk).update(file="")


@transaction.atomic
def note_fetched(*, export: Export, by: User, now: datetime | None = None) -> Export:
    """Who fetched it, for the trail. Conflict (409) for one that is not there, or not any more."""
    row = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
    now = now or clock.now()
    if row.status != Status.READY or not row.file or row.expires_at is None or row.expires_at <= now:
        raise Conflict(_("This archive has expired. Ask for another one."))
    row.fetched_by, row.fetched_at, row.version = by, now, row.version + 1
    row.save()
    return row
