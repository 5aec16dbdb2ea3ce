"""Visits that waited beyond the booking horizon get a time once it reaches them."""

from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from django.db import connection, transaction

from clinic.models import Location, User
from patients.models import Patient
from scheduling.calendar.actions import placing
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.courses.actions.sessions import displace_session
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.models import Course, Message, Practitioner
from tests.factories import NOW
from tests.scheduling.running import accepted, booked_days, shape
from tests.steps import take_intake

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def course(clinic: Location, patient: Patient, practitioner: User) -> Course:
    """P07, accepted when the calendar was open for forty days: three of six treatments have a time."""
    Location.objects.filter(pk=clinic.pk).update(horizon_days=40)
    clinic.refresh_from_db()
    return accepted(patient, clinic, practitioner)


def test_a_visit_that_has_come_inside_gets_a_time_in_its_window(course):
    before = booked_days(course)
    assert len(before) == 3
    assert advance_horizon(now=LATER) == 2
    after = booked_days(course)
    assert after[:3] == before
    assert all(15 <= (later - earlier).days <= 22 for earlier, later in pairwise(after))


def test_nothing_beyond_it_gets_one(course):
    advance_horizon(now=LATER)
    assert max(booked_days(course)) <= (LATER + timedelta(days=40)).date()


def test_a_second_run_does_nothing(course):
    advance_horizon(now=LATER)
    stands = shape(course)
    assert advance_horizon(now=LATER) == 0
    assert shape(course) == stands


def test_the_patient_is_told(course):
    told = Message.objects.filter(course=course, kind="confirmation").count()
    advance_horizon(now=LATER)
    assert Message.objects.filter(course=course, kind="confirmation").count() > told


def test_the_course_changes_version_so_that_older_schedules_are_stale(course):
    advance_horizon(now=LATER)
    version = course.version
    course.refresh_from_db()
    assert course.version == version + 1


def test_a_course_that_is_on_hold_waits(course):
    Course.objects.filter(pk=course.pk).update(status="on_hold", status_reason="Travelling")
    assert advance_horizon(now=LATER) == 0


def test_who_gave_a_time_back_is_not_sent_another(course, practitioner):
    third = course.sessions.get(sequence=3)
    displace_session(session=third, reason="Will call", by=practitioner, now=NOW)
    assert advance_horizon(now=NOW) == 0
    assert advance_horizon(now=LATER) == 0


def test_who_may_not_be_treated_now_is_left_to_people(course, patient, practitioner):
    take_intake(patient, by=practitioner, now=NOW + timedelta(days=1), diabetes=True)
    assert advance_horizon(now=LATER) == 0


def test_a_visit_that_finds_no_place_is_left_to_people(course, clinic):
    Practitioner.objects.filter(staff__location=clinic).update(active=False)
    assert advance_horizon(now=LATER) == 0
    assert course.sessions.filter(status="planned").exists()


def test_a_visit_that_the_clinic_took_out_of_its_time_gets_another(course, practitioner):
    third = course.sessions.get(sequence=3)
    with transaction.atomic():
        visits = placing.lock_sessions([third.pk])
        leave_calendar(sessions=visits, verb="unbook", by=practitioner, now=NOW, reason="Gave way", rebook=True)
    assert advance_horizon(now=NOW) == 1
    third.refresh_from_db()
    assert (third.status, third.revision) == ("booked", 3)
    assert Message.objects.filter(session=third, kind="confirmation", channel="email", status="scheduled").exists()


def test_while_a_schedule_is_being_looked_at_nothing_is_booked(course, practitioner):
    request_proposal(course=course, by=practitioner, now=NOW)
    assert advance_horizon(now=LATER) == 0


def test_one_course_in_trouble_does_not_hold_up_the_others(course, clinic, other_patient, practitioner):
    other = accepted(other_patient, clinic, practitioner)
    third = course.sessions.get(sequence=3)
    displace_session(session=third, reason="Will call", by=practitioner, now=NOW)
    before = len(booked_days(other))
    assert advance_horizon(now=LATER) == 2
    assert len(booked_days(other)) == before + 2


@pytest.mark.django_db(transaction=True)
def test_a_course_in_the_hands_of_another_worker_is_passed_over(course):
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT 1 FROM scheduling_course WHERE id = %s FOR UPDATE", [course.pk])
        assert advance_horizon(now=LATER) == 0
    assert advance_horizon(now=LATER) == 2
