"""A reaction has an owner, a clock and an end; nobody's waits in silence (D32, B10)."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from clinic.base.refusals import BadInput, Conflict, Forbidden, Stale
from clinic.celery import app
from clinic.models import Location, StaffMember, User
from patients.actions.consent import sign_consent
from patients.models import Patient
from protocols.models import ExpectedReaction
from scheduling import tasks
from scheduling.models import AdverseEvent, PublicHoliday, Session, WorkingHours
from scheduling.treatment.actions.reactions import close_reaction, escalate_overdue, report_reaction, take_reaction
from tests.factories import NOW, LocationFactory, StaffFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_session, who

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def treated(patient: Patient, clinic: Location, practitioner: User) -> Session:
    """A treatment yesterday."""
    return a_session(
        patient,
        clinic,
        kind="treatment",
        status="completed",
        performed_at=NOW - 24 * HOUR,
        performed_by=who(practitioner),
    )


def report(patient: Patient, *, now: datetime = NOW, **given: object) -> AdverseEvent:
    fields = {"text": "Warm and red", "onset_at": now - 2 * HOUR, "by": patient.user, "now": now, **given}
    return report_reaction(patient=patient, **fields)


def known(code: str) -> ExpectedReaction:
    return ExpectedReaction.objects.get(code=code)


class TestWhoOwnsIt:
    def test_whoever_treated_the_patient(self, patient: Patient, treated: Session, practitioner: User):
        event = report(patient)
        assert (event.session, event.owner) == (treated, practitioner.staff)

    def test_not_somebody_who_has_left(self, patient: Patient, treated: Session, practitioner: User, director: User):
        StaffMember.objects.filter(user=practitioner).update(active=False)
        assert report(patient).owner == director.staff

    def test_without_a_visit_the_practitioner_of_the_course(
        self, patient: Patient, clinic: Location, practitioner: User, colleague: User
    ):
        make_course(patient, clinic, practitioner, status="active", practitioner=who(colleague))
        assert report(patient).owner == colleague.staff

    def test_else_the_director_of_that_place(self, patient: Patient, clinic: Location, director: User):
        StaffFactory(role="medical_director", location=LocationFactory())
        a_session(patient, clinic, kind="treatment", status="completed", performed_at=NOW - HOUR)
        assert report(patient).owner == director.staff

    def test_a_visit_of_today_that_is_still_to_come_is_not_to_blame(
        self, patient: Patient, treated: Session, clinic: Location
    ):
        a_session(patient, clinic, kind="treatment", status="booked")
        assert report(patient).session == treated


class TestTheClock:
    """Ten in the morning in Rome."""

    @pytest.mark.parametrize("code", ["anaphylaxis", "allergic_reaction", "infection", "severe_pain", "scar"])
    def test_a_serious_one_is_answered_within_the_hour(self, code: str, patient: Patient, treated: Session):
        assert report(patient, reaction=known(code)).answer_by == NOW + HOUR

    def test_so_is_a_severe_one_whatever_it_is(self, patient: Patient, treated: Session):
        assert report(patient, reaction=known("erythema"), severity="severe").answer_by == NOW + HOUR

    @pytest.mark.parametrize("code", ["rash", "hyperpigmentation", "injection_site_nodule", "eczema"])
    def test_what_a_doctor_has_to_see_is_answered_the_same_day(self, code: str, patient: Patient, treated: Session):
        assert report(patient, reaction=known(code)).answer_by == NOW + 4 * HOUR

    def test_what_gets_worse_as_well(self, patient: Patient, treated: Session):
        assert report(patient, reaction=known("erythema"), worsening=True).answer_by == NOW + 4 * HOUR

    def test_what_outlasts_three_days_as_well(self, patient: Patient, treated: Session):
        lasting = report(patient, reaction=known("oedema"), onset_at=NOW - timedelta(hours=73))
        usual = report(patient, reaction=known("oedema"), onset_at=NOW - timedelta(hours=71))
        assert (lasting.answer_by, usual.answer_by) == (NOW + 4 * HOUR, NOW + 24 * HOUR)

    def test_what_can_wait_waits_until_the_clinic_opens(self, patient: Patient, treated: Session):
        """Saturday morning: nobody works before Monday at nine, and nobody is promised an answer before."""
        saturday = datetime.fromisoformat("2026-05-09T10:00:00+02:00")
        mild, severe = report(patient, now=saturday), report(patient, now=saturday, severity="severe")
        assert mild.answer_by == datetime.fromisoformat("2026-05-12T09:00:00+02:00")
        assert severe.answer_by == saturday + HOUR

    def test_a_closing_day_counts_as_closed(self, patient: Patient, treated: Session, clinic: Location):
        PublicHoliday.objects.create(location=clinic, date=datetime.fromisoformat("2026-05-11").date(), name="Feast")
        saturday = datetime.fromisoformat("2026-05-09T10:00:00+02:00")
        assert report(patient, now=saturday).answer_by == datetime.fromisoformat("2026-05-13T09:00:00+02:00")

    def test_where_nobody_works_the_clock_runs_at_once(self, patient: Patient, treated: Session):
        WorkingHours.objects.all().delete()
        assert report(patient).answer_by == NOW + 24 * HOUR

    def test_what_comes_in_at_night_begins_in_the_morning(self, patient: Patient, treated: Session):
        """23:00 in Rome; the quiet hours end at eight."""
        night = datetime.fromisoformat("2026-05-05T23:00:00+02:00")
        event = report(patient, now=night, severity="severe")
        assert event.answer_by == datetime.fromisoformat("2026-05-06T09:00:00+02:00")


class TestBadInput:
    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("text", {"text": "  "}),
            ("text", {"text": "x" * 2001}),
            ("text", {"text": "a\x00b"}),
            ("severity", {"severity": "awful"}),
            ("onset_at", {"onset_at": NOW + HOUR}),
            ("onset_at", {"onset_at": datetime.fromisoformat("0001-01-02T00:00:00+00:00")}),
        ],
    )
    def test_it_is_refused_at_its_field_and_nothing_is_kept(
        self, field: str, wrong: dict[str, object], patient: Patient, treated: Session
    ):
        with pytest.raises(BadInput) as refused:
            report(patient, **wrong)
        assert [error.field for error in refused.value.errors] == [field]
        assert not AdverseEvent.objects.exists()

    def test_another_patients_visit_is_refused(self, treated: Session, other_patient: Patient):
        with pytest.raises(BadInput) as refused:
            report(other_patient, session=treated)
        assert refused.value.errors[0].field == "session"

    def test_a_known_reaction_needs_no_words(self, patient: Patient, treated: Session):
        assert report(patient, reaction=known("erythema"), text="").pk


class TestTheEnd:
    def test_a_clinician_closes_it_with_what_came_of_it(self, patient: Patient, treated: Session, practitioner: User):
        closed = close_reaction(event=report(patient), outcome=" Gone after a day ", by=practitioner, now=NOW + HOUR)
        assert (closed.outcome, closed.closed_at, closed.version) == ("Gone after a day", NOW + HOUR, 2)

    def test_without_an_outcome_it_stays_open(self, patient: Patient, treated: Session, practitioner: User):
        with pytest.raises(BadInput):
            close_reaction(event=report(patient), outcome=" ", by=practitioner)

    def test_the_desk_and_the_patient_cannot(self, patient: Patient, treated: Session, desk: User):
        event = report(patient)
        for by in (desk, patient.user):
            with pytest.raises(Forbidden):
                close_reaction(event=event, outcome="Gone", by=by)
            with pytest.raises(Forbidden):
                take_reaction(event=event, by=by)

    def test_it_is_closed_once(self, patient: Patient, treated: Session, practitioner: User):
        event = report(patient)
        close_reaction(event=event, outcome="Gone", by=practitioner)
        with pytest.raises(Conflict):
            close_reaction(event=event, outcome="Gone again", by=practitioner)
        with pytest.raises(Conflict):
            take_reaction(event=event, by=practitioner)

    def test_two_people_do_not_overwrite_each_other(
        self, patient: Patient, treated: Session, practitioner: User, colleague: User
    ):
        event = report(patient)
        take_reaction(event=event, by=colleague, version=1)
        with pytest.raises(Stale):
            close_reaction(event=event, outcome="Gone", by=practitioner, version=1)

    def test_somebody_else_may_take_it(self, patient: Patient, treated: Session, colleague: User):
        assert take_reaction(event=report(patient), by=colleague).owner == colleague.staff


class TestEscalation:
    def test_what_nobody_answered_in_time_goes_to_the_director_once(
        self, patient: Patient, treated: Session, director: User
    ):
        event = report(patient, severity="severe")
        assert escalate_overdue(now=event.answer_by - timedelta(seconds=1)) == 0
        assert escalate_overdue(now=event.answer_by) == 1
        assert escalate_overdue(now=event.answer_by + HOUR) == 0
        event.refresh_from_db()
        assert (event.owner, event.escalated_at, event.version) == (director.staff, event.answer_by, 2)

    def test_without_a_director_it_stays_with_its_owner_and_says_so(
        self, patient: Patient, treated: Session, practitioner: User
    ):
        event = report(patient)
        escalate_overdue(now=event.answer_by)
        event.refresh_from_db()
        assert (event.owner, event.escalated_at) == (practitioner.staff, event.answer_by)

    def test_the_clock_of_the_clinic_asks_for_it_every_minute(self, patient: Patient, treated: Session):
        entry = app.conf.beat_schedule["escalate-reactions"]
        assert (entry["task"], entry["schedule"]) == (tasks.escalate_reactions.name, 60.0)
        report(patient, severity="severe")
        with time_machine.travel(NOW + 2 * HOUR):
            tasks.escalate_reactions()
        assert AdverseEvent.objects.get().escalated_at

    def test_two_sweeps_at_once_do_not_wait_for_each_other(self, patient: Patient, treated: Session):
        event = report(patient)
        with CaptureQueriesContext(connection) as asked:
            escalate_overdue(now=event.answer_by)
        assert any("FOR UPDATE" in each["sql"] and "SKIP LOCKED" in each["sql"] for each in asked)

    def test_what_was_closed_stays_closed(self, patient: Patient, treated: Session, practitioner: User):
        event = report(patient)
        close_reaction(event=event, outcome="Gone", by=practitioner, now=NOW + HOUR)
        assert escalate_overdue(now=event.answer_by + HOUR) == 0


class TestWhatIsSeen:
    def test_its_zone_its_photograph_and_how_long_it_was_expected_to_last(
        self, patient: Patient, treated: Session, practitioner: User, desk: User, browser_of: Any, settings: Any,
        tmp_path: Path, time_machine: Any,
    ):  # fmt: skip
        settings.MEDIA_ROOT = tmp_path
        time_machine.move_to(NOW, tick=False)
        page, picture = reverse("patients:reaction_new", args=[patient.pk]), BytesIO()
        Image.new("RGB", (40, 30)).save(picture, "PNG")
        erythema = known("erythema").pk
        told = {"reaction": erythema, "severity": "mild", "onset_at": "2026-05-01T10:00", "area": "thigh"}
        sent = told | {"file": SimpleUploadedFile("a.png", picture.getvalue())}
        browser = browser_of(practitioner)
        refused = browser.post(page, sent)
        assert (refused.status_code, AdverseEvent.objects.count()) == (422, 0), "nothing is half kept without consent"
        line = {"statements": ["photographs"], "signed_name": str(patient)}
        sign_consent(patient=patient, act="photos", **line, by=practitioner, now=NOW)
        sent["file"] = SimpleUploadedFile("a.png", picture.getvalue())
        assert browser.post(page, sent).status_code == 302
        event = AdverseEvent.objects.get()
        said = browser.get(reverse("desk:reaction", args=[event.pk])).content.decode()
        assert (event.area.code, reverse("patients:photo", args=[event.photo_id]) in said) == ("thigh", True)
        assert "longer than expected" in said
        assert "Photograph" not in browser_of(desk).get(page).content.decode()
