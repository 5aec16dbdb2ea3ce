"""The kinds of condition about the patient, one small class each, and how to combine them. PURE."""

from dataclasses import dataclass, field
from datetime import date

from protocols.eligibility.case import HOLDS, Case, Condition, Match, Plain
from protocols.eligibility.dates import add_days, add_months, anniversary
from protocols.eligibility.questions import MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Always(Plain):
    def match(self, case: Case) -> Match | None:
        return HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerIn:
    """The answer is one of `values`, or a multiple choice holds one; stands `for_days` days, or until corrected.

    `until_seen`: an answer of the day that only a prescriber ends, not its day or another answer (C43, D16).
    """

    question: str
    values: tuple[bool | int | str, ...]
    for_days: int | None = None
    until_seen: bool = False

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.question})

    def match(self, case: Case) -> Match | None:
        given = case.given(self.question) if self.until_seen else case.answer(self.question)
        if given not in self.values and not (isinstance(given, frozenset) and given.intersection(self.values)):
            return None
        if self.for_days is None:
            return HOLDS
        until = add_days(case.patient.answers[self.question].on, self.for_days)
        return Match(until) if case.on < until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnsweredWith:
    """The answer is none of `values`, or there is none: the one kind that a missing answer fulfils (D12)."""

    question: str
    values: tuple[bool | int | str, ...]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.question})

    def match(self, case: Case) -> Match | None:
        return None if case.answer(self.question) in self.values else HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Washout:
    """The last dose lies under `days` local dates back; the first allowed date is last dose + `days` (B03)."""

    question: str
    days: int

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.question})

    def match(self, case: Case) -> Match | None:
        last = case.answer(self.question)
        if not isinstance(last, date):
            return None
        until = add_days(last, self.days)
        return Match(until) if case.on < until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOlderThan:
    """The answer was given `months` calendar months ago or more."""

    question: str
    months: int

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.question})

    def match(self, case: Case) -> Match | None:
        if case.answer(self.question) is MISSING:
            return None
        due = add_months(case.patient.answers[self.question].on, self.months)
        return HOLDS if case.on >= due else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeUnder(Plain):
    """Not yet `years` old; somebody born on 29 February turns it on 1 March of a common year (B01)."""

    years: int

    def match(self, case: Case) -> Match | None:
        if case.patient.birth_date is None:
            return None
        turns = anniversary(case.patient.birth_date, self.years, leap_day_late=True)
        return Match(turns) if case.on < turns else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeFrom(Plain):
    """`years` old or older; somebody born on 29 February turns it on 28 February of a common year (B01)."""

    years: int

    def match(self, case: Case) -> Match | None:
        if case.patient.birth_date is None:
            return None
        return HOLDS if case.on >= anniversary(case.patient.birth_date, self.years, leap_day_late=False) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDateMissing(Plain):
    def match(self, case: Case) -> Match | None:
        return HOLDS if case.patient.birth_date is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SexIn(Plain):
    """The recorded sex is one of `values`; nothing recorded reads as "unknown"."""

    values: tuple[str, ...]

    def match(self, case: Case) -> Match | None:
        return HOLDS if (case.patient.sex or "unknown") in self.values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Every part holds; the end is the soonest end of a part, the names are all names."""

    of: tuple[Condition, ...]
    reads: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", frozenset().union(*(part.reads for part in self.of)))

    def match(self, case: Case) -> Match | None:
        found = []
        for part in self.of:
            hit = part.match(case)
            if hit is None:
                return None
            found.append(hit)
        ends = [hit.until for hit in found if hit.until is not None]
        return Match(min(ends, default=None), tuple(name for hit in found for name in hit.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """One part or more holds; the end is the latest end, and unknown when one part's is."""

    of: tuple[Condition, ...]
    reads: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", frozenset().union(*(part.reads for part in self.of)))

    def match(self, case: Case) -> Match | None:
        found = [hit for part in self.of if (hit := part.match(case)) is not None]
        if not found:
            return None
        ends = [hit.until for hit in found if hit.until is not None]
        until = max(ends) if len(ends) == len(found) else None
        return Match(until, tuple(name for hit in found for name in hit.names))
