"""A birthday at the upper age inside a course: told when planning, and nothing is proposed from that day on (D48)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Location, User
from patients.models import Patient
from protocols.actions.policies import set_policy
from protocols.models import Formulation
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.models import Course, Session
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.steps import make_ready

Caller = Callable[[User | None], APIClient]
Browsers = Callable[[User | None], Client]
ROME = ZoneInfo("Europe/Rome")
THIRD, FOURTH = date(2026, 6, 4), date(2026, 6, 19)  # ideal days of P07 begun on 5 May 2026


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def mix(catalogue: None) -> Formulation:
    return FormulationFactory(substances=MIX)


@pytest.fixture
def propose(
    clinic: Location, patient: Patient, practitioner: User, mix: Formulation, api_of: Caller
) -> Callable[[date], tuple[Course, dict[str, Any]]]:
    """The schedule over HTTP for a patient born on a day."""

    def proposed(born: date) -> tuple[Course, dict[str, Any]]:
        patient.birth_date = born
        patient.save()
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        course, api = make_course(patient, clinic, practitioner, formulation=mix), api_of(practitioner)
        asked = api.post(f"/api/v1/courses/{course.pk}/proposals/", {}).json()
        build_proposal(proposal_id=int(asked["id"]), now=NOW)
        return course, api.get(f"/api/v1/proposals/{asked['id']}/").json()

    return proposed


def days(proposal: dict[str, Any]) -> list[date]:
    starts = (datetime.fromisoformat(row["start"]) for row in proposal["sessions"] if row["start"])
    return [start.astimezone(ROME).date() for start in starts]


def test_d48_a_session_on_the_birthday_or_later_is_not_proposed_and_the_reason_is_told(propose: Any):
    _course, proposal = propose(date(1950, 6, 19))
    assert proposal["status"] == "ready"
    assert len(proposal["sessions"]) == 3
    assert max(days(proposal)) < FOURTH
    (reason,) = proposal["reasons"]
    assert (reason["code"], reason["cites"]) == ("upper_age", ["F211", "D10", "D48"])
    assert "19 Jun 2026" in reason["message"]


def test_d48_a_session_on_the_day_before_the_birthday_is_proposed(propose: Any):
    _course, proposal = propose(date(1950, 6, 20))
    assert proposal["status"] == "ready"
    assert days(proposal)[3] == FOURTH


def test_d48_a_birthday_far_off_leaves_nothing_out(propose: Any):
    _course, proposal = propose(date(1960, 6, 19))
    assert (len(proposal["sessions"]) > 5, proposal["reasons"]) == (True, [])


def test_d48_what_is_proposed_is_accepted(propose: Any, practitioner: User, api_of: Caller):
    course, proposal = propose(date(1950, 6, 10))
    accepted = api_of(practitioner).post(f"/api/v1/proposals/{proposal['id']}/accept/", {})
    assert accepted.status_code == 201
    assert Session.objects.filter(course=course, status="booked").count() == 3


def test_d48_nobody_moves_or_is_offered_a_visit_on_the_birthday_or_later(
    propose: Any, patient: Patient, practitioner: User, desk: User, api_of: Caller
):
    course, proposal = propose(date(1950, 5, 22))
    assert api_of(practitioner).post(f"/api/v1/proposals/{proposal['id']}/accept/", {}).status_code == 201
    visit, to = course.sessions.get(sequence=2), {"reason": "As it suits"}
    Session.objects.filter(course=course).update(latest=date(2026, 5, 29))
    free = api_of(desk).get("/api/v1/slots/", {"session": visit.pk, "limit": 100}).json()
    assert max(each["start"] for each in free) < "2026-05-22"
    for who in (patient.user, desk, practitioner):
        for day, status in ((22, 422), (21, 200)):
            moved = api_of(who).post(f"/api/v1/sessions/{visit.pk}/move/", to | {"start": f"2026-05-{day}T09:00:00Z"})
            assert moved.status_code == status, moved.content


def test_d48_the_limit_in_force_counts(propose: Any, director: User):
    set_policy(code="upper_age", value="until_75th_birthday", reason="Careful.", by=director, now=NOW)
    _course, proposal = propose(date(1951, 6, 10))
    assert len(proposal["sessions"]) == 3


def test_d48_the_planning_page_tells_it_before_anything_is_built(
    patient: Patient, practitioner: User, browser_of: Browsers
):
    chosen = "areas=thigh&indication=cellulite&protocol=P07&start_on=2026-05-05"
    page = reverse("courses:new") + f"?patient={patient.pk}&{chosen}"
    for born, told in ((date(1950, 6, 10), True), (date(1960, 6, 10), False)):
        patient.birth_date = born
        patient.save()
        shown = browser_of(practitioner).get(page).content.decode()
        assert ("From 10 Jun 2026 on the upper age limit" in shown) is told
