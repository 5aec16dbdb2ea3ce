"""The staff's first page about a patient: one thing to do next, all at a glance, no condition for the desk."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from clinic.models import Location, User
from clinic.templatetags.look import phone
from patients.models import Patient
from protocols.models import CareInstruction
from scheduling.courses.actions.sessions import displace_session, leave
from scheduling.messages.actions.said import arm_booked
from scheduling.models import AdverseEvent, Booking, Session
from tests.factories import NOW, TODAY, PatientFactory
from tests.scheduling.course_steps import book_treatment, make_course
from tests.scheduling.portal.portal_cast import NEXT, Running, running_course
from tests.scheduling.visits import a_visit, at
from tests.steps import hold_consultation, take_intake

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def running(patient: Patient, clinic: Location, practitioner: User) -> Running:
    return running_course(patient, clinic, practitioner)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def page_of(browser: Client, patient: Patient) -> str:
    answer = browser.get(reverse("patients:detail", args=[patient.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def primary(page: str) -> tuple[str, str]:
    """Label and address of the one primary action."""
    (found,) = re.findall(r'<a class="btn btn-primary" href="([^"]+)">(.+?)</a>', page, re.DOTALL)
    return text_of(found[1]).strip(), found[0]


class TestWhatComesNext:
    def step(self, browser_of: Browser, user: User, patient: Patient) -> str:
        return primary(page_of(browser_of(user), patient))[0]

    def test_the_walk_of_a_new_patient(
        self, patient: Patient, clinic: Location, practitioner: User, browser_of: Browser
    ):
        assert self.step(browser_of, practitioner, patient) == "Start the intake"
        take_intake(patient, by=practitioner, now=NOW)
        assert self.step(browser_of, practitioner, patient) == "Book the consultation"
        hold_consultation(patient, location=clinic, at=NOW - timedelta(hours=1))
        assert self.step(browser_of, practitioner, patient) == "Plan a course"
        make_course(patient, clinic, practitioner)
        assert self.step(browser_of, practitioner, patient) == "Continue the draft"

    def test_what_speaks_against_a_course_comes_before_planning_one(
        self, patient: Patient, clinic: Location, practitioner: User, browser_of: Browser
    ):
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        hold_consultation(patient, location=clinic, at=NOW - timedelta(hours=1))
        assert self.step(browser_of, practitioner, patient) == "Look at the eligibility"

    def test_the_desk_books_the_consultation_with_one_press(self, patient: Patient, desk: User, browser_of: Browser):
        label, url = primary(page_of(browser_of(desk), patient))
        assert label == "Book the consultation"
        assert url.endswith(f"?patient={patient.pk}&kind=consultation".replace("&", "&amp;"))
        assert browser_of(desk).get(url.replace("&amp;", "&")).status_code == 200

    def test_a_visit_of_today_is_checked_in(
        self, patient: Patient, practitioner: User, desk: User, browser_of: Browser
    ):
        a_visit(patient, at(15, day=TODAY), practitioner, desk)
        assert self.step(browser_of, desk, patient) == "Check in"

    def test_a_visit_without_a_time_comes_before_the_next_one(
        self, running: Running, patient: Patient, desk: User, browser_of: Browser
    ):
        displace_session(session=running.following, reason="Ill", by=desk, now=NOW)
        assert self.step(browser_of, desk, patient) == "Find a new time"

    def test_a_course_that_runs_needs_nothing_but_its_next_visit(
        self, running: Running, patient: Patient, practitioner: User, browser_of: Browser
    ):
        take_intake(patient, by=practitioner, now=NOW)
        assert self.step(browser_of, practitioner, patient) == "Open the next visit"

    def test_a_visit_that_the_calendar_has_reached_is_to_be_booked(
        self, running: Running, patient: Patient, clinic: Location, desk: User, browser_of: Browser
    ):
        Location.objects.update(horizon_days=90)
        assert self.step(browser_of, desk, patient) == "Open the next visit"  # those before it come first
        for session in (running.following, running.later):
            leave(session=session, verb="unbook", version=None, reason="Too many", by=desk, now=NOW)
        assert self.step(browser_of, desk, patient) == "Book the next visit"

    def test_a_course_on_hold_waits_for_a_decision(
        self, running: Running, patient: Patient, practitioner: User, browser_of: Browser
    ):
        running.course.status, running.course.status_reason = "on_hold", "Travelling"
        running.course.save()
        assert self.step(browser_of, practitioner, patient) == "Decide how it goes on"

    def test_somebody_who_is_here_comes_first(
        self, running: Running, patient: Patient, practitioner: User, browser_of: Browser
    ):
        Session.objects.filter(pk=running.following.pk).update(status="in_progress")
        assert self.step(browser_of, practitioner, patient) == "Open the visit"


class TestTheHead:
    def test_name_age_phone_and_language(self, patient: Patient, desk: User, browser_of: Browser):
        page = text_of(page_of(browser_of(desk), patient))
        assert "Ana Rossi" in page
        assert "36 years" in page  # born on 14 March 1990
        assert phone(patient.phone) in page
        assert "English" in page

    def test_somebody_without_a_birth_date_has_no_age(self, desk: User, clinic: Location, browser_of: Browser):
        assert "years" not in text_of(page_of(browser_of(desk), PatientFactory(birth_date=None)))


class TestWhoReadsWhat:
    def test_the_desk_reads_bookable_or_not_and_no_condition(
        self, patient: Patient, practitioner: User, desk: User, browser_of: Browser
    ):
        take_intake(patient, by=practitioner, now=NOW, diabetes=True)
        page = page_of(browser_of(desk), patient)
        assert "Not bookable, the practitioner will call" in page
        assert "iabet" not in page
        assert "Must not be treated" not in page

    def test_the_desk_knows_that_a_reaction_waits_and_not_what_it_is(
        self, running: Running, patient: Patient, desk: User, practitioner: User, browser_of: Browser
    ):
        AdverseEvent.objects.create(
            patient=patient,
            text="Oozing wound",
            onset_at=NOW,
            reported_at=NOW,
            answer_by=NOW + timedelta(hours=1),
            reported_by=patient.user,
            owner=practitioner.staff,
        )
        assert "A reaction was reported" in page_of(browser_of(desk), patient)
        assert "Oozing" not in page_of(browser_of(desk), patient)
        assert reverse("desk:reaction", args=[AdverseEvent.objects.get().pk]) in page_of(
            browser_of(practitioner), patient
        )

    def test_why_a_visit_was_called_off_is_for_clinicians(
        self, running: Running, patient: Patient, desk: User, practitioner: User, browser_of: Browser
    ):
        displace_session(session=running.following, reason="Migraine", by=desk, now=NOW)
        assert "Migraine" in page_of(browser_of(practitioner), patient)
        assert "Migraine" not in page_of(browser_of(desk), patient)

    def test_patients_outsiders_and_administrators_have_no_page_here(
        self, patient: Patient, administrator: User, outsider: User, browser_of: Browser
    ):
        for user in (patient.user, administrator, outsider):
            for name in ("detail", "sheet", "reaction_new"):
                assert browser_of(user).get(reverse(f"patients:{name}", args=[patient.pk])).status_code == 403

    def test_a_patient_who_does_not_exist_is_not_found(self, desk: User, browser_of: Browser):
        assert browser_of(desk).get(reverse("patients:detail", args=[10**15])).status_code == 404


class TestAtAGlance:
    def test_the_course_its_visits_messages_and_history(
        self, running: Running, patient: Patient, desk: User, browser_of: Browser
    ):
        session = Session.objects.select_related("location", "patient__contact", "course").get(pk=running.following.pk)
        arm_booked(visits=[(session, at(10, day=NEXT))], now=NOW)
        displace_session(session=running.later, reason="Ill", by=desk, now=NOW)
        page = text_of(page_of(browser_of(desk), patient))
        wanted = ("P07", "1 of 4 done", "Tue 12 May 2026, 10:00", "Reminder", "Time cancelled by the clinic: Treatment")
        for words in wanted:
            assert words in page

    def test_two_running_courses_have_a_picture_each_and_a_finished_one_stands_in_the_list(
        self,
        running: Running,
        patient: Patient,
        clinic: Location,
        practitioner: User,
        desk: User,
        browser_of: Browser,
    ):
        make_course(patient, clinic, practitioner, "P05", status="on_hold", status_reason="Away")
        page = page_of(browser_of(desk), patient)
        assert (page.count("data-timeline"), "All courses" in page) == (2, False)
        make_course(patient, clinic, practitioner, "P03", status="completed")
        assert re.search("All courses.*P03", text_of(page_of(browser_of(desk), patient)))

    def test_a_patient_of_whom_nothing_is_known_yet(self, desk: User, clinic: Location, browser_of: Browser):
        page = text_of(page_of(browser_of(desk), PatientFactory()))
        assert "No visit is booked." in page
        assert "Nothing was sent yet, and nothing is due." in page

    def test_one_visit_or_thirteen_cost_the_same_queries(
        self,
        patient: Patient,
        clinic: Location,
        practitioner: User,
        browser_of: Browser,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ):
        few, browser = running_course(patient, clinic, practitioner), browser_of(practitioner)
        page = reverse("patients:detail", args=[patient.pk])
        browser.get(page)  # the process keeps the rules that it reads here
        with django_assert_max_num_queries(60) as first:
            browser.get(page)
        Session.objects.filter(course=few.course).update(course=None, status="entered_in_error")
        few.course.delete()
        Booking.objects.update(active=False)
        running_course(patient, clinic, practitioner, more=12)
        with django_assert_max_num_queries(60) as second:
            browser.get(page)
        assert len(second) == len(first)


class TestOnPaper:
    def test_the_sheet_of_somebody_without_e_mail(
        self, clinic: Location, practitioner: User, desk: User, browser_of: Browser
    ):
        somebody = PatientFactory(email="")
        running_course(somebody, clinic, practitioner)
        page = text_of(browser_of(desk).get(reverse("patients:sheet", args=[somebody.pk])).content.decode())
        assert "Tue 12 May 2026, 10:00" in page
        assert "Before each session" in page
        assert "After each session" in page
        assert "call 112 now" in page

    def test_with_two_courses_it_has_what_either_asks_for_and_what_both_do_once(
        self, running: Running, patient: Patient, clinic: Location, practitioner: User, desk: User, browser_of: Browser
    ):
        hair = make_course(
            patient, clinic, practitioner, "P05", areas=("scalp",), indication="alopecia", status="active"
        )
        book_treatment(hair, NEXT + timedelta(days=3), 11)
        for region, text in (("scalp", "Wash your hair before."), ("body", "Wear something loose."), ("", "Eat well.")):
            scope = {"regions": [region]} if region else {}
            CareInstruction.objects.create(code=f"own-{region}", stage="day", text=text, scope=scope, cites=["D30"])
        page = text_of(browser_of(desk).get(reverse("patients:sheet", args=[patient.pk])).content.decode())
        assert "Wash your hair before." in page
        assert "Wear something loose." in page
        assert [page.count(text) for text in ("Eat well.", "No sauna.")] == [1, 1]
        assert (
            page.count("If you take aspirin only now and then") == 1
        )  # under 28 days apart they are one stretch (D44)

    def test_no_visits_no_table(self, patient: Patient, desk: User, browser_of: Browser):
        page = browser_of(desk).get(reverse("patients:sheet", args=[patient.pk])).content.decode()
        assert "No visit is booked." in page


def test_the_staff_writes_down_what_a_patient_says_on_the_phone(
    running: Running, patient: Patient, desk: User, browser_of: Browser
):
    page = reverse("patients:reaction_new", args=[patient.pk])
    assert "tel:112" in browser_of(desk).get(page).content.decode()
    given = {"text": "Swollen since yesterday", "onset_at": "2026-05-04T20:00", "severity": "moderate"}
    answer = browser_of(desk).post(page, given)
    assert answer["Location"] == reverse("patients:detail", args=[patient.pk])
    event = AdverseEvent.objects.get()
    assert (event.reported_by, event.session, event.severity) == (desk, running.done, "moderate")


def test_what_is_wrong_with_it_is_said_at_its_field(patient: Patient, desk: User, browser_of: Browser):
    answer = browser_of(desk).post(reverse("patients:reaction_new", args=[patient.pk]), {"onset_at": "yesterday"})
    assert answer.status_code == 422
    assert not AdverseEvent.objects.exists()
