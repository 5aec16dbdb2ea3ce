"""The API keeps to its own description, whoever calls: every check of Schemathesis, none switched off.

What fits the description is never 400; what does not is refused; every answer is one that is described. A fixed seed,
so that a run can be repeated; a hundred requests a role, a thousand in the proof.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from clinic.base.limits import FIRST_DAY, LAST_DAY
from clinic.base.tokens import issue_token
from clinic.models import User
from clinic.wsgi import application
from patients.models import Patient
from tests.sizes import size
from tests.test_openapi import plausible, world

__all__ = ["world"]  # the fixture, used below by its name

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CASES = size(100, in_proof=1000)  # of one role
ROLES = ("patient", "front_desk", "practitioner", "medical_director", "administrator")
# Well formed and still refused: the state of things, a stale version, a rule or a name that is not there.
REFUSED = ["403", "404", "409", "412", "422", "428"]
SETTINGS = {
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSED]}},
    "warnings": False,
}

day_texts = st.dates(FIRST_DAY, LAST_DAY).map(str)
schemathesis.openapi.format("date", day_texts)
schemathesis.openapi.format("date-time", st.builds("{}T{:%H:%M:%S}Z".format, day_texts, st.times()))


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The requests are undone together, so they share the connection of the test, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(patient: Patient, desk: User, practitioner: User, director: User, administrator: User) -> dict[str, str]:
    people = (patient.user, desk, practitioner, director, administrator)
    return {role: issue_token(user=user) for role, user in zip(ROLES, people, strict=True)}


def drawn(operation: Any, world: dict[str, str]) -> st.SearchStrategy[Any]:
    """Requests that fit the description and some that do not; of those that fit, half name things that exist."""
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    known = st.builds(named, fitting, st.just(world), st.booleans())
    return st.one_of(fitting, known, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def named(case: Any, world: dict[str, str], sensible: bool) -> Any:
    """The request with the ids of things that exist; `sensible`: with the body that a person would send."""
    case.path_parameters = {name: world.get(name, value) for name, value in dict(case.path_parameters or {}).items()}
    body = plausible(case.path, world) if sensible else None
    if body is not None:
        case.body = body
    return case


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_as_described(role: str, world: dict[str, str], tokens: dict[str, str]) -> None:
    config = SchemathesisConfig.from_dict(SETTINGS)
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application, config=config)
    operations = [found.ok() for found in schema.get_all_operations()]
    # This client does not unpack what is compressed.
    headers = {"Authorization": f"Token {tokens[role]}", "Accept-Encoding": "identity"}
    faults: list[str] = []
    for index, operation in enumerate(operations):
        call(operation, max(1, (CASES + index) // len(operations)), world, headers, faults)
    assert not faults, "\n\n".join(faults)


def call(operation: Any, number: int, world: dict[str, str], headers: dict[str, str], faults: list[str]) -> None:
    """So many requests of one operation; each is undone, so that the next finds the same clinic."""

    @seed(20260505)
    @settings(
        max_examples=number, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=drawn(operation, world))
    def one(case: Any) -> None:
        with transaction.atomic():
            try:
                case.call_and_validate(headers=headers)
            except FailureGroup as failure:  # gathered, so that one run tells all
                faults.append(f"{operation.label}: {failure}")
            transaction.set_rollback(True)

    one()
