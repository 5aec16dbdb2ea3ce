"""What a director does with a file of another system: send it, say what its columns are, take it over, undo that."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.access import DIRECTOR, role_of, works_at
from clinic.base.refusals import BadInput, Conflict, FieldError, Forbidden
from clinic.base.versions import check_version
from clinic.models import Location, User
from scheduling.models import Import, Practitioner
from scheduling.setup import columns, sheets, visit_columns

Step, Status, What = Import.Step, Import.Status, Import.What
AT_WORK = (Status.QUEUED, Status.RUNNING)
MOST_BYTES = 100_000_000
TASK = "scheduling.run_import"
UNPRINTED = re.compile(r"[^\w .()-]+")
# What may follow a step that is done. Whoever takes over or undoes rests on what the page showed.
NEXT = {
    Step.COLUMNS: {Step.CHECK, Step.GIVEN_UP},
    Step.CHECK: {Step.CHECK, Step.WRITE, Step.GIVEN_UP},
    Step.WRITE: {Step.UNDO},
}


class KnownFile(Exception):  # noqa: N818  # an answer, no fault
    """The same file is here already, as `known`."""

    def __init__(self, known: Import) -> None:
        self.known = known


def send_file(
    *, file: Any, what: str = What.PATIENTS, location: Location, by: User, now: datetime | None = None
) -> Import:
    """Keep a CSV `file` of `what` as it was uploaded and guess how it is to be read; nothing is taken over yet.

    Forbidden unless `by` directs the location; BadInput at file for what is empty, too large or no CSV; KnownFile when
    it was sent before and not undone.
    """
    check_may(by, location)
    if not file.size or file.size > MOST_BYTES:
        raise BadInput.at("file", _("The file is empty.") if not file.size else _("The file is larger than 100 MB."))
    name = " ".join(UNPRINTED.sub(" ", file.name or "").split())[-120:] or _("File")
    row = Import(location=location, what=what, name=name, requested_by=by, requested_at=now or clock.now())
    row.status = Status.OPEN
    row.fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    row.file.save(f"{uuid4().hex}.csv", file, save=False)
    try:
        guess(row)
        with transaction.atomic():
            row.save()
    except (BadInput, IntegrityError) as error:
        row.file.delete(save=False)
        if isinstance(error, BadInput):
            raise
        taken = Import.objects.exclude(step__in=[Step.UNDO, Step.GIVEN_UP])
        raise KnownFile(taken.get(location=location, what=what, fingerprint=row.fingerprint)) from error
    return row


def check_may(by: User, location: Location) -> None:
    if role_of(by) != DIRECTOR or not works_at(by, location.pk):
        raise Forbidden(_("Only a director of the location may do this."))


def guess(row: Import) -> None:
    """How the file is read, and which column is what: as it was last said for a file of the same columns."""
    path = Path(row.file.path)
    try:
        row.encoding = sheets.encoding_of(path)
        row.separator = sheets.separator_of(path, row.encoding)
        first = islice(sheets.rows(path, row.encoding, row.separator), sheets.LOOKED_AT)
        row.date_order = sheets.order_of(cell for _number, cells in first for cell in cells)
    except sheets.NotATable as error:
        text = _("This is no CSV file. Save the table as CSV (text with separators) and send that.")
        raise BadInput.at("file", f"{text} {line_of(error)}".strip(), "no_table") from error
    measure(row, "file")
    same = Import.objects.filter(what=row.what, columns__contains=row.columns, columns__contained_by=row.columns)
    before = same.exclude(step=Step.COLUMNS).first()
    row.mapping = before.mapping if before else guessed(row)
    row.practitioner = before.practitioner if before and before.location_id == row.location_id else None
    if before and before.separator == row.separator and before.encoding == row.encoding:
        row.date_order = before.date_order


def guessed(row: Import) -> dict[str, str]:
    return visit_columns.guessed(row.columns) if row.what == What.VISITS else columns.guessed(row.columns)


def line_of(error: sheets.NotATable) -> str:
    return _("Line %(line)s cannot be read.") % {"line": error} if str(error) else ""


def measure(row: Import, field: str) -> None:
    """Names of the columns and number of lines, as the file reads now. BadInput at `field`."""
    try:
        lines = sheets.rows(Path(row.file.path), row.encoding, row.separator)
        row.columns = columns.named(next(lines, (0, [""]))[1])
        row.total = sum(1 for _line in lines)
    except sheets.NotATable as error:
        text = _("Read so, the file is no table.")
        raise BadInput.at(field, f"{text} {line_of(error)}".strip(), "no_table") from error
    if not row.total:
        raise BadInput.at(field, _("There is no line below the names of the columns."), "empty")
    if len(row.columns) > 200 or max(map(len, row.columns)) > 200:
        raise BadInput.at(field, _("A table has at most 200 columns."), "too_wide")


@transaction.atomic
def read_so(
    *, of: Import, encoding: str, separator: str, date_order: str, mapping: Mapping[str, str], check: bool, by: User,
    practitioner: Practitioner | None = None, version: int | None = None, now: datetime | None = None,
) -> Import:  # fmt: skip
    """Read the file with another encoding or separator, or with `check` go through every line of it.

    Stale (412) when somebody else said otherwise meanwhile; BadInput at a field; Conflict (409) once it is taken over.
    """
    row = locked(of, by, version)
    if Step.CHECK not in NEXT.get(Step(row.step), ()):
        raise Conflict(_("This file is taken over already."))
    again = (row.encoding, row.separator) != (encoding, separator)
    row.encoding, row.separator, row.date_order = encoding, separator, date_order
    row.practitioner = practitioner
    if again:
        measure(row, "separator")
        row.mapping = guessed(row)
    else:
        row.mapping = {column: mapping[column] for column in row.columns if mapping.get(column)}
    if again or not check:
        row.step, row.status = Step.COLUMNS, Status.OPEN
        row.version += 1
        row.save()
        return row
    if errors := [*(visit_columns.wrong if row.what == What.VISITS else wrong)(row.mapping)]:
        raise BadInput(errors[0].message, errors=errors)
    return begin(row, Step.CHECK)


def wrong(mapping: Mapping[str, str]) -> Iterator[FieldError]:
    fields = list(mapping.values())
    for twice in sorted({field for field in fields if fields.count(field) > 1 and field != "allergies"}):
        text = _("Two columns are “%(field)s”. Choose one.") % {"field": columns.FIELDS[twice]}
        yield FieldError("mapping", "twice", text)
    if not {"given_name", "family_name"} & set(fields):
        yield FieldError("mapping", "required", _("Say which column holds the name."))


@transaction.atomic
def go_on(*, of: Import, step: str, by: User, version: int | None = None) -> Import:
    """Take over what was checked (`write`), take that away (`undo`), or give the file up (`given_up`). A step that
    stopped goes on where it stopped.

    Stale (412) when somebody else did something meanwhile, Conflict (409) when the step does not come next.
    """
    row = locked(of, by, version)
    if row.status == Status.FAILED and step == row.step:
        return queued(row)
    if step == Step.CHECK or step not in NEXT.get(Step(row.step), ()):
        raise Conflict(_("This does not come next."))
    if step == Step.GIVEN_UP:
        row.lines.all().delete()
        forget_file(row)
    return begin(row, Step(step))


def locked(of: Import, by: User, version: int | None) -> Import:
    row = Import.objects.select_for_update(of=("self",)).select_related("location").get(pk=of.pk)
    check_may(by, row.location)
    check_version(row, version)
    if row.status in AT_WORK:
        raise Conflict(_("A worker is at it. Wait until it is done."))
    return row


def begin(row: Import, step: Import.Step) -> Import:
    """Queue a step from its first line."""
    row.step, row.position, row.counts, row.progress = step, 0, {}, 0
    return queued(row, Status.READY if step == Step.GIVEN_UP else Status.QUEUED)


def queued(row: Import, status: Import.Status = Status.QUEUED) -> Import:
    row.status, row.attempts = status, 0
    row.version += 1
    row.save()
    if status == Status.QUEUED:
        doorbell.ring(TASK, row.pk)
    return row


def forget_file(row: Import) -> None:
    """The file goes with the commit: what was left out of it is kept line by line."""
    name, storage = str(row.file.name), row.file.storage
    row.file = ""
    if name:
        transaction.on_commit(lambda: storage.delete(name))


def fields_of(row: Import) -> Mapping[str, Any]:
    """Our fields, by name, that a column of such a file may be."""
    return visit_columns.FIELDS if row.what == What.VISITS else columns.FIELDS


def left_out(of: Import) -> Iterator[Iterable[str]]:
    """The lines that were left out, as they were, and why."""
    names = fields_of(of)
    yield [*of.columns, _("Line"), _("Why it was left out")]
    for row in of.lines.filter(outcome="rejected").iterator(chunk_size=500):
        why = "; ".join(f"{names.get(each['field'], '')}: {each['message']}".lstrip(": ") for each in row.reasons)
        yield [*row.cells, *[""] * (len(of.columns) - len(row.cells)), str(row.line), why]
