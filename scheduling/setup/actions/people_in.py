"""What becomes of the lines about people, a chunk at a time: checked, taken over, undone.

Nothing of a line counts as consent, consultation, test or "no allergy": it makes a person, ways to reach them, and
suspected allergies (docs/adr/0017). Whatever is asked or written is one statement for a whole chunk, since a file has
some hundred thousand lines.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from clinic.base.names import fold
from clinic.base.refusals import BadInput, FieldError
from clinic.models import User
from patients.actions.allergies import suspect_told
from patients.actions.register import admit, ask_in_turn, check_reachable, tidy
from patients.models import Allergy, ContactPreference, Patient, PatientLocation
from patients.queries.people import alike
from scheduling.models import Import, ImportLine
from scheduling.setup import columns

Step, Outcome = Import.Step, ImportLine.Outcome
Channel = ContactPreference.Channel


@dataclass(slots=True)
class Told:
    """A line that can be read: the person it is about, as they would be registered, how they are reached, and who may
    be the same person."""

    row: columns.Row
    line: ImportLine
    like: Patient
    channel: str
    agreeing: dict[int, set[str]] = field(
        default_factory=dict
    )  # id of a patient whom this file did not bring -> in what


def take_lines(of: Import, read: Sequence[columns.Row], counts: Counter[str], now: datetime) -> list[ImportLine]:
    """The lines looked at, and in the step `write` registered; each with what became of it."""
    if of.position == 0:
        of.lines.all().delete()  # of the check before
    if of.step == Step.WRITE:
        ask_in_turn()
    done = [ImportLine(of=of, line=row.line, external_id=row.external_id) for row in read]
    known = Known(of, read)
    people = list(readable(of, read, done, known, now))
    known.compare(people)
    settled = [each for each in people if settle(each, known)]
    if of.step == Step.WRITE:
        new = [each for each in settled if each.line.outcome == Outcome.NEW]
        admit([(each.like, each.channel) for each in new], location=of.location, by=of.requested_by)
        for each in settled:
            each.line.allergies = suspected(each, of.requested_by, now)
            counts["allergies"] += len(each.line.allergies)
    else:
        counts["allergies"] += sum(len(each.row.allergies) for each in settled)
    ImportLine.objects.bulk_create(done)
    return done


def readable(
    of: Import, read: Sequence[columns.Row], lines: Sequence[ImportLine], known: "Known", now: datetime
) -> Iterator[Told]:
    """The lines that tell of somebody who can be registered, or was by an earlier file; the others are left out, with
    the reason."""
    by = of.requested_by
    for row, line in zip(read, lines, strict=True):
        try:
            if row.wrong:
                raise BadInput(row.wrong[0].message, errors=row.wrong)
            like = Patient(registered_by=by, **tidy(row.given, by, now))
            letter = like.address and not (like.phone or like.email)
            channel = Channel.LETTER if letter else Channel.EMAIL if like.email else Channel.CALL
            before = known.numbers.get(row.external_id) if row.external_id else None
            later_file = before is not None and before.of_id != of.pk  # may tell only number, name and an allergy
            check_reachable(like, Channel.IN_PERSON if later_file and channel != Channel.LETTER else channel)
        except BadInput as refused:
            leave_out(line, row, refused)
        else:
            line.keys = columns.keys_of(like)
            yield Told(row, line, like, channel)


def leave_out(line: ImportLine, row: columns.Row, refused: BadInput) -> None:
    line.outcome, line.cells = Outcome.REJECTED, row.cells
    errors = refused.errors or [FieldError("line", "invalid", refused.detail)]
    line.reasons = [{"field": each.field, "message": str(each.message)} for each in errors]


class Known:
    """Who the people of a chunk may be: lines of this file before and of this place's other files, and patients."""

    def __init__(self, of: Import, read: Sequence[columns.Row]) -> None:
        self.of, names = of, {each.external_id for each in read} - {""}
        here = Q(of=of) | Q(of__location=of.location_id, patient__isnull=False)
        self.numbers = {each.external_id: each for each in self.rows().filter(here, external_id__in=names)}
        self.keys: dict[int, ImportLine] = {}
        self.here: dict[int, Patient] = {}  # who may be one of them and is a patient of the place
        self.found: set[int | None] = set()  # patients whom a line of the chunk was found to be about

    def rows(self) -> QuerySet[ImportLine]:
        return ImportLine.objects.exclude(outcome=Outcome.REJECTED).select_related("patient").defer("cells", "reasons")

    def compare(self, people: Sequence[Told]) -> None:
        """Find the lines before that have the same keys, and put to each line which patients agree: without those whom
        this file brought, who are told apart by their numbers and keys."""
        keys = {key for each in people for key in each.line.keys}
        # One after the other, as `keys_of` makes no more: behind the row policy no index of an array would be used.
        same = Q(keys__0__in=keys) | Q(keys__1__in=keys) | Q(keys__2__in=keys)
        for line in self.rows().filter(same, of=self.of).order_by("line"):
            self.add(line)
        found = alike(*(each.like for each in people))
        ids = {pk for agreeing in found for pk in agreeing}
        mine = set(ImportLine.objects.filter(of=self.of, patient__in=ids).values_list("patient", flat=True))
        for each, agreeing in zip(people, found, strict=True):
            each.agreeing = {pk: set(what) for pk, what in agreeing.items() if pk not in mine}
        self.here = Patient.objects.filter(pk__in=ids - mine, places__location=self.of.location_id).in_bulk()

    def add(self, line: ImportLine) -> None:
        self.numbers.setdefault(line.external_id, line)
        for key in line.keys:
            self.keys.setdefault(key, line)
        self.found.add(line.patient_id)

    def same(self, keys: Iterable[int]) -> ImportLine | None:
        """A line of this file about a person of the same name who was born, phones or writes the same."""
        return next((self.keys[key] for key in keys if key in self.keys), None)


