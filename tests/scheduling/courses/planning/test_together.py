"""A second course is planned into the visits of the first, where both allow it (D06)."""

from typing import Any

import pytest

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.queries.arrivals import arrival_of
from scheduling.courses.actions.sessions import cancel_session
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import accept_proposal, request_proposal
from scheduling.courses.planning.forms import CourseForm
from scheduling.models import Course, Proposal, Session
from tests.factories import NOW
from tests.scheduling.course_steps import make_course
from tests.scheduling.running import accepted, booked_days

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]


def second(course: Course, by: User, **chosen: Any) -> Course:
    given = {"areas": ("abdomen",), "formulation": course.formulation, "practitioner": course.practitioner}
    return make_course(course.patient, course.location, by, **given, **chosen)


def built(course: Course, by: User) -> Proposal:
    row = build_proposal(proposal_id=request_proposal(course=course, by=by, now=NOW).pk, now=NOW)
    assert row is not None
    return row


def test_every_visit_that_can_is_in_one_arrival_with_the_other(course: Course, practitioner: User):
    other = second(course, practitioner, preferences={"together": True})
    proposal = built(other, practitioner)
    said = next(each for each in proposal.reasons if each["code"] == "together")
    assert said["params"]["count"] >= 5, said
    accept_proposal(proposal=proposal, by=practitioner, now=NOW)
    shared = set(booked_days(course)) & set(booked_days(other))
    assert len(shared) == said["params"]["count"]
    for session in other.sessions.filter(bookings__active=True):
        alone = session.bookings.get(active=True).start.date() not in shared
        assert len(arrival_of(session)) == (1 if alone else 2)


def test_who_does_not_want_it_is_planned_as_ever(course: Course, practitioner: User):
    proposal = built(second(course, practitioner), practitioner)
    assert [each for each in proposal.reasons if each["code"] == "together"] == []


def test_with_a_rhythm_that_does_not_meet_it_still_has_a_schedule(course: Course, practitioner: User):
    """Weekly beside every fifteen days: not every visit finds the other, and none is left out for that."""
    other = second(course, practitioner, code="P03", counts={"1": 10}, preferences={"together": True})
    proposal = built(other, practitioner)
    assert proposal.status == "ready"
    said = next(each for each in proposal.reasons if each["code"] == "together")
    assert 0 < said["params"]["count"] < said["params"]["all"]


def test_calling_off_one_keeps_the_other(course: Course, practitioner: User, desk: User):
    other = second(course, practitioner, preferences={"together": True})
    accept_proposal(proposal=built(other, practitioner), by=practitioner, now=NOW)
    one = next(each for each in other.sessions.all() if len(arrival_of(each)) == 2)
    (kept,) = [row.visit for row in arrival_of(one) if row.session_id != one.pk]
    before = kept.bookings.get(active=True).start
    cancel_session(session=one, reason="Only the other", by=desk, now=NOW)
    assert Session.objects.get(pk=kept.pk).bookings.get(active=True).start == before
    assert len(arrival_of(kept)) == 1


def test_the_form_offers_it_to_whoever_has_another_course(course: Course, clinic: Location, other_patient: Patient):
    def offered(patient: Patient) -> bool:
        form = CourseForm(patient=patient, version=None, people=Course.objects.none(), location=clinic)
        return "together" in form.fields

    assert offered(course.patient)
    assert not offered(other_patient)


@pytest.mark.parametrize("first", [False, True])
def test_what_comes_inside_the_horizon_joins_too(first: bool, clinic: Location, patient: Patient, practitioner: User):
    """Whichever of the two courses the wish was said with, and whichever the nightly run takes up first."""
    Location.objects.filter(pk=clinic.pk).update(horizon_days=40)
    clinic.refresh_from_db()
    course = accepted(patient, clinic, practitioner)
    other = second(course, practitioner, preferences={"together": True})
    accept_proposal(proposal=built(other, practitioner), by=practitioner, now=NOW)
    if first:
        Course.objects.filter(pk=course.pk).update(preferences={"together": True})
        Course.objects.filter(pk=other.pk).update(preferences={})
    shared = set(booked_days(course)) & set(booked_days(other))
    assert len(shared) >= 2
    Location.objects.filter(pk=clinic.pk).update(horizon_days=80)
    assert advance_horizon(now=NOW) > 0
    assert set(booked_days(course)) == set(booked_days(other))
