"""The worker's log says what each task did with which id, and never whom it was about."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import EmailMessage

from clinic.base import idempotency
from clinic.models import IdempotencyKey, User
from clinic.signin_mail import enqueue
from clinic.tasks import prune
from patients.actions.watching import watch_reading
from patients.models import Patient
from patients.queries.opened import Reader
from scheduling.courses.changing.actions.disruption_building import build_disruption
from scheduling.courses.changing.actions.disruptions import request_disruption
from scheduling.courses.changing.actions.horizon import advance_horizon
from scheduling.courses.changing.actions.judging import judge_changed
from scheduling.courses.changing.actions.slot_offers import sweep_offers
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.messages.actions.codes import send_codes
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.messages.actions.due import arm_due
from scheduling.models import Booking, Import, Message, SlotOffer
from scheduling.setup.actions.exporting import run_export
from scheduling.setup.actions.importing import run_import
from scheduling.treatment.actions.reactions import escalate_overdue, report_reaction
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.running import accepted
from tests.steps import consent_to, hold_consultation, inject_test, take_intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, patient: Patient, practitioner: User):
    """The lines written so far, after a look that none names a person."""
    caplog.set_level("INFO")
    personal = {patient.given_name, patient.family_name, patient.email, patient.phone, practitioner.email}

    def lines() -> list[str]:
        written = [record.getMessage() for record in caplog.records]
        assert not [line for line in written for each in personal - {""} if each in line]
        return written

    return lines


@pytest.fixture
def course(clinic, patient, practitioner):
    return accepted(patient, clinic, practitioner)


def test_a_proposal_that_is_built_and_one_that_is_not_there(clinic, patient, practitioner, said):
    proposal = request_proposal(course=make_course(patient, clinic, practitioner), by=practitioner, now=NOW)
    build_proposal(proposal_id=proposal.pk, now=NOW)
    build_proposal(proposal_id=0, now=NOW)
    assert {f"proposal {proposal.pk}: ready", "proposal 0: nothing to build here"} <= set(said())


def test_a_file_that_moves_in_and_an_archive_that_is_not_there(clinic, director, said):
    row = Import.objects.create(
        location=clinic, name="a.csv", fingerprint="1", total=0, step="undo", requested_by=director, requested_at=NOW
    )
    run_import(import_id=row.pk, now=NOW)
    run_export(export_id=0, now=NOW)
    assert {f"import {row.pk}: undo ready at 0", "export 0: nothing to do"} <= set(said())


def test_a_batch_of_new_times(clinic, desk, said):
    replan = request_disruption(location=clinic, by=desk, now=NOW)
    build_disruption(replan_id=replan.pk, now=NOW)
    assert f"replan {replan.pk}: 0 visits planned" in said()


def test_visits_that_come_inside_the_horizon(course, clinic, said):
    clinic.horizon_days *= 3
    clinic.save()
    got = advance_horizon(now=NOW)
    assert got
    assert f"course {course.pk}: {got} visits booked" in said()


def test_courses_that_are_judged_again(course, said):
    judge_changed(now=NOW)
    assert f"course {course.pk}: judged, 0 visits may not take place" in said()


def test_messages_that_are_sent(course, said):
    dispatch_due(now=NOW + timedelta(minutes=5))
    sent = Message.objects.filter(channel="email", status="sent").values_list("pk", flat=True)
    assert sent
    assert {f"message {pk}: sent" for pk in sent} <= set(said())


def test_messages_that_the_calendar_brings_about(clinic, patient, practitioner, said):
    hold_consultation(patient, location=clinic, at=NOW)
    take_intake(patient, by=practitioner, now=NOW)
    consent_to(patient, "test", by=practitioner, at=NOW)
    test = inject_test(patient, FormulationFactory(), by=practitioner, at=NOW)
    Message.objects.all().delete()
    assert arm_due(now=NOW + timedelta(hours=1))
    assert any(line.startswith(f"message test-{test.pk}:0:reading_due") for line in said())


def test_letters_of_the_sign_in(said):
    letter = EmailMessage("Your code", "123456", to=["ana@example.test"])
    row = enqueue(kind="code", letter=letter, now=NOW)
    send_codes(now=NOW)
    assert f"sign-in letter {row.pk}: sent" in said()
    assert "123456" not in " ".join(said())


def test_reactions_that_nobody_answered(course, patient, director, said):
    event = report_reaction(patient=patient, text="A hard lump", onset_at=NOW, by=director, now=NOW)
    escalate_overdue(now=NOW + timedelta(days=3))
    assert f"reaction {event.pk}: escalated to user {director.staff.pk}" in said()


def test_offers_of_freed_times(course, said):
    hold = Booking.objects.filter(session__course=course, active=True).latest("start")
    Booking.objects.filter(pk=hold.pk).update(kind="hold", session=None, held_until=NOW)
    row = SlotOffer.objects.create(session=course.sessions.first(), hold=hold, revision=1, offered_at=NOW)
    sweep_offers(now=NOW)
    assert f"offer {row.pk}: lapsed" in said()


def test_somebody_who_opened_many_records(desk, director, monkeypatch, said):
    monkeypatch.setattr("patients.actions.watching.mass_readers", lambda _now, **_many: [Reader(desk, 90)])
    watch_reading(now=NOW)
    assert f"user {desk.pk} opened 90 records within an hour: directors told" in said()
    assert desk.email not in " ".join(said())


def test_keys_that_are_deleted(desk, said):
    old = datetime.now(UTC) - idempotency.KEEP - timedelta(days=1)
    row = IdempotencyKey.objects.create(user=desk, key="a", request_hash="b", status=200, answer={})
    IdempotencyKey.objects.filter(pk=row.pk).update(created_at=old)
    prune()
    assert "idempotency keys deleted: 1" in said()
