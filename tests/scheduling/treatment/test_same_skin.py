"""Two courses of one patient never treat the same skin closer than the larger of their floors, whatever came between
the plan and the needle (D06)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Course, Deviation, Session
from tests.factories import NOW
from tests.scheduling.course_steps import make_course
from tests.steps import ANTISEPSIS, DAY, SAID, SENT, check_same_day, clear_answers
from tests.stock import as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Api = Callable[[User | None], APIClient]


@pytest.fixture
def treated(course: Course, patient: Patient, clinic: Location, practitioner: User) -> Callable[..., Session]:
    """Another course of the patient had a session so many days ago."""

    def act(days: int, *areas: str) -> Session:
        other = make_course(patient, clinic, practitioner, areas=areas, status="active", formulation=course.formulation)
        return Session.objects.create(
            patient=patient, course=other, location=clinic, kind="treatment", sequence=1, phase=1,
            status="completed", performed_at=NOW - days * DAY,
        )  # fmt: skip

    return act


def start(first: Session, api: APIClient, by: User) -> Any:
    come = {"answers": clear_answers("same_day"), **SAID}
    assert api.post(f"/api/v1/sessions/{first.pk}/check-in/", come).status_code == 200
    return api.post(f"/api/v1/sessions/{first.pk}/start/", {**SENT, "drawn_up": as_json(drawn_for(first, by))})


@pytest.mark.parametrize(
    ("days", "area", "code"),
    [(14, "thigh", "area_floor"), (15, "thigh", ""), (1, "inner_thigh", "area_floor"), (1, "abdomen", "")],
)
def test_it_does_not_start_on_skin_that_another_course_treated(
    days: int, area: str, code: str, treated: Any, course: Course, practitioner: User, api_of: Api
):
    treated(days, area)
    answer = start(course.sessions.get(sequence=1), api_of(practitioner), practitioner)
    assert answer.status_code == (422 if code else 200), answer.content
    assert [each["code"] for each in answer.json().get("reasons", ())] == ([code] if code else [])


def test_what_happened_all_the_same_is_entered_with_its_own_reason(
    treated: Any, course: Course, patient: Patient, practitioner: User, api_of: Api
):
    treated(1, "thigh")
    first, happened = course.sessions.get(sequence=1), NOW - timedelta(minutes=30)
    check_same_day(patient, by=practitioner, now=happened)
    drawn_for(first, practitioner)
    record = {"areas": ["thigh"], "substances": [{"code": "vitamins", "amount": "2", "lot": "A1"}], **ANTISEPSIS}
    body = {"performed_at": happened.isoformat(), "record": record, "emergency_kit": True, "consent_confirmed": True}
    enter = f"/api/v1/sessions/{first.pk}/enter/"
    refused = api_of(practitioner).post(enter, {**body, **SAID, "reasons": {"early": "She travels"}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reasons.area_floor")
    said = {"reasons": {"area_floor": "She travels"}}
    assert api_of(practitioner).post(enter, {**body, **SAID, **said}).status_code == 200
    assert Deviation.objects.get(session=first).code == "area_floor"
