"""Intake questions and how their answers are read. PURE.

An answer that does not fit its question counts as missing: unknown never means no (B11). Every question is put so that
"no", an empty choice or no date is the answer that raises nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, Literal

from protocols.eligibility.terms import UNKNOWN, Occasion
from protocols.eligibility.written import Row, rows_from

if TYPE_CHECKING:
    from protocols.eligibility.case import Condition


class QuestionType(StrEnum):
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    MULTIPLE = "multiple"
    INTEGER = "integer"
    TEXT = "text"


class Rows(StrEnum):
    """What the rows are that a text may also be given as (D35)."""

    MEDICINES = "medicines"
    ALLERGIES = "allergies"


NOT_APPLICABLE = "not_applicable"  # the option of a boolean that says so; the answer itself is None (D43)


class Missing(Enum):
    MISSING = "missing"


MISSING: Final = Missing.MISSING
Value = bool | int | str | date | frozenset[str] | tuple[Row, ...] | None
Reading = Value | Literal[Missing.MISSING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `occasions`: plan, same_day or both; a same-day question counts on the day it is answered (B09)."""

    link_id: str
    text: str
    type: QuestionType
    occasions: frozenset[Occasion]
    cites: tuple[str, ...]
    options: frozenset[str] = frozenset()
    applies_when: "Condition | None" = None
    topic: str = ""
    rows: Rows | None = None

    @property
    def may_not_apply(self) -> bool:
        return self.type is QuestionType.BOOLEAN and NOT_APPLICABLE in self.options

    @property
    def same_day_only(self) -> bool:
        return Occasion.PLAN not in self.occasions

    def read(self, value: object) -> Reading:
        """The value in the question's type, None for "none", or MISSING. Never raises."""
        if value == UNKNOWN:
            return MISSING
        match self.type:
            case QuestionType.BOOLEAN:
                fits = isinstance(value, bool) or (value is None and self.may_not_apply)
                return value if fits else MISSING  # type: ignore[return-value]
            case QuestionType.DATE:
                return read_date(value)
            case QuestionType.CHOICE:
                return value if isinstance(value, str) and value in self.options else MISSING
            case QuestionType.MULTIPLE:
                return self._read_multiple(value)
            case QuestionType.INTEGER:
                return value if isinstance(value, int) and not isinstance(value, bool) else MISSING
            case QuestionType.TEXT if self.rows and isinstance(value, list | tuple):
                return rows_from(value) or MISSING
            case QuestionType.TEXT:
                return read_text(value)

    def _read_multiple(self, value: object) -> Reading:
        if value is None:
            return frozenset()
        if isinstance(value, str) or not isinstance(value, Iterable):
            return MISSING
        chosen = [item for item in value if isinstance(item, str) and item in self.options]
        return frozenset(chosen) if len(chosen) == len(list(value)) else MISSING


def read_date(value: object) -> Reading:
    """A date, None for "none", MISSING for anything else."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return MISSING
    return value if type(value) is date else MISSING


def read_text(value: object) -> Reading:
    """Text that says something; None is "none", blank is skipped."""
    if value is None:
        return None
    return value if isinstance(value, str) and value.strip() else MISSING
