"""Decisions that live in records, planning, booking and pages: one test each, which fails when it is switched.

Those over the catalogue and the engine are in tests/protocols.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import BadInput, Forbidden, Refusal
from clinic.models import Location, User
from patients.actions.decisions import decide_finding
from patients.actions.intake import amend_answers
from patients.models import IntakeResponse, Patient
from patients.queries.answers import history_of
from protocols.eligibility import Occasion
from protocols.models import ExpectedReaction
from scheduling.courses.actions.courses import create_course
from scheduling.courses.actions.sessions import book_session
from scheduling.courses.changing.actions.course_safety import refuse_consent, withdraw_consent
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.courses.queries.plans import plan_of
from scheduling.desk.queries.overview import not_allowed
from scheduling.messages.texts import text_of
from scheduling.models import Booking, Course, Message, Practitioner, Session, WorkingHours
from scheduling.treatment.actions.reactions import escalate_overdue, report_reaction
from scheduling.treatment.actions.signing import complete_and_sign
from scheduling.treatment.actions.visits import check_in, start_session
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.running import accepted, booked_days
from tests.scheduling.visits import TOMORROW, a_session, at, who
from tests.steps import BEGIN, BORN, a_record, clear_answers, consent_to, make_ready, take_intake
from tests.stock import drawn_for

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]
DAY = timedelta(days=1)


@pytest.fixture
def course(clinic: Location, patient: Patient, practitioner: User) -> Course:
    """P07 of a patient for whom everything is in order."""
    mix = FormulationFactory(substances=MIX)
    make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
    return make_course(patient, clinic, practitioner, formulation=mix, status="active")


def treatment(course: Course, start: datetime, by: User, *, window: date = TOMORROW, **given: Any) -> Session:
    """A treatment of the course whose window opens on a day, booked by a clinician who may leave it."""
    week = {"early_limit": window - DAY, "floor": window, "ideal": window, "latest": window + 7 * DAY}
    row = a_session(course.patient, course.location, course=course, kind="treatment", phase=1, **week | given)
    return book_session(session=row, start=start, practitioner=who(by), reason="As it suits", by=by, now=NOW)


def arrive(session: Session, by: User, start: datetime, **answers: Any) -> Session:
    return check_in(session=session, answers=clear_answers("same_day", **answers), born=BORN, by=by, now=start)


def perform(session: Session, by: User, start: datetime, why: str = "") -> Session:
    arrive(session, by, start)
    start_session(session=session, **BEGIN, syringe=drawn_for(session, by), early_reason=why, by=by, now=start)
    done = start + timedelta(minutes=30)
    return complete_and_sign(session=session, record=a_record(deviation_reason=why), by=by, now=done)


# --- records ----------------------------------------------------------------------------------------------------------


def test_d14_a_correction_keeps_original_reason_and_signer(
    patient: Patient, practitioner: User, colleague: User
) -> None:
    first = take_intake(patient, by=colleague, now=NOW, diabetes=True)
    correct = {"patient": patient, "answers": {"diabetes": False}, "amends": first, "now": NOW + DAY}
    with pytest.raises(Forbidden):
        amend_answers(**correct, reason="Only while pregnant, in 2019", by=colleague)
    with pytest.raises(BadInput):
        amend_answers(**correct, reason=" ", by=practitioner)
    amend_answers(**correct, reason="Only while pregnant, in 2019", by=practitioner)
    now, before = history_of(patient, "diabetes")
    assert (now.value, now.by, now.response.reason) == (False, practitioner, "Only while pregnant, in 2019")
    assert now.response.amends == first
    assert (before.value, before.by, before.response.pk) == (True, colleague, first.pk)


def test_d14_answering_again_lifts_no_absolute_rule(patient: Patient, practitioner: User) -> None:
    take_intake(patient, by=practitioner, now=NOW, diabetes=True)
    with pytest.raises(BadInput) as refused:
        take_intake(patient, by=practitioner, now=NOW + DAY, diabetes=False)
    assert [error.field for error in refused.value.errors] == ["answers.diabetes"]
    assert IntakeResponse.objects.count() == 1


# --- windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-1, 14], ids=["early", "late"])
def test_d03_what_really_happened_is_recorded_and_the_next_window_counts_from_it(
    course: Course, practitioner: User, days: int
) -> None:
    planned = date(2026, 5, 13)  # a Wednesday
    start = at(10, day=planned + timedelta(days=days))
    session = treatment(course, start, practitioner, window=planned)
    following = a_session(
        course.patient,
        course.location,
        course=course,
        kind="treatment",
        phase=1,
        sequence=2,
        floor=planned + 15 * DAY,
        ideal=planned + 15 * DAY,
        latest=planned + 22 * DAY,
    )
    done = perform(session, practitioner, start, "Travels")
    assert (done.status, done.performed_at) == ("completed", start)
    following.refresh_from_db()
    assert following.floor == start.date() + 15 * DAY


def test_d04_who_works_on_tuesdays_only_can_run_a_fifteen_day_course(
    clinic: Location, patient: Patient, practitioner: User
) -> None:
    WorkingHours.objects.exclude(weekday=1).delete()
    days = booked_days(accepted(patient, clinic, practitioner))
    assert {day.weekday() for day in days} == {1}
    assert len(days) >= 6
    assert {(later - earlier).days for earlier, later in pairwise(days[:6])} == {21}


def test_d06_the_same_skin_keeps_its_distance_and_another_area_shares_the_visit_of_the_day(
    course: Course, clinic: Location, patient: Patient, practitioner: User
) -> None:
    treatment(course, at(10), practitioner)
    wanted = {
        "patient": patient,
        "protocol": "P07",
        "indication": "cellulite",
        "formulation": course.formulation,
        "location": clinic,
        "practitioner": Practitioner.objects.get(name="Dr Bianchi"),
        "start_on": TOMORROW,
        "by": practitioner,
        "now": NOW,
    }
    with pytest.raises(Refusal) as refused:
        create_course(**wanted, areas=["inner_thigh"])
    assert refused.value.next == TOMORROW + 15 * DAY
    assert create_course(**wanted, areas=["abdomen"]).pk


# --- who reads what ---------------------------------------------------------------------------------------------------


def test_d17_the_desk_reads_that_the_practitioner_will_call_and_the_next_date_never_the_condition(
    course: Course, patient: Patient, practitioner: User, desk: User, browser_of: Browser
) -> None:
    with time_machine.travel(NOW, tick=False):
        take_intake(patient, by=practitioner, now=NOW, aspirin_last_dose="2026-05-04")
        page = browser_of(desk).get(reverse("patients:eligibility", args=[patient.pk])).content.decode()
        told = browser_of(practitioner).get(reverse("patients:eligibility", args=[patient.pk])).content.decode()
    assert "aspirin" in told.lower()
    assert "aspirin" not in page.lower()
    assert "the practitioner will call" in page
    assert "18 May 2026" in page


# --- consent ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["refused", "withdrawn"])
def test_d23_without_consent_the_course_closes_its_slots_are_freed_and_its_messages_stop(
    clinic: Location, patient: Patient, practitioner: User, how: str
) -> None:
    course = accepted(patient, clinic, practitioner)
    waiting = Message.objects.filter(session__course=course, status="scheduled")
    assert booked_days(course)
    assert waiting.exists()
    if how == "refused":
        refuse_consent(patient=patient, act="treatment", name=str(patient), by=practitioner, now=NOW)
    else:
        given = consent_to(patient, "treatment", by=practitioner, at=NOW)
        withdraw_consent(consent=given, reason="Changed her mind", by=practitioner, now=NOW)
    course.refresh_from_db()
    assert course.status == "revoked"
    assert booked_days(course) == []
    assert not waiting.filter(kind__in=["reminder", "same_day", "aspirin"]).exists()


# --- messages ---------------------------------------------------------------------------------------------------------


def test_d44_one_aspirin_question_covers_the_stretch_from_two_weeks_before_the_first_to_the_last_session(
    course: Course, practitioner: User
) -> None:
    first, last = date(2026, 6, 8), date(2026, 7, 6)
    for number, day in enumerate((first, first + 14 * DAY, last), start=1):
        treatment(course, at(10, day=day), practitioner, window=day, sequence=number)
    asked = Message.objects.filter(course=course, kind="aspirin", channel="portal")
    (question,) = asked.exclude(status="superseded")
    said = " ".join(text_of(question).paragraphs)
    assert "since 25 May 2026" in said
    assert "last session on 6 July 2026" in said
    assert "keep taking it and call us" in said


@pytest.fixture
def treated(course: Course, practitioner: User) -> Session:
    return perform(treatment(course, at(10), practitioner), practitioner, at(10))


def test_c15_somebody_asks_after_a_day_and_after_three(treated: Session) -> None:
    asked = Message.objects.filter(session=treated, channel="portal", kind__startswith="check_")
    assert dict(asked.values_list("kind", "due_at")) == {"check_24h": at(10) + DAY, "check_72h": at(10) + 3 * DAY}


@pytest.mark.parametrize(("hours", "within"), [(71, 24), (73, 4)])
def test_b10_what_outlasts_seventy_two_hours_goes_to_a_doctor(treated: Session, hours: int, within: int) -> None:
    onset = at(10, day=date(2026, 5, 11)) - timedelta(hours=hours)
    event = report(treated, now=at(10, day=date(2026, 5, 11)), onset_at=onset)
    assert event.answer_by == at(10, day=date(2026, 5, 11)) + timedelta(hours=within)


def report(session: Session, *, now: datetime, **given: Any) -> Any:
    swelling = ExpectedReaction.objects.get(code="oedema")
    return report_reaction(patient=session.patient, reaction=swelling, by=session.patient.user, now=now, **given)


def test_d32_an_alert_has_an_owner_a_timer_and_goes_to_the_director_when_nobody_answers(
    treated: Session, practitioner: User, director: User
) -> None:
    now = at(11)
    event = report(treated, now=now, onset_at=now, severity="severe")
    assert (event.owner, event.answer_by) == (practitioner.staff, now + timedelta(hours=1))
    assert escalate_overdue(now=event.answer_by - timedelta(minutes=1)) == 0
    assert escalate_overdue(now=event.answer_by) == 1
    event.refresh_from_db()
    assert (event.owner, event.escalated_at) == (director.staff, event.answer_by)


# --- a course that stops ----------------------------------------------------------------------------------------------


def test_c43_a_new_dark_patch_stops_the_course_until_a_prescriber_has_seen_it(
    clinic: Location, patient: Patient, practitioner: User, desk: User
) -> None:
    """No needle, no new times, and what is booked is on the list of what may not take place."""
    Location.objects.filter(pk=clinic.pk).update(horizon_days=40)
    clinic.refresh_from_db()
    course = accepted(patient, clinic, practitioner)
    first = course.sessions.get(sequence=1)
    start = Booking.objects.get(session=first, active=True).start
    later = start + 30 * DAY
    arrive(first, desk, start, old_site=["dark_patch"])
    with pytest.raises(Refusal) as refused:
        start_session(session=first, **BEGIN, syringe=drawn_for(first, practitioner), by=practitioner, now=start)
    assert "old-site" in [reason.code for reason in refused.value.reasons]
    mine = Course.objects.filter(pk=course.pk)
    assert len(not_allowed(mine, start)) == 2
    assert advance_horizon(now=later) == 0

    seen = {"code": "old-site", "decision": "approve", "reason": "Fading, old bruise", "plan": plan_of(course)}
    decide_finding(patient=patient, **seen, occasion=Occasion.SAME_DAY, on=start.date(), by=practitioner, now=start)
    assert not_allowed(mine, start) == []
    syringe = drawn_for(first, practitioner)
    begun = start_session(session=first, **BEGIN, syringe=syringe, by=practitioner, now=start)
    assert begun.status == "in_progress"
    assert advance_horizon(now=later) > 0
