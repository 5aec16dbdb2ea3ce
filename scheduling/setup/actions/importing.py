"""The worker's part of moving in: a step goes through the lines of a file in chunks, each one transaction with the
position it reached, so that whoever goes on after a kill does no line twice.

Nothing of a line counts as consent, consultation, test or "no allergy": it makes a person, ways to reach them, and
suspected allergies (docs/adr/0017).
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from clinic.base import clock, doorbell
from clinic.base.names import fold
from clinic.base.refusals import BadInput, FieldError
from clinic.base.retry import with_retry
from clinic.models import User
from patients.actions.allergies import suspect_told
from patients.actions.register import ask_in_turn, check_reachable, register_patient, tidy
from patients.models import Allergy, ContactPreference, Patient, PatientLocation
from patients.queries.people import alike
from scheduling.messages.actions import leases
from scheduling.models import Import, ImportLine
from scheduling.setup import columns, sheets, visit_columns
from scheduling.setup.actions import visits_in
from scheduling.setup.actions.moving_in import TASK, forget_file
from scheduling.setup.visit_columns import Row as Visit

logger = logging.getLogger(__name__)

CHUNK = 50  # lines of one transaction, during which no desk registers anybody
SLICE_SECONDS = 5.0  # then others who wait for the worker have their turn
Step, Status, Outcome = Import.Step, Import.Status, ImportLine.Outcome
Channel = ContactPreference.Channel


def run_import(*, import_id: int, now: datetime | None = None, seconds: float = SLICE_SECONDS) -> Import | None:
    """Go on with the step of a file for some seconds, then queue it again; None when it is in other hands or done."""
    now, until = now or clock.now(), time.monotonic() + seconds
    row = leases.claim(Import, import_id, now, given_up={})
    if row and row.step != Step.UNDO and not row.file:  # it stayed behind where the clinic moved out
        Import.objects.filter(pk=row.pk).update(status=Status.FAILED, lease_until=None)
        row = None
    table = iter(()) if row is None or row.step == Step.UNDO else lines_of(row, now)
    while row and row.status == Status.RUNNING:
        row = one_chunk(row, list(islice(table, CHUNK)), now, pause=time.monotonic() > until)
    logger.info("import %s: %s", import_id, f"{row.step} {row.status} at {row.position}" if row else "nothing to do")
    if row and row.status == Status.QUEUED:
        doorbell.ring(TASK, import_id)
    return row


def sweep_imports(*, now: datetime | None = None) -> None:
    """Go on with what nobody was rung for, or what a worker that died has left."""
    now = now or clock.now()
    for pk in list(Import.objects.filter(leases.waiting(now)).order_by("id").values_list("pk", flat=True)[:1]):
        run_import(import_id=pk, now=now)


def lines_of(row: Import, now: datetime) -> Iterator[columns.Row | Visit]:
    """What the lines behind the position say."""
    zone = row.location.timezone
    on = clock.local_date(now, zone)
    visit = visit_columns.reader(row.columns, row.mapping, row.date_order, ZoneInfo(zone), on)
    table = sheets.rows(Path(row.file.path), row.encoding, row.separator)
    for number, cells in islice(table, 1 + row.position, None):
        if row.what == Import.What.VISITS:
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
    counts, undo = Counter(row.counts), row.step == Step.UNDO
    if row.what == Import.What.VISITS:
        visits = cast("Sequence[Visit]", read)
        done = visits_in.undo_lines(row, now, CHUNK) if undo else visits_in.take_lines(row, visits, counts, now)
    else:
        done = undo_lines(row) if undo else take_lines(row, cast("Sequence[columns.Row]", read), counts, now)
    counts.update(each.outcome for each in done)
    row.counts, row.position = dict(counts), row.position + len(done)
    row.progress, row.lease_until = 100 * row.position // max(row.total, 1), clock.now() + leases.LEASE
    if len(done) < CHUNK:
        row.status, row.progress, row.lease_until, row.version = Status.READY, 100, None, row.version + 1
        if row.step == Step.WRITE:
            forget_file(row)
    elif pause:
        row.status, row.attempts = Status.QUEUED, 0
    row.save()
    return row


# --- check and take over --------------------------------------------------------------------------------------------


def take_lines(of: Import, read: Sequence[columns.Row], counts: Counter[str], now: datetime) -> list[ImportLine]:
    """The lines looked at, and in the step `write` registered; each with what became of it."""
    if of.position == 0:
        of.lines.all().delete()  # of the check before
    if of.step == Step.WRITE:
        ask_in_turn()
    known = Known(of, read)
    done = []
    for row in read:
        line = take_line(of, row, known, now)
        known.add(line)
        done.append(line)
        foretold = len(row.allergies) if of.step == Step.CHECK and line.outcome != Outcome.REJECTED else 0
        counts["allergies"] += len(line.allergies) + foretold
    ImportLine.objects.bulk_create(done)
    return done


class Known:
    """Lines about the same people as those of a chunk: of this file before, and of this place's other files."""

    def __init__(self, of: Import, read: Sequence[columns.Row]) -> None:
        names = {each.external_id for each in read} - {""}
        before = ImportLine.objects.filter(external_id__in=names).filter(
            Q(of=of) | Q(of__location=of.location_id, patient__isnull=False)
        )
        self.of = of
        self.numbers = {each.external_id: each for each in before.exclude(outcome=Outcome.REJECTED)}
        self.chunk: dict[int, ImportLine] = {}
        self.made: set[int | None] = set()  # ids of patients

    def add(self, line: ImportLine) -> None:
        if line.outcome != Outcome.REJECTED:
            self.numbers.setdefault(line.external_id, line)
            self.chunk |= dict.fromkeys(line.keys, line)
            self.made.add(line.patient_id)

    def same(self, keys: list[int]) -> ImportLine | None:
        """A line of this file about a person of the same name who was born, phones or writes the same."""
        near = next((self.chunk[key] for key in keys if key in self.chunk), None)
        rows = ImportLine.objects.filter(of=self.of, keys__overlap=keys).exclude(outcome=Outcome.REJECTED)
        return near or (rows.first() if keys else None)


