"""Asking for a schedule never waits for the broker: refused or silent, the page comes and the sweep does the work."""

import socket
from collections.abc import Callable
from contextlib import ExitStack
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


@pytest.fixture
def drafts(stack: Stack, people: People) -> list[Course]:
    """Two courses that want a schedule."""
    with stack.records():
        location = Location.objects.get(pk=people.location)
        by = User.objects.get(email=people.practitioner)
        today = datetime.now(UTC).date()
        return [make_course(PatientFactory(), location, by, start_on=today) for _each in range(2)]


@pytest.mark.proof
def test_without_a_broker_the_page_answers_at_once_and_the_sweep_builds(
    stack: Stack, people: People, drafts: list[Course], visitor: Callable[..., Visitor]
) -> None:
    """First nobody is behind its port and every call is refused, then somebody takes each and never says a word."""
    port, asked = free_port(), []
    with stack.second_web(REDIS_URL=f"redis://127.0.0.1:{port}/0") as url, ExitStack() as silence:
        doctor = visitor(url)
        signs_in(doctor, people.practitioner)
        with stack.without("plan"):
            for draft in drafts:
                doctor.goes_to(f"/courses/{draft.pk}/")
                asked.append(generates(doctor))  # a page that waited for a silent broker would never come
                with stack.records():
                    assert Proposal.objects.get(pk=asked[-1]).status == "queued"
                if draft == drafts[0]:
                    silence.enter_context(socket.create_server(("127.0.0.1", port)))
        for draft, proposal in zip(drafts, asked, strict=True):
            doctor.goes_to(f"/courses/{draft.pk}/proposals/{proposal}/")
            sees_the_schedule(doctor)
