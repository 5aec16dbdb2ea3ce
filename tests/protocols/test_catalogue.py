"""The content itself: what belongs together does, and every sentence fits the people who read it."""

import pytest

from protocols.eligibility import Effect, Occasion, Options, Plan, Planned, QuestionType, condition_from
from protocols.schema import options_of
from tests.protocols.patients import catalogue
from tests.protocols.texts import patient_texts


def options() -> Options:
    return options_of(catalogue())


def test_the_breast_is_there_and_may_not_be_chosen() -> None:
    refused = {area.code: area.reason for area in catalogue().areas if not area.selectable}
    assert set(refused) == {"breast"}
    assert refused["breast"]


def test_every_area_has_a_zone_of_its_own_in_the_body_chart() -> None:
    shapes = [area.shape for area in catalogue().areas]
    assert len(set(shapes)) == len(shapes)


def test_a_protocol_treats_only_what_its_fields_allow() -> None:
    fields = {each.code: each.field for each in catalogue().indications}
    for protocol in catalogue().protocols:
        assert {fields[code] for code in protocol.indications} <= set(protocol.fields)


def test_a_protocol_offers_nothing_that_cannot_be_chosen() -> None:
    refused = {each.code for each in (*catalogue().areas, *catalogue().indications) if not each.selectable}
    for protocol in catalogue().protocols:
        assert refused.isdisjoint(protocol.areas)
        assert refused.isdisjoint(protocol.indications)


def test_every_indication_that_can_be_chosen_has_a_course() -> None:
    treated = {code for protocol in catalogue().protocols for code in protocol.indications}
    assert {each.code for each in catalogue().indications if each.selectable} == treated


def test_every_indication_can_be_treated_somewhere_by_some_course() -> None:
    for indication in catalogue().indications:
        courses = [each for each in catalogue().protocols if indication.code in each.indications]
        if indication.areas and courses:
            assert any(set(indication.areas) & set(course.areas) for course in courses)


def test_protocols_are_listed_in_one_clear_order() -> None:
    listed = [each.listed for each in catalogue().protocols]
    assert len(set(listed)) == len(listed)


def test_every_ingredients_allergen_can_be_named_in_the_intake() -> None:
    named = {option.code for each in catalogue().questions if each.link_id == "allergens" for option in each.options}
    checked = {allergen for each in catalogue().substances for allergen in each.allergens}
    # A medicine is asked for by name and reviewed; nobody is allergic to their own plasma.
    assert checked - named == {"medicine", "own_plasma"}
    assert named <= checked


def test_the_antiseptics_two_actives_are_checked() -> None:
    (foam,) = [each for each in catalogue().substances if each.role == "antiseptic"]
    assert set(foam.allergens) == {"chlorhexidine", "benzalkonium_chloride"}


def test_every_question_feeds_a_rule_or_explains_an_answer_that_does() -> None:
    read = {word for rule in catalogue().rules for word in questions_in(rule.when)}
    followed = {each.link_id for each in catalogue().questions if each.type is QuestionType.TEXT}
    assert {each.link_id for each in catalogue().questions} - read - followed == {"phototype"}


def questions_in(condition: dict[str, object]) -> set[str]:
    own = {str(condition["question"])} if "question" in condition else set()
    parts = condition.get("of", ())
    assert isinstance(parts, list | tuple)
    return own.union(*(questions_in(part) for part in parts))


def test_no_boolean_is_put_so_that_no_is_the_answer_that_worries() -> None:
    for rule in catalogue().rules:
        if rule.effect is not Effect.INCOMPLETE:
            assert False not in values_in(rule.when)


def values_in(condition: dict[str, object]) -> list[object]:
    denied = condition["kind"] == "not_answered_with"  # a ground that was denied makes its follow-up a contradiction
    own = () if denied else condition.get("values", ())
    parts = condition.get("of", ())
    assert isinstance(own, list | tuple)
    assert isinstance(parts, list | tuple)
    return [*own, *(value for part in parts for value in values_in(part))]


@pytest.mark.parametrize("name", ["instructions", "consent", "checklist"])
def test_every_scope_is_one_the_engine_understands(name: str) -> None:
    plan = Plan(areas=frozenset({"scalp"}), indication="alopecia", mix=frozenset({"autologous_prp"}))
    for entry in getattr(catalogue(), name):
        scope = condition_from({"kind": "planned", **entry.scope})
        assert isinstance(scope, Planned)
        assert scope.covers(plan, options()) in (True, False)


def consent_for(plan: Plan) -> set[str]:
    lines = catalogue().consent
    scopes = {line.code: condition_from({"kind": "planned", **line.scope}) for line in lines}
    return {code for code, scope in scopes.items() if isinstance(scope, Planned) and scope.covers(plan, options())}


def test_hair_lines_are_for_hair_plans_only() -> None:
    hair = consent_for(Plan(areas=frozenset({"scalp"}), indication="alopecia"))
    body = consent_for(Plan(areas=frozenset({"abdomen"}), indication="cellulite"))
    assert hair - body == {"hair-little-evidence", "hair-not-shown", "hair-claims"}


def test_own_plasma_lines_are_for_own_plasma_only() -> None:
    plasma = consent_for(Plan(areas=frozenset({"face"}), mix=frozenset({"autologous_prp"})))
    assert plasma - consent_for(Plan(areas=frozenset({"face"}))) == {"own-blood"}


def test_where_no_source_says_how_long_the_clinic_has_to() -> None:
    open_ended = {each.duration_policy for each in catalogue().instructions if each.duration_policy}
    policies = {each.code: each for each in catalogue().policies}
    assert all(policies[code].default is None for code in open_ended)


def test_serious_reactions_go_to_a_person_who_can_act() -> None:
    assert {each.code: each.route for each in catalogue().reactions if each.serious} == {
        "severe_pain": "clinic",
        "allergic_reaction": "emergency",
        "anaphylaxis": "emergency",
        "infection": "physician",
        "mycobacterial_skin_infection": "physician",
        "scar": "physician",
        "trouble_breathing": "emergency",
        "necrosis": "physician",
    }


def test_only_same_day_answers_run_out_by_themselves() -> None:
    same_day = {each.link_id for each in catalogue().questions if each.occasions == (Occasion.SAME_DAY,)}
    for rule in catalogue().rules:
        for condition in conditions_in(rule.when):
            if "for_days" in condition:
                assert condition["question"] in same_day
                assert condition["for_days"] == 1


def conditions_in(condition: dict[str, object]) -> list[dict[str, object]]:
    parts = condition.get("of", ())
    assert isinstance(parts, list | tuple)
    return [condition, *(each for part in parts for each in conditions_in(part))]


def test_sentences_a_patient_reads_are_short() -> None:
    for code, text in patient_texts():
        for sentence in text.replace("?", ".").split(". "):
            assert len(sentence.split()) <= 45, code


def test_no_source_text_is_shipped_beyond_a_locator() -> None:
    assert max(len(fact.locator) for fact in catalogue().facts) < 60
