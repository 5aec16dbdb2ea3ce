"""Which column of another system's file is which of our fields about visits, and what its cells say in our words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from clinic.base.names import fold
from clinic.base.refusals import BadInput, FieldError
from clinic.base.zones import instant_of
from scheduling.models import Session
from scheduling.setup import sheets
from scheduling.setup.columns import folded

FIELDS = {
    "number": _("Number of the visit"),
    "external_id": _("Number of the patient in the other system"),
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "birth_date": _("Date of birth"),
    "email": _("E-mail of the patient"),
    "words": _("Words that hold the patient's name"),
    "start": _("Beginning: day and time"),
    "day": _("Day"),
    "time": _("Time"),
    "end": _("End"),
    "minutes": _("Minutes"),
    "practitioner": _("Practitioner"),
    "room": _("Room"),
    "kind": _("Kind of visit"),
    "state": _("State"),
    "problem": _("Why it cannot be taken over"),
}
# How other systems call them, folded; of several columns the first one is taken.
CALLED = {
    "number": "uid|visit id|visit no|visit number|appointment id|appointment no|appointment number|terminnummer",
    "external_id": "id|no|nr|number|patient id|patient no|patient number|external id|patientennummer|patient",
    "given_name": "given name|first name|firstname|forename|vorname|prenom|nome|nombre",
    "family_name": "family name|last name|lastname|surname|name|nachname|familienname|nom|cognome|apellido|apellidos",
    "birth_date": "date of birth|birth date|birthdate|dob|born|geburtsdatum|geboren|date de naissance|data di nascita",
    "email": "email|e mail|mail|attendee|attendees|email address|e mail address",
    "words": "summary|title|subject|betreff|titel|patient name|oggetto|objet|asunto",
    "start": "start|begin|beginning|starts at|start time|beginn|debut|inizio|inicio|appointment|termin|date time",
    "day": "date|day|datum|tag|jour|data|giorno|fecha|start date",
    "time": "time|hour|uhrzeit|zeit|heure|ora|hora",
    "end": "end|ends at|end time|ende|fin|fine",
    "minutes": "minutes|duration|length|min|dauer|minuten|duree|durata|duracion",
    "practitioner": "practitioner|doctor|provider|clinician|therapist|staff|arzt|behandler|praticien|medico|resource",
    "room": "room|raum|zimmer|salle|stanza|sala",
    "kind": "kind|type|service|treatment|categories|category|art|terminart|leistung|behandlung|prestation|tipo",
    "state": "status|state|zustand|etat|stato|estado",
    "problem": "problem",
}  # fmt: skip
# Said of a visit that is not to take place, or did not.
OFF = (
    "cancelled|canceled|cancel|deleted|no show|noshow|did not come|missed|dna|abgesagt|storniert|nicht erschienen"
    "|annule|annullato|cancelado|cancelada|non venuto"
)
# Words by which a kind is one of ours; every other visit ahead becomes a consultation.
REVIEWS = folded(
    "control|kontrolle|nachkontrolle|review|follow|followup|check|checkup|controllo|controle|suivi|revision"
)
MEASUREMENTS = folded("measurement|messung|photo|photos|foto|fotos|misura|mesure|medida")
TALKS = folded("consultation|consult|beratung|erstgesprach|gesprach|consulenza|consulta|phone|call|telefon|video|admin")
CLOCK = re.compile(r"(\d\d?)[:.h](\d\d)(?:[:.](\d\d)(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
SHORT_YEAR = re.compile(r"(\d\d?[./-]\d\d?[./-])(\d\d)")
SPAN = re.compile(r"(?:(\d\d?):(\d\d)(?::\d\d)?|(\d{1,3})\s*(?:min|minutes|minuten|m|')?\.?)", re.IGNORECASE)


@dataclass(slots=True)
class Row:
    """What one line says, in our fields; `wrong` is why it is left out, `off` that it is no visit."""

    line: int
    cells: list[str]
    said: dict[str, str] = field(default_factory=dict)
    birth_date: date | None = None
    start: datetime | None = None
    minutes: int | None = None
    wrong: list[FieldError] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.said.get(name, "")

    @property
    def name(self) -> str:
        """As names are looked for; empty where the file does not tell it."""
        return fold(f"{self['given_name']} {self['family_name']}")

    @property
    def off(self) -> bool:
        return fold(self["state"]) in folded(OFF)

    @property
    def kind(self) -> str:
        words = set(fold(self["kind"] or self["words"]).split())
        if words & REVIEWS:
            return Session.Kind.REVIEW.value
        return (Session.Kind.MEASUREMENT if words & MEASUREMENTS else Session.Kind.CONSULTATION).value

    @property
    def on_skin(self) -> bool:
        """Whether it may have been a treatment: all but what says in so many words that it was none."""
        words = set(fold(self["kind"] or self["words"]).split())
        return not words & (REVIEWS | MEASUREMENTS | TALKS)


def guessed(columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        name = fold(column)
        wanted = next((each for each, names in CALLED.items() if name in folded(names)), "")
        if wanted and wanted not in found.values():
            found[column] = wanted
    return found


def wrong(mapping: Mapping[str, str]) -> Iterator[FieldError]:
    """What a mapping lacks."""
    has = set(mapping.values())
    for twice in sorted({each for each in has if list(mapping.values()).count(each) > 1}):
        text = now_("Two columns are “%(field)s”. Choose one.") % {"field": FIELDS[twice]}
        yield FieldError("mapping", "twice", text)
    if not ("start" in has or {"day", "time"} <= has):
        yield FieldError("mapping", "required", now_("Say which column holds the beginning, or day and time."))
    if not ({"external_id", "email", "words"} & has or {"family_name", "birth_date"} <= has):
        text = now_("Say which column tells the patient: the number, or name and date of birth.")
        yield FieldError("mapping", "required", text)


def reader(
    columns: Sequence[str], mapping: Mapping[str, str], order: str, zone: ZoneInfo, on: date
) -> Callable[[int, list[str]], Row]:
    """What reads a line of such a file; times without a zone are those of `zone`."""
    names = [mapping.get(column, "") for column in columns]

    def read(line: int, cells: list[str]) -> Row:
        row = Row(line, cells)
        row.said = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        if len(cells) > len(columns):
            text = now_("This line has more cells than there are columns. Is a separator inside a text without quotes?")
            row.wrong.append(FieldError("line", "too_long", text))
        elif row["problem"]:
            row.wrong.append(FieldError("line", "invalid", row["problem"]))
        elif any(sheets.UNREADABLE in cell for cell in row.said.values()):
            text = now_("Letters that cannot be read: is the encoding right?")
            row.wrong.append(FieldError("line", "encoding", text))
        else:
            row.wrong += times(row, order, zone, on)
        return row

    return read


def times(row: Row, order: str, zone: ZoneInfo, on: date) -> Iterator[FieldError]:
    """Put beginning, length and birth date into the row; what is wrong of them comes back."""
    if row["birth_date"]:
        row.birth_date = sheets.read_day(row["birth_date"], order, on)
        if row.birth_date is None:
            yield no_date("birth_date", row["birth_date"])
    day = row["day"].replace("T", " ").partition(" ")[0]  # spreadsheets put midnight behind it
    told = row["start"] or f"{day} {row['time']}".strip()
    try:
        row.start = instant(told, order, zone, on)
        row.minutes = minutes_of(row, order, zone, on)
    except BadInput as refused:
        yield from refused.errors


def instant(told: str, order: str, zone: ZoneInfo, on: date) -> datetime:
    """BadInput at start for what is no day and time, or may be two, or an hour that the clocks skipped."""
    try:
        exact = datetime.fromisoformat(told)
    except ValueError:
        exact = None
    if exact and exact.tzinfo:
        return exact.astimezone(UTC)
    day_said, _blank, time_said = told.replace("T", " ", 1).replace(",", " ").partition(" ")
    short = SHORT_YEAR.fullmatch(day_said)  # no visit was in the century before
    day = sheets.read_day(f"{short[1]}20{short[2]}" if short else day_said, order, on)
    clock = read_clock(time_said.strip())
    if day is None or clock is None:
        raise BadInput(told, errors=[no_date("start", told)])
    return instant_of(datetime.combine(day, clock), zone, "start")


def no_date(name: str, told: str) -> FieldError:
    text = now_("“%(cell)s” is no date, or may be two, as dates are written in this file.")
    if name == "start":
        text = now_("“%(cell)s” is no day with a time, or may be two, as dates are written in this file.")
    return FieldError(name, "invalid", text % {"cell": told})


def read_clock(text: str) -> time | None:
    found = CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, half = int(found[1]), (found[4] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half == "p") if half else hour
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def minutes_of(row: Row, order: str, zone: ZoneInfo, on: date) -> int | None:
    """None where the file does not say how long. BadInput at minutes or end."""
    assert row.start is not None
    if told := row["minutes"]:
        found = SPAN.fullmatch(told)
        if found is None:
            raise BadInput.at("minutes", now_("“%(cell)s” is no number of minutes.") % {"cell": told})
        return int(found[3]) if found[3] else 60 * int(found[1]) + int(found[2])
    if told := row["end"]:
        clock = read_clock(told)
        begins = row.start.astimezone(zone)
        ends = instant_of(datetime.combine(begins.date(), clock), zone, "end") if clock else None
        span = (ends or instant(told, order, zone, on)) - row.start
        if span <= timedelta(0):
            raise BadInput.at("end", now_("It ends before it begins."))
        return int(span / timedelta(minutes=1))
    return None
