"""What the sources forbid, put off, question or warn of: each rule speaks on a hit and is silent on a near miss."""

import pytest

from protocols.eligibility import Status
from protocols.eligibility.terms import STATUS_OF, STATUS_RANK
from tests.protocols.patients import Given, codes, found, rules, without_rules
from tests.protocols.screening_cases import CASES, Screened

WANTED = {
    "rule-block": ["F002", *(f"F{n}" for n in range(111, 115)), *(f"F{n}" for n in range(172, 195)), "F210", "F211"],
    "rule-defer": ["F205", "F206", "F207", "F208"],
    "rule-washout": ["F209"],
    "rule-review": ["F212", "F213", "F214", "F215"],
    "rule-warn": ["F088", "F110", "F200", "F201", "F202", "F203", "F239"],
}


def test_somebody_well_is_eligible() -> None:
    assert Given().verdict().status is Status.ELIGIBLE
    assert Given().verdict().findings == ()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_hit_speaks_with_its_effect_and_its_sources(case: Screened) -> None:
    verdict = case.hit.verdict()
    finding = found(verdict, case.rule)
    assert finding.effect is case.effect
    assert set(case.facts.split()) <= set(finding.cites)
    assert STATUS_RANK[verdict.status] <= STATUS_RANK[STATUS_OF[case.effect]]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_near_miss_is_silent(case: Screened) -> None:
    assert case.rule not in codes(case.near.verdict())


@pytest.mark.parametrize("use", WANTED)
def test_every_such_fact_has_a_case(use: str) -> None:
    covered = {fact for case in CASES for fact in case.facts.split()}
    assert set(WANTED[use]) <= covered


@pytest.mark.parametrize("removed", [rule.code for rule in rules().rules])
def test_deleting_any_rule_makes_a_case_fail(removed: str) -> None:
    fewer = without_rules(rules(), [removed])
    assert any(codes(case.hit.verdict(fewer)) != codes(case.hit.verdict()) for case in CASES if case.rule == removed)


@pytest.mark.parametrize("link_id", list(rules().questions))
def test_deleting_any_answer_that_applies_leaves_the_verdict_incomplete_or_worse(link_id: str) -> None:
    grounds = {
        "heart_disease_severe": {"heart_disease": True},
        "insulin": {"diabetes": True},
        "systemic_illness_class": {"systemic_illness": True},
        "health_concern_details": {"health_concern": True},
        "drug_allergy_names": {"drug_allergy": True},
        "other_allergy_names": {"other_allergy": True},
        "medicine_names": {"takes_medicines": True},
    }
    given = Given(answers=grounds.get(link_id, {}), without=(link_id,))
    plans = {
        "silicon_long_term": {"mix": frozenset({"organic_silicon"})},
        "phototype": {"indication": "hyperpigmentation"},
        "large_concern": {"indication": "body_contour"},
    }
    verdict = given.planned(**plans.get(link_id, {})).verdict()
    assert f"unanswered:{link_id}" in codes(verdict)
    assert verdict.status in (Status.CONTRAINDICATED, Status.INCOMPLETE)
