"""The patient says name and birth date, staff type day and month: a mismatch stops (D51). Never overridden (D56)."""

from typing import Any

from django.utils.translation import gettext as _

from clinic.base.refusals import FieldError, Reason, Refusal
from patients.models import Patient

Born = tuple[int, int]  # day and month, as the patient said them


def born_of(given: dict[str, Any]) -> dict[str, Any]:
    """The same with `born` in place of day and month, as the actions take it."""
    rest = {name: value for name, value in given.items() if name not in ("birth_day", "birth_month")}
    day, month = given.get("birth_day"), given.get("birth_month")
    return rest | {"born": None if day is None or month is None else (day, month)}


def check_identity(patient: Patient, born: Born | None) -> None:
    """Refusal (422) at the birthday when it was not asked, is not on record, or is another one."""
    if patient.birth_date is None:
        stop("identity_unknown", _("No birth date is on record: enter it first."))
    elif born is None:
        stop("identity", _("Ask for name and birth date, and type day and month."))
    elif born != (patient.birth_date.day, patient.birth_date.month):
        stop("identity", _("This is not the birthday of this patient. Check whose record this is."))


def stop(code: str, text: str) -> None:
    errors = [FieldError("birth_day", code, text)]
    raise Refusal(text, reasons=[Reason(code, text, cites=("D51",))], errors=errors)
