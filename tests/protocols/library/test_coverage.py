"""Every fact has a home of the kind its use asks for; nothing is lost between a source and the clinic."""

from dataclasses import replace

import pytest

from protocols.library.coverage import HOMES, KIND_OF, Home, coverage, misplaced, suits
from protocols.schema import Catalogue
from tests.protocols.patients import catalogue


def test_374_of_374_facts_have_a_home() -> None:
    homes = coverage(catalogue())
    assert len(homes) == 374
    assert [fact for fact, where in homes.items() if not where] == []


def test_every_home_is_of_the_kind_the_fact_is_for() -> None:
    assert misplaced(catalogue()) == {}


def test_every_use_says_where_its_facts_may_live() -> None:
    assert {fact.use for fact in catalogue().facts} == set(HOMES)


def test_a_home_reads_as_kind_and_code() -> None:
    assert str(coverage(catalogue())["F172"][0]) == "rule blocks:leukaemia"


def without(name: str, code: str) -> Catalogue:
    kept = tuple(entry for entry in getattr(catalogue(), name) if entry.code != code)
    return replace(catalogue(), **{name: kept})


@pytest.mark.parametrize(
    ("name", "code", "fact"),
    [
        ("rules", "leukaemia", "F172"),
        ("rules", "aspirin", "F209"),
        ("instructions", "no-sauna", "F293"),
        ("gates", "antisepsis", "F280"),
        ("reactions", "nausea", "F320"),
        ("consent", "hair-claims", "F243"),
        ("claims", "well-defined", "F264"),
        ("protocols", "P08", "F157"),
        ("record_fields", "fat_type", "F129"),
        ("outcomes", "fat-cells", "F358"),
        ("information", "history", "F261"),
        ("roles", "prescriber", "F223"),
        ("checklist", "drainage-massage", "F288"),
        ("policies", "therapy_fields", "F039"),
        ("techniques", "epidermal", "F062"),
        ("indications", "stretch_marks", "F018"),
    ],
)
def test_an_entry_taken_away_leaves_its_fact_homeless(name: str, code: str, fact: str) -> None:
    assert fact in misplaced(without(name, code))


def test_a_fact_in_the_wrong_kind_of_home_is_told() -> None:
    rules = tuple(
        rule.model_copy(update={"effect": "caution"}) if rule.code == "stroke" else rule for rule in catalogue().rules
    )
    assert "is for rule-block" in misplaced(replace(catalogue(), rules=rules))["F182"]


def test_only_a_cited_decision_changes_the_kind_of_home() -> None:
    assert suits("rule-block", Home("rule deferred", "herpes-active", ("F184", "D12")))
    assert not suits("rule-block", Home("rule deferred", "herpes-active", ("F184",)))
    assert not suits("rule-block", Home("rule caution", "herpes-active", ("F184", "D12")))


def test_every_file_that_cites_is_counted() -> None:
    ground = {"sources", "facts", "contradictions", "boundaries", "gaps", "decisions", "rules"}
    assert set(Catalogue.__dataclass_fields__) - ground == set(KIND_OF)


@pytest.mark.parametrize("name", ["contradictions", "boundaries", "decisions"])
def test_every_ground_is_used_by_an_entry_or_decided_elsewhere(name: str) -> None:
    cited = {cite for entry in entries() for cite in (*entry.cites, *getattr(entry, "flags", ()))}
    cited |= {cite for protocol in catalogue().protocols for phase in protocol.phases for cite in phase.cites}
    # Windows that fit a calendar, courses side by side, amended answers, the desk's view and what a sign-off binds live
    # in planning, pages and the engine.
    elsewhere = {"D04", "D06", "D14", "D17", "D34", "D39", "D41"}
    assert {ground.id for ground in getattr(catalogue(), name)} - cited - elsewhere == set()


def entries() -> list[object]:
    return [entry for name in (*KIND_OF, "rules") for entry in getattr(catalogue(), name)]
