"""Which column of another system's file is which of our fields, and what its cells say in our words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import blake2b
from typing import Any

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from clinic.base import languages
from clinic.base.names import fold
from clinic.base.refusals import FieldError
from patients.models import Patient
from scheduling.setup import sheets

FIELDS = {
    "external_id": _("Number in the other system"),
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "birth_date": _("Date of birth"),
    "sex": _("Sex"),
    "language": _("Language"),
    "address": _("Postal address"),
    "allergies": _("Allergies"),
}
# How other systems call them, folded; of several columns the first one is taken.
CALLED = {
    "external_id": "id|no|nr|number|patient id|patient no|patient number|external id|record number|patientennummer",
    "given_name": "given name|first name|firstname|forename|vorname|prenom|nome|nombre",
    "family_name": "family name|last name|lastname|surname|name|nachname|familienname|nom|cognome|apellido|apellidos",
    "phone": "phone|telephone|mobile|mobile phone|cell|tel|telefon|handy|mobil|telefono|cellulare|portable|movil",
    "email": "email|e mail|mail|email address|e mail address|courriel|correo",
    "birth_date": "date of birth|birth date|birthdate|dob|born|geburtsdatum|geboren|date de naissance|data di nascita",
    "sex": "sex|gender|geschlecht|sexe|sesso|sexo",
    "language": "language|sprache|langue|lingua|idioma",
    "address": "address|postal address|adresse|anschrift|indirizzo|direccion",
    "allergies": "allergies|allergy|allergen|allergien|allergie|alergias",
}  # fmt: skip
SEXES = {
    Patient.Sex.FEMALE: "f|female|w|weiblich|frau|woman|femme|femmina|donna|mujer|feminin|femenino",
    Patient.Sex.MALE: "m|male|mannlich|mann|man|herr|homme|maschio|uomo|hombre|masculin|masculino",
    Patient.Sex.OTHER: "other|x|d|divers|autre|altro|otro|non binary",
    Patient.Sex.UNKNOWN: "|unknown|u|not stated|unbekannt|inconnu|sconosciuto",
}
NONE_SAID = "|none|no|nil|na|n a|nka|nkda|no known allergies|keine|aucune|nessuna|ninguna|unknown|0"
SEVERAL = re.compile(r"[;,|\n]+")


@cache
def folded(names: str) -> frozenset[str]:
    """As `fold` reads cells."""
    return frozenset(fold(name) for name in names.split("|"))


def known_as(header: str) -> str:
    """Our field that a column of this name usually is; empty for none."""
    name = fold(header)
    return next((field for field, names in CALLED.items() if name in folded(names)), "")


def guessed(columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        if (wanted := known_as(column)) and wanted not in found.values():
            found[column] = wanted
    return found


def named(cells: Sequence[str]) -> list[str]:
    """The names of the columns; one that stands there twice, or not at all, gets its number."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:180]
        names.append(name if name and name not in names else f"{name or now_('Column')} ({number})")
    return names


@dataclass(slots=True)
class Row:
    """What one line says, in our fields; `wrong` is why it is left out."""

    line: int
    cells: list[str]
    external_id: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    allergies: list[str] = field(default_factory=list)
    wrong: list[FieldError] = field(default_factory=list)


def read(line: int, cells: list[str], columns: Sequence[str], mapping: Mapping[str, str], order: str, on: date) -> Row:
    row = Row(line, cells)
    if len(cells) > len(columns):
        text = now_("This line has more cells than there are columns. Is a separator inside a text without quotes?")
        row.wrong.append(FieldError("line", "too_long", text))
        return row
    for column, cell in zip(columns, cells, strict=False):
        if wanted := mapping.get(column):
            row.wrong += said(row, wanted, cell, order, on)
    return row


def said(row: Row, wanted: str, cell: str, order: str, on: date) -> Iterator[FieldError]:
    """Put one cell into the row; what it says wrong comes back."""
    if sheets.UNREADABLE in cell:
        yield FieldError(wanted, "encoding", now_("Letters that cannot be read: is the encoding right?"))
    elif wanted == "external_id":
        row.external_id = cell[:100]
    elif wanted == "allergies":
        names = [" ".join(each.split()) for each in SEVERAL.split(cell)]
        row.allergies += [each for each in names if fold(each) not in folded(NONE_SAID)]
    elif wanted == "birth_date":
        row.given[wanted] = sheets.read_day(cell, order, on)
        if cell and row.given[wanted] is None:
            text = now_("“%(cell)s” is no date, or may be two, as dates are written in this file.") % {"cell": cell}
            yield FieldError(wanted, "invalid", text)
    elif wanted == "sex":
        row.given[wanted] = next((sex for sex, names in SEXES.items() if fold(cell) in folded(names)), cell)
    elif wanted == "language":
        row.given[wanted] = languages.spoken(cell[:20])
    else:
        row.given[wanted] = cell


def keys_of(like: Patient) -> list[int]:
    """Numbers that two lines about one person share: the name with birth date, phone or e-mail."""
    name = fold(str(like))
    return [number(f"{name}\0{each}") for each in (like.birth_date, like.phone, like.email) if each]


def number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)
