"""Rules as data: reading them, applying the clinic's choices, and telling a tightening from a loosening. PURE."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from protocols.eligibility.case import ALLERGIES, MEDICINES, Case, Condition
from protocols.eligibility.conditions import (
    AgeFrom,
    AgeUnder,
    AllOf,
    Always,
    AnswerIn,
    AnswerOlderThan,
    AnyOf,
    BirthDateMissing,
    NotAnsweredWith,
    SexIn,
    Washout,
)
from protocols.eligibility.medicines import MedicineUnclear, MedicineUndated, MedicineWashout, TakesMedicine
from protocols.eligibility.names import NameList, Register
from protocols.eligibility.planned import (
    AllergyToMix,
    AreaNotSelectable,
    DoesNotBelong,
    IndicationNeedsSignOff,
    IndicationNotSelectable,
    NotInCatalogue,
    Planned,
)
from protocols.eligibility.questions import Question, QuestionType, Rows
from protocols.eligibility.terms import SEVERITY, Effect, Occasion, Options, Patient, Plan, WayOut

KINDS: dict[str, type[Any]] = {
    "always": Always,
    "answer": AnswerIn,
    "not_answered_with": NotAnsweredWith,
    "washout": Washout,
    "older_than": AnswerOlderThan,
    "age_under": AgeUnder,
    "age_from": AgeFrom,
    "birth_date_missing": BirthDateMissing,
    "sex": SexIn,
    "medicine": TakesMedicine,
    "medicine_washout": MedicineWashout,
    "medicine_undated": MedicineUndated,
    "medicine_unclear": MedicineUnclear,
    "allergy_to_mix": AllergyToMix,
    "planned": Planned,
    "area_not_selectable": AreaNotSelectable,
    "indication_not_selectable": IndicationNotSelectable,
    "indication_needs_sign_off": IndicationNeedsSignOff,
    "not_in_catalogue": NotInCatalogue,
    "does_not_belong": DoesNotBelong,
    "all": AllOf,
    "any": AnyOf,
}
LISTS = {Rows.MEDICINES: MEDICINES, Rows.ALLERGIES: ALLERGIES}
ABSOLUTE = "D10"  # never loosened, whatever a clinic chose (D15, D56)
WAY_OUT = {
    Effect.BLOCKS: WayOut.CORRECTION,
    Effect.EXCLUDED_OPTION: WayOut.OTHER_OPTION,
    Effect.INCOMPLETE: WayOut.ANSWER,
    Effect.DEFERRED: WayOut.RECOVERY,
    Effect.REVIEW: WayOut.PRESCRIBER,
    Effect.CAUTION: WayOut.CLINICIAN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReading:
    """What the rule says when the clinic's `policy` is set to `choice`: another effect or another condition (D15)."""

    policy: str
    choice: str
    effect: Effect | None = None
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `message` may hold %(names)s and %(until)s. A decision serves `renew_months`, or for good (D12)."""

    code: str
    effect: Effect
    message: str
    when: Condition
    cites: tuple[str, ...]
    version: int = 1
    renew_months: int | None = None
    other_reading: OtherReading | None = None

    def under(self, policies: Mapping[str, object]) -> "Rule":
        """The rule as the clinic's choices make it; unknown choices leave the strictest reading.

        A weaker effect of an absolute rule is read strictly, also where it was chosen before (D10, D56).
        """
        other = self.other_reading
        if other is None or policies.get(other.policy) != other.choice:
            return self
        effect = other.effect or self.effect
        if ABSOLUTE in self.cites and SEVERITY[effect] > SEVERITY[self.effect]:
            return self
        return replace(self, effect=effect, when=other.when or self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Everything `evaluate` needs that is not the patient's. Build it once and use it for many."""

    rules: tuple[Rule, ...]
    questions: Mapping[str, Question] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    names: Register = field(default_factory=Register, compare=False)

    def case(self, patient: Patient, plan: Plan, *, on: date, occasion: Occasion) -> Case:
        """What conditions look at."""
        return Case(
            patient=patient,
            plan=plan,
            on=on,
            occasion=occasion,
            questions=self.questions,
            options=self.options,
            names=self.names,
        )

    def answers_read(self, condition: Condition) -> frozenset[str]:
        """The link ids a condition looks at; the lists of medicines and allergies stand for the questions they come
        from and for the grounds of those."""
        found = condition.reads & self.questions.keys()
        for question in self.questions.values():
            if question.rows and LISTS[question.rows] in condition.reads:
                found |= {question.link_id}
                found |= question.applies_when.reads if question.applies_when else frozenset()
        return found


