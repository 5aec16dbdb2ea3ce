"""Kinds of condition, each by itself: when it holds, and until when."""

from datetime import date

import pytest

from protocols.eligibility import condition_from
from protocols.eligibility.case import Match
from protocols.eligibility.decisions import topics_of
from tests.protocols.patients import BODY, Given, days, rules

LAST = date(2026, 5, 1)
SHORT, LONG = ({"kind": "washout", "question": "aspirin_last_dose", "days": count} for count in (14, 30))


def match(when: dict[str, object], given: Given) -> Match | None:
    case = rules().case(given.patient, given.plan, on=given.on, occasion=given.occasion)
    return condition_from(when).match(case)


@pytest.mark.parametrize(
    ("kind", "on", "until"),
    [("all", 4, 14), ("any", 4, 30), ("all", 14, None), ("any", 14, 30), ("any", 30, None)],
)
def test_all_of_it_ends_with_the_first_part_and_any_of_it_with_the_last(kind: str, on: int, until: int | None) -> None:
    given = Given(answers={"aspirin_last_dose": LAST}, on=LAST + days(on))
    found = match({"kind": kind, "of": [SHORT, LONG]}, given)
    assert (found.until if found else None) == (LAST + days(until) if until else None)


@pytest.mark.parametrize(
    ("indication", "holds"), [("cellulite", True), ("headache", False), (None, False), ("nowhere_listed", False)]
)
def test_a_field_is_that_of_the_indication_and_none_without_one(indication: str | None, holds: bool) -> None:
    given = Given(plan=BODY).planned(indication=indication)
    assert (match({"kind": "planned", "fields": ["aesthetic"]}, given) is not None) is holds


def test_a_rule_of_a_list_reads_the_questions_that_fill_it_and_no_others() -> None:
    by_code = {rule.code: rule for rule in rules().rules}
    fills = {link_id for link_id, each in rules().questions.items() if each.rows == "medicines"}
    topics = topics_of(by_code["aspirin-listed"], rules().questions)
    assert fills
    assert {rules().questions[each].topic or each for each in fills} <= topics
    allergies = {each.topic or link_id for link_id, each in rules().questions.items() if each.rows == "allergies"}
    assert not allergies & topics


WASHOUT = {"kind": "medicine_washout", "classes": ["aspirin"], "days": 14}


def test_of_two_medicines_the_one_taken_last_counts() -> None:
    rows = [{"name": "ASS 500", "last_taken": "2026-05-01"}, {"name": "Aspirin 500", "last_taken": "2026-05-10"}]
    given = Given(answers={"takes_medicines": True, "medicine_names": rows}, on=date(2026, 5, 12))
    found = match(WASHOUT, given)
    assert found
    assert found.until == date(2026, 5, 24)


@pytest.mark.parametrize(
    ("areas", "holds"), [({"scalp"}, True), ({"abdomen"}, False), ({"abdomen", "scalp"}, True), (set(), False)]
)
def test_a_region_is_met_by_any_of_the_areas(areas: set[str], holds: bool) -> None:
    given = Given(plan=BODY).planned(areas=frozenset(areas))
    assert (match({"kind": "planned", "regions": ["scalp"]}, given) is not None) is holds
