"""Asking for a schedule never waits for the broker: refused or silent, the page comes and the sweep does the work."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from clinic.models import Location, User
from scheduling.models import Course, Proposal
from tests.browser.clinic import People
from tests.browser.steps.course import generates, sees_the_schedule
from tests.browser.steps.doors import signs_in
from tests.browser.visitor import Visitor
from tests.factories import PatientFactory
from tests.scheduling.course_steps import make_course
from tests.stack import Stack, free_port


@contextmanager
def refused() -> Iterator[int]:
    """A port behind which nobody is."""
    yield free_port()


@contextmanager
def silent() -> Iterator[int]:
    """A port behind which somebody takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def draft(stack: Stack, people: People) -> Course:
    """A course that wants a schedule."""
    with stack.records():
        location = Location.objects.get(pk=people.location)
        by = User.objects.get(email=people.practitioner)
        return make_course(PatientFactory(), location, by, start_on=datetime.now(UTC).date())


@pytest.mark.parametrize("broker", [refused, silent])
def test_without_a_broker_the_page_answers_at_once_and_the_sweep_builds(
    stack: Stack, people: People, draft: Course, visitor: Callable[..., Visitor], broker: Callable[[], Iterator[int]]
) -> None:
    with broker() as port, stack.second_web(REDIS_URL=f"redis://127.0.0.1:{port}/0") as url:
        doctor = visitor(url)
        signs_in(doctor, people.practitioner)
        doctor.goes_to(f"/courses/{draft.pk}/")
        with stack.without("plan"):
            proposal = generates(doctor)  # a page that waited for a silent broker would never come
            with stack.records():
                assert Proposal.objects.get(pk=proposal).status == "queued"
        sees_the_schedule(doctor)
