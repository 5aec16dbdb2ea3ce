"""How long a verdict takes: one patient and ten thousand, all rules, beside reading the answers alone."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from bench.report import Row, row
from protocols.eligibility import Answer, Occasion, Patient, Plan, QuestionType, RuleSet, evaluate
from protocols.schema import read_catalogue, rule_set_of

CATALOGUE = Path(__file__).parents[1] / "protocols" / "catalogue"
TODAY = date(2026, 5, 5)
PLAN = Plan(
    areas=frozenset({"abdomen", "thigh"}),
    indication="cellulite",
    mix=frozenset({"vitamins", "organic_silicon"}),
    topicals=frozenset({"antiseptic_foam", "film_spray"}),
    device="multi_injector",
    technique="nappage",
)


def somebody(rules: RuleSet, seed: int) -> Patient:
    """A patient with every question answered, one answer in twelve of the kind that leaves a finding."""
    chance = Random(seed)
    answers = {}
    for link_id, question in rules.questions.items():
        worry = chance.random() < 1 / 12
        options = sorted(question.options)
        value: object = {
            QuestionType.BOOLEAN: worry,
            QuestionType.DATE: TODAY - timedelta(days=chance.randrange(30)) if worry else None,
            QuestionType.CHOICE: options[0] if options else None,
            QuestionType.MULTIPLE: options[:1] if worry else [],
            QuestionType.TEXT: "as said",
        }[question.type]
        answers[link_id] = Answer(value, TODAY)
    return Patient(
        birth_date=TODAY - timedelta(days=365 * chance.randrange(17, 80)),
        sex=chance.choice(["female", "male"]),
        answers=answers,
        allergies=frozenset(chance.sample(["minerals", "chlorhexidine", "enzymes"], chance.randrange(2))),
    )


def seconds(work: Callable[[], object], *, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return median(times)


def read_only(rules: RuleSet, patient: Patient) -> int:
    """The least any engine does: each answer read once in its question's type."""
    return sum(
        question.read(patient.answers[link_id].value) is not None for link_id, question in rules.questions.items()
    )


def rows(*, patients: int = 10_000) -> list[Row]:
    """The bars of the catalogue's issue: one verdict under 1 ms, 10 000 under 5 s."""
    rules = rule_set_of(read_catalogue(CATALOGUE))
    crowd = [somebody(rules, seed) for seed in range(patients)]

    def verdict(patient: Patient) -> object:
        return evaluate(rules, patient, PLAN, on=TODAY, occasion=Occasion.SAME_DAY)

    one = seconds(lambda: verdict(crowd[0]), rounds=201)
    bare = seconds(lambda: read_only(rules, crowd[0]), rounds=201)
    many = seconds(lambda: [verdict(patient) for patient in crowd], rounds=1)
    bare_many = seconds(lambda: [read_only(rules, patient) for patient in crowd], rounds=1)
    return [
        row(
            f"one verdict, {len(rules.rules)} rules and {len(rules.questions)} questions",
            f"reading the answers alone: {bare * 1e3:.3f} ms",
            f"{one * 1e3:.3f} ms",
            bare / one,
            "under 1 ms",
            one < 1e-3,
        ),
        row(
            f"{patients:,} verdicts",
            f"reading the answers alone: {bare_many:.2f} s",
            f"{many:.2f} s",
            bare_many / many,
            "under 5 s",
            many < 5,
        ),
    ]
