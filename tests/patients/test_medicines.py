"""Medicines and allergies by name, over HTTP and on the pages: what a name does, and what a later one undoes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import User
from patients.models import FindingDecision, IntakeResponse, Patient
from protocols.models import Formulation
from tests.factories import NOW, FormulationFactory
from tests.steps import take_intake

Caller = Callable[[User | None], APIClient]
Browsers = Callable[[User | None], Client]
PLAN = {"areas": ["abdomen"], "indication": "cellulite"}
QUERY = "area=abdomen&indication=cellulite"


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def at(patient: Patient, path: str) -> str:
    return f"/api/v1/patients/{patient.pk}/{path}"


def answer(api: APIClient, patient: Patient, **answers: Any) -> Any:
    return api.post(at(patient, "intake/"), {"occasion": "plan", "answers": answers})


def verdict(api: APIClient, patient: Patient, query: str = QUERY) -> tuple[str, dict[str, Any]]:
    shown = api.get(at(patient, f"eligibility/?{query}")).json()
    return shown["verdict"], {finding["code"]: finding for finding in shown["findings"]}


def approve_everything(api: APIClient, patient: Patient) -> None:
    for code, finding in verdict(api, patient)[1].items():
        if finding["decision"] is None:
            body = {"decision": "approve", "reason": "Read."} | PLAN
            assert api.post(at(patient, f"findings/{code}/decisions/"), body).status_code == 201


# --- a sign-off binds the words that were read ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "words", "first", "then"),
    [
        ("takes_medicines", "medicine_names", "vitamin D", "vitamin D, magnesium since last week"),
        ("takes_medicines", "medicine_names", "Xyzzolin", "Xyzzolin, Qwertol"),
        ("drug_allergy", "drug_allergy_names", "penicillin", "lidocaine: collapse"),
        ("other_allergy", "other_allergy_names", "pollen", "pollen and latex"),
        ("health_concern", "health_concern_details", "tired", "mini-stroke last month"),
    ],
)
def test_d34_other_words_by_the_patient_make_the_approval_fall(
    patient: Patient, practitioner: User, api_of: Caller, ground: str, words: str, first: str, then: str
):
    take_intake(patient, by=patient.user, now=NOW, **{ground: True, words: first})
    staff = api_of(practitioner)
    approve_everything(staff, patient)
    assert verdict(staff, patient)[0] == "eligible"
    assert answer(api_of(patient.user), patient, **{words: then}).status_code == 201
    status, findings = verdict(staff, patient)
    assert status == "needs_review"
    assert "approve" in {finding["fallen"] for finding in findings.values()}


def test_d34_an_anticoagulant_added_later_rules_out_and_the_approval_is_shown_as_fallen(
    patient: Patient, practitioner: User, api_of: Caller, browser_of: Browsers
):
    take_intake(patient, by=patient.user, now=NOW, takes_medicines=True, medicine_names="vitamin D")
    staff = api_of(practitioner)
    approve_everything(staff, patient)
    answer(api_of(patient.user), patient, medicine_names="vitamin D, Eliquis since last week")
    status, findings = verdict(staff, patient)
    assert status == "contraindicated"
    assert findings["blood-thinners"]["effect"] == "blocks"
    assert (findings["medicines-declared"]["decision"], findings["medicines-declared"]["fallen"]) == (None, "approve")
    page = (
        browser_of(practitioner).get(reverse("patients:eligibility", args=[patient.pk]) + f"?{QUERY}").content.decode()
    )
    assert "that decision has fallen" in page


def test_d34_an_approval_falls_when_the_plan_gains_an_indication_and_stands_for_a_subset(
    patient: Patient, practitioner: User, api_of: Caller
):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    staff = api_of(practitioner)
    body = {"decision": "approve", "reason": "Seen.", "areas": ["abdomen", "hip"], "indication": "cellulite"}
    assert staff.post(at(patient, "findings/herpes-past/decisions/"), body).status_code == 201
    assert verdict(staff, patient, "area=hip&indication=cellulite")[0] == "eligible"
    status, findings = verdict(staff, patient, "area=hip&indication=skin_laxity")
    assert (status, findings["herpes-past"]["fallen"]) == ("needs_review", "approve")


def test_d34_a_lower_dose_keeps_the_approval_and_a_higher_one_does_not(
    patient: Patient, practitioner: User, api_of: Caller
):
    low, decided, high = (
        FormulationFactory(name=amount, substances={"vitamins": amount}) for amount in ("1.0", "2.0", "2.5")
    )
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    staff = api_of(practitioner)
    body = {"decision": "approve", "reason": "Seen.", "formulation": str(decided.pk)} | PLAN
    assert staff.post(at(patient, "findings/herpes-past/decisions/"), body).status_code == 201

    def status_with(mix: Formulation) -> str:
        return verdict(staff, patient, f"{QUERY}&formulation={mix.pk}")[0]

    assert [status_with(mix) for mix in (low, decided, high)] == ["eligible", "eligible", "needs_review"]


def test_d34_the_page_of_a_decision_shows_the_words_in_full_and_names_the_plan(
    patient: Patient, practitioner: User, browser_of: Browsers
):
    take_intake(
        patient, by=practitioner, now=NOW, drug_allergy=True, drug_allergy_names="penicillin, and lidocaine: collapse"
    )
    page = reverse("patients:decide", args=[patient.pk, "drug-allergy"])
    shown = browser_of(practitioner).get(f"{page}?{QUERY}").content.decode()
    assert "penicillin, and lidocaine: collapse" in shown
    assert "Abdomen" in shown
    assert "Cellulite" in shown
    blank = browser_of(practitioner).post(f"{page}?{QUERY}", {})
    assert list(blank.context["rows"][0]["form"].errors) == ["decision", "reason"]
    unnamed = browser_of(practitioner).get(f"{page}?on=2026-05-05").content.decode()
    assert "a decision is for a named plan" in unnamed
    assert "Sign the decision" not in unnamed
    sent = browser_of(practitioner).post(f"{page}?on=2026-05-05", {"decision": "approve", "reason": "Seen."})
    assert sent.status_code == 200
    assert not FindingDecision.objects.exists()


def test_d34_everything_open_is_decided_on_one_page_and_the_reader_comes_back(
    patient: Patient, practitioner: User, browser_of: Browsers, api_of: Caller
):
    take_intake(
        patient,
        by=practitioner,
        now=NOW,
        herpes_past=True,
        cancer_past=True,
        takes_medicines=True,
        medicine_names="Qwe",
    )
    browser, here = browser_of(practitioner), reverse("patients:decide_all", args=[patient.pk])
    back = reverse("patients:detail", args=[patient.pk])
    assert (
        "4 findings: your decision"
        in browser.get(reverse("patients:eligibility", args=[patient.pk]) + f"?{QUERY}").content.decode()
    )
    codes = ["herpes-past", "cancer-past", "medicine-unknown", "medicines-declared"]
    sent = {f"{code}-decision": "approve" for code in codes} | {f"{code}-reason": "Seen." for code in codes[:3]}
    halved = browser.post(f"{here}?{QUERY}&next={back}", sent)
    assert halved.status_code == 200
    assert not FindingDecision.objects.exists(), "a reason was missing, so nothing was signed"
    answer = browser.post(f"{here}?{QUERY}&next={back}", sent | {f"{codes[3]}-reason": "Seen."})
    assert (answer.status_code, answer.headers["Location"]) == (302, back)
    assert verdict(api_of(practitioner), patient)[0] == "eligible"
    assert "There is nothing to decide." in browser.get(f"{here}?{QUERY}").content.decode()


# --- a name has its class --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("warfarin", "blood-thinners"),
        ("Coumadin 5mg", "blood-thinners"),
        ("enoxaparin", "blood-thinners"),
        ("amiodarone", "heart-rhythm-medicine"),
        ("insulina glargine", "diabetes-insulin"),
        ("cardioaspirina", "blood-thinners"),
        ("Taxol in 2009", "chemotherapy"),
        ("metformin for diabetes", "diabetes"),
        ("aspirin, my cardiologist wants it", "blood-thinners"),
    ],
)
@pytest.mark.parametrize("as_rows", [False, True])
def test_d35_a_typed_name_gives_its_class_s_finding(
    patient: Patient, practitioner: User, api_of: Caller, typed: str, code: str, as_rows: bool
):
    names = [{"name": typed}] if as_rows else typed
    take_intake(patient, by=practitioner, now=NOW, takes_medicines=True, medicine_names=names)
    status, findings = verdict(api_of(practitioner), patient)
    assert status == "contraindicated"
    assert findings[code]["effect"] == "blocks"


@pytest.mark.parametrize(
    ("names", "status", "code"),
    [
        ("Wegovy", "needs_review", "medicine-what-for"),
        ([{"name": "Wegovy", "purpose": "to lose weight"}], "needs_review", "medicine-what-for"),
        ([{"name": "Wegovy", "purpose": "type 2 diabetes"}], "contraindicated", "diabetes"),
        ("inulin", "needs_review", "medicine-did-you-mean"),
        ("Xyzzolin", "needs_review", "medicine-unknown"),
        ([{"name": "Warfarin", "ended": True}], "needs_review", "medicine-ended"),
        ([{"name": "Taxol", "ended": True}], "contraindicated", "chemotherapy"),
        ("aspirin", "incomplete", "aspirin-undated"),
        ([{"name": "Alka-Seltzer", "purpose": "hangover", "last_taken": "2026-05-01"}], "deferred", "aspirin-listed"),
    ],
)
def test_d35_what_is_unclear_goes_to_a_prescriber(
    patient: Patient, practitioner: User, api_of: Caller, names: Any, status: str, code: str
):
    take_intake(patient, by=practitioner, now=NOW, takes_medicines=True, medicine_names=names)
    found, findings = verdict(api_of(practitioner), patient)
    assert (found, code in findings) == (status, True)
    assert "contraindicated" not in found or any(each["effect"] == "blocks" for each in findings.values())


def test_d35_nearly_a_name_is_a_warning_in_the_answer_of_the_call(patient: Patient, practitioner: User, api_of: Caller):
    handed_in = answer(api_of(practitioner), patient, takes_medicines=True, medicine_names="inulin")
    assert [(each["code"], "insulin?" in each["message"]) for each in handed_in.json()["warnings"]] == [
        ("medicine-did-you-mean", True)
    ]


def test_d35_the_patient_cannot_take_a_blood_thinner_off_the_list_again(
    patient: Patient, practitioner: User, api_of: Caller
):
    take_intake(patient, by=patient.user, now=NOW, takes_medicines=True, medicine_names="warfarin")
    for again in ({"medicine_names": "vitamin D"}, {"takes_medicines": False}):
        refused = answer(api_of(patient.user), patient, **again)
        assert refused.status_code == 422
        assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [
            (f"answers.{next(iter(again))}", "needs_correction")
        ]
    assert verdict(api_of(practitioner), patient)[0] == "contraindicated"


def test_d35_an_allergy_named_in_words_puts_out_the_mix_that_holds_it(
    patient: Patient, practitioner: User, api_of: Caller
):
    mix = FormulationFactory(substances={"vitamins": "1.0", "anaesthetic_cream": "1.0"})
    said = {"drug_allergy": True, "drug_allergy_names": [{"name": "Lidocaína", "reaction": "collapse"}]}
    take_intake(patient, by=practitioner, now=NOW, **said)
    _status, findings = verdict(api_of(practitioner), patient, f"{QUERY}&formulation={mix.pk}")
    assert "Anaesthetic cream" in findings["allergy-to-mix"]["message"]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([{"purpose": "rhythm"}], "not_row"),
        ([{"name": ""}], "not_row"),
        ([{"name": "x", "colour": "red"}], "not_row"),
        ([{"name": "x", "last_taken": "soon"}], "not_date"),
        ([{"name": "x", "last_taken": "2027-01-01"}], "future"),
        ([{"name": "x", "ended": "yes"}], "not_boolean"),
        ([{"name": "a\x07b"}], "not_text"),
        ([{"name": "x" * 201}], "too_long"),
        ([{"name": "x"}] * 41, "too_many"),
        (["aspirin"], "not_row"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_nothing_is_saved(
    patient: Patient, practitioner: User, api_of: Caller, names: Any, code: str
):
    refused = answer(api_of(practitioner), patient, takes_medicines=True, medicine_names=names)
    assert refused.status_code == 400
    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("answers.medicine_names", code)]
    assert not IntakeResponse.objects.exists()


# --- on the pages ---------------------------------------------------------------------------------------------------


def topic(patient: Patient, browser: Client, portal: bool) -> str:
    return (
        reverse("portal:intake_topic", args=["medicines"])
        if portal
        else reverse("patients:intake_topic", args=[patient.pk, "medicines"])
    )


@pytest.mark.parametrize("portal", [False, True])
def test_d35_medicines_are_typed_one_by_one_by_staff_and_by_the_patient(
    patient: Patient, practitioner: User, browser_of: Browsers, portal: bool
):
    browser = browser_of(patient.user if portal else practitioner)
    page = topic(patient, browser, portal)
    sent = {
        "q-takes_medicines": "yes",
        "q-medicine_names-0-name": "Metoprolol",
        "q-medicine_names-0-purpose": "migraine",
        "q-medicine_names-1-name": "Aspirin",
        "q-medicine_names-1-purpose": "headache",
        "q-medicine_names-1-last_taken": "2026-04-01",
        "q-medicine_names-1-ended": "1",
    }
    assert browser.post(page, sent).status_code == 302
    assert IntakeResponse.objects.get().answers["medicine_names"] == [
        {"name": "Metoprolol", "purpose": "migraine"},
        {"name": "Aspirin", "purpose": "headache", "last_taken": "2026-04-01", "ended": True},
    ]
    shown = browser.get(page).content.decode()
    assert 'name="q-medicine_names-1-name" value="Aspirin"' in shown
    assert 'name="q-medicine_names-3-name"' in shown, "blank lines to write in"


def test_d35_nearly_a_name_is_asked_about_on_the_page(patient: Patient, practitioner: User, browser_of: Browsers):
    browser, page = browser_of(patient.user), reverse("portal:intake_topic", args=["medicines"])
    sent = {"q-takes_medicines": "yes", "q-medicine_names-0-name": "inulin"}
    asked = browser.post(page, sent)
    assert asked.status_code == 200
    assert "inulin (insulin?)" in asked.content.decode()
    assert not IntakeResponse.objects.exists()
    assert browser.post(page, sent | {"confirm": "on"}).status_code == 302


def test_d35_a_line_with_a_wrong_day_says_so_at_the_question(
    patient: Patient, practitioner: User, browser_of: Browsers
):
    page = topic(patient, browser_of(practitioner), False)
    sent = {"q-takes_medicines": "yes", "q-medicine_names-0-name": "Qwe", "q-medicine_names-0-last_taken": "2027-01-01"}
    answer = browser_of(practitioner).post(page, sent)
    assert list(answer.context["form"].errors) == ["q-medicine_names"]
    assert not IntakeResponse.objects.exists()


def test_d35_names_given_as_text_before_become_lines(patient: Patient, practitioner: User, browser_of: Browsers):
    take_intake(patient, by=practitioner, now=NOW, takes_medicines=True, medicine_names="vitamin D, Qwertol 5mg")
    shown = browser_of(practitioner).get(topic(patient, browser_of(practitioner), False)).content.decode()
    assert 'name="q-medicine_names-0-name" value="vitamin D"' in shown
    assert 'name="q-medicine_names-1-name" value="Qwertol 5mg"' in shown
