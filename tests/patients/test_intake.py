"""Answers: checked one by one, saved as a whole or not at all, handed in, corrected, and asked again when unlikely."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.base.refusals import BadInput, Forbidden, Stale
from clinic.models import User
from patients.actions.intake import amend_answers, save_answers
from patients.models import IntakeResponse, Patient, Screening
from patients.queries.answers import history_of, newest_answers
from patients.queries.eligibility import asked_again, evaluate
from tests.factories import NOW, TODAY
from tests.steps import check_same_day, clear_answers, take_intake


def save(patient: Patient, by: User, **rest: Any) -> IntakeResponse:
    return save_answers(**({"patient": patient, "occasion": "plan", "by": by, "now": NOW} | rest))


def test_a_clear_intake_makes_the_patient_eligible_and_is_screened(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW)
    assert evaluate(patient, TODAY).status == "eligible"
    screening = Screening.objects.get()
    assert (screening.verdict, screening.evaluated_for, screening.evaluated_by) == ("eligible", TODAY, practitioner)


def test_one_unanswered_question_leaves_the_verdict_incomplete(patient: Patient, practitioner: User):
    answers = clear_answers()
    del answers["stroke"]
    save(patient, practitioner, answers=answers)
    assert [each.question for each in evaluate(patient, TODAY).findings] == ["stroke"]


@pytest.mark.parametrize(
    ("link_id", "value"),
    [
        ("no_such_question", True),
        ("diabetes", "yes"),
        ("diabetes", 1),
        ("aspirin_last_dose", "2026-05-06"),
        ("aspirin_last_dose", "last week"),
        ("aspirin_last_dose", 20260501),
        ("aspirin_last_dose", "1820-01-01"),
        ("skin_disease", "treated"),
        ("skin_disease", ["scales"]),
        ("skin_disease", [["treated"]]),
        ("medicine_names", "a\x00b"),
        ("medicine_names", "x" * 2001),
        ("medicine_names", ["aspirin"]),
    ],
)
def test_an_impossible_answer_is_named_and_none_is_saved(
    patient: Patient, practitioner: User, link_id: str, value: Any
):
    with pytest.raises(BadInput) as refused:
        save(patient, practitioner, answers={"stroke": False, link_id: value})
    assert [error.field for error in refused.value.errors] == [f"answers.{link_id}"]
    assert not IntakeResponse.objects.exists()


def test_every_wrong_answer_is_named_at_once(patient: Patient, practitioner: User):
    with pytest.raises(BadInput) as refused:
        save(patient, practitioner, answers={"diabetes": "yes", "stroke": 2, "cancer": False})
    assert [error.field for error in refused.value.errors] == ["answers.diabetes", "answers.stroke"]


def test_two_hundred_kilobytes_are_refused(patient: Patient, practitioner: User):
    with pytest.raises(BadInput):
        save(patient, practitioner, answers={"medicine_names": "x" * 200_000})


def test_no_answers_at_all_are_refused(patient: Patient, practitioner: User):
    with pytest.raises(BadInput):
        save(patient, practitioner, answers={})


def test_none_and_unknown_are_answers_and_kept_as_given(patient: Patient, practitioner: User):
    save(patient, practitioner, answers={"aspirin_last_dose": None, "diabetes": "unknown"})
    assert {key: given.value for key, given in newest_answers(patient).items()} == {
        "aspirin_last_dose": None,
        "diabetes": "unknown",
    }


def test_today_is_not_the_future(patient: Patient, practitioner: User):
    save(patient, practitioner, answers={"aspirin_last_dose": TODAY.isoformat()})
    assert newest_answers(patient)["aspirin_last_dose"].value == "2026-05-05"


# --- saving and coming back ----------------------------------------------------------------------------------------


def test_a_draft_counts_for_nothing_until_it_is_handed_in(patient: Patient):
    save(patient, patient.user, answers={"diabetes": True}, complete=False)
    assert newest_answers(patient) == {}
    assert not Screening.objects.exists()


def test_a_draft_is_continued_and_handed_in_as_one(patient: Patient):
    first = save(patient, patient.user, answers={"stroke": False}, complete=False)
    second = save(patient, patient.user, answers={"cancer": False}, complete=False, version=first.version)
    done = save(patient, patient.user, answers={"leukaemia": False}, version=second.version)
    assert first.pk == second.pk == done.pk
    assert (done.status, done.answers) == ("completed", {"stroke": False, "cancer": False, "leukaemia": False})


def test_two_people_typing_at_once_do_not_overwrite_each_other(patient: Patient, practitioner: User):
    begun = save(patient, patient.user, answers={"stroke": False}, complete=False)
    save(patient, practitioner, answers={"cancer": False}, complete=False, version=begun.version)
    with pytest.raises(Stale):
        save(patient, patient.user, answers={"cancer": True}, complete=False, version=begun.version)
    assert IntakeResponse.objects.get().answers == {"stroke": False, "cancer": False}


def test_the_newest_answer_counts_and_the_older_ones_stay(patient: Patient):
    save(patient, patient.user, answers={"pregnant": True}, now=NOW - timedelta(days=300))
    save(patient, patient.user, answers={"pregnant": False})
    assert newest_answers(patient)["pregnant"].value is False
    assert [given.value for given in history_of(patient, "pregnant")] == [False, True]


# --- who may answer what -------------------------------------------------------------------------------------------


def test_only_a_prescriber_classes_an_illness(patient: Patient, colleague: User, practitioner: User):
    answers = {
        "systemic_illness_class": "compatible",
        "systemic_illness_name": "Hashimoto",
        "systemic_illness_reason": "Stable for years.",
    }
    with pytest.raises(Forbidden):
        save(patient, colleague, answers=answers)
    save(patient, practitioner, answers=answers)


@pytest.mark.parametrize("again", [False, "unknown", None])
def test_an_absolute_answer_is_never_lifted_by_answering_again(patient: Patient, practitioner: User, again: Any):
    """D10, D14: also not by a prescriber filling the form in anew, and not through a draft."""
    take_intake(patient, by=patient.user, now=NOW - timedelta(days=1), diabetes=True)
    for complete in (True, False):
        with pytest.raises(BadInput) as refused:
            save(patient, practitioner, answers={"diabetes": again}, complete=complete)
        assert [error.code for error in refused.value.errors] == ["needs_correction"]
    assert evaluate(patient, TODAY).status == "contraindicated"


def test_what_ends_by_itself_may_be_answered_again(patient: Patient):
    """D11: pregnancy blocks while it lasts."""
    take_intake(patient, by=patient.user, now=NOW - timedelta(days=200), pregnant=True)
    take_intake(patient, by=patient.user, now=NOW)
    assert evaluate(patient, TODAY).status == "eligible"


# --- corrections (D14) ---------------------------------------------------------------------------------------------


def test_a_prescriber_corrects_an_answer_and_original_reason_and_signer_stay(patient: Patient, practitioner: User):
    original = take_intake(patient, by=patient.user, now=NOW - timedelta(days=1), diabetes=True)
    amend_answers(
        patient=patient,
        answers={"diabetes": False},
        amends=original,
        reason="Gestational, years ago",
        by=practitioner,
        now=NOW,
    )
    assert evaluate(patient, TODAY).status == "eligible"
    now_given, before = history_of(patient, "diabetes")
    assert (now_given.value, now_given.by, now_given.response.reason, now_given.amended) == (
        False,
        practitioner,
        "Gestational, years ago",
        True,
    )
    assert (before.value, before.by) == (True, patient.user)


def correct(patient: Patient, original: IntakeResponse, by: User, **rest: Any) -> IntakeResponse:
    given = {"answers": {"diabetes": False}, "reason": "A slip"}
    return amend_answers(**({"patient": patient, "amends": original, "by": by, "now": NOW} | given | rest))


def test_nobody_else_corrects_an_answer(patient: Patient, colleague: User, desk: User):
    original = take_intake(patient, by=patient.user, now=NOW, diabetes=True)
    for somebody in (patient.user, colleague, desk):
        with pytest.raises(Forbidden):
            correct(patient, original, somebody)
    assert IntakeResponse.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"reason": "  "}, {"answers": {"diabetes": "no"}}, {"answers": {"cancer": 3}}])
def test_a_correction_needs_a_reason_and_a_possible_answer(patient: Patient, practitioner: User, wrong: dict[str, Any]):
    original = take_intake(patient, by=patient.user, now=NOW, diabetes=True)
    with pytest.raises(BadInput):
        correct(patient, original, practitioner, **wrong)
    assert IntakeResponse.objects.count() == 1


def test_a_correction_names_an_answer_that_was_given(patient: Patient, other_patient: Patient, practitioner: User):
    original = save(patient, patient.user, answers={"stroke": False})
    with pytest.raises(BadInput):
        correct(patient, original, practitioner)
    with pytest.raises(BadInput):
        correct(other_patient, original, practitioner, answers={"stroke": True})


# --- unlikely pairs (D16) and the day itself -----------------------------------------------------------------------


def test_an_unlikely_pair_is_saved_and_asked_again(patient: Patient, practitioner: User):
    patient.sex = "male"
    patient.save()
    take_intake(patient, by=practitioner, now=NOW, pregnant=True)
    verdict = evaluate(patient, TODAY)
    assert [each.code for each in asked_again(verdict)] == ["male-pregnant"]


def test_a_cough_concerns_its_own_day_only(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW)
    check_same_day(patient, by=practitioner, now=NOW, cough=True)
    today, later = evaluate(patient, TODAY, "same_day"), evaluate(patient, TODAY + timedelta(days=1))
    assert (today.status, today.until) == ("deferred", TODAY + timedelta(days=1))
    assert later.status == "eligible"


def test_yesterdays_check_does_not_answer_todays_questions(patient: Patient, practitioner: User):
    take_intake(patient, by=practitioner, now=NOW)
    check_same_day(patient, by=practitioner, now=NOW - timedelta(days=1))
    assert evaluate(patient, TODAY, "same_day").status == "incomplete"
    check_same_day(patient, by=practitioner, now=NOW)
    assert evaluate(patient, TODAY, "same_day").status == "eligible"