def settle(told: Told, known: Known) -> bool:
    """Say in the line whether its person is new or already here; false when a person must say who it is."""
    line = told.line
    try:
        line.outcome, line.patient = who_it_is(told, known)
    except BadInput as refused:
        leave_out(line, told.row, refused)
        return False
    known.add(line)
    return True


def who_it_is(told: Told, known: Known) -> tuple[ImportLine.Outcome, Patient | None]:
    """New, or already here as whom; BadInput where a person must say it."""
    row, keys = told.row, told.line.keys
    before = known.numbers.get(row.external_id) if row.external_id else None
    if before is not None:
        if another(before, told.line, told.like):
            text = _("This number came with another name, or another date of birth, phone and e-mail, before.")
            raise BadInput.at("external_id", text, "taken")
        return Outcome.SAME, before.patient
    if twin := known.same(keys):
        if row.external_id:
            text = _("Line %(line)s is about a person of the same name and another number.") % {"line": twin.line}
            raise BadInput.at("external_id", text, "perhaps_known")
        return Outcome.SAME, twin.patient
    if found := found_here(told, known):
        return Outcome.SAME, found
    return Outcome.NEW, told.like if told.line.of.step == Step.WRITE else None


def another(before: ImportLine, line: ImportLine, like: Patient) -> bool:
    """Whether a number that came before now names somebody else. Where nothing else agrees, the name must."""
    if before.keys and line.keys:
        return not set(before.keys) & set(line.keys)
    return before.of_id != line.of_id and fold(str(like)) != fold(str(before.patient))


def found_here(told: Told, known: Known) -> Patient | None:
    """The one patient of this place who is the same by name and by birth date, phone or e-mail. BadInput for somebody
    who may be the same, by the look for duplicates of the desk."""
    others = {pk: same for pk, same in told.agreeing.items() if pk not in known.found}
    rows = {pk: known.here[pk] for pk in others if pk in known.here}
    exact = [each for pk, each in rows.items() if fold(str(each)) == fold(str(told.like)) and len(others[pk]) > 1]
    if len(exact) == 1 and not told.row.allergies:
        return exact[0]
    likely = [pk for pk, same in others.items() if same & {"name", "birth_date"}]
    if not likely:
        return None
    here = [str(pk) for pk in likely if pk in rows]
    who = _("No. %(number)s") % {"number": ", ".join(here)} if here else _("at another location")
    raise BadInput.at("line", _("Perhaps registered already: %(who)s.") % {"who": who}, "perhaps_known")


def suspected(told: Told, by: User, now: datetime) -> list[int]:
    line, made = told.line, []
    if line.patient is None:
        return []
    note = _("Moved in from %(file)s, line %(line)s: %(told)s")
    for each in told.row.allergies:
        said = note % {"file": line.of.name, "line": line.line, "told": each}
        made += suspect_told(patient=line.patient, told=each, note=said, by=by, now=now)
    return [each.pk for each in made]


# --- undo -----------------------------------------------------------------------------------------------------------


def undo_lines(row: Import, most: int) -> list[ImportLine]:
    """The next lines that made something: what nobody has acted on goes, the rest stays and is marked."""
    made = row.lines.filter(Q(outcome=Outcome.NEW) | ~Q(allergies=[])).exclude(patient=None)
    done = list(made.filter(outcome__in=[Outcome.NEW, Outcome.SAME]).select_related("patient").order_by("line")[:most])
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
