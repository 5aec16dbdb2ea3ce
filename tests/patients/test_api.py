"""The contract of patients' API: every call, what it refuses, and what the front desk never gets."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import AllergyTest, Consent, FindingDecision, IntakeResponse, Patient
from protocols.models import Formulation
from scheduling.treatment.queries.drawn_up import Syringe
from tests.factories import NOW, PatientFactory
from tests.steps import DAY, clear_answers, consent_to, hold_consultation, inject_test, take_intake
from tests.stock import as_json, lines_for

Caller = Callable[[User | None], APIClient]
BASE = "/api/v1"


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def at(patient: Patient, rest: str = "") -> str:
    return f"{BASE}/patients/{patient.pk}/{rest}"


def fields(answer: Any) -> set[str]:
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"] for error in answer.json()["errors"]}


# --- patients ------------------------------------------------------------------------------------------------------


def test_register_read_change_find(desk: User, api_of: Caller):
    api = api_of(desk)
    made = api.post(f"{BASE}/patients/", {"given_name": "Eva", "family_name": "Conti", "phone": "+39 06 555 0101"})
    assert made.status_code == 201
    body = made.json()
    assert (body["phone"], body["birth_date"], body["version"], body["warnings"]) == ("+39065550101", None, 1, [])
    assert isinstance(body["id"], str)
    changed = api.patch(f"{BASE}/patients/{body['id']}/", {"birth_date": "1980-02-29"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["birth_date"], changed.json()["version"]) == (200, "1980-02-29", 2)
    assert api.get(f"{BASE}/patients/{body['id']}/").json() == changed.json()
    assert [row["id"] for row in api.get(f"{BASE}/patients/?q=conti").json()["results"]] == [body["id"]]


def test_a_likely_duplicate_is_a_warning_not_a_refusal(desk: User, patient: Patient, api_of: Caller):
    again = {"given_name": "Ana", "family_name": "Rossi", "phone": patient.phone}
    made = api_of(desk).post(f"{BASE}/patients/", again)
    assert made.status_code == 201
    assert made.json()["warnings"] == [
        {"code": "likely_duplicate", "patient": str(patient.pk), "name": "Ana Rossi", "same": ["name", "phone"]}
    ]


def test_a_birth_date_to_come_or_no_way_to_reach_somebody_is_422_and_named(desk: User, api_of: Caller):
    body = {"phone": "+39065559911", "given_name": "Eva", "family_name": "Conti", "birth_date": "2026-05-06"}
    answer = api_of(desk).post(f"{BASE}/patients/", body)
    assert (answer.status_code, fields(answer)) == (422, {"birth_date"})
    without = api_of(desk).post(f"{BASE}/patients/", {"given_name": "Eva", "family_name": "Conti"})
    assert (without.status_code, fields(without)) == (422, {"phone"})
    assert not Patient.objects.filter(family_name="Conti").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"phone": "+3906555", "given_name": "Eva", "family_name": "Conti", "role": "director"}, "role"),
        ({"phone": "+3906555", "given_name": "Eva", "family_name": "Conti", "version": 9}, "version"),
        ({"phone": "+3906555", "given_name": "Eva", "family_name": "Conti", "id": "1"}, "id"),
        ({"phone": "+3906555", "given_name": "Eva\x00", "family_name": "Conti"}, "given_name"),
        ({"phone": "+3906555", "given_name": "Eva", "family_name": "Conti", "birth_date": "1.2.1990"}, "birth_date"),
        ({"phone": "+3906555", "given_name": "Eva", "family_name": "Conti", "email": "at home"}, "email"),
        ({"phone": "+3906555", "given_name": "Eva", "family_name": ["Conti"]}, "family_name"),
    ],
)
def test_a_wrong_body_is_400_and_names_the_field(desk: User, api_of: Caller, body: dict[str, Any], field: str):
    answer = api_of(desk).post(f"{BASE}/patients/", body)
    assert (answer.status_code, fields(answer)) == (400, {field})
    assert not Patient.objects.exists()


@pytest.mark.parametrize("body", ["[", "[]", '"text"', "null", "[" * 100_000])
def test_a_body_that_is_no_object_is_400(desk: User, api_of: Caller, body: str):
    answer = api_of(desk).post(f"{BASE}/patients/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_of_megabytes_is_413(desk: User, api_of: Caller):
    answer = api_of(desk).post(f"{BASE}/patients/", {"given_name": "x" * 1_000_000})
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_that_is_not_json_is_415(desk: User, api_of: Caller):
    answer = api_of(desk).post(f"{BASE}/patients/", "given_name=Eva", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


def test_a_stale_version_is_412_and_a_crooked_one_400(desk: User, patient: Patient, api_of: Caller):
    api = api_of(desk)
    stale = api.patch(at(patient), {"phone": "+39061111"}, headers={"If-Match": "7"})
    assert (stale.status_code, stale.json()["version"]) == (412, 1)
    assert api.patch(at(patient), {"phone": "+39061111"}, headers={"If-Match": "soon"}).status_code == 400
    patient.refresh_from_db()
    assert patient.phone != "+39061111"


def test_the_same_key_answers_once_and_another_body_is_refused(desk: User, api_of: Caller):
    api, headers = api_of(desk), {"Idempotency-Key": "k1"}
    body = {"given_name": "Eva", "family_name": "Conti", "phone": "+39065550101"}
    first = api.post(f"{BASE}/patients/", body, headers=headers)
    again = api.post(f"{BASE}/patients/", body, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert Patient.objects.count() == 1
    assert api.post(f"{BASE}/patients/", body | {"phone": "+39065559"}, headers=headers).status_code == 422


def test_a_patient_reads_their_own_record_and_no_other(patient: Patient, other_patient: Patient, api_of: Caller):
    api = api_of(patient.user)
    assert api.get(at(patient)).status_code == 200
    assert [row["id"] for row in api.get(f"{BASE}/patients/").json()["results"]] == [str(patient.pk)]
    for path in ("", "eligibility/"):
        foreign, nobody = api.get(at(other_patient, path)), api.get(f"{BASE}/patients/0/{path}")
        assert (foreign.status_code, foreign.json()) == (404, nobody.json())
    assert api.patch(at(patient), {"phone": "+39061111"}).status_code == 403


def test_lists_are_paginated_and_make_the_same_queries_for_one_and_thirty(
    desk: User, patient: Patient, api_of: Caller, django_assert_max_num_queries: Any, django_assert_num_queries: Any
):
    api = api_of(desk)
    assert desk.staff.further == []  # read once for as long as the person is the same object
    with django_assert_max_num_queries(6) as one:
        api.get(f"{BASE}/patients/")
    PatientFactory.create_batch(30)
    with django_assert_num_queries(len(one)):
        assert len(api.get(f"{BASE}/patients/").json()["results"]) == 31
    page = api.get(f"{BASE}/patients/?page_size=10").json()
    assert len(page["results"]) == 10
    assert len(api.get(page["next"]).json()["results"]) == 10


@pytest.mark.parametrize("query", ["cursor=nonsense", "cursor=cD1hYmM="])
def test_a_made_up_cursor_is_refused_at_its_field(desk: User, api_of: Caller, query: str):
    answer = api_of(desk).get(f"{BASE}/patients/?{query}")
    assert (answer.status_code, fields(answer)) == (422, {"cursor"})


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "x" * 101],
)
def test_a_crooked_query_is_a_wrong_request(desk: User, api_of: Caller, query: str):
    assert api_of(desk).get(f"{BASE}/patients/?{query}").status_code == 400


# --- the intake ----------------------------------------------------------------------------------------------------


def test_the_questions_say_how_to_answer(patient: Patient, api_of: Caller):
    questions = {row["link_id"]: row for row in api_of(patient.user).get(f"{BASE}/intake-questions/").json()}
    assert questions["skin_disease"]["type"] == "multiple"
    assert {"code": "in_zone", "name": "Yes, another one where we are to treat"} in questions["skin_disease"]["options"]
    assert questions["cough"]["occasions"] == ["same_day"]
    assert questions["insulin"]["applies_when"] == {"kind": "answer", "question": "diabetes", "values": [True]}


def test_a_patient_hands_in_an_intake(patient: Patient, api_of: Caller):
    answer = api_of(patient.user).post(at(patient, "intake/"), {"occasion": "plan", "answers": clear_answers()})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["version"], body["answers"]["stroke"], body["warnings"]) == ("completed", 1, False, [])


def test_wrong_answers_are_named_and_none_is_kept(patient: Patient, api_of: Caller):
    answers = {"diabetes": "yes", "aspirin_last_dose": "2026-05-06", "shoe_size": 41, "stroke": False}
    answer = api_of(patient.user).post(at(patient, "intake/"), {"occasion": "plan", "answers": answers})
    assert answer.status_code == 400
    assert fields(answer) == {"answers.diabetes", "answers.aspirin_last_dose", "answers.shoe_size"}
    assert not IntakeResponse.objects.exists()


@pytest.mark.parametrize(
    "body", [{"occasion": "plan", "answers": {}}, {"occasion": "later", "answers": {"stroke": False}}, {"answers": []}]
)
def test_an_intake_needs_an_occasion_and_answers(patient: Patient, api_of: Caller, body: dict[str, Any]):
    assert api_of(patient.user).post(at(patient, "intake/"), body).status_code == 400


def test_an_unlikely_pair_comes_back_as_a_warning(patient: Patient, practitioner: User, api_of: Caller):
    Patient.objects.filter(pk=patient.pk).update(sex="male")
    answers = clear_answers(pregnant=True)
    answer = api_of(practitioner).post(at(patient, "intake/"), {"occasion": "plan", "answers": answers})
    assert (answer.status_code, [each["code"] for each in answer.json()["warnings"]]) == (201, ["male-pregnant"])


def test_a_prescriber_corrects_an_answer_with_a_reason(
    patient: Patient, practitioner: User, colleague: User, api_of: Caller
):
    original = take_intake(patient, by=patient.user, now=NOW - DAY, diabetes=True)
    body = {"occasion": "plan", "answers": {"diabetes": False}, "amends": str(original.pk), "reason": "A slip"}
    assert api_of(colleague).post(at(patient, "intake/"), body).status_code == 403
    assert api_of(practitioner).post(at(patient, "intake/"), body | {"reason": ""}).status_code == 400
    answer = api_of(practitioner).post(at(patient, "intake/"), body)
    assert (answer.status_code, answer.json()["amends"]) == (201, str(original.pk))
    assert api_of(practitioner).get(at(patient, "eligibility/")).json()["verdict"] == "eligible"


def test_the_desk_asks_the_same_day_questions_and_never_sees_an_answer(patient: Patient, desk: User, api_of: Caller):
    api = api_of(desk)
    assert api.post(at(patient, "intake/"), {"occasion": "plan", "answers": clear_answers()}).status_code == 403
    answer = api.post(
        at(patient, "intake/"), {"occasion": "same_day", "answers": clear_answers("same_day", cough=True)}
    )
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "occasion", "status", "answered_at", "amends", "version", "warnings"}
    assert answer.json()["warnings"] == []


# --- the verdict ---------------------------------------------------------------------------------------------------


def test_a_clinician_gets_findings_with_reason_date_and_sources(patient: Patient, practitioner: User, api_of: Caller):
    take_intake(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-01", herpes_past=True)
    body = api_of(practitioner).get(at(patient, "eligibility/")).json()
    assert (body["verdict"], body["until"]) == ("deferred", "2026-05-15")
    assert [(each["code"], each["effect"], each["until"]) for each in body["findings"]] == [
        ("aspirin", "deferred", "2026-05-15"),
        ("herpes-past", "review", None),
    ]
    assert "F209" in body["findings"][0]["cites"]
    later = api_of(practitioner).get(at(patient, "eligibility/?on=2026-05-15")).json()
    assert [each["code"] for each in later["findings"]] == ["herpes-past"]


@pytest.mark.parametrize("who", ["desk", "patient"])
def test_desk_and_patient_get_verdict_and_date_and_nothing_else(
    patient: Patient, practitioner: User, desk: User, api_of: Caller, who: str
):
    take_intake(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-01")
    answer = api_of(desk if who == "desk" else patient.user).get(at(patient, "eligibility/"))
    assert answer.json() == {"verdict": "deferred", "until": "2026-05-15"}
    assert "aspirin" not in answer.content.decode()


def test_what_is_planned_is_part_of_the_question(
    patient: Patient, practitioner: User, mix: Formulation, api_of: Caller
):
    take_intake(patient, by=practitioner, now=NOW, silicon_long_term=True)
    api = api_of(practitioner)
    plan = f"area=abdomen&area=hip&indication=cellulite&formulation={mix.pk}&delivery_device=mesogun"
    assert [each["code"] for each in api.get(at(patient, f"eligibility/?{plan}")).json()["findings"]] == [
        "silicon-long-term"
    ]
    breast = api.get(at(patient, "eligibility/?area=breast")).json()
    assert (breast["verdict"], breast["findings"][0]["effect"]) == ("contraindicated", "excluded_option")


@pytest.mark.parametrize(
    ("query", "field", "status"),
    [
        ("area=knee", "area", 422),
        ("indication=fun", "indication", 422),
        ("formulation=0", "formulation", 422),
        ("formulation=x", "formulation", 400),
        ("delivery_device=spoon", "delivery_device", 422),
        ("on=tomorrow", "on", 400),
        ("on=0001-01-01", "on", 400),
        ("occasion=never", "occasion", 400),
        ("shoe_size=41", "shoe_size", 400),
    ],
)
def test_an_unknown_code_is_422_a_malformed_value_400_and_each_is_named(
    patient: Patient, practitioner: User, api_of: Caller, query: str, field: str, status: int
):
    answer = api_of(practitioner).get(at(patient, f"eligibility/?{query}"))
    assert answer.status_code == status
    assert {name.partition(".")[0] for name in fields(answer)} == {field}


def test_a_decision_is_made_and_shown_with_its_finding(patient: Patient, practitioner: User, api_of: Caller):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    api = api_of(practitioner)
    plan = {"areas": ["abdomen"], "indication": "cellulite"}
    made = api.post(
        at(patient, "findings/herpes-past/decisions/"), {"decision": "approve", "reason": "Years ago"} | plan
    )
    assert (made.status_code, made.json()["decision"], made.json()["version"]) == (201, "approve", 1)
    shown = api.get(at(patient, "eligibility/?area=abdomen&indication=cellulite")).json()
    assert (shown["verdict"], shown["findings"][0]["decision"]) == ("eligible", "approve")
    wider = api.get(at(patient, "eligibility/?area=abdomen&area=hip&indication=cellulite")).json()
    assert (wider["verdict"], wider["findings"][0]["decision"]) == ("needs_review", None)
    assert wider["findings"][0]["fallen"] == "approve"


def test_d34_a_decision_is_for_a_named_plan(patient: Patient, practitioner: User, api_of: Caller):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True)
    body = {"decision": "approve", "reason": "Years ago"}
    refused = api_of(practitioner).post(at(patient, "findings/herpes-past/decisions/"), body)
    assert (refused.status_code, fields(refused)) == (400, {"areas", "indication"})


def test_who_may_not_decide_and_what_cannot_be_decided(
    patient: Patient, practitioner: User, colleague: User, desk: User, api_of: Caller
):
    take_intake(patient, by=practitioner, now=NOW, herpes_past=True, diabetes=True)
    body = {"decision": "approve", "reason": "Why not"}
    for somebody in (colleague, desk):
        assert api_of(somebody).post(at(patient, "findings/herpes-past/decisions/"), body).status_code == 403
    refused = api_of(practitioner).post(at(patient, "findings/diabetes/decisions/"), body)
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (422, "diabetes")
    assert api_of(practitioner).post(at(patient, "findings/no-rule/decisions/"), body).status_code == 422
    assert not FindingDecision.objects.exists()


# --- mix, consent, test, reading -----------------------------------------------------------------------------------


def test_a_mix_is_made(practitioner: User, desk: User, api_of: Caller):
    body = {"name": "Silicon and vitamins", "items": [{"substance": "vitamins", "amount": "2.5", "unit": "ml"}]}
    made = api_of(practitioner).post(f"{BASE}/formulations/", body)
    assert made.status_code == 201
    assert made.json()["items"] == [{"substance": "vitamins", "amount": "2.500", "unit": "ml"}]
    assert api_of(desk).post(f"{BASE}/formulations/", body).status_code == 403


def test_an_unknown_ingredient_is_422_and_named(practitioner: User, api_of: Caller):
    body = {"name": "Mix", "items": [{"substance": "gold", "amount": 1}]}
    answer = api_of(practitioner).post(f"{BASE}/formulations/", body)
    assert (answer.status_code, fields(answer)) == (422, {"items.0.substance"})


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"substance": "vitamins"}, "items.0.amount"),
        ({"substance": "vitamins", "amount": "1e308"}, "items.0.amount"),
        ({"substance": "vitamins", "amount": "NaN"}, "items.0.amount"),
        ({"substance": "vitamins", "amount": 0}, "items.0.amount"),
        ({"substance": "vitamins", "amount": 1, "unit": "spoon"}, "items.0.unit"),
        ({"substance": "vitamins", "amount": 1, "price": 3}, "items.0.price"),
    ],
)
def test_a_wrong_ingredient_is_named(practitioner: User, api_of: Caller, item: dict[str, Any], field: str):
    answer = api_of(practitioner).post(f"{BASE}/formulations/", {"name": "Mix", "items": [item]})
    assert (answer.status_code, fields(answer)) == (400, {field})
    assert not Formulation.objects.exists()


def all_lines(api: APIClient, act: str) -> list[str]:
    rows = api.get(f"{BASE}/consent-statements/").json()
    return [row["code"] for row in rows if row["act"] in {act, "both"} and row["always"]]


def test_consent_is_signed_and_withdrawn(patient: Patient, practitioner: User, api_of: Caller):
    api = api_of(practitioner)
    body = {"act": "treatment", "statements": all_lines(api, "treatment"), "signed_name": "Ana Rossi"}
    signed = api.post(at(patient, "consents/"), body)
    assert (signed.status_code, signed.json()["status"], signed.json()["version"]) == (201, "active", 1)
    path = f"{BASE}/consents/{signed.json()['id']}/withdraw/"
    assert api.post(path, {}, headers={"If-Match": "4"}).status_code == 412
    withdrawn = api.post(path, {"reason": "Moves away"})
    assert (withdrawn.status_code, withdrawn.json()["status"], withdrawn.json()["version"]) == (201, "inactive", 2)
    assert api.post(path, {}).status_code == 409


def test_a_consent_with_lines_left_out_is_422_and_names_them(patient: Patient, practitioner: User, api_of: Caller):
    body = {"act": "test", "statements": ["test-own-act"], "signed_name": "Ana Rossi"}
    answer = api_of(practitioner).post(at(patient, "consents/"), body)
    assert answer.status_code == 422
    assert "may-hurt" in [reason["code"] for reason in answer.json()["reasons"]]
    assert not Consent.objects.exists()


def test_a_time_without_offset_is_refused(patient: Patient, practitioner: User, api_of: Caller):
    api = api_of(practitioner)
    body = {"act": "test", "statements": all_lines(api, "test"), "signed_name": "A", "signed_at": "2026-05-05T09:00:00"}
    answer = api.post(at(patient, "consents/"), body)
    assert (answer.status_code, fields(answer)) == (400, {"signed_at"})


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"signed_name": "Mickey Mouse"}, "signed_name"), ({"signed_at": "2026-04-30T10:00:00+02:00"}, "signed_at")],
)
def test_a_patient_signs_with_their_own_name_and_now(
    patient: Patient, api_of: Caller, changed: dict[str, str], field: str
):
    api = api_of(patient.user)
    body = {"act": "test", "statements": all_lines(api, "test"), "signed_name": "ana  ROSSI"}
    answer = api.post(at(patient, "consents/"), body | changed)
    assert (answer.status_code, fields(answer)) == (422, {field})
    assert not Consent.objects.exists()
    signed = api.post(at(patient, "consents/"), body).json()
    consent = Consent.objects.get(pk=signed["id"])
    assert (consent.signed_name, consent.signed_at, consent.recorded_by) == ("Ana Rossi", NOW, patient.user)


def test_nobody_signs_or_withdraws_for_another_patient(
    patient: Patient, other_patient: Patient, practitioner: User, api_of: Caller
):
    consent = consent_to(patient, "test", by=practitioner, at=NOW)
    api = api_of(other_patient.user)
    assert api.post(f"{BASE}/consents/{consent.pk}/withdraw/", {}).status_code == 404
    assert api.post(at(patient, "consents/"), {}).status_code == 404


@pytest.fixture
def ready(patient: Patient, practitioner: User, clinic: Location) -> Patient:
    hold_consultation(patient, location=clinic, at=NOW - 3 * DAY)
    take_intake(patient, by=practitioner, now=NOW - 3 * DAY, silicon_long_term=False)
    consent_to(patient, "test", by=practitioner, at=NOW - 3 * DAY)
    return patient


def injected(mix: Formulation, **rest: Any) -> dict[str, Any]:
    given = {"administered_at": "2026-05-04T09:00:00+02:00", "injections": 1, "site": "Arm", "emergency_kit": True}
    return {"formulation": str(mix.pk)} | given | rest


def test_a_test_is_recorded_and_read_after_its_hours(
    ready: Patient, mix: Formulation, clinic: Location, practitioner: User, api_of: Caller
):
    api = api_of(practitioner)
    drawn_up = as_json(Syringe(lines=lines_for(mix, clinic, practitioner)))
    made = api.post(at(ready, "allergy-tests/"), injected(mix, drawn_up=drawn_up))
    assert made.status_code == 201
    assert (made.json()["formulation"], made.json()["opens_at"]) == (str(mix.pk), "2026-05-05T07:00:00Z")
    path = f"{BASE}/allergy-tests/{made.json()['id']}/readings/"
    early = api.post(path, {"read_at": "2026-05-05T08:59:00+02:00", "result": "negative"})
    assert (early.status_code, early.json()["next"]) == (422, "2026-05-05T07:00:00+00:00")
    read = api.post(path, {"read_at": "2026-05-05T09:00:00+02:00", "result": "negative", "wheal_mm": 2, "flare_mm": 4})
    assert (read.status_code, read.json()["provisional"], read.json()["version"]) == (201, False, 1)


def test_a_test_waits_for_what_it_needs_and_says_what(
    patient: Patient, mix: Formulation, practitioner: User, api_of: Caller
):
    take_intake(patient, by=practitioner, now=NOW - 3 * DAY, silicon_long_term=False)
    answer = api_of(practitioner).post(at(patient, "allergy-tests/"), injected(mix, emergency_kit=False))
    assert answer.status_code == 422
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["consultation", "consent", "emergency_kit"]
    assert not AllergyTest.objects.exists()


@pytest.mark.parametrize(
    ("field", "wrong", "status"),
    [
        ("administered_at", {"administered_at": (NOW - timedelta(days=7, minutes=1)).isoformat()}, 422),
        ("administered_at", {"administered_at": (NOW + timedelta(hours=1)).isoformat()}, 422),
        ("administered_at", {"administered_at": "9999-12-31T23:59:59-14:00"}, 400),
        ("administered_at", {"administered_at": "0001-01-01T00:00:00+14:00"}, 400),
        ("injections", {"injections": 3}, 400),
        ("injections", {"injections": 10**30}, 400),
        ("formulation", {"formulation": "12345678"}, 422),
        ("emergency_kit", {"emergency_kit": "perhaps"}, 400),
    ],
)
def test_an_impossible_test_is_refused_at_its_field(
    ready: Patient, mix: Formulation, practitioner: User, api_of: Caller, field: str, wrong: dict[str, Any],
    status: int,
):  # fmt: skip
    answer = api_of(practitioner).post(at(ready, "allergy-tests/"), injected(mix, **wrong))
    assert (answer.status_code, fields(answer)) == (status, {field})


def test_test_and_reading_are_prescribers_acts(
    ready: Patient, mix: Formulation, practitioner: User, colleague: User, desk: User, api_of: Caller
):
    test = inject_test(ready, mix, by=practitioner, at=NOW - DAY)
    body = {"read_at": NOW.isoformat(), "result": "negative"}
    for somebody in (colleague, desk):
        assert api_of(somebody).post(at(ready, "allergy-tests/"), injected(mix)).status_code == 403
        assert api_of(somebody).post(f"{BASE}/allergy-tests/{test.pk}/readings/", body).status_code == 403
