"""A reaction stops what follows until a prescriber has decided in writing (D38)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.refusals import BadInput, Forbidden, Refusal
from clinic.models import Location, User
from patients.models import Allergy, Patient
from protocols.models import ExpectedReaction, Substance
from scheduling.courses.changing.actions.course_safety import read_allergy_test
from scheduling.courses.changing.actions.course_states import decide_on_reactions, free_held_times, resume_course
from scheduling.courses.planning.actions.proposal_building import build_proposal
from scheduling.courses.planning.actions.proposals import request_proposal
from scheduling.models import AdverseEvent, Booking, Course, Message, Session
from scheduling.treatment.actions.reactions import close_reaction, report_reaction, suspect_cause
from scheduling.treatment.actions.visits import check_in, start_session
from tests.factories import NOW, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.visits import at
from tests.steps import BEGIN, BORN, SENT, clear_answers, consent_to, hold_consultation, inject_test, take_intake
from tests.stock import as_form, as_json, drawn_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
Api = Callable[[User | None], APIClient]
HOUR = timedelta(hours=1)


@pytest.fixture
def first(course: Course) -> Session:
    return course.sessions.get(sequence=1)


def known(code: str) -> ExpectedReaction:
    return ExpectedReaction.objects.get(code=code)


def report(patient: Patient, **given: Any) -> AdverseEvent:
    fields = {"text": "It began at once", "onset_at": NOW - HOUR, "by": patient.user, "now": NOW, **given}
    return report_reaction(patient=patient, **fields)


def reminders(course: Course) -> int:
    waiting = Message.objects.filter(session__course=course, status__in=("scheduled", "retry"))
    return waiting.filter(kind__in=Message.PRE_VISIT).count()


def reason(form: dict[str, str]) -> dict[str, str]:
    """A report as the pages send it."""
    return {"reaction": "", "text": "I cannot breathe well", "onset_at": "2026-05-05T09:30", **form}


class TestWhatHolds:
    @pytest.mark.parametrize(
        "code",
        [
            "anaphylaxis",
            "allergic_reaction",
            "trouble_breathing",
            "infection",
            "mycobacterial_skin_infection",
            "necrosis",
        ],
    )
    def test_what_is_named_as_dangerous_however_it_is_graded(self, code: str, course: Course):
        report(course.patient, reaction=known(code), severity="mild")
        course.refresh_from_db()
        assert course.status == "on_hold"

    def test_d38_whatever_is_graded_severe(self, course: Course):
        report(course.patient, severity="severe")
        course.refresh_from_db()
        assert (course.status, course.times_kept_until) == ("on_hold", NOW + timedelta(hours=72))

    @pytest.mark.parametrize("severity", ["mild", "moderate"])
    def test_not_a_faint_that_was_not_severe(self, severity: str, course: Course):
        before = reminders(course)
        report(course.patient, text="I fainted", severity=severity)
        course.refresh_from_db()
        assert (course.status, reminders(course)) == ("active", before)

    def test_every_course_of_the_patient(self, course: Course, clinic: Location, practitioner: User):
        other = Course.objects.get(pk=course.pk)
        other.pk, other.status = None, "active"
        other.save(force_insert=True)
        report(course.patient, severity="severe")
        assert set(Course.objects.values_list("status", flat=True)) == {"on_hold"}

    def test_reminders_stop_at_once_and_times_are_kept(self, course: Course):
        booked = Booking.objects.filter(session__course=course, active=True).count()
        assert reminders(course)
        report(course.patient, reaction=known("trouble_breathing"))
        assert reminders(course) == 0
        assert Booking.objects.filter(session__course=course, active=True).count() == booked

    def test_nothing_is_kept_when_the_hold_fails(self, course: Course, monkeypatch: pytest.MonkeyPatch):
        def broken(**_given: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("scheduling.treatment.actions.reactions.hold_for_reaction", broken)
        with pytest.raises(RuntimeError):
            report(course.patient, severity="severe")
        assert not AdverseEvent.objects.exists()


class TestAtEachDoor:
    def held(self, course: Course) -> bool:
        course.refresh_from_db()
        return course.status == "on_hold" and reminders(course) == 0

    def test_the_patient_reports_on_the_phone(self, course: Course, browser_of: Browser):
        page = reverse("portal:reaction_new")
        answer = browser_of(course.patient.user).post(
            page, reason({"reaction": str(known("trouble_breathing").pk), "severity": "mild"})
        )
        assert answer.status_code == 302
        assert self.held(course)

    def test_the_desk_writes_it_down(self, course: Course, desk: User, browser_of: Browser):
        page = reverse("patients:reaction_new", args=[course.patient_id])
        browser_of(desk).post(page, reason({"severity": "severe"}))
        assert self.held(course)

    @pytest.mark.parametrize("who", ["patient", "desk"])
    def test_over_http(self, who: str, course: Course, desk: User, api_of: Api):
        by = course.patient.user if who == "patient" else desk
        given = {"reaction": "anaphylaxis", "severity": "severe", "onset_at": (NOW - HOUR).isoformat()}
        answer = api_of(by).post(f"/api/v1/patients/{course.patient_id}/reactions/", given)
        assert answer.status_code == 201, answer.content
        assert self.held(course)


class TestWhileItHolds:
    # A severe reaction also ends the consultation (D37).
    @pytest.fixture(autouse=True)
    def reported(self, course: Course) -> AdverseEvent:
        return report(course.patient, reaction=known("anaphylaxis"), severity="severe")

    def test_the_start_is_refused(self, first: Session, practitioner: User, desk: User):
        check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)
        with pytest.raises(Refusal) as refused:
            start_session(session=first, **BEGIN, syringe=drawn_for(first, practitioner), by=practitioner, now=NOW)
        assert [each.code for each in refused.value.reasons] == ["hold", "consultation"]

    def test_over_http_too(self, first: Session, practitioner: User, desk: User, api_of: Api):
        check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)
        given = SENT | {"drawn_up": as_json(drawn_for(first, practitioner))}
        answer = api_of(practitioner).post(f"/api/v1/sessions/{first.pk}/start/", given)
        assert answer.status_code == 422
        assert [each["code"] for each in answer.json()["reasons"]] == ["hold", "consultation"]

    def test_no_new_course_or_test_is_booked(self, course: Course, practitioner: User, api_of: Api):
        api, who = api_of(practitioner), str(course.practitioner_id)
        where = {"areas": ("abdomen",), "formulation": course.formulation}
        other = make_course(course.patient, course.location, practitioner, **where)
        proposal = build_proposal(proposal_id=request_proposal(course=other, by=practitioner, now=NOW).pk, now=NOW)
        test = {"patient": str(course.patient_id), "kind": "allergy_test", "practitioner": who}
        for answer in (
            api.post(f"/api/v1/proposals/{proposal.pk}/accept/", {}),
            api.post("/api/v1/sessions/", test | {"start": at(15).isoformat()}),
        ):
            assert answer.status_code == 422
            assert [each["code"] for each in answer.json()["reasons"]] == ["hold"]

    def test_closing_it_does_not_open_the_start(
        self, first: Session, reported: AdverseEvent, practitioner: User, desk: User
    ):
        close_reaction(event=reported, outcome="Adrenaline, hospital, well", by=practitioner, now=NOW)
        check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)
        with pytest.raises(Refusal):
            start_session(session=first, **BEGIN, syringe=drawn_for(first, practitioner), by=practitioner, now=NOW)

    def test_clinical_pages_say_so(self, course: Course, first: Session, practitioner: User, browser_of: Browser):
        browser = browser_of(practitioner)
        overview = browser.get(reverse("patients:detail", args=[course.patient_id]))
        assert "On hold after a reaction" in overview.content.decode()
        assert str(overview.context["step"].label) == "Decide on the reaction"
        assert overview.context["summary"]["verdict"] != "eligible"
        assert "On hold after a reaction" in browser.get(reverse("desk:visit", args=[first.pk])).content.decode()
        assert "on hold, the practitioner will call" in browser.get(reverse("desk:today")).content.decode()

    def test_the_desk_hears_of_the_call_and_no_condition(
        self, course: Course, first: Session, desk: User, browser_of: Browser
    ):
        for page in (
            reverse("patients:detail", args=[course.patient_id]),
            reverse("desk:visit", args=[first.pk]),
            reverse("desk:today"),
            reverse("courses:detail", args=[course.pk]),
        ):
            said = browser_of(desk).get(page).content.decode()
            assert "n hold, the practitioner will call" in said
            assert "shock" not in said.lower()

    def test_times_are_given_back_after_the_hours_of_the_policy(self, course: Course):
        assert free_held_times(now=NOW + timedelta(hours=72) - timedelta(seconds=1)) == 0
        assert free_held_times(now=NOW + timedelta(hours=72)) == 1
        assert not Booking.objects.filter(session__course=course, active=True).exists()
        course.refresh_from_db()
        assert course.status == "on_hold"
        assert free_held_times(now=NOW + timedelta(hours=73)) == 0


class TestTheDecision:
    @pytest.fixture(autouse=True)
    def reported(self, course: Course) -> AdverseEvent:
        return report(course.patient, severity="severe")

    def test_is_a_prescribers(self, course: Course, colleague: User, desk: User):
        for by in (colleague, desk):
            with pytest.raises(Forbidden):
                resume_course(course=course, reason="All well", by=by, now=NOW)
        course.refresh_from_db()
        assert course.status == "on_hold"

    def test_is_written(self, course: Course, practitioner: User):
        with pytest.raises(BadInput) as refused:
            resume_course(course=course, reason=" ", by=practitioner, now=NOW)
        assert refused.value.errors[0].field == "reason"

    def test_resumes_with_the_times_that_were_kept_and_reminders_again(self, course: Course, practitioner: User):
        resume_course(course=course, reason="Vasovagal, seen, no allergy", by=practitioner, now=NOW)
        course.refresh_from_db()
        assert (course.status, course.held_for, course.times_kept_until) == ("active", None, None)
        assert Booking.objects.filter(session__course=course, active=True).exists()
        assert reminders(course)
        event = AdverseEvent.objects.get()
        assert (event.decision, event.decided_by) == ("Vasovagal, seen, no allergy", practitioner)

    def test_is_signed_on_its_page(self, course: Course, practitioner: User, colleague: User, browser_of: Browser):
        page = reverse("patients:reactions_decide", args=[course.patient_id])
        assert browser_of(colleague).post(page, {"decision": "Fine"}).status_code == 403
        assert browser_of(practitioner).post(page, {"decision": " "}).status_code == 422
        assert browser_of(practitioner).post(page, {"decision": "Seen, goes on"}).status_code == 302
        assert AdverseEvent.objects.get().decision == "Seen, goes on"
        course.refresh_from_db()
        assert course.status == "on_hold"

    def test_alone_does_not_let_a_visit_of_a_held_course_begin(
        self, course: Course, first: Session, practitioner: User, desk: User
    ):
        decide_on_reactions(patient=course.patient, decision="Seen", by=practitioner, now=NOW)
        check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)
        with pytest.raises(Refusal) as refused:
            start_session(session=first, **BEGIN, syringe=drawn_for(first, practitioner), by=practitioner, now=NOW)
        assert "hold" in [each.code for each in refused.value.reasons]

    def test_without_its_words_the_database_refuses_it(self, reported: AdverseEvent, practitioner: User):
        with pytest.raises(IntegrityError), transaction.atomic():
            AdverseEvent.objects.update(decided_at=NOW, decided_by=practitioner)


def test_times_are_kept_only_on_hold(course: Course):
    with pytest.raises(IntegrityError), transaction.atomic():
        Course.objects.filter(pk=course.pk).update(times_kept_until=NOW)


class TestAnotherOpenReaction:
    @pytest.fixture
    def arrived(self, course: Course, first: Session, desk: User) -> Session:
        report(course.patient, text="Still red", severity="mild")
        return check_in(session=first, answers=clear_answers("same_day"), born=BORN, by=desk, now=NOW)

    def test_is_shown_before_the_needle(self, arrived: Session, practitioner: User, browser_of: Browser):
        said = browser_of(practitioner).get(reverse("desk:visit_chair", args=[arrived.pk])).content.decode()
        assert "Still red" in said

    def test_waits_for_a_prescriber(self, arrived: Session, practitioner: User, colleague: User, browser_of: Browser):
        page, said = reverse("desk:visit_chair", args=[arrived.pk]), SENT | as_form(drawn_for(arrived, practitioner))
        ticked = said | {"reactions_seen": "on"}
        assert browser_of(practitioner).post(page, said).status_code == 422
        assert browser_of(colleague).post(page, ticked).status_code == 422
        assert browser_of(practitioner).post(page, ticked).status_code == 302

    def test_that_is_closed_is_not_asked_about(self, arrived: Session, practitioner: User):
        close_reaction(event=AdverseEvent.objects.get(), outcome="Gone", by=practitioner, now=NOW)
        syringe = drawn_for(arrived, practitioner)
        begun = start_session(session=arrived, **BEGIN, syringe=syringe, by=practitioner, now=NOW)
        assert begun.status == "in_progress"


class TestTheCause:
    @pytest.fixture
    def event(self, patient: Patient) -> AdverseEvent:
        return report(patient, text="Red and hot")

    def test_a_named_substance_is_a_suspected_allergy(
        self, event: AdverseEvent, practitioner: User, browser_of: Browser
    ):
        page = reverse("desk:reaction_cause", args=[event.pk])
        substance = Substance.objects.get(code="vitamins")
        browser_of(practitioner).post(page, {"cause": "substance", "substance": str(substance.pk), "version": "1"})
        row = Allergy.objects.get(patient=event.patient)
        assert (row.substance, row.verification) == (substance, "unconfirmed")

    @pytest.mark.parametrize("cause", ["anaesthetic", "antiseptic"])
    def test_which_one_must_be_said(self, cause: str, event: AdverseEvent, practitioner: User):
        with pytest.raises(BadInput) as refused:
            suspect_cause(event=event, cause=cause, by=practitioner, now=NOW)
        assert refused.value.errors[0].field == "substance"

    def test_a_technique_names_no_substance(self, event: AdverseEvent, practitioner: User):
        suspect_cause(event=event, cause="technique", by=practitioner, now=NOW)
        assert not Allergy.objects.exists()

    def test_what_was_ruled_out_is_suspected_again(self, event: AdverseEvent, practitioner: User):
        lidocaine = Substance.objects.exclude(code="vitamins").first()
        given = {"patient": event.patient, "substance": lidocaine, "recorded_by": practitioner, "recorded_at": NOW}
        Allergy.objects.create(verification="refuted", **given)
        suspect_cause(event=event, cause="anaesthetic", substance=lidocaine, by=practitioner, now=NOW)
        assert Allergy.objects.get().verification == "unconfirmed"


def test_a_positive_test_is_on_header_overview_and_next_step(
    patient: Patient, clinic: Location, practitioner: User, desk: User, browser_of: Browser
):
    begun = NOW - timedelta(days=3)
    hold_consultation(patient, location=clinic, at=begun)
    take_intake(patient, by=practitioner, now=begun)
    consent_to(patient, "test", by=practitioner, at=begun)
    test = inject_test(patient, FormulationFactory(substances=MIX), by=practitioner, at=begun)
    page = reverse("patients:detail", args=[patient.pk])
    before = browser_of(practitioner).get(page)
    assert str(before.context["step"].label) == "Plan a course"
    read_allergy_test(test=test, read_at=begun + 25 * HOUR, result="positive", by=practitioner, now=begun + 25 * HOUR)
    after = browser_of(practitioner).get(page)
    said = after.content.decode()
    assert "Positive allergy test" in said
    assert after.context["summary"]["verdict"] == "needs_review"
    assert str(after.context["step"].label) == "Settle the suspected allergy"
    for row in Allergy.objects.filter(patient=patient):
        assert f"{row.substance} (suspected)" in said
    assert (
        "Positive allergy test"
        in browser_of(practitioner).get(reverse("patients:measurements", args=[patient.pk])).content.decode()
    )
    told = browser_of(desk).get(page).content.decode()
    assert "Positive allergy test" not in told
    assert "suspected" not in told
