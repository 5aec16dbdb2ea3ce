"""Which patient of a place a line of another system's file is about: only whom it tells for sure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from clinic.base.names import fold
from clinic.base.refusals import BadInput
from clinic.models import Location
from patients.models import Patient
from scheduling.models import Import, ImportLine
from scheduling.setup.visit_columns import Row

LONGEST_NAME = 5  # words


class People:
    """Patients of the place by what a chunk of lines tells of them: the number that they came with, name and birth
    date, e-mail, and names within a text. Four queries."""

    def __init__(self, location: Location, read: Sequence[Row]) -> None:
        here = Patient.objects.filter(places__location=location, merged_into=None)
        numbers = {each["external_id"] for each in read} - {""}
        came = ImportLine.objects.filter(external_id__in=numbers, patient__isnull=False, of__location=location)
        came = came.filter(of__what=Import.What.PATIENTS).select_related("patient__merged_into")
        self.numbers = {each.external_id: each.patient.merged_into or each.patient for each in came if each.patient}
        self.born: dict[tuple[str, object], set[Patient]] = defaultdict(set)
        for each in here.filter(birth_date__in={row.birth_date for row in read if row.birth_date}):
            self.born[in_any_order(each.folded), each.birth_date].add(each)
        self.mails: dict[str, set[Patient]] = defaultdict(set)
        for each in here.filter(email__in={mail for row in read for mail in mails_of(row)}):
            self.mails[each.email.lower()].add(each)
        self.names: dict[str, set[Patient]] = defaultdict(set)
        wanted = {name for row in read for name in names_within(row["words"])}
        for each in here.filter(folded__in=wanted) if wanted else ():
            self.names[each.folded].add(each)

    def who(self, row: Row) -> Patient:
        """BadInput at the field for nobody, for several, and for a number that is somebody else's."""
        if row["external_id"] and (found := self.numbers.get(row["external_id"])):
            same_name = not row.name or in_any_order(row.name) == in_any_order(found.folded)
            if not same_name or (row.birth_date and found.birth_date not in (None, row.birth_date)):
                text = _("The patient with this number has another name or date of birth.")
                raise BadInput.at("external_id", text, "taken")
            return found
        if row.name and row.birth_date:
            return only(self.born[in_any_order(row.name), row.birth_date], "family_name")
        by_mail = {each for mail in mails_of(row) for each in self.mails[mail] if named(each, row)}
        by_name = {each for name in names_within(row["words"]) for each in self.names[name]}
        field = "email" if row["email"] else "words" if row["words"] else "external_id"
        return only(by_mail & by_name if by_mail and by_name else by_mail or by_name, field)


def only(found: set[Patient], field: str) -> Patient:
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise BadInput.at(field, _("Several patients here may be meant."), "ambiguous")
    raise BadInput.at(field, _("Nobody here is known by this. Move the patients in first."), "unknown")


def named(patient: Patient, row: Row) -> bool:
    """Whether the line names whoever has the mailbox, which a family may share, or nobody."""
    if row.name:
        return in_any_order(row.name) == in_any_order(patient.folded)
    return not row["words"] or set(fold(patient.given_name).split()) <= set(fold(row["words"]).split())


def in_any_order(folded: str) -> str:
    return " ".join(sorted(folded.split()))


def mails_of(row: Row) -> list[str]:
    return [each.lower().removeprefix("mailto:") for each in row["email"].split() if "@" in each]


def names_within(text: str) -> Iterator[str]:
    """Every run of two to five words of a text, as a name may be written: given name first or last."""
    words = fold(text).split()[:40]
    for length in range(2, LONGEST_NAME + 1):
        for first in range(len(words) - length + 1):
            run = words[first : first + length]
            for turn in range(length):
                yield " ".join(run[turn:] + run[:turn])
