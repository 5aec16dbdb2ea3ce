"""What is drawn up is compared before the needle, on the page and over HTTP, and answered for afterwards (D40, D52)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.actions.allergies import record_allergy
from patients.models import AllergyTest, Patient
from protocols.actions.policies import set_policy
from protocols.models import Substance
from scheduling.models import Course, DrawnUp, Lot, LotAlert, Message, Product, Session, TreatmentRecord
from scheduling.treatment.actions.visits import arrive
from tests.factories import NOW, TODAY, FormulationFactory, LocationFactory
from tests.scheduling.course_steps import MIX
from tests.scheduling.visits import a_session
from tests.steps import ANTISEPSIS, BORN, SAID, SENT, check_same_day, consent_to, hold_consultation, take_intake
from tests.stock import a_lot, a_product, as_form, as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
DAY = timedelta(days=1)


@pytest.fixture
def visit(course: Course, patient: Patient, desk: User) -> Session:
    """A treatment that is here, well and ready but for what is drawn up."""
    session: Session = course.sessions.get(sequence=1)
    check_same_day(patient, by=desk, now=NOW)
    return arrive(session=session, answers={}, born=BORN, by=desk, now=NOW, version=None).session


@pytest.fixture
def lines(visit: Session, practitioner: User) -> list[dict[str, str]]:
    """What is drawn up as the course means it, as a caller of the API sends it."""
    return as_json(drawn_for(visit, practitioner))


@pytest.fixture
def start(visit: Session, practitioner: User, api_of: Api) -> Callable[..., Any]:
    def begin(lines: list[dict[str, Any]] | None = None, by: User = practitioner, **more: Any) -> Any:
        drawn = {} if lines is None else {"drawn_up": lines}
        return api_of(by).post(f"/api/v1/sessions/{visit.pk}/start/", {**SENT, **drawn, **more})

    return begin


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def vitamins() -> Lot:
    return Lot.objects.get(product__substance__code="vitamins")


class TestBeforeTheStart:
    def test_what_matches_starts_is_kept_and_leaves_the_stock(self, visit: Session, lines: Any, start: Any):
        assert start(lines).json()["status"] == "in_progress"
        kept = DrawnUp.objects.filter(session=visit).values_list("named", "number", "amount")
        assert ("Vitamins ampoule", "A1", Decimal(2)) in list(kept)
        assert vitamins().left == 98

    def test_nothing_drawn_up_does_not_start_and_an_old_client_is_told_the_field(self, visit: Session, start: Any):
        answer = start()
        assert (answer.status_code, codes(answer), fields(answer)) == (422, ["nothing_drawn_up"], ["drawn_up"])
        assert not TreatmentRecord.objects.exists()

    def test_another_product_of_the_same_class_does_not_start(
        self, visit: Session, clinic: Location, lines: Any, start: Any, practitioner: User
    ):
        other = a_product("vitamins", name="B5 ampoule")
        other.ingredients.set(Substance.objects.filter(code="dexpanthenol"))
        a_lot(other, clinic, practitioner)
        answer = start([{**lines[0], "product": str(other.pk)}, *lines[1:]])
        assert (codes(answer), fields(answer)) == (["product_not_tested"], ["drawn_up.0.product"])

    def test_something_else_altogether_does_not_start(
        self, clinic: Location, lines: Any, start: Any, practitioner: User
    ):
        minoxidil = a_product("minoxidil")
        answer = start([*lines, {"product": str(minoxidil.pk), "amount": "50"}])
        assert codes(answer) == ["product_not_tested", "lot_missing"]
        assert fields(answer) == ["drawn_up.2.product", "drawn_up.2.lot"]

    def test_saline_is_added_with_its_lot_and_without_a_test(
        self, clinic: Location, lines: Any, start: Any, practitioner: User
    ):
        saline = Product.objects.create(name="Saline", carrier=True)
        assert codes(start([*lines, {"product": str(saline.pk), "amount": "5"}])) == ["lot_missing"]
        a_lot(saline, clinic, practitioner, number="S1")
        assert start([*lines, {"product": str(saline.pk), "lot": "s1", "amount": "5"}]).status_code == 200

    def test_a_class_without_named_ingredients_does_not_start(self, lines: Any, start: Any):
        a_product("vitamins").ingredients.clear()
        assert codes(start(lines)) == ["product_not_named"]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"expires_on": TODAY - DAY}, "lot_expired"),
            ({"state": "recalled", "state_reason": "glass"}, "lot_recalled"),
            ({"state": "quarantined", "state_reason": "glass"}, "lot_quarantined"),
        ],
    )
    def test_a_lot_that_may_not_be_used(
        self, change: dict[str, Any], code: str, visit: Session, lines: Any, start: Any,
        browser_of: Browser, practitioner: User,
    ):  # fmt: skip
        syringe = drawn_for(visit, practitioner)
        Lot.objects.filter(pk=vitamins().pk).update(**change)
        answer = start(lines)
        assert (answer.status_code, codes(answer), fields(answer)) == (422, [code], ["drawn_up.0.lot"])
        page = browser_of(practitioner).post(reverse("desk:visit_chair", args=[visit.pk]), as_form(syringe, **SENT))
        assert page.status_code == 422
        assert list(page.context["start_form"].lines[0].errors) == ["lot"]
        assert not DrawnUp.objects.filter(session=visit).exists()

    @pytest.mark.parametrize(("lot", "code"), [("UNKNOWN-1", "lot_unknown"), ("", "lot_missing")])
    def test_a_lot_that_nobody_received(self, lot: str, code: str, lines: Any, start: Any):
        assert codes(start([{**lines[0], "lot": lot}, *lines[1:]])) == [code]

    def test_a_lot_of_another_location(self, lines: Any, start: Any):
        Lot.objects.filter(pk=vitamins().pk).update(location=LocationFactory(name="Elsewhere"))
        assert codes(start(lines)) == ["lot_elsewhere"]

    def test_a_lot_serves_through_its_expiry_date(self, lines: Any, start: Any):
        Lot.objects.update(expires_on=TODAY)
        assert start(lines).status_code == 200

    def test_an_excipient_that_the_patient_is_allergic_to(
        self, visit: Session, lines: Any, start: Any, practitioner: User
    ):
        alcohol = Substance.objects.get(code="benzyl_alcohol")
        record_allergy(patient=visit.patient, substance=alcohol, note="hives", by=practitioner, now=NOW)
        assert "product_allergy" in codes(start(lines))


class TestLimits:
    def test_beyond_the_maximum_a_prescriber_says_why(
        self, lines: Any, start: Any, practitioner: User, colleague: User
    ):
        Product.objects.filter(substance__code="vitamins").update(most_per_session=1)
        why = {"over_maximum_reason": "two large areas"}
        assert (codes(start(lines)), fields(start(lines))) == (["over_maximum"], ["over_maximum_reason"])
        assert codes(start(lines, by=colleague, **why)) == ["over_maximum"]
        assert start(lines, **why).status_code == 200
        assert "two large areas" in DrawnUp.objects.values_list("reason", flat=True)

    def test_a_maximum_that_is_not_set_is_shown_as_not_set_and_goes_on(
        self, lines: Any, start: Any, browser_of: Browser, practitioner: User
    ):
        assert "not set" in browser_of(practitioner).get(reverse("desk:products")).content.decode()
        assert start(lines).status_code == 200

    def test_local_anaesthetic_is_counted_by_weight(self, lines: Any, start: Any, director: User):
        Product.objects.filter(substance__code="vitamins").update(anaesthetic_mg_per_unit=100)  # 200 mg
        assert codes(start(lines)) == ["weight_missing"]
        assert codes(start(lines, weight_kg="60")) == ["over_anaesthetic"]
        four_and_a_half = {"value": "four_and_a_half_mg_per_kg", "reason": "with monitoring"}
        set_policy(code="anaesthetic_limit", by=director, now=NOW, **four_and_a_half)
        assert start(lines, weight_kg="60").status_code == 200

    def test_a_multi_dose_vial_carries_its_opening_date(self, lines: Any, start: Any):
        Product.objects.filter(substance__code="vitamins").update(container="multi_dose")
        assert (codes(start(lines)), fields(start(lines))) == (["vial_not_dated"], ["drawn_up.0.opened_on"])
        old, fresh = (str(TODAY - days * DAY) for days in (29, 28))
        assert codes(start([{**lines[0], "opened_on": old}, *lines[1:]])) == ["vial_too_old"]
        assert start([{**lines[0], "opened_on": fresh}, *lines[1:]]).status_code == 200
        assert vitamins().opened_on == TODAY - 28 * DAY


class TestThePage:
    def test_proposes_the_lot_that_expires_first_and_starts(
        self, visit: Session, clinic: Location, lines: Any, browser_of: Browser, practitioner: User
    ):
        a_lot(vitamins().product, clinic, practitioner, number="B2", expires_on=TODAY + DAY)
        browser, here = browser_of(practitioner), reverse("desk:visit_chair", args=[visit.pk])
        rows = browser.get(here).context["start_form"].lines
        assert [row["lot"].value() for row in rows] == ["A1", "B2", None, None] or [
            row["lot"].value() for row in rows
        ] == ["B2", "A1", None, None]
        assert browser.post(here, as_form(drawn_for(visit, practitioner), **SENT)).status_code == 302

    def test_a_lot_just_delivered_is_received_in_the_same_step(
        self, visit: Session, browser_of: Browser, practitioner: User
    ):
        form = as_form(drawn_for(visit, practitioner), **SENT)
        here, browser = reverse("desk:visit_chair", args=[visit.pk]), browser_of(practitioner)
        form |= {"drawn-0-lot": "NEW-1", "drawn-0-delivered": "20"}
        assert list(browser.post(here, form).context["start_form"].lines[0].errors) == ["expires_on"]
        assert not Lot.objects.filter(number="NEW-1").exists()
        assert browser.post(here, form | {"drawn-0-expires_on": "2027-05-31"}).status_code == 302
        assert Lot.objects.get(number="NEW-1").left < 20

    def test_a_scanned_code_says_product_lot_and_date(self, visit: Session, browser_of: Browser, practitioner: User):
        form = as_form(drawn_for(visit, practitioner), **SENT)
        here, browser = reverse("desk:visit_chair", args=[visit.pk]), browser_of(practitioner)
        scan = {"drawn-0-lot": "(01)09506000134352(17)270500(10)HA2231", "drawn-0-delivered": "20"}
        assert browser.post(here, form | scan).status_code == 302
        assert str(Lot.objects.get(number="HA2231").expires_on) == "2027-05-31"
        broken = {"drawn-0-lot": "(01)09506000134353(17)270500(10)HA2231"}
        assert browser.post(here, form | broken).status_code == 422


class TestTheRecord:
    @pytest.fixture
    def begun(self, visit: Session, lines: Any, start: Any) -> Session:
        assert start(lines).status_code == 200
        visit.refresh_from_db()
        return visit

    def complete(self, api: APIClient, begun: Session, *used: dict[str, str], **more: str) -> Any:
        record = {"areas": ["thigh"], "substances": list(used), **ANTISEPSIS, **more}
        return api.post(f"/api/v1/sessions/{begun.pk}/complete/", {"record": record})

    def test_what_was_drawn_up_is_used_with_its_lots(self, begun: Session, api_of: Api, practitioner: User):
        answer = self.complete(api_of(practitioner), begun, {"code": "vitamins", "amount": "1.5"})
        assert answer.json()["status"] == "completed"
        assert TreatmentRecord.objects.get(session=begun).substances[0]["lot"] == "A1"
        assert not LotAlert.objects.exists()

    @pytest.mark.parametrize(
        "used",
        [
            {"code": "minoxidil", "amount": "50", "lot": "M1"},
            {"code": "vitamins", "amount": "1", "lot": "EXPIRED-2019"},
            {"code": "vitamins", "amount": "20", "lot": "A1"},
        ],
    )
    def test_anything_else_is_recorded_only_with_a_reason_and_a_director_is_told(
        self, used: dict[str, str], begun: Session, api_of: Api, browser_of: Browser, practitioner: User, director: User
    ):
        refused = self.complete(api_of(practitioner), begun, used)
        assert (refused.status_code, fields(refused)) == (422, ["substances.0.code", "product_reason"])
        other = self.complete(api_of(practitioner), begun, used, deviation_reason="early")
        assert other.status_code == 422  # a reason for one deviation never serves for another
        assert self.complete(api_of(practitioner), begun, used, product_reason="taken by mistake").status_code == 200
        alert = LotAlert.objects.get(session=begun)
        list_of_lots = reverse("desk:worklists") + "?tab=lot_alerts"
        assert "taken by mistake" in browser_of(director).get(list_of_lots).content.decode()
        assert "as drawn up" in browser_of(director).get(reverse("desk:today")).content.decode()
        browser_of(director).post(reverse("desk:lot_alert_seen", args=[alert.pk]))
        assert "taken by mistake" not in browser_of(director).get(list_of_lots).content.decode()

    def test_another_box_leaves_the_stock_and_comes_back_when_it_never_was(
        self, begun: Session, clinic: Location, api_of: Api, practitioner: User
    ):
        box, doctor = a_lot(a_product("vitamins"), clinic, practitioner, number="B7", left=50), api_of(practitioner)
        used = {"code": "vitamins", "amount": "2", "lot": "b7"}
        assert self.complete(doctor, begun, used, product_reason="taken by mistake").status_code == 200
        box.refresh_from_db()
        assert box.left == 48
        doctor.post(f"/api/v1/sessions/{begun.pk}/in-error/", {"reason": "It was Lia, not Ana"})
        box.refresh_from_db()
        assert box.left == 50

    def test_a_box_nobody_knew_is_recalled_for_whoever_received_it(
        self, begun: Session, clinic: Location, api_of: Api, browser_of: Browser, practitioner: User, director: User
    ):
        used = {"code": "vitamins", "amount": "1", "lot": "EXPIRED-2019"}
        self.complete(api_of(practitioner), begun, used, product_reason="taken by mistake")
        late = a_lot(a_product("vitamins"), clinic, practitioner, number="expired-2019")
        here = reverse("desk:lot_recall", args=[late.pk])
        assert browser_of(director).post(here, {"expect": "1", "reason": "Glass in the vial"}).status_code == 302
        assert Message.objects.filter(kind="recall", patient=begun.patient).exists()

    def test_a_box_that_was_recalled_before_it_was_written_down_is_told_too(
        self, begun: Session, clinic: Location, api_of: Api, practitioner: User
    ):
        a_lot(a_product("vitamins"), clinic, practitioner, number="B7", state="recalled", state_reason="Glass")
        used = {"code": "vitamins", "amount": "2", "lot": "B7"}
        self.complete(api_of(practitioner), begun, used, product_reason="taken by mistake")
        assert Message.objects.filter(kind="recall", patient=begun.patient, session=begun).exists()


class TestTheAllergyTest:
    @pytest.fixture
    def ready(self, clinic: Location, patient: Patient, practitioner: User) -> Patient:
        hold_consultation(patient, location=clinic, at=NOW - DAY)
        take_intake(patient, by=practitioner, now=NOW - DAY)
        consent_to(patient, "test", by=practitioner, at=NOW - DAY)
        return patient

    @pytest.fixture
    def given(self, ready: Patient) -> dict[str, Any]:
        mix = FormulationFactory(substances=MIX)
        at = {"administered_at": NOW.isoformat(), "injections": 1, "site": "Left forearm", "emergency_kit": True}
        return {"formulation": str(mix.pk), **at}

    def test_a_class_is_tested_by_a_product_that_names_what_is_in_it(
        self, ready: Patient, clinic: Location, given: dict[str, Any], api_of: Api, practitioner: User
    ):
        here = f"/api/v1/patients/{ready.pk}/allergy-tests/"
        refused = api_of(practitioner).post(here, given)
        assert (refused.status_code, codes(refused), fields(refused)) == (422, ["product_not_named"], ["drawn_up"])
        product = a_product("vitamins")
        line = {"product": str(product.pk), "lot": "A1", "amount": "0.1"}
        assert codes(api_of(practitioner).post(here, {**given, "drawn_up": [line]})) == ["lot_unknown"]
        a_lot(product, clinic, practitioner)
        assert api_of(practitioner).post(here, {**given, "drawn_up": [line]}).status_code == 201
        test = AllergyTest.objects.get()
        assert test.named == ["ascorbic_acid", "benzyl_alcohol"]
        assert [used.number for used in test.drawn_up.all()] == ["A1"]

    def test_at_another_location_its_lots_and_its_emergency_kit_count(
        self, ready: Patient, given: dict[str, Any], api_of: Api, practitioner: User
    ):
        there = LocationFactory(name="Lisboa", adrenaline_expires_on=TODAY - DAY)
        a_session(ready, there, kind="allergy_test", status="in_progress")
        lot = a_lot(a_product("vitamins"), there, practitioner)
        line = {"product": str(lot.product_id), "lot": "A1", "amount": "0.1"}
        here = f"/api/v1/patients/{ready.pk}/allergy-tests/"
        assert codes(api_of(practitioner).post(here, {**given, "drawn_up": [line]})) == ["kit_expired"]
        Location.objects.filter(pk=there.pk).update(adrenaline_expires_on=TODAY)
        assert api_of(practitioner).post(here, {**given, "drawn_up": [line]}).status_code == 201

    def test_the_page_takes_the_products_too(
        self, ready: Patient, clinic: Location, given: dict[str, Any], browser_of: Browser, practitioner: User
    ):
        here = reverse("patients:allergy_test", args=[ready.pk])
        form = {**given, **SAID, "administered_at": "2026-05-05T10:00", "emergency_kit": "on"}
        assert "a class" in browser_of(practitioner).post(here, form).content.decode()
        product = a_product("vitamins")
        a_lot(product, clinic, practitioner)
        line = {"drawn-0-product": str(product.pk), "drawn-0-lot": "A1", "drawn-0-amount": "0.1"}
        sent = {**form, "drawn-TOTAL_FORMS": "1", "drawn-INITIAL_FORMS": "0", **line}
        another = browser_of(practitioner).post(here, sent | {"birth_day": 15})
        assert "not the birthday" in another.content.decode()
        assert not AllergyTest.objects.exists()
        assert browser_of(practitioner).post(here, sent).status_code == 302
        assert AllergyTest.objects.get().drawn_up.get().lot.number == "A1"
