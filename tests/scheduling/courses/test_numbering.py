"""Everybody counts the sessions of a course alike: the test before it and the measurement after it are none of them."""

import pytest

from clinic.models import Location, User
from patients.models import Patient
from scheduling.courses.changing.actions.cascade import change_phase, leave_out
from scheduling.courses.changing.views.diffs import diff_of
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.courses.queries import course_pages, patient_visits
from scheduling.courses.queries.pictures import course_timeline, proposal_timeline
from scheduling.models import Course
from scheduling.portal.queries import own_timeline
from tests.factories import NOW, TODAY
from tests.scheduling.course_steps import make_course
from tests.steps import take_intake

pytestmark = pytest.mark.django_db
WHOLE = ["T", *(str(number) for number in range(1, 11)), "M"]


@pytest.fixture
def course(clinic: Location, patient: Patient, practitioner: User) -> Course:
    """P05 of a patient who was never tested: the test, ten sessions, the measurement."""
    take_intake(patient, by=practitioner, now=NOW)
    return make_course(patient, clinic, practitioner, "P05")


@pytest.fixture
def running(course: Course, practitioner: User) -> Course:
    proposal = build_proposal(proposal_id=request_proposal(course=course, by=practitioner, now=NOW).pk, now=NOW)
    accept_proposal(proposal=proposal, by=practitioner, now=NOW)
    course.refresh_from_db()
    return course


def shown(course: Course) -> list[str]:
    """What the staff's picture says under the marks."""
    picture = course_timeline(course, course_pages.visits_of(course), today=TODAY)
    return [mark.number for mark in picture.marks]


def changed(cascade: object) -> dict[str, list[str]]:
    return {group.name: [line.label for line in group.lines] for group in diff_of(cascade).groups}


def test_the_test_and_the_measurement_have_letters(running: Course):
    assert shown(running) == WHOLE
    assert [row.label for row in course_pages.table_of(course_pages.visits_of(running))] == WHOLE


def test_staff_and_patient_say_the_same_number(running: Course, patient: Patient):
    visits = patient_visits.visits_of(patient.sessions.all(), NOW)
    own = own_timeline(running, visits, NOW)
    assert [mark.number for mark in own.marks] == shown(running)


def test_a_proposal_is_numbered_as_the_course_will_be(course: Course, practitioner: User):
    proposal = build_proposal(proposal_id=request_proposal(course=course, by=practitioner, now=NOW).pk, now=NOW)
    plan = course_pages.plan_of_proposal(proposal)
    assert [mark.number for mark in proposal_timeline(course, plan, today=TODAY).marks] == WHOLE
    rows = course_pages.shown_rows(course, plan, course_pages.ZoneInfo("Europe/Rome"))
    assert [row.label for row in rows] == WHOLE


def test_the_preview_of_a_change_counts_what_took_place(running: Course, practitioner: User):
    test, first = running.sessions.order_by("sequence")[:2]
    for done in (test, first):
        done.status, done.performed_at = "completed", done.bookings.get(active=True).start
        done.save()
    how = {"by": practitioner, "reason": "Slow", "preview": True, "now": first.performed_at}
    assert changed(change_phase(course=running, phase=1, by_sessions=1, **how))["placed"] == ["11"]
    third = running.sessions.get(sequence=4)
    dropping = changed(leave_out(session=third, **how))
    assert dropping["dropped"] == ["3"]
    assert sorted(dropping["kept"] + dropping.get("moved", [])) == sorted([str(n) for n in range(2, 10)] + ["M"])


def test_how_far_a_course_is_leaves_the_test_and_the_measurement_out(running: Course, desk: User, browser_of):
    test, first = running.sessions.order_by("sequence")[:2]
    for done in (test, first):
        done.status, done.performed_at = "completed", done.bookings.get(active=True).start
        done.save()
    (row,) = course_pages.listed(Course.objects.all())
    assert (row.done, row.total) == (1, 10)
    page = browser_of(desk).get(f"/courses/{running.pk}/")
    assert (page.context["done"], page.context["total"]) == (1, 10)
