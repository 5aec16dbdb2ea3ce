"""The words of eligibility: what is known of a patient, what is planned, what can be chosen. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Effect(StrEnum):
    """What a finding does, strongest first."""

    BLOCKS = "blocks"
    EXCLUDED_OPTION = "excluded_option"
    INCOMPLETE = "incomplete"
    DEFERRED = "deferred"
    REVIEW = "review"
    CAUTION = "caution"


class Status(StrEnum):
    """The verdict, worst first."""

    CONTRAINDICATED = "contraindicated"
    INCOMPLETE = "incomplete"
    DEFERRED = "deferred"
    NEEDS_REVIEW = "needs_review"
    ELIGIBLE = "eligible"


class Occasion(StrEnum):
    PLAN = "plan"
    SAME_DAY = "same_day"


class WayOut(StrEnum):
    """How a finding ends: time passes, it heals, an answer is given or corrected (D14), another option, a decision."""

    TIME = "time"
    RECOVERY = "recovery"
    ANSWER = "answer"
    CORRECTION = "correction"
    OTHER_OPTION = "other_option"
    PRESCRIBER = "prescriber"
    CLINICIAN = "clinician"


SEVERITY = {effect: rank for rank, effect in enumerate(Effect)}
STATUS_RANK = {status: rank for rank, status in enumerate(Status)}
STATUS_OF = {
    Effect.BLOCKS: Status.CONTRAINDICATED,
    Effect.EXCLUDED_OPTION: Status.CONTRAINDICATED,
    Effect.INCOMPLETE: Status.INCOMPLETE,
    Effect.DEFERRED: Status.DEFERRED,
    Effect.REVIEW: Status.NEEDS_REVIEW,
    Effect.CAUTION: Status.NEEDS_REVIEW,
}
UNKNOWN = "unknown"  # an answer "I do not know": recorded, and read as missing (B11)


def no_answers() -> Mapping[str, "Answer"]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as given and the local date it was given on. Dates may be `date` or ISO text; None = asked, none."""

    value: object
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Plain facts. `answers` holds the newest answer per link id; `allergies` and `suspected` are allergen codes
    (confirmed; suspected after a positive test or declared sensitivity, D22); `medicines` are medicine class codes."""

    birth_date: date | None = None
    sex: str | None = None
    answers: Mapping[str, Answer] = field(default_factory=no_answers)
    allergies: frozenset[str] = frozenset()
    suspected: frozenset[str] = frozenset()
    medicines: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is planned, as catalogue codes; everything may still be open. `topicals`: antiseptic, cream, film (D21).
    `doses`: (substance, amount, unit) where a mix was chosen."""

    areas: frozenset[str] = frozenset()
    indication: str | None = None
    mix: frozenset[str] = frozenset()
    topicals: frozenset[str] = frozenset()
    device: str | None = None
    technique: str | None = None
    doses: frozenset[tuple[str, Decimal, str]] = frozenset()

    @property
    def is_named(self) -> bool:
        """Whether it says where and what for; only then can anybody decide about it (D34)."""
        return bool(self.areas and self.indication)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaOption:
    name: str
    parent: str | None = None
    region: str = "body"
    selectable: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationOption:
    name: str
    field: str
    selectable: bool = True
    reason: str = ""
    sign_off: bool = False
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstanceOption:
    name: str
    allergens: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOption:
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the catalogue offers, by code. An indication or substance with `areas` belongs to these alone (D47)."""

    areas: Mapping[str, AreaOption] = field(default_factory=dict)
    indications: Mapping[str, IndicationOption] = field(default_factory=dict)
    substances: Mapping[str, SubstanceOption] = field(default_factory=dict)
    devices: Mapping[str, DeviceOption] = field(default_factory=dict)
    techniques: Mapping[str, str] = field(default_factory=dict)

    def with_parents(self, areas: frozenset[str]) -> frozenset[str]:
        """The areas and every area they lie in."""
        found: set[str] = set()
        todo = list(areas)
        while todo:
            code = todo.pop()
            if code in found:
                continue
            found.add(code)
            parent = self.areas[code].parent if code in self.areas else None
            if parent:
                todo.append(parent)
        return frozenset(found)
