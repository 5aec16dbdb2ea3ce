"""What was settled once does not count for ever: tests and consultations, and the two looks (D37, D42, D50)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.actions.decisions import decide_finding
from patients.actions.intake import amend_answers
from patients.models import Allergy, AllergyTest, AllergyTestReading, Patient
from patients.queries import allergy
from patients.queries.eligibility import evaluate
from patients.queries.plans import plan_of
from protocols.models import ExpectedReaction, Formulation, Indication, TreatmentArea
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.messages.actions.due import arm_due
from scheduling.models import AdverseEvent, Course, Message, Session
from scheduling.treatment.actions.visits import arrive
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.visits import a_visit, at
from tests.steps import (
    BORN,
    DAY,
    SENT,
    check_same_day,
    consent_to,
    hold_consultation,
    inject_test,
    make_ready,
    take_intake,
)
from tests.stock import a_lot, a_product, as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
FIRST_LOOK = {"look": "immediate", "result": "negative"}


@pytest.fixture
def doctor(practitioner: User, api_of: Api) -> APIClient:
    return api_of(practitioner)


@pytest.fixture
def treatment(course: Course, patient: Patient, desk: User) -> Session:
    """The first treatment of a P07 is today, the patient is here and all is in order."""
    session = course.sessions.get(sequence=1)
    check_same_day(patient, by=desk, now=NOW)
    return arrive(session=session, answers={}, born=BORN, by=desk, now=NOW, version=None).session


@pytest.fixture
def tested(clinic: Location, patient: Patient, practitioner: User) -> AllergyTest:
    """A test given now."""
    hold_consultation(patient, location=clinic, at=NOW - DAY)
    take_intake(patient, by=practitioner, now=NOW - DAY)
    consent_to(patient, "test", by=practitioner, at=NOW - DAY)
    return inject_test(patient, FormulationFactory(substances=MIX), by=practitioner, at=NOW)


def lacks(api: APIClient, session: Session) -> set[str]:
    syringe = drawn_for(session, User.objects.get(email="practitioner@example.test"))
    answer = api.post(f"/api/v1/sessions/{session.pk}/start/", SENT | {"drawn_up": as_json(syringe)})
    return {reason["code"] for reason in answer.json().get("reasons", ())} if answer.status_code == 422 else set()


def reading(api: APIClient, test: AllergyTest, when: datetime, **given: Any) -> Any:
    body = {"read_at": when.isoformat(), "result": "negative", **given}
    with time_machine.travel(when, tick=False):
        return api.post(f"/api/v1/allergy-tests/{test.pk}/readings/", body)


class TestAge:
    @pytest.mark.parametrize(("days", "serves"), [(30, True), (31, False)])
    def test_d42_before_the_first_session_a_test_serves_thirty_days(
        self, days: int, serves: bool, treatment: Session, doctor: APIClient
    ):
        given = NOW - days * DAY
        AllergyTest.objects.update(administered_at=given)
        AllergyTestReading.objects.update(read_at=given + DAY)
        assert lacks(doctor, treatment) == (set() if serves else {"allergy_test"})

    @pytest.mark.parametrize(("days", "serves"), [(184, True), (200, False)])
    def test_d42_after_that_six_months_and_the_tolerance_from_the_last_session_with_the_mix(
        self, days: int, serves: bool, treatment: Session, doctor: APIClient
    ):
        last = NOW - days * DAY
        AllergyTest.objects.update(administered_at=last - 3 * DAY)
        AllergyTestReading.objects.update(read_at=last - 2 * DAY)
        make_done(treatment, last)
        Session.objects.filter(pk=treatment.pk).update(ideal=TODAY, latest=TODAY + 14 * DAY)
        assert lacks(doctor, treatment) == (set() if serves else {"allergy_test"})

    def test_d42_a_session_with_another_mix_keeps_no_test_alive(self, treatment: Session, doctor: APIClient):
        last = NOW - 60 * DAY
        AllergyTest.objects.update(administered_at=last - 3 * DAY)
        AllergyTestReading.objects.update(read_at=last - 2 * DAY)
        make_done(treatment, last, formulation=FormulationFactory(substances={"vitamins": "2.0"}))
        assert lacks(doctor, treatment) == {"allergy_test"}

    @pytest.mark.parametrize(("hours", "status"), [(72, 201), (100, 400)])
    def test_d42_after_72_hours_symptoms_since_are_asked_over_http_too(
        self, hours: int, status: int, tested: AllergyTest, doctor: APIClient
    ):
        answer = reading(doctor, tested, NOW + timedelta(hours=hours))
        assert answer.status_code == status
        if status == 400:
            assert [error["field"] for error in answer.json()["errors"]] == ["symptoms_since"]
            assert reading(doctor, tested, NOW + timedelta(hours=hours), symptoms_since="none").status_code == 201

    def test_d42_and_on_the_page(self, tested: AllergyTest, practitioner: User, browser_of: Browser):
        browser, later = browser_of(practitioner), NOW + timedelta(hours=100)
        with time_machine.travel(later, tick=False):
            browser = browser_of(practitioner)
            given = {"read_at": "2026-05-09T14:00", "result": "negative", "look": "delayed"}
            page = browser.post(reverse("patients:reading", args=[tested.pk]), given)
        assert "More than 72 hours have passed" in page.content.decode()
        assert not AllergyTestReading.objects.exists()

    @pytest.mark.parametrize(("ahead", "leads"), [(20, False), (40, True)])
    def test_d42_a_course_that_starts_after_the_test_has_aged_begins_with_another(
        self, ahead: int, leads: bool, clinic: Location, patient: Patient, practitioner: User, doctor: APIClient
    ):
        mix = FormulationFactory(substances=MIX)
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        draft = make_course(patient, clinic, practitioner, formulation=mix, start_on=TODAY + ahead * DAY)
        asked = doctor.post(f"/api/v1/courses/{draft.pk}/proposals/", {})
        assert asked.status_code == 202
        from_worker = build(asked.json()["id"])
        assert (from_worker[0]["kind"] == "allergy_test") is leads


def build(proposal: str) -> list[dict[str, Any]]:
    """What the worker finds."""
    built = build_proposal(proposal_id=int(proposal), now=NOW)
    assert built is not None
    return built.sessions


def decide_all(patient: Patient, mix: Formulation, by: User) -> None:
    """A prescriber has looked at the names that no rule knows."""
    plan = plan_of(
        areas=TreatmentArea.objects.filter(code="thigh"),
        indication=Indication.objects.get(code="cellulite"),
        formulation=mix,
    )
    for found in evaluate(patient, TODAY, plan=plan).holding:
        decide_finding(
            patient=patient, code=found.code, decision="approve", reason="Looked at", plan=plan, formulation=mix,
            by=by, now=NOW,
        )  # fmt: skip


def make_done(like: Session, when: datetime, **plan: Any) -> None:
    """A treatment that took place then, in a course of its own."""
    course = make_course(
        like.patient,
        like.location,
        like.course.created_by,
        formulation=plan.get("formulation", like.course.formulation),
    )
    Session.objects.create(
        patient=like.patient,
        course=course,
        location=like.location,
        kind="treatment",
        sequence=1,
        phase=1,
        status="completed",
        performed_at=when,
    )


class TestLooks:
    def test_d50_a_wheal_at_fifteen_minutes_is_positive_and_needs_no_other_reading(
        self, tested: AllergyTest, doctor: APIClient
    ):
        seen = {"look": "immediate", "result": "positive", "wheal_mm": 6, "flare_mm": 12}
        answer = reading(doctor, tested, NOW + timedelta(minutes=15), **seen)
        assert (answer.status_code, answer.json()["look"]) == (201, "immediate")
        suspected = Allergy.objects.filter(patient=tested.patient, verification="unconfirmed")
        assert {row.substance.code for row in suspected} == {*MIX, *tested.named}
        assert not allergy.tests_to_read(NOW + 2 * DAY).exists()
        Message.objects.all().delete()
        arm_due(now=NOW + DAY)
        assert not Message.objects.filter(kind="reading_due").exists()

    def test_d50_nothing_at_fifteen_minutes_leaves_the_reading_due(self, tested: AllergyTest, doctor: APIClient):
        assert reading(doctor, tested, NOW + timedelta(minutes=15), **FIRST_LOOK).status_code == 201
        assert list(allergy.tests_to_read(NOW + 2 * DAY)) == [tested]
        Message.objects.all().delete()
        arm_due(now=NOW + DAY)
        assert Message.objects.filter(kind="reading_due").exists()

    @pytest.mark.parametrize("minutes", [14, 61])
    def test_d50_the_first_look_has_its_time(self, minutes: int, tested: AllergyTest, doctor: APIClient):
        answer = reading(doctor, tested, NOW + timedelta(minutes=minutes), **FIRST_LOOK)
        assert answer.status_code == 422
        assert not AllergyTestReading.objects.exists()

    def test_d50_a_delayed_reading_before_24_hours_is_refused(self, tested: AllergyTest, doctor: APIClient):
        assert reading(doctor, tested, NOW + timedelta(hours=23)).status_code == 422

    @pytest.mark.parametrize(
        ("name", "taken", "hides"),
        [
            ("Cetirizine 10 mg", 7, True),
            ("Cetirizine 10 mg", 8, False),
            ("Prednisone", 2, True),
            ("vitamin D", 1, False),
        ],
    )
    def test_d50_a_medicine_that_hides_reactions_postpones_the_test_or_is_acknowledged(
        self, name: str, taken: int, hides: bool, clinic: Location, patient: Patient, practitioner: User,
        doctor: APIClient,
    ):  # fmt: skip
        hold_consultation(patient, location=clinic, at=NOW)
        medicine = {"name": name, "purpose": "hay fever", "last_taken": (TODAY - taken * DAY).isoformat()}
        take_intake(patient, by=practitioner, now=NOW, takes_medicines=True, medicine_names=[medicine])
        consent_to(patient, "test", by=practitioner, at=NOW)
        mix = FormulationFactory(substances=MIX)
        decide_all(patient, mix, practitioner)
        product = a_product("vitamins")
        lot = a_lot(product, clinic, practitioner)
        body = {
            "formulation": str(mix.pk),
            "administered_at": NOW.isoformat(),
            "injections": 1,
            "site": "Left forearm",
            "emergency_kit": True,
            "drawn_up": [{"product": str(product.pk), "lot": lot.number, "amount": "0.1"}],
        }
        url = f"/api/v1/patients/{patient.pk}/allergy-tests/"
        answer = doctor.post(url, body)
        codes = {reason["code"] for reason in answer.json().get("reasons", ())}
        assert ("medicine_hides_reaction" in codes) is hides
        if hides:
            assert doctor.post(url, body | {"acknowledged": "Cannot wait: the course starts abroad"}).status_code == 201


class TestConsultation:
    @pytest.mark.parametrize(("days", "counts"), [(365, True), (366, False)])
    def test_d37_it_counts_for_twelve_months(self, days: int, counts: bool, treatment: Session, doctor: APIClient):
        Session.objects.filter(kind="consultation").update(performed_at=NOW - days * DAY)
        assert lacks(doctor, treatment) == (set() if counts else {"consultation"})

    def test_d37_a_plan_beyond_what_was_talked_about_needs_another(self, treatment: Session, doctor: APIClient):
        about = {"areas": ["abdomen"], "indications": ["cellulite"]}
        Session.objects.filter(kind="consultation").update(talked_about=about)
        assert lacks(doctor, treatment) == {"consultation"}
        Session.objects.filter(kind="consultation").update(talked_about=about | {"areas": ["abdomen", "thigh"]})
        assert lacks(doctor, treatment) == set()

    def test_d37_another_indication_needs_another(self, treatment: Session, doctor: APIClient):
        Session.objects.filter(kind="consultation").update(
            talked_about={"areas": ["thigh"], "indications": ["wrinkles"]}
        )
        assert lacks(doctor, treatment) == {"consultation"}

    def test_d37_over_http_it_names_areas_and_indications(
        self, treatment: Session, practitioner: User, doctor: APIClient
    ):
        Session.objects.filter(kind="consultation").delete()
        body = {
            "patient": str(treatment.patient_id),
            "kind": "consultation",
            "practitioner": str(practitioner.staff.practitioner.pk),
            "performed_at": (NOW - timedelta(hours=1)).isoformat(),
        }
        half = doctor.post("/api/v1/sessions/", body | {"areas": ["thigh"]})
        assert (half.status_code, half.json()["errors"][0]["field"]) == (400, "indications")
        unknown = doctor.post("/api/v1/sessions/", body | {"areas": ["nowhere"], "indications": ["cellulite"]})
        assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "areas")
        assert lacks(doctor, treatment) == {"consultation"}
        assert (
            doctor.post("/api/v1/sessions/", body | {"areas": ["thigh"], "indications": ["cellulite"]}).status_code
            == 201
        )
        assert lacks(doctor, treatment) == set()

    def test_d37_a_severe_reaction_ends_it(self, treatment: Session, practitioner: User, doctor: APIClient):
        AdverseEvent.objects.create(
            patient=treatment.patient,
            reported_by=practitioner,
            text="Faint",
            severity="severe",
            onset_at=NOW - DAY,
            reported_at=NOW - DAY,
            answer_by=NOW,
        )
        assert "consultation" in lacks(doctor, treatment)
        hold_consultation(treatment.patient, location=treatment.location, at=NOW)
        assert "consultation" not in lacks(doctor, treatment)

    @pytest.mark.parametrize(
        ("named", "ends"), [("anaphylaxis", True), ("trouble_breathing", True), ("infection", False), ("oedema", False)]
    )
    def test_d37_one_that_is_named_as_severe_ends_it_however_it_was_graded(
        self, named: str, ends: bool, treatment: Session, practitioner: User, doctor: APIClient
    ):
        AdverseEvent.objects.create(
            patient=treatment.patient, reported_by=practitioner, severity="mild", onset_at=NOW - DAY,
            reaction=ExpectedReaction.objects.get(code=named), reported_at=NOW - DAY, answer_by=NOW, closed_at=NOW,
            decided_by=practitioner, decided_at=NOW, decision="Goes on", outcome="gone",
        )  # fmt: skip
        assert ("consultation" in lacks(doctor, treatment)) is ends

    @pytest.mark.parametrize(
        ("answer", "ends"), [("pregnant", True), ("breastfeeding", True), ("stroke", True), ("infection", False)]
    )
    def test_d37_what_came_up_since_ends_it_also_when_it_is_over_and_a_healed_infection_does_not(
        self, answer: str, ends: bool, treatment: Session, practitioner: User, doctor: APIClient
    ):
        told = take_intake(treatment.patient, by=practitioner, now=NOW, **{answer: True})
        over = {"answers": {answer: False}, "amends": told, "reason": "Over"}
        amend_answers(patient=treatment.patient, by=practitioner, now=NOW, **over)
        check_same_day(treatment.patient, by=practitioner, now=NOW)
        assert lacks(doctor, treatment) == ({"consultation"} if ends else set())

    def test_d37_the_next_one_is_listed_thirty_days_before(
        self, treatment: Session, desk: User, browser_of: Browser, clinic: Location
    ):
        browser = browser_of(desk)

        def listed(days: int) -> list[Any]:
            Session.objects.filter(kind="consultation").update(performed_at=NOW - days * DAY)
            return list(browser.get(reverse("desk:worklists"), {"tab": "consultations"}).context["rows"])

        assert listed(365 - 31) == []
        assert listed(365 - 29) == [treatment.course]
        a_visit(treatment.patient, at(16), treatment.course.created_by, desk)
        assert listed(365 - 29) == []
