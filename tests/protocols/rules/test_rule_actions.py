"""A director tightens and adds rules, never below what the sources say, and may undo the clinic's own (D15)."""

from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.base.refusals import BadInput, Conflict, Refusal, Stale
from clinic.models import User
from patients.queries.rules import current_rules
from protocols.actions.catalogue import load_catalogue
from protocols.actions.policies import set_policy
from protocols.actions.rules import addition, make_change, tightening, withdrawal
from protocols.eligibility import Answer, Effect, Occasion, Patient, Plan, Status, evaluate
from protocols.models import IntakeQuestion, ScreeningRule
from protocols.rules.queries import RuleChange
from tests.protocols.catalogue_files import edited

NOW = datetime(2026, 5, 5, 8, tzinfo=UTC)
ON = date(2026, 5, 5)
QUESTION = {"text": "Do you have a pacemaker?", "help": "", "topic": "heart_and_blood", "occasions": ["plan"]}
ALWAYS = {"kind": "always"}


def in_force(code: str) -> ScreeningRule:
    return ScreeningRule.objects.get(code=code, active_until=None)


def changed(code: str, **parts: Any) -> dict[str, Any]:
    return {**deepcopy(in_force(code).definition), **parts}


def make(change: RuleChange, director: User, **given: Any) -> ScreeningRule:
    return make_change(**{"change": change, "reason": "So decided.", "by": director, "now": NOW, **given})


def tighten(director: User, code: str, **parts: Any) -> ScreeningRule:
    return make(tightening(code=code, definition=changed(code, **parts)), director)


def names_in(refused: Refusal) -> list[str]:
    return [error.field for error in refused.errors]


# --- tightening -------------------------------------------------------------------------------------------------------


def test_a_tightened_rule_is_a_new_dated_signed_version(director: User) -> None:
    tighten(director, "cancer-past", effect="blocks")
    old, new = ScreeningRule.objects.filter(code="cancer-past")
    assert (old.active_until, old.origin) == (NOW, "catalogue")
    assert (new.version, new.active_from, new.active_until, new.origin) == (2, NOW, None, "clinic")
    assert (new.effect, new.published_by, new.reason) == ("blocks", director, "So decided.")


def test_a_tightened_rule_judges_from_then_on(director: User) -> None:
    survivor = Patient(answers={"cancer_past": Answer(True, ON)})
    plan = Plan(areas=frozenset({"thigh"}), indication="cellulite")

    def status() -> Effect:
        verdict = evaluate(current_rules(), survivor, plan, on=ON, occasion=Occasion.PLAN)
        return next(each.effect for each in verdict.findings if each.code == "cancer-past")

    assert status() is Effect.REVIEW
    tighten(director, "cancer-past", effect="blocks")
    assert status() is Effect.BLOCKS


def test_more_days_and_another_ground_are_tightenings(director: User) -> None:
    longer = {"kind": "washout", "question": "aspirin_last_dose", "days": 21}
    assert tighten(director, "aspirin", when=longer).version == 2
    cough = in_force("cough").definition["when"]
    fever = {"kind": "answer", "question": "unwell", "values": [True]}
    assert tighten(director, "cough", when={"kind": "any", "of": [cough, fever]}).version == 2


