"""The published cases: the catalogue's rules get every one right, and every rule is hit and just missed by some."""

from collections.abc import Iterator
from functools import cache

import pytest

from tests.protocols.patients import catalogue
from tests.protocols.published import Case, person, published, wrong

FILES = sorted({case.name.split("/")[0] for case in published()})


@pytest.mark.parametrize("name", FILES)
def test_the_rules_get_every_case_right(name: str):
    assert wrong([case for case in published() if case.name.startswith(f"{name}/")]) == []


def test_there_are_four_hundred_with_names_of_their_own():
    names = [case.name for case in published()]
    assert len(names) >= 400
    assert len(set(names)) == len(names)


def test_the_person_of_the_cases_has_answered_every_question():
    assert set(person()["answers"]) == {question.link_id for question in catalogue().questions}


@pytest.mark.parametrize("rule", [rule.code for rule in catalogue().rules])
def test_each_rule_is_hit_by_one_and_just_missed_by_another(rule: str):
    """Just missed: what is given differs in one place from a case that it hits."""
    hits = [case for case in published() if rule in case.expected[1]]
    others = [case for case in published() if rule not in case.expected[1]]
    assert any(len(leaves()[hit.name] ^ leaves()[other.name]) <= 2 for hit in hits for other in others)


@cache
def leaves() -> dict[str, frozenset[tuple[str, str]]]:
    return {case.name: frozenset(given_in(case)) for case in published()}


def given_in(case: Case) -> Iterator[tuple[str, str]]:
    """Everything that is given, leaf by leaf."""
    for name, value in case.given.items():
        if name in ("answers", "history", "plan", "policies"):
            yield from ((f"{name}.{key}", repr(each)) for key, each in value.items())
        elif name == "without":
            yield from ((f"{name}.{each}", "") for each in value)
        elif name != "cites":
            yield name, repr(value)


def test_every_id_that_a_case_cites_is_known():
    data = catalogue()
    known = {fact.id for fact in data.facts}
    known |= {row.id for name in ("contradictions", "boundaries", "gaps", "decisions") for row in getattr(data, name)}
    assert {cite for case in published() for cite in case.given["cites"]} <= known