def take_line(of: Import, row: columns.Row, known: Known, now: datetime) -> ImportLine:
    line = ImportLine(of=of, line=row.line, external_id=row.external_id)
    try:
        if row.wrong:
            raise BadInput(row.wrong[0].message, errors=row.wrong)
        with transaction.atomic():
            settle(line, row, known, now)
    except BadInput as refused:
        line.outcome, line.cells = Outcome.REJECTED, row.cells
        line.patient, line.allergies = None, []
        errors = refused.errors or [FieldError("line", "invalid", refused.detail)]
        line.reasons = [{"field": each.field, "message": str(each.message)} for each in errors]
    return line


def settle(line: ImportLine, row: columns.Row, known: Known, now: datetime) -> None:
    """Whether the line's person is new, already here, or somebody of whom a person must say who it is (BadInput)."""
    of, by = line.of, line.of.requested_by
    like = Patient(**tidy(row.given, by, now))
    before = known.numbers.get(row.external_id) if row.external_id else None
    later_file = before is not None and before.of_id != of.pk  # may tell no more than a number, a name and an allergy
    reached_by = "" if like.phone or like.email or not like.address else Channel.LETTER.value
    check_reachable(like, reached_by or (Channel.IN_PERSON if later_file else Channel.CALL))
    line.keys = columns.keys_of(like)
    if before is not None:
        if another(before, line, like):
            text = _("This number came with another name, or another date of birth, phone and e-mail, before.")
            raise BadInput.at("external_id", text, "taken")
        line.outcome, line.patient = Outcome.SAME, before.patient
    elif twin := known.same(line.keys):
        if row.external_id:
            text = _("Line %(line)s is about a person of the same name and another number.") % {"line": twin.line}
            raise BadInput.at("external_id", text, "perhaps_known")
        line.outcome, line.patient = Outcome.SAME, twin.patient
    else:
        line.patient = found_here(like, row, known)
        line.outcome = Outcome.SAME if line.patient else Outcome.NEW
    if of.step == Step.WRITE:
        if line.outcome == Outcome.NEW:
            line.patient = register_patient(
                **row.given, reached_by=reached_by, location=of.location, by=by, now=now, not_these=None
            )
        line.allergies = suspected(line, row, by, now)


def another(before: ImportLine, line: ImportLine, like: Patient) -> bool:
    """Whether a number that came before now names somebody else. Where nothing else agrees, the name must."""
    if before.keys and line.keys:
        return not set(before.keys) & set(line.keys)
    return before.of_id != line.of_id and fold(str(like)) != fold(str(before.patient))


