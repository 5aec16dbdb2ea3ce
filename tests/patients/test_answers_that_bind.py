"""Answers that rule out, contradict each other or need a name: what the caller and the pages get for them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import User
from patients.models import IntakeResponse, Patient
from protocols.models import Combination, Indication, Policy, Substance, TreatmentArea
from tests.factories import NOW, FormulationFactory
from tests.steps import clear_answers, take_intake

Caller = Callable[[User | None], APIClient]
Browsers = Callable[[User | None], Client]
WEEKLY = {"floor": 1, "ideal": 1, "latest": 1, "unit": "week"}
QUERY = "area=abdomen&indication=cellulite"


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def at(patient: Patient, path: str) -> str:
    return f"/api/v1/patients/{patient.pk}/{path}"


def hand_in(api: APIClient, patient: Patient, answers: dict[str, Any], **rest: Any) -> Any:
    return api.post(at(patient, "intake/"), {"occasion": "plan", "answers": answers, **rest})


def verdict(api: APIClient, patient: Patient, query: str = QUERY) -> tuple[str, set[str]]:
    shown = api.get(at(patient, f"eligibility/?{query}")).json()
    return shown["verdict"], {finding["code"] for finding in shown["findings"]}


def born(patient: Patient, day: date, sex: str) -> None:
    patient.birth_date, patient.sex = day, sex
    patient.save()


# --- pregnancy is asked of everybody from 18 to 60 (D43) --------------------------------------------------------------


def test_d43_somebody_recorded_as_male_who_is_pregnant_is_ruled_out(
    patient: Patient, practitioner: User, api_of: Caller
):
    born(patient, date(1965, 5, 6), "male")
    take_intake(patient, by=practitioner, now=NOW, pregnant=True)
    status, codes = verdict(api_of(practitioner), patient)
    assert (status, "pregnancy" in codes) == ("contraindicated", True)


@pytest.mark.parametrize(("day", "asked"), [(date(1965, 5, 6), True), (date(1965, 5, 5), False)])
def test_d43_it_is_asked_at_60_and_no_longer_at_61(
    patient: Patient, practitioner: User, api_of: Caller, day: date, asked: bool
):
    born(patient, day, "male")
    answers = {name: value for name, value in clear_answers().items() if name not in ("pregnant", "breastfeeding")}
    hand_in(api_of(patient.user), patient, answers)
    assert verdict(api_of(practitioner), patient)[0] == ("incomplete" if asked else "eligible")


@pytest.mark.parametrize("answer", [None, "not_applicable"])
def test_d43_does_not_apply_to_me_is_an_answer(
    patient: Patient, practitioner: User, api_of: Caller, answer: str | None
):
    born(patient, date(1990, 1, 1), "male")
    take_intake(patient, by=practitioner, now=NOW, pregnant=answer, breastfeeding=answer)
    assert verdict(api_of(practitioner), patient)[0] == "eligible"
    assert IntakeResponse.objects.get().answers["pregnant"] is None


def test_d43_the_page_offers_does_not_apply_whatever_sex_is_recorded(patient: Patient, browser_of: Browsers):
    born(patient, date(1990, 1, 1), "male")
    page, browser = reverse("portal:intake_topic", args=["pregnancy"]), browser_of(patient.user)
    assert "Does not apply to me" in browser.get(page).content.decode()
    assert browser.post(page, {"q-pregnant": "none", "q-breastfeeding": "none"}).status_code == 302
    assert IntakeResponse.objects.get().answers == {"pregnant": None, "breastfeeding": None}
    assert 'value="none"' in browser.get(page).content.decode()


def test_not_applicable_is_no_answer_to_another_question(patient: Patient, practitioner: User, api_of: Caller):
    refused = hand_in(api_of(practitioner), patient, {"diabetes": "not_applicable"})
    assert refused.status_code == 400


# --- an illness is classed by name and with a reason, oedema is reviewed (D47) ----------------------------------------


@pytest.mark.parametrize(
    ("beside", "missing"),
    [
        ({}, {"answers.systemic_illness_name", "answers.systemic_illness_reason"}),
        ({"systemic_illness_name": "Hashimoto"}, {"answers.systemic_illness_reason"}),
        ({"systemic_illness_name": " ", "systemic_illness_reason": "Stable."}, {"answers.systemic_illness_name"}),
        ({"systemic_illness_name": "unknown", "systemic_illness_reason": "Stable."}, {"answers.systemic_illness_name"}),
    ],
)
def test_d47_a_class_without_name_or_reason_is_400(
    patient: Patient, practitioner: User, api_of: Caller, beside: dict[str, str], missing: set[str]
):
    take_intake(patient, by=practitioner, now=NOW, systemic_illness=True)
    refused = hand_in(api_of(practitioner), patient, {"systemic_illness_class": "compatible"} | beside)
    assert refused.status_code == 400
    assert {error["field"] for error in refused.json()["errors"]} == missing
    assert verdict(api_of(practitioner), patient)[0] == "contraindicated"


def test_d47_a_class_with_name_and_reason_serves(patient: Patient, practitioner: User, api_of: Caller):
    take_intake(patient, by=practitioner, now=NOW, systemic_illness=True)
    named = {"systemic_illness_name": "Hashimoto", "systemic_illness_reason": "Stable for years."}
    assert hand_in(api_of(practitioner), patient, {"systemic_illness_class": "compatible"} | named).status_code == 201
    assert verdict(api_of(practitioner), patient)[0] == "eligible"


def test_d47_oedema_is_a_finding_of_its_own_without_silicon(patient: Patient, practitioner: User, api_of: Caller):
    take_intake(patient, by=practitioner, now=NOW, oedema=True)
    assert verdict(api_of(practitioner), patient) == ("needs_review", {"oedema"})


# --- what does not belong together is no plan (D47) -------------------------------------------------------------------


def course_of(patient: Patient, by: User, area: str, indication: str, **mix: str) -> dict[str, Any]:
    return {
        "patient": str(patient.pk),
        "protocol": "P04",
        "areas": [area],
        "indication": indication,
        "formulation": str(FormulationFactory(substances=mix or {"vitamins": "1.0"}).pk),
        "counts": {"1": 3, "2": 2},
        "intervals": {"1": WEEKLY, "2": WEEKLY},
        "start_on": "2026-05-05",
        "location": str(by.staff.location_id),
        "practitioner": str(by.staff.practitioner.pk),
    }


@pytest.mark.parametrize(
    ("area", "indication", "mix"),
    [
        ("abdomen", "cellulite", {"finasteride": "1.0"}),
        ("scalp", "arthrosis", {}),
        ("buttock", "headache", {}),
        ("face", "stretch_marks", {}),
        ("hand", "cellulite", {}),
    ],
)
def test_d47_a_plan_of_things_that_do_not_belong_together_is_refused(
    patient: Patient, practitioner: User, api_of: Caller, area: str, indication: str, mix: dict[str, str]
):
    take_intake(patient, by=practitioner, now=NOW)
    api, body = api_of(practitioner), course_of(patient, practitioner, area, indication, **mix)
    query = f"area={area}&indication={indication}&formulation={body['formulation']}"
    status, codes = verdict(api, patient, query)
    assert (status, "does-not-belong" in codes) == ("contraindicated", True)
    assert api.post("/api/v1/courses/", body).status_code == 422


def test_d47_a_combination_that_a_director_added_is_accepted_with_its_reason(
    patient: Patient, practitioner: User, director: User, api_of: Caller
):
    take_intake(patient, by=practitioner, now=NOW)
    given = {"indication": "headache", "area": "buttock", "reason": "Referred pain, our pain specialist treats it so."}
    assert api_of(practitioner).post("/api/v1/combinations/", given).status_code == 403
    added = api_of(director).post("/api/v1/combinations/", given)
    assert (added.status_code, added.json()["reason"]) == (201, given["reason"])
    assert "does-not-belong" not in verdict(api_of(practitioner), patient, "area=buttock&indication=headache")[1]
    assert api_of(director).post("/api/v1/combinations/", given).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"area": "breast"}, "area"),
        ({"substance": "minoxidil"}, "indication"),
        ({"indication": None}, "indication"),
        ({"area": "moon"}, "area"),
    ],
)
def test_d47_the_breast_is_never_added_and_a_reason_is_needed(
    patient: Patient, director: User, api_of: Caller, change: dict[str, Any], field: str
):
    given = {"indication": "headache", "area": "buttock", "reason": "Ours."} | change
    refused = api_of(director).post("/api/v1/combinations/", given)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, [field])
    without = api_of(director).post(
        "/api/v1/combinations/", {"indication": "headache", "area": "buttock", "reason": " "}
    )
    assert (without.status_code, [error["field"] for error in without.json()["errors"]]) == (400, ["reason"])
    assert not Combination.objects.exists()


def test_d47_a_director_adds_one_on_the_page(director: User, browser_of: Browsers):
    page, browser = reverse("protocols:combinations"), browser_of(director)
    assert browser.post(page, {"substance": "minoxidil", "area": "breast", "reason": "No."}).status_code == 422
    answer = browser.post(page, {"substance": "minoxidil", "area": "face", "reason": "Beard."}, follow=True)
    assert "Minoxidil: Face" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"indication": None}, {"substance": "minoxidil"}], ids=["reason", "neither", "both"]
)
def test_a_combination_that_cannot_be_is_refused_by_the_database(director: User, wrong: dict[str, Any]):
    fields = {"reason": "Ours.", "indication": "headache"} | wrong
    with pytest.raises(IntegrityError):
        Combination.objects.create(
            indication=Indication.objects.filter(code=fields["indication"] or "").first(),
            substance=Substance.objects.filter(code=fields.get("substance", "")).first(),
            area=TreatmentArea.objects.get(code="buttock"),
            reason=fields["reason"],
            added_by=director,
            added_at=NOW,
        )


@pytest.mark.parametrize("kind", ["indication", "substance"])
def test_a_combination_is_added_once(director: User, kind: str):
    tables = {"indication": Indication.objects.get(code="headache"), "substance": Substance.objects.first()}
    row = {kind: tables[kind], "area": TreatmentArea.objects.get(code="buttock"), "reason": "x", "added_at": NOW}
    Combination.objects.create(added_by=director, **row)
    with pytest.raises(IntegrityError):
        Combination.objects.create(added_by=director, **row)


# --- answers that contradict each other are asked again, and one correction clears both (D16) -------------------------


def amended(api: APIClient, patient: Patient, answers: dict[str, Any]) -> Any:
    first = IntakeResponse.objects.filter(amends=None).latest("pk")
    return hand_in(api, patient, answers, amends=str(first.pk), reason="Gestational, years ago.")


@pytest.mark.parametrize(
    ("ground", "follow", "value", "rule"),
    [
        ("diabetes", "insulin", True, "insulin-without-diabetes"),
        ("heart_disease", "heart_disease_severe", True, "severe-without-heart-disease"),
        ("takes_medicines", "medicine_names", "warfarin", "medicines-denied"),
    ],
)
def test_d16_a_ground_corrected_to_no_asks_again_and_the_next_correction_clears_both(
    patient: Patient, practitioner: User, api_of: Caller, ground: str, follow: str, value: Any, rule: str
):
    take_intake(patient, by=patient.user, now=NOW, **{ground: True, follow: value})
    api = api_of(practitioner)
    assert verdict(api, patient)[0] == "contraindicated"
    asked = amended(api, patient, {ground: False})
    assert [each["code"] for each in asked.json()["warnings"]] == [rule]
    assert verdict(api, patient) == ("incomplete", {rule})
    nothing = False if value is True else None
    assert amended(api, patient, {follow: nothing}).status_code == 201
    assert verdict(api, patient) == ("eligible", set())


def test_d16_one_correction_on_one_page_clears_both(
    patient: Patient, practitioner: User, api_of: Caller, browser_of: Browsers
):
    take_intake(patient, by=patient.user, now=NOW, diabetes=True, insulin=True)
    page, browser = reverse("patients:amend", args=[patient.pk, "diabetes"]), browser_of(practitioner)
    assert "Do you use insulin?" in browser.get(page).content.decode()
    sent = {"q-diabetes": "no", "q-insulin": "no", "reason": "Gestational, years ago."}
    assert browser.post(page, sent).status_code == 302
    assert verdict(api_of(practitioner), patient) == ("eligible", set())
    assert IntakeResponse.objects.exclude(amends=None).count() == 1


# --- readings that loosened D10 are read strictly (D56) ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "answers"),
    [
        ("diabetes_reading", "insulin_only", {"diabetes": True, "insulin": False}),
        ("heart_reading", "severe_only", {"heart_disease": True, "heart_disease_severe": False}),
    ],
)
def test_d56_a_loosening_chosen_before_is_read_strictly(
    patient: Patient,
    practitioner: User,
    director: User,
    api_of: Caller,
    code: str,
    value: str,
    answers: dict[str, bool],
):
    Policy.objects.create(code=code, value=value, reason="Before.", set_by=director, set_at=NOW)
    take_intake(patient, by=practitioner, now=NOW, **answers)
    assert verdict(api_of(practitioner), patient)[0] == "contraindicated"
