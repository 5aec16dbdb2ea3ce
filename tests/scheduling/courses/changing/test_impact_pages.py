"""Before another rule or choice is in force, the director sees which running courses it would judge differently."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Location, User
from patients.actions.decisions import decide_finding
from patients.models import Patient
from patients.queries.eligibility import evaluate
from protocols.actions.policies import choice
from protocols.actions.rules import addition, tightening, withdrawal
from protocols.eligibility import Status
from protocols.models import IntakeQuestion, Policy, ScreeningRule
from scheduling.access import courses_for
from scheduling.courses.changing.queries import impact as queries
from scheduling.courses.changing.queries.impact import Impact, impact_of
from scheduling.courses.queries.plans import plan_of
from scheduling.models import Course
from tests.factories import NOW, TODAY, FormulationFactory, PatientFactory
from tests.scheduling.course_steps import MIX, book_treatment, make_course
from tests.steps import take_intake

Browsers = Callable[[User | None], Client]

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def browser(director: User, browser_of: Browsers) -> Client:
    return browser_of(director)


@pytest.fixture
def course(patient: Patient, clinic: Location, director: User) -> Course:
    """An active course of somebody whose answers speak against nothing."""
    take_intake(patient, by=director, now=NOW - DAY)
    return make_course(patient, clinic, director, status="active")


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def changed(code: str, **parts: Any) -> Any:
    definition = {**ScreeningRule.objects.get(code=code, active_until=None).definition, **parts}
    return tightening(code=code, definition=definition)


def looked_at(change: Any, by: User, now: datetime = NOW) -> Impact:
    return impact_of(change, courses_for(by), now=now)


# --- what is computed -------------------------------------------------------------------------------------------------


def test_a_course_whose_verdict_stays_is_not_named(course: Course, director: User) -> None:
    found = looked_at(changed("cancer-past", effect="blocks"), director)
    assert (found.looked_at, list(found.affected)) == (1, [])


def test_a_course_is_named_with_its_verdict_before_and_after_and_why(
    course: Course, patient: Patient, director: User
) -> None:
    take_intake(patient, by=director, now=NOW, cancer_past=True)
    (each,) = looked_at(changed("cancer-past", effect="blocks"), director).affected
    assert (each.course, each.before.status, each.after.status) == (
        course,
        Status.NEEDS_REVIEW,
        Status.CONTRAINDICATED,
    )
    assert [finding.code for finding in each.comes] == ["cancer-past"]


def test_a_decision_made_under_the_old_rule_no_longer_counts(course: Course, patient: Patient, director: User) -> None:
    take_intake(patient, by=director, now=NOW, cancer_past=True)
    decide_finding(
        patient=patient,
        code="cancer-past",
        decision="approve",
        reason="Ten years ago.",
        plan=plan_of(course),
        by=director,
    )
    assert not looked_at(changed("cancer-past", message="Said in other words."), director).affected
    either = {"kind": "answer", "question": "cancer_past", "values": [True, "unknown"]}
    (each,) = looked_at(changed("cancer-past", when=either), director).affected
    assert (each.before.status, each.after.status) == (Status.ELIGIBLE, Status.NEEDS_REVIEW)


def test_a_new_question_leaves_every_running_course_without_an_answer(course: Course, director: User) -> None:
    asked = {"text": "Do you have a pacemaker?", "help": "", "topic": "heart_and_blood", "occasions": ["plan"]}
    change = addition(effect="blocks", message="No.", when={"kind": "always"}, question=asked)
    found = looked_at(change, director)
    (each,) = found.affected
    assert (each.before.status, each.after.status) == (Status.ELIGIBLE, Status.INCOMPLETE)
    assert found.worse_off == 1
    assert not IntakeQuestion.objects.filter(link_id="clinic_1").exists()


def test_a_choice_between_readings_is_looked_at_the_same_way(course: Course, patient: Patient, director: User) -> None:
    take_intake(patient, by=director, now=NOW, aspirin_last_dose=(TODAY - 14 * DAY).isoformat())
    (each,) = looked_at(choice(code="aspirin_reading", value="fourteen_free_days"), director).affected
    assert (each.before.status, each.after.status) == (Status.ELIGIBLE, Status.DEFERRED)
    assert "aspirin" in {finding.code for finding in each.comes}


def test_a_setting_no_rule_reads_changes_no_verdict(course: Course, director: User) -> None:
    assert looked_at(choice(code="sun_hours", value=72), director) == Impact(1, [])


def test_each_course_is_judged_on_the_day_of_its_next_visit(course: Course, patient: Patient, director: User) -> None:
    book_treatment(course, TODAY + 20 * DAY, 10)
    take_intake(patient, by=director, now=NOW, aspirin_last_dose=TODAY.isoformat())
    wait = {"kind": "washout", "question": "aspirin_last_dose", "days": 30}
    (each,) = looked_at(changed("aspirin", when=wait), director).affected
    assert each.on == date(2026, 5, 25)
    assert (each.before.status, each.after.status) == (Status.ELIGIBLE, Status.DEFERRED)


def test_a_course_without_a_visit_is_judged_on_the_day_it_is_to_start(
    course: Course, patient: Patient, director: User
) -> None:
    take_intake(patient, by=director, now=NOW, cancer_past=True)
    Course.objects.filter(pk=course.pk).update(start_on=TODAY + 9 * DAY)
    (each,) = looked_at(changed("cancer-past", effect="blocks"), director).affected
    assert each.on == TODAY + 9 * DAY


@pytest.mark.parametrize("status", ["completed", "revoked"])
def test_what_is_over_is_not_looked_at(course: Course, director: User, status: str) -> None:
    Course.objects.filter(pk=course.pk).update(status=status, status_reason="Over.")
    assert looked_at(changed("cancer-past", effect="blocks"), director).looked_at == 0


def test_the_verdict_is_the_one_the_patient_s_own_page_gives(course: Course, patient: Patient, director: User) -> None:
    take_intake(patient, by=director, now=NOW, cancer_past=True, sensitive_skin=True, allergens=["vitamins"])
    (each,) = looked_at(changed("cancer-past", effect="blocks"), director).affected
    assert each.before == evaluate(patient, each.on, plan=plan_of(course))


def test_many_courses_take_as_many_queries_as_one(
    course: Course, clinic: Location, director: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = changed("cancer-past", effect="blocks")

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            looked_at(change, director)
        return len(asked)

    count()  # reads the rules, which are kept until one changes
    one = count()
    for _ in range(6):
        patient = PatientFactory()
        take_intake(patient, by=director, now=NOW, cancer_past=True)
        make_course(patient, clinic, director, status="active", formulation=FormulationFactory(substances=MIX))
    assert count() == one
    monkeypatch.setattr(queries, "BATCH", 3)
    assert looked_at(change, director).looked_at == 7


def test_taking_back_is_looked_at_too(course: Course, patient: Patient, director: User, browser: Client) -> None:
    take_intake(patient, by=director, now=NOW, cancer_past=True)
    apply(browser, reverse("settings:rule_tighten", args=["cancer-past"]), effect="blocks")
    (each,) = looked_at(withdrawal(code="cancer-past"), director).affected
    assert (each.before.status, each.after.status) == (Status.CONTRAINDICATED, Status.NEEDS_REVIEW)


# --- in the browser ---------------------------------------------------------------------------------------------------


def typed(browser: Client, here: str, **changes: Any) -> dict[str, Any]:
    form = browser.get(here).context["form"]
    values = {name: form[name].value() for name in form.fields}
    values |= {"reason": "Caution."} | changes
    return {name: value for name, value in values.items() if value is not None}


def apply(browser: Client, here: str, **changes: Any) -> Any:
    return browser.post(here, typed(browser, here, **changes) | {"step": "apply"})


def preview(browser: Client, here: str, **changes: Any) -> Any:
    return browser.post(here, typed(browser, here, **changes) | {"step": "preview"})


def test_a_rule_is_tightened_after_a_look_at_its_effect(
    browser: Client, course: Course, patient: Patient, director: User
) -> None:
    take_intake(patient, by=director, now=NOW, cancer_past=True)
    here = reverse("settings:rule_tighten", args=["cancer-past"])
    seen = preview(browser, here, effect="blocks")
    assert "1 of 1 running courses would be judged differently." in text(seen)
    assert str(patient) in text(seen)
    assert ScreeningRule.objects.filter(code="cancer-past").count() == 1
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text(seen)))
    answer = browser.post(here, hidden | {"step": "apply"})
    assert answer.headers["Location"] == reverse("protocols:rule", args=["cancer-past"])
    row = ScreeningRule.objects.get(code="cancer-past", active_until=None)
    assert (row.effect, row.reason, row.published_by) == ("blocks", "Caution.", director)


def test_going_back_from_the_preview_keeps_what_was_typed(browser: Client, course: Course) -> None:
    here = reverse("settings:rule_tighten", args=["aspirin"])
    again = browser.post(here, typed(browser, here, **{"figure-days": 21}) | {"step": "edit"})
    assert again.status_code == 200
    assert again.context["form"]["figure-days"].value() == "21"
    assert ScreeningRule.objects.filter(code="aspirin").count() == 1


@pytest.mark.parametrize("step", ["preview", "apply"])
def test_a_loosening_is_refused_at_the_number(browser: Client, course: Course, step: str) -> None:
    here = reverse("settings:rule_tighten", args=["aspirin"])
    answer = browser.post(here, typed(browser, here, **{"figure-days": 13}) | {"step": step})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["figure-days"])
    assert "would loosen the rule" in text(answer)
    assert ScreeningRule.objects.filter(code="aspirin").count() == 1


def test_only_effects_as_strict_or_stricter_are_offered(browser: Client, director: User) -> None:
    def offered(code: str) -> list[str]:
        form = browser.get(reverse("settings:rule_tighten", args=[code])).context["form"]
        return [code for code, _word in form.fields["effect"].choices]

    assert offered("leukaemia") == ["blocks"]
    assert offered("cancer-past") == ["blocks", "excluded_option", "deferred", "review"]
    assert offered("birth-date-missing") == ["blocks", "excluded_option", "incomplete"]


def test_another_answer_may_count_as_well(browser: Client, course: Course) -> None:
    assert (
        apply(browser, reverse("settings:rule_tighten", args=["cough"]), grounds=["health_changed"]).status_code == 302
    )
    when = ScreeningRule.objects.get(code="cough", active_until=None).definition["when"]
    assert [part["question"] for part in when["of"]] == ["cough", "health_changed"]


def test_a_question_may_be_asked_on_the_day_too(browser: Client, course: Course) -> None:
    here = reverse("settings:rule_tighten", args=["cancer-past"])
    assert "Asked again on the day of every visit" in text(preview(browser, here, daily=["cancer_past"]))
    assert apply(browser, here, daily=["cancer_past"]).status_code == 302
    assert IntakeQuestion.objects.get(link_id="cancer_past").occasions == ["plan", "same_day"]


def test_a_rule_changed_by_a_colleague_meanwhile_is_not_changed_unseen(browser: Client, course: Course) -> None:
    here = reverse("settings:rule_tighten", args=["aspirin"])
    mine = typed(browser, here, **{"figure-days": 21}) | {"step": "apply"}
    apply(browser, here, **{"figure-days": 30})
    assert browser.post(here, mine).status_code == 412


def new_rule(**changes: Any) -> dict[str, Any]:
    return {
        "ground": "new",
        "text": "Do you have a pacemaker?",
        "topic": "heart_and_blood",
        "occasions": "plan,same_day",
        "effect": "blocks",
        "message": "No treatment with a pacemaker.",
        "reason": "Safer.",
        **changes,
    }


def test_a_rule_with_a_new_question_is_added_after_a_look(browser: Client, course: Course) -> None:
    here = reverse("settings:rule_new")
    seen = browser.post(here, new_rule(step="preview"))
    assert "Answers are missing" in text(seen)
    assert "“Do you have a pacemaker?” is answered with yes" in text(seen)
    answer = browser.post(here, new_rule(step="apply"))
    assert answer.headers["Location"] == reverse("protocols:rules")
    assert IntakeQuestion.objects.get(link_id="clinic_1").occasions == ["plan", "same_day"]
    assert ScreeningRule.objects.get(code="clinic-1").effect == "blocks"


@pytest.mark.parametrize(
    ("changes", "when"),
    [
        (
            {"ground": "asked", "question": "insulin"},
            {"kind": "answer", "question": "insulin", "values": [True]},
        ),
        ({"ground": "plan", "areas": ["eye_area"]}, {"kind": "planned", "areas": ["eye_area"]}),
    ],
)
def test_a_rule_needs_no_new_question(browser: Client, course: Course, changes: dict[str, Any], when: Any) -> None:
    assert browser.post(reverse("settings:rule_new"), new_rule(step="apply", **changes)).status_code == 302
    assert ScreeningRule.objects.get(code="clinic-1").definition["when"] == when
    assert not IntakeQuestion.objects.filter(origin="clinic").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"ground": "asked"}, "question"),
        ({"ground": "asked", "question": "no_such_question"}, "question"),
        ({"ground": "plan"}, "fields"),
        ({"effect": "incomplete"}, "effect"),
        ({"message": ""}, "message"),
        ({"message": "50 % of patients"}, "message"),
        ({"reason": " "}, "reason"),
        ({"topic": "astrology"}, "topic"),
        ({"areas": ["the_moon"]}, "areas"),
        ({"text": "x" * 301}, "text"),
    ],
)
def test_what_is_missing_or_odd_is_named_at_its_field(
    browser: Client, course: Course, changes: dict[str, Any], field: str
) -> None:
    answer = browser.post(reverse("settings:rule_new"), new_rule(step="apply", **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not ScreeningRule.objects.filter(origin="clinic").exists()


def test_the_clinic_s_own_rule_is_taken_back_after_a_look(browser: Client, course: Course) -> None:
    browser.post(reverse("settings:rule_new"), new_rule(step="apply"))
    here = reverse("settings:rule_withdraw", args=["clinic-1"])
    assert "May be treated" in text(preview(browser, here))
    assert apply(browser, here).status_code == 302
    assert not ScreeningRule.objects.filter(code="clinic-1", active_until=None).exists()


def test_a_rule_of_the_catalogue_cannot_be_taken_back(browser: Client) -> None:
    assert browser.get(reverse("settings:rule_withdraw", args=["leukaemia"])).status_code == 404
    assert browser.get(reverse("settings:rule_tighten", args=["no-such-rule"])).status_code == 404


def test_a_reading_is_chosen_after_a_look(browser: Client, course: Course, patient: Patient, director: User) -> None:
    take_intake(patient, by=director, now=NOW, aspirin_last_dose=(TODAY - 14 * DAY).isoformat())
    here = reverse("settings:policy", args=["aspirin_reading"])
    assert "1 of 1 running courses" in text(preview(browser, here, value="fourteen_free_days"))
    assert not Policy.objects.exists()
    answer = apply(browser, here, value="fourteen_free_days")
    assert answer.headers["Location"] == reverse("protocols:policies") + "#aspirin_reading"
    row = Policy.objects.get()
    assert (row.value, row.reason, row.set_by, row.set_at) == ("fourteen_free_days", "Caution.", director, NOW)


@pytest.mark.parametrize(("code", "value"), [("diabetes_reading", "insulin_only"), ("heart_reading", "severe_only")])
def test_d56_a_choice_that_loosens_d10_is_refused_at_its_field(
    browser: Client, course: Course, code: str, value: str
) -> None:
    answer = apply(browser, reverse("settings:policy", args=[code]), value=value)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["value"])
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("code", "value", "kept"),
    [
        ("sun_hours", "72", 72),
        ("test_positive_criteria", "A wheal of 3 mm.", "A wheal of 3 mm."),
        ("therapy_fields", ["aesthetic", "pain"], ["aesthetic", "pain"]),
        ("chair_minutes", "45", 45),
    ],
)
def test_every_kind_of_setting_has_its_form(browser: Client, course: Course, code: str, value: Any, kept: Any) -> None:
    here = reverse("settings:policy", args=[code])
    assert "No verdict changes; 1 running course was looked at." in text(preview(browser, here, value=value))
    assert apply(browser, here, value=value).status_code == 302
    assert Policy.objects.get(code=code).value == kept


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("sun_hours", ""),
        ("sun_hours", "-1"),
        ("chair_minutes", "19"),
        ("diabetes_reading", "none"),
        ("therapy_fields", []),
    ],
)
def test_a_value_that_cannot_be_is_named_at_its_field(browser: Client, clinic: Location, code: str, value: Any) -> None:
    answer = preview(browser, reverse("settings:policy", args=[code]), value=value)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["value"])


@pytest.mark.parametrize("code", ["antisepsis_protocol", "observation_after_test_minutes", "no_such_setting"])
def test_what_is_not_set_here_has_no_form(browser: Client, clinic: Location, code: str) -> None:
    assert browser.get(reverse("settings:policy", args=[code])).status_code == 404