def found_here(like: Patient, row: columns.Row, known: Known) -> Patient | None:
    """The one patient of this place who is the same by name and by birth date, phone or e-mail. BadInput for somebody
    who may be the same, by the look for duplicates of the desk; those whom this file brought are told apart by it."""
    agreeing = alike(like)
    mine = {
        *ImportLine.objects.filter(of=known.of, patient__in=agreeing).values_list("patient", flat=True),
        *known.made,
    }
    others = {pk: set(same) for pk, same in agreeing.items() if pk not in mine}
    rows = Patient.objects.filter(pk__in=others, places__location=known.of.location_id).in_bulk()
    exact = [each for pk, each in rows.items() if fold(str(each)) == fold(str(like)) and len(others[pk]) > 1]
    if len(exact) == 1 and not row.allergies:
        return exact[0]
    likely = [pk for pk, same in others.items() if same & {"name", "birth_date"}]
    if not likely:
        return None
    here = [str(pk) for pk in likely if pk in rows]
    who = _("No. %(number)s") % {"number": ", ".join(here)} if here else _("at another location")
    raise BadInput.at("line", _("Perhaps registered already: %(who)s.") % {"who": who}, "perhaps_known")


def suspected(line: ImportLine, row: columns.Row, by: User, now: datetime) -> list[int]:
    if line.patient is None:
        return []
    note = _("Moved in from %(file)s, line %(line)s: %(told)s")
    made = []
    for told in row.allergies:
        said = note % {"file": line.of.name, "line": row.line, "told": told}
        made += suspect_told(patient=line.patient, told=told, note=said, by=by, now=now)
    return [each.pk for each in made]


# --- undo -----------------------------------------------------------------------------------------------------------


def undo_lines(row: Import) -> list[ImportLine]:
    """The next lines that made something: what nobody has acted on goes, the rest stays and is marked."""
    made = row.lines.filter(Q(outcome=Outcome.NEW) | ~Q(allergies=[])).exclude(patient=None)
    done = list(made.filter(outcome__in=[Outcome.NEW, Outcome.SAME]).select_related("patient").order_by("line")[:CHUNK])
    ids = sorted({each.patient_id for each in done if each.patient_id})
    locked = list(Patient.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    new = {each.patient_id for each in done if each.outcome == Outcome.NEW}
    acted = acted_on(locked, row)
    allergies = [pk for each in done for pk in each.allergies if each.patient_id not in acted]
    Allergy.objects.filter(pk__in=allergies).delete()
    going = [each for each in locked if each.pk in new - acted]
    users = [each.user_id for each in going if each.user_id]
    shared = Patient.objects.filter(user=OuterRef("pk"))
    for each in done:
        each.outcome = Outcome.STAYED if each.patient_id in acted else Outcome.GONE
        each.allergies = [] if each.outcome == Outcome.GONE else each.allergies
    ImportLine.objects.bulk_update(done, ["outcome", "allergies"])
    ImportLine.objects.filter(patient__in=going).update(patient=None)
    for rows in (
        PatientLocation.objects.filter(patient__in=going),
        ContactPreference.objects.filter(patient__in=going),
        Allergy.objects.filter(patient__in=going),
        Patient.objects.filter(pk__in=[each.pk for each in going]),
        User.objects.filter(pk__in=users, last_login=None, staff=None).exclude(Exists(shared)),
    ):
        # Without a look for more to delete: the application may delete nothing of the logs, and a key that still names
        # one of these ends the transaction.
        rows._raw_delete(rows.db)
    return done


def acted_on(people: Iterable[Patient], of: Import) -> set[int]:
    """Ids of those who were changed, signed in, were looked up, or of whom anything else is kept since."""
    rows = {each.pk: each for each in people}
    found = {pk for pk, each in rows.items() if each.version > 1 or each.merged_into_id}
    for path, queryset in kept_of(list(rows), of):
        found |= set(queryset.values_list(path, flat=True))
    signed_in = User.objects.filter(last_login__isnull=False, patients__in=rows).values_list("patients", flat=True)
    return found | (set(signed_in) & rows.keys())


def kept_of(ids: list[int], of: Import) -> Iterator[tuple[str, QuerySet[Any]]]:
    """(path to the patient, rows) of every table that names one of these, without what this import made; history is
    written by the database and no act."""
    made = chain(*ImportLine.objects.filter(of=of, patient__in=ids).values_list("allergies", flat=True))
    untouched = {
        PatientLocation: Q(location=of.location_id),
        ContactPreference: Q(version=1),
        Allergy: Q(version=1, pk__in=list(made)),
    }
    for model in apps.get_models():
        if hasattr(model, "pgh_label") or model is ImportLine:
            continue
        for path in [each.name for each in model._meta.concrete_fields if each.related_model is Patient]:
            yield path, model._default_manager.filter(**{f"{path}__in": ids}).exclude(untouched.get(model, Q(pk=None)))