@pytest.mark.parametrize(
    ("code", "parts", "named"),
    [
        ("leukaemia", {"effect": "review"}, ["effect"]),
        ("leukaemia", {"cites": ["D10"]}, ["cites"]),
        ("aspirin", {"when": {"kind": "washout", "question": "aspirin_last_dose", "days": 13}}, ["when"]),
        ("aspirin", {"other_reading": None}, ["other_reading"]),
        ("systemic-illness-review", {"renew_months": 12}, ["renew_months"]),
        ("age-over-75", {"when": {"kind": "age_from", "years": 80}, "effect": "review"}, ["effect", "when"]),
    ],
)
def test_a_rule_is_never_loosened_and_the_refusal_names_what_would_be(
    director: User, code: str, parts: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(Refusal) as caught:
        tightening(code=code, definition=changed(code, **parts))
    assert (caught.value.status, names_in(caught.value)) == (422, named)
    assert in_force(code).version == 1


def test_the_clinic_may_ease_its_own_tightening_down_to_the_sources_and_no_further(director: User) -> None:
    def wait(days: int) -> dict[str, Any]:
        return {"kind": "washout", "question": "aspirin_last_dose", "days": days}

    tighten(director, "aspirin", when=wait(30))
    assert tighten(director, "aspirin", when=wait(21)).version == 3
    with pytest.raises(Refusal):
        tightening(code="aspirin", definition=changed("aspirin", when=wait(13)))


def test_the_other_reading_does_not_undo_what_the_clinic_tightened(director: User) -> None:
    tighten(director, "aspirin", when={"kind": "washout", "question": "aspirin_last_dose", "days": 30})
    set_policy(code="aspirin_reading", value="fourteen_free_days", reason="Ours.", by=director, now=NOW)
    taken = Patient(answers={"aspirin_last_dose": Answer("2026-05-01", ON)})
    verdict = evaluate(current_rules(), taken, Plan(), on=ON, occasion=Occasion.PLAN)
    assert [each.until for each in verdict.findings if each.code == "aspirin"] == [date(2026, 5, 31)]
    tighten(director, "aspirin", when={"kind": "washout", "question": "aspirin_last_dose", "days": 14})
    verdict = evaluate(current_rules(), taken, Plan(), on=ON, occasion=Occasion.PLAN)
    assert [each.until for each in verdict.findings if each.code == "aspirin"] == [date(2026, 5, 16)]


def test_a_change_that_changes_nothing_is_refused(director: User) -> None:
    with pytest.raises(Conflict):
        tightening(code="leukaemia", definition=changed("leukaemia"))


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"effect": "maybe"}, ["effect"]),
        ({"message": "  "}, ["message"]),
        ({"message": "In 100 % of cases."}, ["message"]),
        ({"message": "%(patient)s must wait."}, ["message"]),
        ({"when": {"kind": "sometimes"}}, ["when"]),
        ({"when": {"kind": "answer", "question": "no_such_question", "values": [True]}}, ["when"]),
        ({"cites": []}, ["cites"]),
    ],
)
def test_what_the_engine_does_not_take_is_named_at_its_field(
    director: User, parts: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(BadInput) as caught:
        tightening(code="leukaemia", definition=changed("leukaemia", **parts))
    assert names_in(caught.value) == named


def test_a_rule_that_is_not_in_force_is_not_tightened(director: User) -> None:
    with pytest.raises(Conflict):
        tightening(code="no-such-rule", definition=changed("leukaemia"))


def test_a_change_without_a_reason_is_not_made(director: User) -> None:
    change = tightening(code="cancer-past", definition=changed("cancer-past", effect="blocks"))
    with pytest.raises(BadInput) as caught:
        make(change, director, reason=" ")
    assert names_in(caught.value) == ["reason"]


def test_two_directors_do_not_overwrite_each_other(director: User) -> None:
    mine = tightening(code="cancer-past", definition=changed("cancer-past", effect="blocks"))
    theirs = tightening(code="cancer-past", definition=changed("cancer-past", effect="deferred"))
    make(mine, director)
    with pytest.raises(Stale):
        make(theirs, director)
    with pytest.raises(Stale):
        make(tightening(code="cancer-past", definition=changed("cancer-past", message="New."), seen=1), director)


def test_the_catalogue_does_not_speak_over_a_tightened_rule(director: User, tmp_path: Path) -> None:
    tighten(director, "cancer-past", effect="blocks")
    load_catalogue(now=NOW, path=edited(tmp_path, "rules.yaml", "message: Cancer in the past", "message: Past cancer"))
    assert in_force("cancer-past").effect == "blocks"


# --- asking more often ------------------------------------------------------------------------------------------------


def ask_daily(director: User) -> None:
    make(tightening(code="cancer-past", definition=changed("cancer-past"), daily=["cancer_past"]), director)


def test_a_question_may_be_asked_again_on_the_day(director: User) -> None:
    ask_daily(director)
    assert IntakeQuestion.objects.get(link_id="cancer_past").occasions == ["plan", "same_day"]
    assert in_force("cancer-past").reason == "So decided."


def test_a_question_asked_more_often_stays_so_when_the_catalogue_is_loaded(director: User) -> None:
    ask_daily(director)
    load_catalogue(now=NOW)
    assert IntakeQuestion.objects.get(link_id="cancer_past", active=True).occasions == ["plan", "same_day"]


def test_taking_it_back_asks_as_the_catalogue_does(director: User) -> None:
    ask_daily(director)
    make(withdrawal(code="cancer-past"), director)
    question = IntakeQuestion.objects.get(link_id="cancer_past")
    assert (question.occasions, question.origin) == (["plan"], "catalogue")
    assert load_catalogue(now=NOW).lines == []


# --- adding -----------------------------------------------------------------------------------------------------------


def pacemaker(director: User, **parts: Any) -> ScreeningRule:
    wanted = {"effect": "blocks", "message": "No treatment with a pacemaker.", "when": ALWAYS, "question": QUESTION}
    return make(addition(**{**wanted, **parts}), director)


def test_a_rule_with_its_own_question_is_added_and_cited(director: User) -> None:
    row = pacemaker(director)
    question = IntakeQuestion.objects.get(link_id="clinic_1")
    assert (row.code, row.version, row.origin, row.cites) == ("clinic-1", 1, "clinic", ["D15"])
    assert (question.text, question.type, question.origin) == ("Do you have a pacemaker?", "boolean", "clinic")
    assert row.definition["when"] == {"kind": "answer", "question": "clinic_1", "values": [True]}


def test_nobody_is_eligible_before_the_new_question_is_answered(director: User) -> None:
    plan = Plan(areas=frozenset({"thigh"}), indication="cellulite")

    def findings(**answers: bool) -> dict[str, Effect]:
        given = {link_id: Answer(value, ON) for link_id, value in answers.items()}
        verdict = evaluate(current_rules(), Patient(answers=given), plan, on=ON, occasion=Occasion.PLAN)
        return {each.code: each.effect for each in verdict.findings}

    pacemaker(director)
    assert findings()["unanswered:clinic_1"] is Effect.INCOMPLETE
    assert "unanswered:clinic_1" not in findings(clinic_1=False)
    assert findings(clinic_1=True)["clinic-1"] is Effect.BLOCKS
    assert "clinic-1" not in findings(clinic_1=False)


def test_a_rule_may_speak_for_some_plans_only(director: User) -> None:
    row = pacemaker(director, when={"kind": "planned", "device_kinds": ["gun"]})
    assert [part["kind"] for part in row.definition["when"]["of"]] == ["answer", "planned"]


def test_a_rule_may_close_an_option_whatever_is_answered(director: User) -> None:
    planned = {"kind": "planned", "areas": ["eye_area"]}
    row = make(addition(effect="excluded_option", message="Not done here.", when=planned), director)
    plan = Plan(areas=frozenset({"eye_area"}), indication="wrinkles")
    verdict = evaluate(current_rules(), Patient(), plan, on=ON, occasion=Occasion.PLAN)
    assert verdict.status is Status.CONTRAINDICATED
    assert row.code in {each.code for each in verdict.findings}


def test_each_rule_and_question_added_has_a_code_of_its_own(director: User) -> None:
    assert [pacemaker(director).code, pacemaker(director).code] == ["clinic-1", "clinic-2"]
    assert IntakeQuestion.objects.filter(link_id__startswith="clinic_", active=True).count() == 2


def test_two_directors_adding_at_once_do_not_share_a_code(director: User) -> None:
    wanted = {"effect": "blocks", "message": "No.", "when": ALWAYS, "question": QUESTION}
    mine, theirs = addition(**wanted), addition(**wanted)
    make(mine, director)
    with pytest.raises((Conflict, Stale)):
        make(theirs, director)
    assert ScreeningRule.objects.filter(code="clinic-1").count() == 1


def test_what_the_clinic_added_outlives_the_next_load_of_the_catalogue(director: User) -> None:
    pacemaker(director)
    assert load_catalogue(now=NOW).lines == []
    assert in_force("clinic-1").active_until is None
    assert IntakeQuestion.objects.get(link_id="clinic_1").active


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"message": ""}, ["message"]),
        ({"effect": "none"}, ["effect"]),
        ({"question": {**QUESTION, "text": ""}}, ["text"]),
        ({"question": {**QUESTION, "occasions": []}}, ["occasions"]),
        ({"question": {**QUESTION, "occasions": ["never"]}}, ["occasions"]),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_adds_no_question(
    director: User, parts: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(BadInput) as caught:
        pacemaker(director, **parts)
    assert names_in(caught.value) == named
    assert not IntakeQuestion.objects.filter(origin="clinic").exists()


# --- taking back ------------------------------------------------------------------------------------------------------


def test_a_rule_from_the_sources_is_never_taken_back(director: User) -> None:
    with pytest.raises(Refusal, match="never retired"):
        withdrawal(code="leukaemia")


def test_a_tightening_taken_back_leaves_what_the_catalogue_says(director: User) -> None:
    as_it_was = in_force("cancer-past").definition
    tighten(director, "cancer-past", effect="blocks")
    make(withdrawal(code="cancer-past"), director, reason="Too strict.")
    row = in_force("cancer-past")
    assert (row.version, row.definition, row.origin, row.reason) == (3, as_it_was, "catalogue", "Too strict.")
    assert load_catalogue(now=NOW).lines == []


def test_a_rule_of_the_clinic_s_own_ends_with_its_question_and_says_by_whom_and_why(director: User) -> None:
    pacemaker(director)
    make(withdrawal(code="clinic-1"), director, reason="Nobody needs it.")
    assert not ScreeningRule.objects.filter(code="clinic-1", active_until=None).exists()
    assert not IntakeQuestion.objects.get(link_id="clinic_1").active
    last = ScreeningRule.objects.filter(code="clinic-1").latest("version")
    assert (last.active_from, last.active_until, last.published_by) == (NOW, NOW, director)
    assert last.reason == "Nobody needs it."


def test_a_question_that_another_rule_of_the_clinic_reads_is_still_asked(director: User) -> None:
    pacemaker(director)
    yes = {"kind": "answer", "question": "clinic_1", "values": [True]}
    make(addition(effect="caution", message="Look at the device.", when=yes), director)
    make(withdrawal(code="clinic-1"), director)
    assert IntakeQuestion.objects.get(link_id="clinic_1").active


def test_what_is_looked_at_is_what_will_be(director: User) -> None:
    def looked_at_and_made(change: RuleChange) -> None:
        after = change.over(current_rules())
        make(change, director)
        now = current_rules()
        assert (set(after.rules), dict(after.questions)) == (set(now.rules), dict(now.questions))

    looked_at_and_made(tightening(code="cancer-past", definition=changed("cancer-past", effect="blocks")))
    looked_at_and_made(withdrawal(code="cancer-past"))
    looked_at_and_made(addition(effect="blocks", message="No.", when=ALWAYS, question=QUESTION))
    looked_at_and_made(withdrawal(code="clinic-1"))