def rule_set(
    *,
    rules: Iterable[Rule],
    questions: Iterable[Question],
    options: Options,
    policies: Mapping[str, object] | None = None,
    names: Iterable[NameList] = (),
) -> RuleSet:
    """Rules under the clinic's `policies` ({policy code: chosen value}), questions by link id, options and names."""
    return RuleSet(
        rules=tuple(rule.under(policies or {}) for rule in rules),
        questions={question.link_id: question for question in questions},
        options=options,
        names=Register(names),
    )


def rule_from(data: Mapping[str, Any]) -> Rule:
    """A rule from its data (a catalogue entry or a stored definition). ValueError says what is wrong."""
    other = data.get("other_reading")
    return Rule(
        code=data["code"],
        effect=Effect(data["effect"]),
        message=data["message"],
        when=condition_from(data["when"]),
        cites=tuple(data["cites"]),
        version=data.get("version", 1),
        renew_months=data.get("renew_months"),
        other_reading=other_reading_from(other) if other else None,
    )


def other_reading_from(data: Mapping[str, Any]) -> OtherReading:
    effect, when = data.get("effect"), data.get("when")
    return OtherReading(
        policy=data["policy"],
        choice=data["choice"],
        effect=Effect(effect) if effect else None,
        when=condition_from(when) if when else None,
    )


def question_from(data: Mapping[str, Any]) -> Question:
    """A question from its data; options are `{code, name}` rows."""
    applies_when = data.get("applies_when")
    return Question(
        link_id=data["link_id"],
        text=data["text"],
        type=QuestionType(data["type"]),
        occasions=frozenset(Occasion(occasion) for occasion in data["occasions"]),
        cites=tuple(data["cites"]),
        options=frozenset(option["code"] for option in data.get("options") or ()),
        applies_when=condition_from(applies_when) if applies_when else None,
        topic=data.get("topic", ""),
        rows=Rows(data["rows"]) if data.get("rows") else None,
    )


def condition_from(data: Mapping[str, Any]) -> Condition:
    """A condition from `{kind: …, its fields}`. ValueError names the kind or field that does not fit."""
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if kind not in KINDS:
        raise ValueError(f"unknown kind of condition {kind!r}; known: {', '.join(KINDS)}")
    known = {each.name for each in fields(KINDS[kind]) if each.init}
    given = {name: value for name, value in data.items() if name != "kind"}
    if unknown := sorted(set(given) - known):
        raise ValueError(f"{kind}: unknown field {unknown[0]!r}; known: {', '.join(sorted(known))}")
    try:
        made: Condition = KINDS[kind](**{name: READERS[name](value) for name, value in given.items()})
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"{kind}: {wrong}") from wrong
    return made


def a_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a code, got {value!r}")
    return value


def a_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"expected a whole number from 1, got {value!r}")
    return value


def a_list(value: object) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"expected a list, got {value!r}")
    return tuple(value)


def texts(value: object) -> tuple[str, ...]:
    return tuple(a_text(each) for each in a_list(value))


def a_choice(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def parts(value: object) -> tuple[Condition, ...]:
    return tuple(condition_from(each) for each in a_list(value))


READERS: dict[str, Callable[[object], object]] = {
    "question": a_text,
    "values": a_list,
    "for_days": a_number,
    "days": a_number,
    "months": a_number,
    "years": a_number,
    "classes": texts,
    "purposes": texts,
    "except_purposes": texts,
    "why": a_text,
    "denied": a_choice,
    "ended": a_choice,
    "suspected": a_choice,
    "until_seen": a_choice,
    "of": parts,
    **dict.fromkeys(
        ("areas", "indications", "except_indications", "fields", "substances", "device_kinds", "techniques", "regions"),
        texts,
    ),
}
