"""Consent binds what is treated: lines of the plan, their age, who may sign, and what cures nothing (D36)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import Consent, Patient
from patients.queries.statements import statements_for
from protocols.actions.policies import set_policy
from protocols.models import Formulation, TreatmentArea
from scheduling.models import Course, Message, Session
from scheduling.treatment.actions.visits import arrive
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.visits import a_visit, at
from tests.steps import (
    BORN,
    DAY,
    SAID,
    SENT,
    check_same_day,
    consent_to,
    hold_consultation,
    inject_test,
    read,
    take_intake,
)
from tests.stock import as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
HAIR = {"hair-little-evidence", "hair-not-shown", "hair-claims"}
HAIR_TICKED = {
    "line-hair-little-evidence": "on",
    "line-hair-not-shown": "on",
    "together": "on",
    "signed_name": "Ana Rossi",
}
SCALP = {"minoxidil": "2.0"}


def general(act: str) -> list[str]:
    return [line.code for line in statements_for(act) if not line.scope]


def sign(api: APIClient, patient: Patient, act: str, lines: list[str], **given: Any) -> Any:
    body = {"act": act, "statements": lines, "signed_name": str(patient), **given}
    return api.post(f"/api/v1/patients/{patient.pk}/consents/", body)


@pytest.fixture
def doctor(practitioner: User, api_of: Api) -> APIClient:
    return api_of(practitioner)


@pytest.fixture
def ready(patient: Patient, clinic: Location, practitioner: User, doctor: APIClient) -> Patient:
    """Everything before the needle but the lines of special plans: the general consents alone."""
    hold_consultation(patient, location=clinic, at=NOW - 3 * DAY)
    take_intake(patient, by=practitioner, now=NOW - 3 * DAY)
    for act in ("test", "treatment"):
        given = {"signed_at": (NOW - 3 * DAY).isoformat(), "paper": "Folder 7"}
        assert sign(doctor, patient, act, general(act), **given).status_code == 201
    Consent.objects.update(recorded_at=NOW - 3 * DAY)
    return patient


def arrived(patient: Patient, practitioner: User, desk: User, mix: Formulation, **plan: Any) -> Session:
    """A treatment of the plan, tested and here."""
    read(inject_test(patient, mix, by=practitioner, at=NOW - 2 * DAY), by=practitioner)
    course = make_course(patient, practitioner.staff.location, practitioner, formulation=mix, status="active", **plan)
    window = dict.fromkeys(("early_limit", "floor", "ideal", "latest"), TODAY)
    visit = a_visit(patient, at(11, day=TODAY), practitioner, desk, course=course, kind="treatment", phase=1, **window)
    check_same_day(patient, by=desk, now=NOW)
    return arrive(session=visit, answers={}, born=BORN, by=desk, now=NOW, version=None).session


@pytest.fixture
def scalp(ready: Patient, practitioner: User, desk: User) -> Session:
    mix = FormulationFactory(substances=SCALP)
    return arrived(ready, practitioner, desk, mix, code="P08", areas=("scalp",), indication="alopecia")


@pytest.fixture
def body(ready: Patient, practitioner: User, desk: User) -> Session:
    return arrived(ready, practitioner, desk, FormulationFactory(substances=MIX))


def start(api: APIClient, session: Session, **given: Any) -> Any:
    syringe = drawn_for(session, User.objects.get(email="practitioner@example.test"))
    body = {**SENT, "drawn_up": as_json(syringe), **given}
    return api.post(f"/api/v1/sessions/{session.pk}/start/", body)


def lacks(api: APIClient, session: Session, **given: Any) -> set[str]:
    answer = start(api, session, **given)
    assert answer.status_code == 422
    return {reason["code"] for reason in answer.json()["reasons"]}


def test_d36_a_body_course_starts_with_the_general_lines(body: Session, doctor: APIClient):
    assert start(doctor, body).status_code == 200


def test_d36_a_scalp_course_lacks_its_three_hair_lines_and_the_patient_signs_just_those_on_the_phone(
    scalp: Session, doctor: APIClient, browser_of: Browser, practitioner: User
):
    assert lacks(doctor, scalp) == HAIR
    staff, phone = browser_of(practitioner), browser_of(scalp.patient.user)
    said = staff.get(reverse("desk:visit", args=[scalp.pk])).content.decode()
    assert "no study has shown that hair grows again" in said
    page = reverse("portal:consent_sign", args=["treatment"])
    assert page in phone.get(reverse("portal:documents")).content.decode()
    shown = phone.get(page)
    assert {line.code for line in shown.context["form"].lines} == HAIR
    given = {
        "line-hair-little-evidence": "on",
        "line-hair-not-shown": "on",
        "together": "on",
        "signed_name": "Ana Rossi",
    }
    assert phone.post(page, given).status_code == 302
    assert scalp.patient.consents.filter(act="treatment", status="active").count() == 2
    assert start(doctor, scalp).status_code == 200


def test_d36_a_line_not_ticked_is_not_signed(scalp: Session, browser_of: Browser):
    page = reverse("portal:consent_sign", args=["treatment"])
    answer = browser_of(scalp.patient.user).post(page, {"line-hair-not-shown": "on", "signed_name": "Ana Rossi"})
    assert answer.status_code == 422
    assert scalp.patient.consents.filter(act="treatment").count() == 1


def test_d36_the_staff_page_asks_for_the_missing_lines_alone(
    scalp: Session, desk: User, doctor: APIClient, browser_of: Browser
):
    browser, page = browser_of(desk), reverse("patients:consent", args=[scalp.patient_id]) + "?act=treatment"
    assert {line.code for line in browser.get(page).context["form"].lines} == HAIR
    given = SAID | {
        "line-hair-little-evidence": "on",
        "line-hair-not-shown": "on",
        "together": "on",
        "signed_name": "Ana Rossi",
    }
    somebody_else = browser.post(page, given | {"birth_day": 15})
    assert "not the birthday" in somebody_else.content.decode()
    assert list(browser.post(page, given | {"birth_month": ""}).context["form"].errors) == ["birth_month"]
    assert start(doctor, scalp).status_code == 422
    assert browser.post(page, given).status_code == 302
    assert start(doctor, scalp).status_code == 200


def test_d36_over_http_the_missing_lines_are_listed_and_signed_alone(scalp: Session, doctor: APIClient):
    url = f"/api/v1/patients/{scalp.patient_id}/consents/"
    listed = {each["act"]: {line["code"] for line in each["lines"]} for each in doctor.get(url).json()}
    assert listed == {"treatment": HAIR, "photos": {"photographs"}}
    assert sign(doctor, scalp.patient, "treatment", sorted(HAIR)).status_code == 201
    assert start(doctor, scalp).status_code == 200


@pytest.mark.parametrize(
    ("plan", "mix", "line"),
    [
        ({"areas": ("eye_area",), "indication": "wrinkles", "code": "P02"}, MIX, "around-the-eye"),
        ({}, MIX | {"anaesthetic_cream": "1.0"}, "cream"),
    ],
)
def test_d36_an_area_or_a_cream_that_comes_in_asks_for_its_one_line(
    plan: dict[str, Any], mix: dict[str, str], line: str, ready: Patient, practitioner: User, desk: User,
    doctor: APIClient,
):  # fmt: skip
    visit = arrived(ready, practitioner, desk, FormulationFactory(substances=mix), **plan)
    assert line in lacks(doctor, visit)
    sign(doctor, ready, "treatment", [line])
    answer = start(doctor, visit)
    assert line not in {reason["code"] for reason in answer.json().get("reasons", ())}


def test_d36_a_course_that_gains_the_eye_area_is_asked_again(body: Session, doctor: APIClient):
    body.course.areas.set(TreatmentArea.objects.filter(code="eye_area"))
    assert "around-the-eye" in lacks(doctor, body)


def test_d36_own_blood_has_a_line(ready: Patient, practitioner: User, desk: User, doctor: APIClient):
    mix = FormulationFactory(substances={"autologous_prp": "4.0"})
    course = make_course(ready, practitioner.staff.location, practitioner, formulation=mix, status="active")
    visit = a_visit(ready, at(11, day=TODAY), practitioner, desk, course=course, kind="treatment", phase=1)
    check_same_day(ready, by=desk, now=NOW)
    arrive(session=visit, answers={}, born=BORN, by=desk, now=NOW, version=None)
    assert "own-blood" in lacks(doctor, visit)


def test_d36_a_refusal_of_photographs_blocks_nothing_and_closes_no_course(
    body: Session, doctor: APIClient, practitioner: User, browser_of: Browser
):
    page = reverse("patients:consent_refuse", args=[body.patient_id]) + "?act=photos"
    assert browser_of(practitioner).post(page, {"reason": ""}).status_code == 302
    assert Consent.objects.get(act="photos").status == "rejected"
    assert Course.objects.get(pk=body.course_id).status == "active"
    assert start(doctor, body).status_code == 200


def test_d36_photographs_are_taken_back_without_the_treatment(body: Session, doctor: APIClient):
    signed = sign(doctor, body.patient, "photos", ["photographs"]).json()
    assert doctor.post(f"/api/v1/consents/{signed['id']}/withdraw/", {}).status_code == 201
    assert Course.objects.get(pk=body.course_id).status == "active"
    assert start(doctor, body).status_code == 200


def test_d36_it_is_confirmed_aloud_at_each_start(body: Session, doctor: APIClient):
    assert lacks(doctor, body, consent_confirmed=False) == {"consent_confirmed"}


@pytest.mark.parametrize(("signed", "serves"), [(date(2025, 5, 5), True), (date(2025, 5, 4), False)])
def test_d36_it_serves_twelve_months(signed: date, serves: bool, body: Session, doctor: APIClient):
    when = NOW.replace(year=signed.year, month=signed.month, day=signed.day)
    body.patient.consents.update(signed_at=when, recorded_at=when)
    assert (start(doctor, body).status_code == 200) is serves


def test_d36_for_how_long_is_the_clinics_policy(body: Session, doctor: APIClient, director: User):
    when = NOW - timedelta(days=100)
    body.patient.consents.update(signed_at=when, recorded_at=when)
    set_policy(code="consent_months", value=3, reason="Ours", by=director, now=NOW)
    assert lacks(doctor, body) == {"consent"}


@pytest.mark.parametrize(("days", "answer"), [(0, (200, set())), (1, (422, {"consent"}))])
def test_d36_what_was_signed_before_the_18th_birthday_is_void(
    days: int, answer: tuple[int, set[str]], body: Session, doctor: APIClient
):
    signed = body.patient.consents.latest("pk").signed_at.date()
    birthday = signed.replace(year=signed.year - 18) + timedelta(days=days)
    Patient.objects.filter(pk=body.patient_id).update(birth_date=birthday)
    got = start(doctor, body, birth_day=birthday.day, birth_month=birthday.month)
    assert (got.status_code, {reason["code"] for reason in got.json().get("reasons", ())}) == answer


def test_d36_an_earlier_signature_needs_its_paper(patient: Patient, doctor: APIClient):
    earlier = {"signed_at": (NOW - DAY).isoformat()}
    refused = sign(doctor, patient, "test", general("test"), **earlier)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "paper")
    assert not Consent.objects.exists()
    assert sign(doctor, patient, "test", general("test"), paper="Folder 7", **earlier).status_code == 201


def test_d36_one_entered_after_the_start_cures_nothing(body: Session, practitioner: User, doctor: APIClient):
    """The test given this morning is entered at once; the consent of yesterday only after it."""
    patient = body.patient
    patient.consents.all().delete()
    earlier = {"signed_at": (NOW - DAY).isoformat(), "paper": "Folder 7"}
    assert sign(doctor, patient, "test", general("test"), **earlier).status_code == 201
    given = {
        "formulation": str(body.course.formulation_id),
        "administered_at": (NOW - timedelta(hours=1)).isoformat(),
        "injections": 1,
        "site": "Left forearm",
        "emergency_kit": True,
    }
    answer = doctor.post(f"/api/v1/patients/{patient.pk}/allergy-tests/", given)
    assert answer.status_code == 422
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["consent"]


def test_d36_a_text_in_another_language_names_its_interpreter(patient: Patient, doctor: APIClient):
    Patient.objects.filter(pk=patient.pk).update(language="it")
    refused = sign(doctor, patient, "test", general("test"))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "interpreter")
    done = sign(doctor, patient, "test", general("test"), interpreter="Marta Ricci")
    assert (done.status_code, done.json()["interpreter"], done.json()["language"]) == (201, "Marta Ricci", "en-gb")


def test_d36_version_and_digest_of_the_text_are_kept(patient: Patient, doctor: APIClient):
    first = sign(doctor, patient, "test", general("test")).json()
    again = sign(doctor, patient, "test", general("test")).json()
    line = statements_for("test")[0]
    line.text += " Changed."
    line.save()
    changed = sign(doctor, patient, "test", general("test")).json()
    assert len(first["text_digest"]) == 64
    assert (first["text_digest"], first["text_version"]) == (again["text_digest"], again["text_version"])
    assert changed["text_digest"] != first["text_digest"]
    assert changed["text_version"] != first["text_version"]


def test_d36_late_infection_and_tenderness_belong_to_the_lines(catalogue: None):
    for act in ("test", "treatment"):
        assert {"late-infection", "tenderness"} <= set(general(act))


@pytest.mark.parametrize(("act", "stands"), [("test", False), ("treatment", True)])
@pytest.mark.parametrize("way", ["withdraw", "refuse"])
def test_without_consent_to_the_test_one_that_is_booked_alone_is_off_and_its_patient_hears_of_it(
    act: str, stands: bool, way: str, other_patient: Patient, practitioner: User, desk: User, api_of: Api,
    browser_of: Browser,
):  # fmt: skip
    visit = a_visit(other_patient, at(10, day=TODAY + 6 * DAY), practitioner, desk, kind="allergy_test")
    consent = consent_to(other_patient, act, by=practitioner, at=NOW)
    if way == "withdraw":
        assert api_of(practitioner).post(f"/api/v1/consents/{consent.pk}/withdraw/", {}).status_code == 201
    else:
        page = reverse("patients:consent_refuse", args=[other_patient.pk]) + f"?act={act}"
        said = browser_of(practitioner).post(page, {"reason": "Too soon"})
        assert said.status_code == 302
    visit.refresh_from_db()
    assert (visit.status == "booked") is stands
    assert visit.bookings.filter(active=True).exists() is stands
    told = Message.objects.filter(session=visit, kind="cancellation", status="scheduled")
    reminded = Message.objects.filter(session=visit, kind="reminder", status="scheduled")
    assert (told.exists(), reminded.exists()) == (not stands, stands)
