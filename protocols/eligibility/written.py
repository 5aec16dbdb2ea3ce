"""What people write down one by one: medicines and allergies as rows or as free text, and what it says (D35). PURE."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from protocols.eligibility.dates import add_days
from protocols.eligibility.names import Register, Role

ANTIHISTAMINE, SYSTEMIC_STEROID = "antihistamine", "systemic_steroid"
ANTIHISTAMINE_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One medicine or allergy. `detail`: what a medicine is for, or what happened. Medicines only: the rest."""

    name: str
    detail: str = ""
    last_taken: date | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A medicine found in the catalogue's list, with what is known about taking it."""

    written: str
    classes: frozenset[str]
    purposes: frozenset[str] = frozenset()
    last_taken: date | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicines:
    """What a list of medicines says. `unknown`, `ended`: names as written; `nearly`: (as written, the name it nearly
    is). `on`: the local date the list was given on."""

    mentions: tuple[Mention, ...] = ()
    unknown: tuple[str, ...] = ()
    nearly: tuple[tuple[str, str], ...] = ()
    ended: tuple[str, ...] = ()
    on: date | None = None

    def __add__(self, other: "Medicines") -> "Medicines":
        return Medicines(
            mentions=self.mentions + other.mentions,
            unknown=self.unknown + other.unknown,
            nearly=self.nearly + other.nearly,
            ended=self.ended + other.ended,
            on=max((day for day in (self.on, other.on) if day), default=None),
        )


NO_MEDICINES = Medicines()


def rows_from(value: Iterable[object]) -> tuple[Row, ...]:
    """Rows from their stored form; what is no row with a name is left out. Never raises."""
    return tuple(row for each in value if isinstance(each, Mapping) and (row := row_from(each)))


def row_from(data: Mapping[object, object]) -> Row | None:
    name, detail = data.get("name"), data.get("purpose") or data.get("reaction")
    if not isinstance(name, str) or not name.strip():
        return None
    return Row(
        name=name.strip(),
        detail=detail.strip() if isinstance(detail, str) else "",
        last_taken=day_from(data.get("last_taken")),
        ended=data.get("ended") is True,
    )


def day_from(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value if type(value) is date else None
    except ValueError:
        return None


def as_rows(value: object) -> tuple[Row, ...]:
    """A reading as rows: free text is one row without a detail."""
    if isinstance(value, str):
        return (Row(name=value),)
    return value if isinstance(value, tuple) else ()


def medicines_in(value: object, register: Register, on: date | None = None) -> Medicines:
    """What the answer to a question about medicines says."""
    return sum((medicines_of(row, register, on) for row in as_rows(value)), NO_MEDICINES)


def medicines_of(row: Row, register: Register, on: date | None) -> Medicines:
    words = register.read(row.name)
    purposes = words.purposes | register.read(row.detail).purposes
    mentions = tuple(
        Mention(
            written=hit.written,
            classes=hit.of(Role.MEDICINE),
            purposes=purposes,
            last_taken=row.last_taken,
            ended=row.ended,
        )
        for hit in words.hits
    )
    ended = (row.name,) if row.ended else ()
    unknown = () if row.ended else words.unknown
    return Medicines(mentions=mentions, unknown=unknown, nearly=words.nearly, ended=ended, on=on)


def suppressants_in(value: object, register: Register, on: date) -> tuple[str, ...]:
    """The listed medicines that can hide a reaction on the day `on`: antihistamines last taken under seven days before
    or at no known day, and systemic steroids that were not ended (D50)."""
    return tuple(row.name for row in as_rows(value) if hides_reactions(row, register, on))


def hides_reactions(row: Row, register: Register, on: date) -> bool:
    hits = register.read(row.name, Role.SUPPRESSANT).hits
    classes = frozenset(code for hit in hits for code in hit.of(Role.SUPPRESSANT))
    recent = row.last_taken is None or on <= add_days(row.last_taken, ANTIHISTAMINE_DAYS)
    return (ANTIHISTAMINE in classes and recent) or (SYSTEMIC_STEROID in classes and not row.ended)


def allergens_in(value: object, register: Register) -> frozenset[str]:
    """The allergens that the answer to a question about allergies names."""
    found: frozenset[str] = frozenset()
    for row in as_rows(value):
        found |= frozenset(
            code for hit in register.read(row.name, Role.ALLERGEN).hits for code in hit.of(Role.ALLERGEN)
        )
    return found
