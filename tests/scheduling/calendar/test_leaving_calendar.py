"""Whatever takes a visit off the calendar frees its time, stops its messages, leaves a trace and tells the patient."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from clinic.base.refusals import Refusal
from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions.absences import report_absence
from scheduling.courses.actions.sessions import displace_session
from scheduling.courses.changing.actions.course_states import hold_course, revoke_course
from scheduling.models import Booking, Message, Session, SessionEvent
from scheduling.treatment.actions.visits import check_in
from tests.factories import NOW, TODAY
from tests.scheduling.running import accepted
from tests.scheduling.visits import at, who
from tests.steps import BORN, clear_answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]


def cancelled(visit: Session, by: User, api: APIClient) -> None:
    assert api.post(f"/api/v1/sessions/{visit.pk}/cancel/", {"reason": "Travels"}).status_code == 200


def displaced(visit: Session, by: User, api: APIClient) -> None:
    displace_session(session=visit, reason="Travels", by=by, now=NOW)


def absent(visit: Session, by: User, api: APIClient) -> None:
    away = {"start": at(0, day=TODAY), "end": at(23, day=TODAY), "reason": "Ill"}
    report_absence(practitioner=who(by), **away, by=by, now=NOW)


def held(visit: Session, by: User, api: APIClient) -> None:
    assert api.post(f"/api/v1/courses/{visit.course_id}/hold/", {"reason": "A doctor decides"}).status_code == 200


def closed(visit: Session, by: User, api: APIClient) -> None:
    revoke_course(course=visit.course, reason="Moves away", by=by, now=NOW)


def unwell(visit: Session, by: User, api: APIClient) -> None:
    with pytest.raises(Refusal):
        check_in(session=visit, answers=clear_answers("same_day", cough=True), born=BORN, by=by, now=NOW)


def times_off(row: Message) -> list[tuple[str, bool]]:
    """The times that a message calls off and whether a new one follows; about one visit, or all of an act."""
    if "start" in row.context:
        return [(row.context["start"], row.context["rebook"])]
    return [(start, rebook) for key, rebook in (("off", False), ("rebook", True)) for start in row.context[key]]


WAYS: list[tuple[Callable[[Session, User, APIClient], None], str, bool, bool]] = [
    (cancelled, "cancelled", True, False),
    (displaced, "displaced", True, True),
    (absent, "displaced", True, True),
    (held, "planned", True, False),
    (closed, "cancelled", True, False),
    (unwell, "displaced", False, False),
]


@pytest.mark.parametrize(("way", "status", "written", "rebook"), WAYS)
def test_a_visit_that_leaves_the_calendar_leaves_nothing_behind(
    way: Any, status: str, written: bool, rebook: bool,
    clinic: Location, patient: Patient, practitioner: User, api_of: Any,
):  # fmt: skip
    visit = accepted(patient, clinic, practitioner).sessions.get(sequence=1)
    start = Booking.objects.get(session=visit, active=True).start
    way(visit, practitioner, api_of(practitioner))
    visit.refresh_from_db()
    assert visit.status == status
    assert not Booking.objects.filter(session=visit, active=True).exists()
    waiting = Message.objects.filter(session=visit, status="scheduled")
    assert not waiting.filter(kind__in=Message.PRE_VISIT).exists()
    assert SessionEvent.objects.filter(session=visit, to_status=status).latest("id").reason
    said = Message.objects.filter(patient=patient, status="scheduled", kind="cancellation", channel="email")
    assert [told for row in said for told in times_off(row) if told[0] == start.isoformat()] == (
        [(start.isoformat(), rebook)] if written else []
    )


def test_a_course_on_hold_gives_every_time_back(clinic: Location, patient: Patient, practitioner: User):
    course = accepted(patient, clinic, practitioner)
    hold_course(course=course, reason="A doctor decides", by=practitioner, now=NOW)
    assert not Booking.objects.filter(session__course=course, active=True).exists()
