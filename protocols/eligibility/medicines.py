"""The kinds of condition about medicines: class, purpose, last day, and what is unclear about a name (D35). PURE."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from protocols.eligibility.case import MEDICINES, Case, Match
from protocols.eligibility.dates import add_days
from protocols.eligibility.questions import MISSING
from protocols.eligibility.written import Medicines, Mention

Unclear = Literal["unknown", "nearly", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesMedicine:
    """A medicine of one of these classes is on the patient's list, and not marked as ended unless `ended`.

    `purposes`: only when taken for one of them; `except_purposes`: only when for none of them, blank included.
    `denied`: on a list although the patient says that no medicine is taken.
    """

    classes: tuple[str, ...]
    purposes: tuple[str, ...] = ()
    except_purposes: tuple[str, ...] = ()
    ended: bool = False
    denied: bool = False

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({MEDICINES})

    def match(self, case: Case) -> Match | None:
        found = [each for each in of_class(case.medicines(denied=self.denied), self) if self.ended or not each.ended]
        return Match(names=names_of(found)) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineWashout:
    """A medicine of the class was last taken under `days` local dates ago; ended ones count as well (B03, D35)."""

    classes: tuple[str, ...]
    days: int
    purposes: tuple[str, ...] = ()
    except_purposes: tuple[str, ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({MEDICINES})

    def match(self, case: Case) -> Match | None:
        found = of_class(case.medicines(), self)
        until = max((add_days(each.last_taken, self.days) for each in found if each.last_taken), default=None)
        return Match(until) if until and case.on < until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineUndated:
    """A medicine of the class is listed without its last day, and `question`, which asks for it, says no day either.

    "None" counts when it was answered on a later day than the list.
    """

    classes: tuple[str, ...]
    question: str
    purposes: tuple[str, ...] = ()
    except_purposes: tuple[str, ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({MEDICINES, self.question})

    def match(self, case: Case) -> Match | None:
        listed = case.medicines()
        found = [each for each in of_class(listed, self) if each.last_taken is None]
        return Match(names=names_of(found)) if found and not self._is_settled(case, listed) else None

    def _is_settled(self, case: Case, listed: Medicines) -> bool:
        said = case.answer(self.question)
        if said is MISSING:
            return False
        later = listed.on is None or case.patient.answers[self.question].on > listed.on
        return isinstance(said, date) or later


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineUnclear:
    """`why`: a name that is on no list, one that is a letter off from a name, or a medicine marked as ended."""

    why: Unclear

    def __post_init__(self) -> None:
        if self.why not in get_args(Unclear):
            raise ValueError(f"why: one of {', '.join(get_args(Unclear))}")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({MEDICINES})

    def match(self, case: Case) -> Match | None:
        listed = case.medicines()
        if self.why == "nearly":
            names = tuple(f"{written} ({name}?)" for written, name in listed.nearly)
        else:
            names = listed.unknown if self.why == "unknown" else listed.ended
        return Match(names=tuple(dict.fromkeys(names))) if names else None


def of_class(listed: Medicines, wanted: TakesMedicine | MedicineWashout | MedicineUndated) -> list[Mention]:
    """The mentions of the classes, for one of the purposes and none of the excepted ones."""
    return [
        each
        for each in listed.mentions
        if not each.classes.isdisjoint(wanted.classes)
        and (not wanted.purposes or not each.purposes.isdisjoint(wanted.purposes))
        and each.purposes.isdisjoint(wanted.except_purposes)
    ]


def names_of(mentions: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.written for each in mentions))
