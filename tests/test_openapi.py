"""The API's own description: valid, complete, and no request that fits it brings the server down."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, product
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
import time_machine
from django.db import connection, transaction
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, seed, settings
from rest_framework.test import APIClient
from schemathesis.core import NOT_SET

from clinic.base.access import role_of
from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.actions.create_visit import create_visit
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.models import Practitioner
from tests.access_matrix import API
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.sizes import PROOF, SEED, size
from tests.steps import make_ready

CASES = size(500, in_proof=1000)  # of one role
SHARE = 0.6  # of the operations that a role may call

# Every row of the contract, by hand.
ROWS = {
    "GET": (
        "areas/ indications/ substances/ techniques/ delivery-devices/ locations/ practitioners/ rooms/ devices/"
        " products/"
        " protocols/ protocols/{code}/ intake-questions/ patients/ patients/{patient_id}/"
        " patients/{patient_id}/eligibility/ courses/ courses/{course_id}/"
        " proposals/{proposal_id}/ slots/ sessions/ sessions/{session_id}/ messages/"
    ),
    "POST": (
        "patients/ patients/{patient_id}/intake/ patients/{patient_id}/findings/{code}/decisions/ formulations/"
        " patients/{patient_id}/consents/ consents/{consent_id}/withdraw/ sessions/"
        " patients/{patient_id}/allergy-tests/ allergy-tests/{test_id}/readings/ courses/"
        " courses/{course_id}/hold/ courses/{course_id}/resume/"
        " courses/{course_id}/revoke/ courses/{course_id}/proposals/ proposals/{proposal_id}/accept/"
        " sessions/{session_id}/book/ sessions/{session_id}/move/ sessions/{session_id}/check-in/"
        " sessions/{session_id}/start/ sessions/{session_id}/complete/ sessions/{session_id}/no-show/"
        " sessions/{session_id}/cancel/ sessions/{session_id}/not-treated/ sessions/{session_id}/in-error/"
        " sessions/{session_id}/sign/"
        " sessions/{session_id}/addenda/ sessions/{session_id}/enter/ patients/{patient_id}/reactions/"
        " lots/"
    ),
    "PATCH": "patients/{patient_id}/",
}


def description() -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def test_the_document_is_valid() -> None:
    validate_schema(description())


@pytest.mark.parametrize("method", ROWS)
def test_every_row_of_the_contract_is_described(method: str) -> None:
    paths = description()["paths"]
    missing = [row for row in ROWS[method].split() if method.lower() not in paths.get(f"/api/v1/{row}", {})]
    assert missing == []


@pytest.fixture
def world(clinic: Location, patient: Patient, practitioner: User) -> Iterator[dict[str, str]]:
    """A clinic with one of everything, and the ids to name it by."""
    with time_machine.travel(NOW, tick=False):
        mix = FormulationFactory(substances=MIX)
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        course = make_course(patient, clinic, practitioner, formulation=mix)
        asked = request_proposal(course=course, by=practitioner, now=NOW)
        proposal = build_proposal(proposal_id=asked.pk, now=NOW)
        assert proposal is not None
        sessions = accept_proposal(proposal=proposal, by=practitioner, now=NOW)
        draft = make_course(patient, clinic, practitioner, areas=("arm",), start_on=TODAY + timedelta(days=3))
        waiting = request_proposal(course=draft, by=practitioner, now=NOW)
        build_proposal(proposal_id=waiting.pk, now=NOW)
        doctor = Practitioner.objects.get(staff__user=practitioner)
        create_visit(
            patient=patient, kind="consultation", practitioner=doctor, start=NOW + timedelta(hours=3), by=practitioner,
            now=NOW,
        )  # fmt: skip
        yield {
            "patient_id": str(patient.pk),
            "patient": str(patient.pk),
            "course_id": str(draft.pk),
            "proposal_id": str(waiting.pk),
            "session_id": str(sessions[0].pk),
            "consent_id": str(patient.consents.latest("pk").pk),
            "test_id": str(patient.allergy_tests.latest("pk").pk),
            "code": "P07",
            "location": str(clinic.pk),
            "practitioner": str(doctor.pk),
            "formulation": str(mix.pk),
        }


def plausible(path: str, world: dict[str, str]) -> dict[str, Any] | None:
    """A body that a person would send, where a drawn one can hardly be right."""
    later = (NOW + timedelta(days=2, hours=1)).isoformat()
    visit = {"patient": world["patient"], "kind": "consultation", "practitioner": world["practitioner"]}
    bodies: dict[str, dict[str, Any]] = {
        "patients/": {"given_name": "Eva", "family_name": "Neri", "phone": "+39 320 555 9911"},
        "patients/{patient_id}/": {"phone": "+39 320 555 9912"},
        "patients/{patient_id}/intake/": {"occasion": "plan", "answers": {"diabetes": False}},
        "formulations/": {"name": "Mix", "items": [{"substance": "vitamins", "amount": "2", "unit": "ml"}]},
        "sessions/": visit | {"start": later},
        "sessions/{session_id}/cancel/": {"reason": "Called off"},
        "sessions/{session_id}/no-show/": {},
        "sessions/{session_id}/move/": {"start": later, "preview": True},
        "courses/{course_id}/hold/": {"reason": "Holiday", "until": (TODAY + timedelta(days=90)).isoformat()},
        "courses/{course_id}/revoke/": {"reason": "Moved away"},
        "courses/{course_id}/proposals/": {},
        "proposals/{proposal_id}/accept/": {},
        "consents/{consent_id}/withdraw/": {"reason": "No"},
    }
    return bodies.get(path.removeprefix("/api/v1/"))


ROLES = ["practitioner", "director", "desk", "administrator", "patient", "outsider"] if PROOF else ["practitioner"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_drawn_requests_bring_no_fault_and_most_calls_can_be_answered(
    role: str, world: dict[str, str], request: pytest.FixtureRequest
) -> None:
    """Half of the requests name things that exist. A prescribing practitioner may call all but the director's own."""
    wait_for_what_is_drawn()
    assert all("practitioner" in roles for roles in API.values() if roles != {"medical_director"})
    person = request.getfixturevalue(role)
    caller = person.user if isinstance(person, Patient) else person
    operations = [found.ok() for found in schemathesis.openapi.from_dict(description()).get_all_operations()]
    faults: list[str] = []
    answered: set[str] = set()
    for operation in operations:
        draw_requests(operation, CASES // len(operations) + 1, world, caller, faults, answered)
    assert faults == []
    own = {operation.label for operation in operations if role_of(caller) in API[call_of(operation)]}
    print(len(answered), len(own), sorted(own - answered))
    assert len(answered) >= SHARE * len(own), sorted(own - answered)


def wait_for_what_is_drawn() -> None:
    """Drawing one request may take longer than the database lets the test's transaction lie idle."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def call_of(operation: Any) -> tuple[str, str]:
    """The row of the access matrix that an operation of the document is."""
    return operation.method.upper(), resolve(re.sub(r"{\w+}", "0", operation.path)).view_name


def draw_requests(
    operation: Any, number: int, world: dict[str, str], user: User, faults: list[str], answered: set[str]
) -> None:
    """So many requests of one operation; each is undone, so that the next finds the same clinic. What they name and
    carry takes turns, so that every operation has some that a person would send, whatever is drawn."""
    turns = cycle(product((True, False), repeat=2))

    @seed(SEED)
    @settings(max_examples=number, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        real, sensible = next(turns)
        with transaction.atomic():
            answer = send(case, world, user, real=real, sensible=sensible)
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            faults.append(f"{operation.label} {case.path_parameters} {case.query} {case.body!r}: {answer.status_code}")
        if 200 <= answer.status_code < 300:
            answered.add(operation.label)

    call()


def send(case: Any, world: dict[str, str], user: User, *, real: bool, sensible: bool) -> Any:
    """One request in process; `real`: with ids that exist; `sensible`: with what a person would send."""
    path = case.path
    for name, value in dict(case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", world.get(name, str(value)) if real else quote(str(value), safe=""))
    body = plausible(case.path, world) if sensible and real else None
    if body is None and case.body is not NOT_SET:
        body = case.body
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(user)
    query = {} if sensible else {name: str(value) for name, value in dict(case.query or {}).items()}
    if sensible and case.path.endswith("/slots/"):
        query = {"location": world["location"]}
    return client.generic(
        case.method.upper(),
        path,
        data=json.dumps(body, default=str) if body is not None else "",
        content_type="application/json",
        QUERY_STRING=urlencode(query, errors="replace"),
    )
