"""A treatment entered afterwards answers for its lots, takes them from the stock and is found by them (D39, D40)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Deviation, DrawnUp, Lot, Session
from scheduling.treatment.queries.stock import received
from tests.factories import NOW, TODAY, LocationFactory
from tests.steps import ANTISEPSIS, DAY, SAID, check_same_day
from tests.stock import a_lot, a_product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten", "kept_course")]

Api = Callable[[User | None], APIClient]
VITAMINS = {"code": "vitamins", "amount": "2", "lot": "A1"}


@pytest.fixture
def lot(clinic: Location, practitioner: User) -> Lot:
    return a_lot(a_product("vitamins"), clinic, practitioner)


@pytest.fixture
def enter(clinic: Location, patient: Patient, practitioner: User, api_of: Api, lot: Lot) -> Callable[..., Any]:
    """Enter the treatment that took place half an hour ago, when everything was in order."""
    session = patient.courses.get().sessions.get(sequence=1)
    happened = NOW - timedelta(minutes=30)
    check_same_day(patient, by=practitioner, now=happened)

    def send(*used: dict[str, str], areas: Sequence[str] = ("thigh",), **reasons: str) -> Any:
        record = {"areas": list(areas), "substances": list(used), **ANTISEPSIS}
        body = {"performed_at": happened.isoformat(), "record": record, "reasons": reasons}
        body |= {"emergency_kit": True, "consent_confirmed": True, **SAID}
        return api_of(practitioner).post(f"/api/v1/sessions/{session.pk}/enter/", body)

    return send


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


def test_a_treatment_entered_afterwards_is_found_by_its_lot(enter: Any, lot: Lot, patient: Patient):
    answer = enter(VITAMINS)
    assert answer.status_code == 200, answer.content
    assert [use.patient for use in received(DrawnUp.objects.all(), "a1")] == [patient]
    lot.refresh_from_db()
    assert lot.left == Decimal(98)
    assert not Deviation.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires_on": TODAY - DAY}, "lot_expired"),
        ({"state": "recalled", "state_reason": "glass"}, "lot_recalled"),
        ({"state": "quarantined", "state_reason": "glass"}, "lot_quarantined"),
        ({"number": "A2"}, "lot_unknown"),
        ({}, "lot_elsewhere"),
    ],
)
def test_a_lot_that_could_not_be_used_needs_its_own_reason(change: dict[str, Any], code: str, enter: Any, lot: Lot):
    Lot.objects.filter(pk=lot.pk).update(**(change or {"location": LocationFactory(name="Elsewhere")}))
    refused = enter(VITAMINS, early="travels")
    assert (refused.status_code, codes(refused)) == (422, [code])
    assert not DrawnUp.objects.exists()
    assert Session.objects.filter(status="completed", kind="treatment").count() == 0
    assert enter(VITAMINS, **{code: "taken by mistake"}).status_code == 200
    kept = Deviation.objects.get()
    assert (kept.code, kept.serious, kept.reason) == (code, True, "taken by mistake")
    assert DrawnUp.objects.get().reason == "taken by mistake"


def test_what_was_never_tested_and_is_on_no_shelf_is_answered_for_too(enter: Any):
    other = {"code": "minoxidil", "amount": "50", "lot": "M1"}
    assert codes(enter(VITAMINS, other)) == ["lot_unknown"]
    assert enter(VITAMINS, other, lot_unknown="brought by the patient").status_code == 200
    assert {(use.named, use.number) for use in DrawnUp.objects.all()} >= {("minoxidil", "M1")}


def test_an_area_beyond_the_plan_needs_its_own_reason(enter: Any, patient: Patient):
    refused = enter(VITAMINS, areas=["abdomen"])
    assert (refused.status_code, codes(refused)) == (422, ["area_beyond_plan"])
    assert enter(VITAMINS, areas=["abdomen"], area_beyond_plan="She asked for it").status_code == 200
    assert Deviation.objects.get().reason == "She asked for it"
