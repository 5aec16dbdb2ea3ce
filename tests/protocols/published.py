"""The published cases (protocols/catalogue/cases), read and put to a set of rules. No database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from protocols.eligibility import Answer, Decision, Occasion, Patient, Plan, RuleSet, Verdict, evaluate
from protocols.eligibility.case import Case as Judged
from protocols.eligibility.decisions import context_of
from protocols.eligibility.verdict import DECIDABLE
from tests.protocols.patients import CATALOGUE_FOLDER, rules

FOLDER = CATALOGUE_FOLDER / "cases"
KEYS = {
    "id", "says", "cites", "day", "occasion", "answers", "without", "history", "plan", "policies", "verdict",
    "findings", "dates",
}  # fmt: skip
Outcome = tuple[str, Mapping[str, str], Mapping[str, date]]  # verdict, finding -> effect, finding -> when it ends
SETS = ("areas", "mix", "topicals")


@dataclass(frozen=True)
class Case:
    """One published case with what it starts from filled in."""

    name: str
    given: Mapping[str, Any] = field(repr=False)
    expected: "Outcome"

    @property
    def policies(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.given["policies"].items()))

    def judged(self, rule_set: RuleSet) -> Judged:
        """What conditions look at."""
        on, occasion = self.given["day"], Occasion(self.given["occasion"])
        return rule_set.case(patient_of(self.given), plan_of(self.given["plan"]), on=on, occasion=occasion)

    def verdict(self, rule_set: RuleSet) -> Verdict:
        given, on, occasion = self.given, self.given["day"], Occasion(self.given["occasion"])
        patient, plan = patient_of(given), plan_of(given["plan"])
        decisions = [decision_of(each, given, rule_set) for each in given["history"]["decisions"]]
        return evaluate(
            rule_set, patient, plan, on=on, occasion=occasion, decisions=[each for each in decisions if each]
        )

    def answer(self, rule_set: RuleSet) -> "Outcome":
        """What these rules say, in the form of `expected`."""
        found = self.verdict(rule_set)
        ends = {each.code: each.until for each in found.findings if each.until}
        return str(found.status), {each.code: str(each.effect) for each in found.findings}, ends


def patient_of(given: Mapping[str, Any]) -> Patient:
    history = given["history"]
    answers = {name: answer_of(value, given["day"]) for name, value in given["answers"].items()}
    return Patient(
        birth_date=history["birth_date"],
        sex=history["sex"],
        answers={name: answer for name, answer in answers.items() if name not in given["without"]},
        allergies=frozenset(history["allergies"]),
        suspected=frozenset(history["suspected"]),
        medicines=frozenset(history["medicines"]),
    )


def answer_of(value: Any, day: date) -> Answer:
    if isinstance(value, Mapping):
        return Answer(value["value"], value.get("day", day))
    return Answer(value, day)


def plan_of(data: Mapping[str, Any]) -> Plan:
    doses = frozenset((code, Decimal(amount), unit) for code, amount, unit in data["doses"])
    return Plan(
        **{name: frozenset(value) if name in SETS else value for name, value in data.items()} | {"doses": doses}
    )


def decision_of(data: Mapping[str, Any], given: Mapping[str, Any], rule_set: RuleSet) -> Decision | None:
    """A decision as it was made: bound to the answers and the plan of then. None when the rule is gone."""
    rule = next((each for each in rule_set.rules if each.code == data["finding"]), None)
    if rule is None:
        return None
    then = dict(given) | {
        "answers": person()["answers"] | data["answers"] if "answers" in data else given["answers"],
        "plan": given["plan"] | data.get("plan", {}),
    }
    plan = plan_of(then["plan"])
    case = rule_set.case(patient_of(then), plan, on=data["day"], occasion=Occasion(given["occasion"]))
    return Decision(
        code=rule.code,
        approved=data["decision"] == "approve",
        context=context_of(rule, case) if rule.effect in DECIDABLE else "",
        on=data["day"],
        by_prescriber=data["by"] == "prescriber",
        plan=plan,
    )


@cache
def person() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml.safe_load((FOLDER / "person.yaml").read_text())
    return data


@cache
def published() -> tuple[Case, ...]:
    return tuple(case for path in sorted(FOLDER.glob("*.yaml")) if path.name != "person.yaml" for case in read(path))


def read(path: Any) -> Iterator[Case]:
    for row in yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if unknown := set(row) - KEYS:
            raise ValueError(f"{path.stem}/{row['id']}: unknown {sorted(unknown)}")
        start = person()
        given = {name: row.get(name, start.get(name)) for name in ("day", "occasion", "policies")}
        given |= {name: start[name] | row.get(name, {}) for name in ("history", "plan", "answers")}
        given["without"] = frozenset(row.get("without", ()))
        expected = (row["verdict"], row["findings"], row.get("dates", {}))
        yield Case(f"{path.stem}/{row['id']}", given | {"cites": row["cites"]}, expected)


def wrong(cases: tuple[Case, ...] | list[Case]) -> list[str]:
    """The cases that the catalogue's rules get wrong, each in words."""
    return [
        f"{case.name}: said {said}, expected {case.expected}"
        for case in cases
        if (said := case.answer(rules(*case.policies))) != case.expected
    ]
