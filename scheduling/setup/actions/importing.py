"""The worker's part of moving in: a step goes through the lines of a file in chunks, each one transaction with the
position it reached, so that whoever goes on after a kill does no line twice (docs/adr/0017).
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from django.core.files.storage import default_storage
from django.db import transaction

from clinic.base import clock, doorbell
from clinic.base.retry import with_retry
from scheduling.messages.actions import leases
from scheduling.models import Import
from scheduling.setup import columns, sheets, visit_columns
from scheduling.setup.actions import people_in, visits_in
from scheduling.setup.actions.moving_in import TASK, forget_file
from scheduling.setup.visit_columns import Row as Visit

logger = logging.getLogger(__name__)

SLICE_SECONDS = 5.0  # then others who wait for the worker have their turn
FOLDER, STRAY = "imports", timedelta(days=1)  # where uploads are kept (the field `file`)
Step, Status, What = Import.Step, Import.Status, Import.What
# Lines of one transaction, during which no desk registers anybody. People are written together, visits one by one.
CHUNK = {What.PATIENTS.value: 200, What.VISITS.value: 50}


def run_import(*, import_id: int, now: datetime | None = None, seconds: float = SLICE_SECONDS) -> Import | None:
    """Go on with the step of a file for some seconds, then queue it again; None when it is in other hands or done."""
    now, until = now or clock.now(), time.monotonic() + seconds
    row = leases.claim(Import, import_id, now, given_up={})
    if row and row.step != Step.UNDO and not row.file:  # it stayed behind where the clinic moved out
        Import.objects.filter(pk=row.pk).update(status=Status.FAILED, lease_until=None)
        row = None
    table = iter(()) if row is None or row.step == Step.UNDO else lines_of(row, now)
    while row and row.status == Status.RUNNING:
        row = one_chunk(row, list(islice(table, CHUNK[row.what])), now, pause=time.monotonic() > until)
    logger.info("import %s: %s", import_id, f"{row.step} {row.status} at {row.position}" if row else "nothing to do")
    if row and row.status == Status.QUEUED:
        doorbell.ring(TASK, import_id)
    return row


def sweep_imports(*, now: datetime | None = None) -> None:
    """Go on with what nobody was rung for, or what a worker that died has left."""
    now = now or clock.now()
    for pk in list(Import.objects.filter(leases.waiting(now)).order_by("id").values_list("pk", flat=True)[:1]):
        run_import(import_id=pk, now=now)


def forget_strays(*, now: datetime | None = None) -> int:
    """Delete the files that no row names, of uploads that were killed; how many. One of the last day may be on its way
    to its row."""
    files, known = default_storage, set(Import.objects.values_list("file", flat=True))
    names = [f"{FOLDER}/{name}" for name in (files.listdir(FOLDER)[1] if files.exists(FOLDER) else ())]
    old = (now or clock.now()) - STRAY
    strays = [name for name in names if name not in known and files.get_modified_time(name) < old]
    for name in strays:
        files.delete(name)
    logger.info("imports: %s files without a row deleted", len(strays))
    return len(strays)


def lines_of(row: Import, now: datetime) -> Iterator[columns.Row | Visit]:
    """What the lines behind the position say."""
    zone = row.location.timezone
    on = clock.local_date(now, zone)
    visit = visit_columns.reader(row.columns, row.mapping, row.date_order, ZoneInfo(zone), on)
    table = sheets.rows(Path(row.file.path), row.encoding, row.separator)
    for number, cells in islice(table, 1 + row.position, None):
        if row.what == What.VISITS:
            yield visit(number, cells)
        else:
            yield columns.read(number, cells, row.columns, row.mapping, row.date_order, on)


@with_retry
@transaction.atomic
def one_chunk(claimed: Import, read: Sequence[columns.Row | Visit], now: datetime, *, pause: bool) -> Import | None:
    """These lines and the position behind them, or nothing. None when somebody else has taken them over."""
    row = leases.still_mine(claimed)
    if row is None or row.position != claimed.position:
        return None
    counts, undo, most = Counter(row.counts), row.step == Step.UNDO, CHUNK[row.what]
    if row.what == What.VISITS:
        visits = cast("Sequence[Visit]", read)
        done = visits_in.undo_lines(row, now, most) if undo else visits_in.take_lines(row, visits, counts, now)
    else:
        people = cast("Sequence[columns.Row]", read)
        done = people_in.undo_lines(row, most) if undo else people_in.take_lines(row, people, counts, now)
    counts.update(each.outcome for each in done)
    row.counts, row.position = dict(counts), row.position + len(done)
    row.progress, row.lease_until = 100 * row.position // max(row.total, 1), clock.now() + leases.LEASE
    if len(done) < most:
        row.status, row.progress, row.lease_until, row.version = Status.READY, 100, None, row.version + 1
        if row.step == Step.WRITE:
            forget_file(row)
    elif pause:
        row.status, row.attempts = Status.QUEUED, 0
    row.save()
    return row
