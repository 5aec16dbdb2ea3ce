"""The patient's own pages: only their own data, real dates, and every word one that may be said to a patient."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django.fixtures import DjangoAssertNumQueries

from clinic.models import Location, User
from patients.models import AccessLog, Consent, ContactPreference, Patient
from protocols.models import CareInstruction, Policy
from scheduling.courses.actions.sessions import displace_session, move_session
from scheduling.courses.changing.actions.undo_visit import undo_visit
from scheduling.courses.changing.queries.acts import last_act
from scheduling.messages.actions.codes import send_codes
from scheduling.messages.actions.said import arm_booked
from scheduling.models import AdverseEvent, Booking, Message, Session, SessionEvent, WorkingHours
from tests.factories import NOW
from tests.protocols.texts import BANNED
from tests.scheduling.course_steps import make_course
from tests.scheduling.portal.portal_cast import NEXT, Running, running_course
from tests.scheduling.visits import a_visit, at
from tests.steps import take_intake

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]

PAGES = ["home", "visits", "messages", "documents", "sheet", "preferences", "days_away", "calendar", "reaction_new"]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def running(patient: Patient, clinic: Location, practitioner: User) -> Running:
    return running_course(patient, clinic, practitioner)


@pytest.fixture
def browser(patient: Patient, browser_of: Browser) -> Client:
    return browser_of(patient.user)


def text_of(page: str) -> str:
    """What a reader reads, without tags and blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def shown(browser: Client, name: str, *args: object) -> str:
    answer = browser.get(reverse(f"portal:{name}", args=args))
    assert answer.status_code == 200
    return text_of(answer.content.decode())


class TestHome:
    def test_it_says_when_where_with_whom_and_how_soon(self, running: Running, browser: Client, clinic: Location):
        Location.objects.update(address="Via Roma 12")
        page = shown(browser, "home")
        assert "Session 2 of 4" in page
        assert "Tuesday 12 May, 10:00" in page
        assert f"in 7 days · {running.course.practitioner}" in page
        assert "Aventino , Via Roma 12" in page or "Aventino, Via Roma 12" in page
        assert "Good morning, Ana" in page

    def test_the_time_is_that_of_the_place_of_the_visit(self, running: Running, browser: Client):
        Location.objects.update(timezone="Europe/London")
        assert "Tuesday 12 May, 09:00" in shown(browser, "home")

    def test_d44_no_aspirin_from_fourteen_days_before_the_first_session_to_the_latest_day_of_the_last(
        self, running: Running, browser: Client
    ):
        page = shown(browser, "home")
        assert "From 13 April to 18 June" in page
        assert "If a doctor advised it, keep taking it and call us" in page

    def test_what_to_leave_on_the_day_has_the_day(self, running: Running, browser: Client):
        page = shown(browser, "home")
        assert "From Monday 11 May on Please come without make-up" in page
        assert "On the day, Tuesday 12 May" in page

    def test_a_cough_on_the_day_is_to_be_told(self, running: Running, browser: Client):
        assert "A cough, a headache, flu" in shown(browser, "home")

    def test_a_consultation_asks_for_nothing_beforehand(
        self, patient: Patient, practitioner: User, desk: User, browser: Client
    ):
        a_visit(patient, at(10), practitioner, desk)
        page = shown(browser, "home")
        assert "Consultation" in page
        assert "Before you come" not in page

    def test_with_nothing_planned_it_says_what_to_do(self, patient: Patient, browser: Client):
        Location.objects.update(phone="+39 06 555 0000")
        page = shown(browser, "home")
        assert "No visit is booked yet" in page
        assert "+39 06 555 0000" in page

    def test_open_health_questions_are_asked_for_until_they_are_handed_in(
        self, patient: Patient, practitioner: User, browser: Client
    ):
        link = reverse("portal:intake")
        assert link in browser.get(reverse("portal:home")).content.decode()
        take_intake(patient, by=practitioner, now=NOW)
        assert link not in browser.get(reverse("portal:home")).content.decode()

    def test_a_visit_that_lost_its_time_comes_first(self, running: Running, browser: Client, desk: User):
        displace_session(session=running.following, reason="Doctor ill", by=desk, now=NOW)
        page = shown(browser, "home")
        assert "Session 2 of 4 This visit has no time now. Please choose one." in page
        assert "Doctor ill" not in page

    def test_a_course_on_hold_says_so_and_not_why(self, running: Running, browser: Client):
        running.course.status, running.course.status_reason = "on_hold", "Positive allergy test"
        running.course.save()
        page = shown(browser, "home")
        assert "Your course is paused" in page
        assert "Positive" not in page

    def test_after_a_session_its_care_stands_first_with_dates(self, running: Running, browser: Client, director: User):
        Session.objects.filter(pk=running.done.pk).update(performed_at=NOW - timedelta(hours=20))
        Booking.objects.filter(session=running.done).update(
            start=NOW - timedelta(hours=20),
            end=NOW - timedelta(hours=19, minutes=30),
            occupied_start=NOW - timedelta(hours=20, minutes=5),
            occupied_end=NOW - timedelta(hours=19),
        )
        Policy.objects.create(code="gym_hours", value=48, reason="Our choice", set_by=director, set_at=NOW)
        page = shown(browser, "home")
        assert "Until Wednesday 6 May No gym" in page
        assert "Keep the treated skin out of the sun. Ask us first how long." in page

    def test_with_two_courses_each_has_its_picture_and_a_visit_the_advice_of_its_own(
        self, running: Running, browser: Client, patient: Patient, clinic: Location, practitioner: User
    ):
        make_course(patient, clinic, practitioner, "P05", areas=("scalp",), indication="alopecia", status="active")
        CareInstruction.objects.filter(code="no-make-up-before").update(scope={"regions": ["scalp"]})
        page = shown(browser, "home")
        assert "Your course: Thigh" in page
        assert "Your course: Scalp" in page
        assert "Please come without make-up" not in page
        CareInstruction.objects.filter(code="no-make-up-before").update(scope={"regions": ["body"]})
        assert "Please come without make-up" in shown(browser, "home")

    def test_a_director_has_to_allow_a_compress(self, running: Running, browser: Client, director: User):
        text = CareInstruction.objects.get(code="herbal-compress").text
        assert text not in shown(browser, "visit", running.following.pk)
        Policy.objects.create(code="herbal_compress", value="after_closure", reason="Ours", set_by=director, set_at=NOW)
        assert text in shown(browser, "visit", running.following.pk)

    def test_the_timeline_leads_to_the_patients_own_pages(self, running: Running, browser: Client):
        page = browser.get(reverse("portal:home")).content.decode()
        assert reverse("portal:visit", args=[running.later.pk]) in page
        assert "/visits/" not in page.replace("/me/visits/", "")

    def test_whoever_opened_the_record_stands_in_the_log(self, patient: Patient, browser: Client):
        browser.get(reverse("portal:home"))
        assert AccessLog.objects.filter(patient=patient, user=patient.user).exists()


class TestConfirming:
    def test_a_visit_is_confirmed_once_and_leaves_a_trace(self, running: Running, browser: Client, patient: Patient):
        for _time in range(2):
            browser.post(reverse("portal:visit_confirm", args=[running.following.pk]))
        event = SessionEvent.objects.get(session=running.following, verb="confirm")
        assert event.by == patient.user
        assert "You confirmed" in shown(browser, "home")

    def test_a_visit_that_moved_is_not_confirmed_any_more(self, running: Running, browser: Client):
        browser.post(reverse("portal:visit_confirm", args=[running.following.pk]))
        Session.objects.filter(pk=running.following.pk).update(revision=2)
        assert "You confirmed" not in shown(browser, "home")

    def test_a_visit_that_is_over_cannot_be_confirmed(self, running: Running, browser: Client):
        browser.post(reverse("portal:visit_confirm", args=[running.done.pk]))
        assert not SessionEvent.objects.filter(verb="confirm").exists()

    def test_a_link_confirms_nothing(self, running: Running, browser: Client):
        assert browser.get(reverse("portal:visit_confirm", args=[running.following.pk])).status_code == 405


def offered(browser: Client, session: Session, query: str = "") -> list[str]:
    """The values of the times on the page."""
    page = browser.get(reverse("portal:visit_move", args=[session.pk]) + query).content.decode()
    return re.findall(r'name="place" value="([^"]+)"', page)


def day_of(place: str) -> str:
    return str(datetime.fromisoformat(place.split("|", maxsplit=1)[0]).date())


class TestMoving:
    def test_only_times_inside_the_window_and_with_the_same_person_are_offered(self, running: Running, browser: Client):
        places = offered(browser, running.following)
        assert places
        assert {day_of(place) for place in places} <= {str(NEXT + timedelta(days=n)) for n in range(8)}
        assert {place.split("|")[1] for place in places} == {str(running.course.practitioner_id)}

    def test_with_anybody_means_anybody(self, running: Running, browser: Client):
        people = {place.split("|")[1] for place in offered(browser, running.following, "?with=anybody")}
        assert len(people) == 2

    def test_when_ones_own_practitioner_has_no_time_the_others_are_offered(
        self, running: Running, browser: Client, practitioner: User
    ):
        running.course.practitioner.hours.all().delete()
        page = browser.get(reverse("portal:visit_move", args=[running.following.pk])).content.decode()
        assert 'href="?with=anybody"' in page
        assert f"{running.course.practitioner.name} is full from " in page
        assert offered(browser, running.following, "?with=anybody")

    def test_when_nobody_has_time_there_is_a_number_to_call(self, running: Running, browser: Client):
        Location.objects.update(phone="+39 06 555 0000")
        WorkingHours.objects.all().delete()
        page = browser.get(reverse("portal:visit_move", args=[running.following.pk]) + "?with=anybody").content.decode()
        assert "Nothing free" in page
        assert 'href="tel:+39065550000"' in page

    def test_a_standalone_visit_moves_at_once(self, patient: Patient, practitioner: User, desk: User, browser: Client):
        visit = a_visit(patient, at(10), practitioner, desk)
        place = next(place for place in offered(browser, visit) if "T13:00" in place)
        answer = browser.post(reverse("portal:visit_move", args=[visit.pk]), {"place": place}, follow=True)
        assert "Your visit is now on" in text_of(answer.content.decode())
        assert Booking.objects.get(session=visit, active=True).start == datetime.fromisoformat(place.split("|")[0])

    def test_a_visit_of_a_course_moves_and_is_written_down_as_the_patients_doing(
        self, running: Running, browser: Client, patient: Patient
    ):
        place = next(place for place in offered(browser, running.following) if day_of(place) == str(NEXT))
        browser.post(reverse("portal:visit_move", args=[running.following.pk]), {"place": place}, follow=True)
        assert Booking.objects.get(session=running.following, active=True).start == datetime.fromisoformat(
            place.split("|")[0]
        )
        assert SessionEvent.objects.filter(session=running.following, verb="move", by=patient.user).exists()

    def test_nothing_is_asked_again_when_no_other_visit_changes(self, running: Running, browser: Client):
        """The visit without a time goes on waiting for the calendar to reach it; that is no change."""
        place = next(place for place in offered(browser, running.following) if day_of(place) == str(NEXT))
        answer = browser.post(reverse("portal:visit_move", args=[running.following.pk]), {"place": place})
        assert answer["Location"] == reverse("portal:home")

    def test_what_else_would_move_is_shown_first_and_applied_as_it_was_seen(self, running: Running, browser: Client):
        """Two days later here means that the next session, fifteen days after, has to move as well."""
        place = next(place for place in offered(browser, running.following) if day_of(place) > str(NEXT))
        url = reverse("portal:visit_move", args=[running.following.pk])
        before = Booking.objects.get(session=running.later, active=True).start
        answer = browser.post(url, {"place": place})
        page = answer.content.decode()
        assert "Other visits move too" in page
        assert Booking.objects.get(session=running.later, active=True).start == before
        seen = re.search(r'name="expect" value="([^"]+)"', page)[1]
        browser.post(url, {"place": place, "expect": seen})
        assert Booking.objects.get(session=running.later, active=True).start > before

    def test_a_time_outside_the_window_is_refused_with_the_reason(self, running: Running, browser: Client):
        place = f"{at(10, day=NEXT - timedelta(days=4)).isoformat()}|{running.course.practitioner_id}|1|"
        answer = browser.post(reverse("portal:visit_move", args=[running.following.pk]), {"place": place})
        assert answer.status_code == 422
        assert "Too soon after the visit before it" in text_of(answer.content.decode())
        assert Booking.objects.get(session=running.following, active=True).start.date() == NEXT

    @pytest.mark.parametrize("place", ["", "nonsense", "2026-05-12T10:00:00|1|1|", "x" * 5000, "\x00|1|1|"])
    def test_what_is_no_offered_time_is_refused_at_the_field(self, place: str, running: Running, browser: Client):
        answer = browser.post(reverse("portal:visit_move", args=[running.following.pk]), {"place": place})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert 'href="#id_place"' in page
        assert page.count('id="id_place"') == 1  # where the error's link leads

    def test_a_person_who_does_not_exist_is_not_found(self, running: Running, browser: Client):
        place = f"{at(10, day=NEXT).isoformat()}|{10**30}|1|"
        answer = browser.post(reverse("portal:visit_move", args=[running.following.pk]), {"place": place})
        assert answer.status_code == 404

    def test_a_visit_that_is_over_cannot_be_moved(self, running: Running, browser: Client):
        assert browser.get(reverse("portal:visit_move", args=[running.done.pk])).status_code == 404


class TestOnlyTheirOwn:
    @pytest.mark.parametrize("name", ["visit", "visit_move", "visit_calendar"])
    def test_another_patients_visit_is_not_there(
        self, name: str, running: Running, other_patient: Patient, browser_of: Browser
    ):
        answer = browser_of(other_patient.user).get(reverse(f"portal:{name}", args=[running.following.pk]))
        assert answer.status_code == 404
        assert "Ana" not in answer.content.decode()

    @pytest.mark.parametrize("name", ["visit_confirm", "visit_move"])
    def test_nor_can_anything_be_done_to_it(
        self, name: str, running: Running, other_patient: Patient, browser_of: Browser
    ):
        place = f"{at(12, day=NEXT).isoformat()}|{running.course.practitioner_id}|1|"
        address = reverse(f"portal:{name}", args=[running.following.pk])
        assert browser_of(other_patient.user).post(address, {"place": place}).status_code == 404
        assert not SessionEvent.objects.filter(session=running.following).exists()

    def test_nor_their_consents_and_reactions(
        self, patient: Patient, other_patient: Patient, practitioner: User, browser_of: Browser
    ):
        consent = a_consent(patient, practitioner)
        event = AdverseEvent.objects.create(
            patient=patient, text="Red", onset_at=NOW, reported_at=NOW, answer_by=NOW, reported_by=patient.user
        )
        intruder = browser_of(other_patient.user)
        assert intruder.get(reverse("portal:consent", args=[consent.pk])).status_code == 404
        assert intruder.get(reverse("portal:reaction", args=[event.pk])).status_code == 404

    @pytest.mark.parametrize("name", PAGES)
    def test_nobody_reads_of_another_patient_on_their_own_pages(
        self, name: str, running: Running, other_patient: Patient, browser_of: Browser
    ):
        page = browser_of(other_patient.user).get(reverse(f"portal:{name}")).content.decode()
        assert "Ana" not in page
        assert "Session 2" not in page

    def test_an_outsider_and_the_staff_have_no_page_here(self, outsider: User, desk: User, browser_of: Browser):
        for user in (outsider, desk):
            assert browser_of(user).get(reverse("portal:home")).status_code == 403

    def test_a_patient_whose_access_was_taken_away_is_out_at_once(self, patient: Patient, browser: Client):
        User.objects.filter(pk=patient.user_id).update(is_active=False)
        assert browser.get(reverse("portal:home")).status_code == 302


def a_consent(patient: Patient, by: User) -> Consent:
    return Consent.objects.create(
        patient=patient,
        act="treatment",
        statements=[{"code": "one", "text": "I was told what may happen."}],
        signed_name="Ana Rossi",
        signed_at=NOW,
        recorded_by=by,
    )


class TestMessages:
    @pytest.fixture
    def letters(self, running: Running) -> None:
        session = Session.objects.select_related("location", "patient__contact", "course").get(pk=running.following.pk)
        arm_booked(visits=[(session, at(10, day=NEXT))], now=NOW)

    def test_what_was_said_stands_there_in_full_and_what_is_to_come_does_not(self, letters: None, browser: Client):
        page = shown(browser, "messages")
        assert "Your visit is booked" in page
        assert "We expect you on Tuesday 12 May 2026, 10:00." in page
        assert "Reminder of your visit" not in page

    def test_new_ones_are_counted_until_they_have_been_on_the_screen(self, letters: None, browser: Client):
        assert "1 new message" in shown(browser, "home") or "2 new messages" in shown(browser, "home")
        shown(browser, "messages")
        assert Message.objects.filter(
            channel="portal", read_at=None, due_at__lte=NOW
        ).exists()  # reading writes nothing
        browser.post(reverse("portal:messages_read"))
        assert not Message.objects.filter(channel="portal", read_at=None, due_at__lte=NOW).exists()
        assert "new message" not in shown(browser, "home")

    def test_the_first_reading_counts(self, letters: None, browser: Client):
        read = Message.objects.filter(channel="portal", read_at=NOW)
        browser.post(reverse("portal:messages_read"))
        seen = read.count()
        with time_machine.travel(NOW + timedelta(days=1), tick=False):
            browser.post(reverse("portal:messages_read"))
        assert seen
        assert read.count() == seen

    def test_reading_marks_nobody_elses_messages(self, letters: None, other_patient: Patient, browser_of: Browser):
        browser_of(other_patient.user).post(reverse("portal:messages_read"))
        assert Message.objects.filter(channel="portal", read_at=None, due_at__lte=NOW).exists()


class TestPreferences:
    def post(self, browser: Client, **given: object) -> object:
        return browser.post(reverse("portal:preferences"), {"channel": "email", "wanted": [], **given})

    def test_a_choice_is_kept_and_what_waits_follows_it(self, running: Running, browser: Client, patient: Patient):
        session = Session.objects.select_related("location", "patient__contact", "course").get(pk=running.following.pk)
        arm_booked(visits=[(session, at(10, day=NEXT))], now=NOW)
        waiting = Message.objects.filter(kind="reminder").exclude(channel="portal")
        assert waiting.get().channel == "email"
        self.post(browser, channel="call", wanted=["reminder"])
        assert (waiting.get().channel, waiting.get().status) == ("call", "scheduled")
        self.post(browser, channel="email", wanted=[])
        assert waiting.get().status == "superseded"
        self.post(browser, channel="email", wanted=["reminder"])
        assert (waiting.get().channel, waiting.get().status) == ("email", "scheduled")
        assert waiting.get().dedupe_key.endswith(f":reminder:email:p{patient.pk}")

    def test_a_confirmation_cannot_be_left_out(self, running: Running, browser: Client, patient: Patient):
        self.post(browser)
        opted_out = ContactPreference.objects.get(patient=patient).opted_out
        assert "reminder" in opted_out
        assert {"confirmation", "cancellation", "aspirin", "same_day", "reading_due"} & set(opted_out) == set()

    def test_text_messages_are_offered_only_where_they_can_be_sent(
        self, browser: Client, patient: Patient, settings: object
    ):
        assert 'value="sms"' not in browser.get(reverse("portal:preferences")).content.decode()
        assert self.post(browser, channel="sms").status_code == 422
        settings.SMS_URL = "json://sms.example.test/{phone}"
        assert 'value="sms"' in browser.get(reverse("portal:preferences")).content.decode()

    def test_two_windows_do_not_overwrite_each_other(self, browser: Client, patient: Patient):
        ContactPreference.objects.create(patient=patient, version=3)
        assert self.post(browser, version=2).status_code == 412


class TestDocuments:
    def test_what_was_signed_can_be_read_as_it_was(self, patient: Patient, practitioner: User, browser: Client):
        consent = a_consent(patient, practitioner)
        assert reverse("portal:consent", args=[consent.pk]) in browser.get(reverse("portal:documents")).content.decode()
        page = shown(browser, "consent", consent.pk)
        assert "I was told what may happen." in page
        assert "Ana Rossi" in page

    def test_the_sheet_has_the_dates_the_care_and_the_emergency_number(self, running: Running, browser: Client):
        page = shown(browser, "sheet")
        assert "Tue 12 May 2026, 10:00" in page
        assert "If a doctor advised it, keep taking it" in page
        assert "Keep the treated skin out of the sun." in page
        assert "call 112 now" in page

    def test_one_visit_comes_as_a_file_for_the_calendar(self, running: Running, browser: Client):
        Location.objects.update(address="Via Roma 12")
        answer = browser.get(reverse("portal:visit_calendar", args=[running.following.pk]))
        assert answer["Content-Type"].startswith("text/calendar")
        assert "attachment" in answer["Content-Disposition"]
        assert b"DTSTART;TZID=Europe/Rome:20260512T100000" in answer.content
        assert b"LOCATION:Via Roma 12" in answer.content

    def test_a_visit_without_a_time_has_no_file(self, running: Running, browser: Client):
        assert browser.get(reverse("portal:visit_calendar", args=[running.beyond.pk])).status_code == 404


class TestReactions:
    def report(self, browser: Client, **given: object) -> object:
        fields = {"text": "Red and warm", "onset_at": "2026-05-05T08:00", "severity": "mild", **given}
        return browser.post(reverse("portal:reaction_new"), fields)

    def test_before_anything_else_the_number_to_call(self, running: Running, browser: Client):
        Location.objects.update(emergency_number="118")
        answer = browser.get(reverse("portal:reaction_new")).content.decode()
        assert 'href="tel:118"' in answer
        assert "not monitored at night" in answer
        assert answer.index("tel:118") < answer.index('name="text"')

    def test_it_reaches_whoever_treated_the_patient(self, running: Running, browser: Client):
        answer = self.report(browser)
        event = AdverseEvent.objects.get()
        assert answer["Location"] == reverse("portal:reaction", args=[event.pk])
        assert (event.session, event.owner) == (running.done, running.course.practitioner.staff)
        page = shown(browser, "reaction", event.pk)
        assert "Thank you for telling us" in page
        assert "not monitored at night" in page

    def test_a_severe_one_says_call_now(self, running: Running, browser: Client):
        Location.objects.update(phone="+39 06 555 0000")
        self.report(browser, severity="severe")
        page = shown(browser, "reaction", AdverseEvent.objects.get().pk)
        assert "Please call us now" in page
        assert "+39 06 555 0000" in page
        assert "Call 112 now" in page

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"text": ""}, "Please say what it is like."),
            ({"onset_at": "2026-05-06T08:00"}, "This time lies in the future."),
            ({"onset_at": "tomorrow"}, "Enter a valid date/time."),
            ({"onset_at": "2001-01-01T08:00"}, "Please check the year."),
            ({"severity": "awful"}, "Select a valid choice."),
            ({"text": "a\x07b"}, "control characters"),
            ({"reaction": "99999"}, "Select a valid choice."),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, wrong: dict[str, str], says: str, running: Running, browser: Client
    ):
        answer = self.report(browser, **wrong)
        assert answer.status_code == 422
        assert says in text_of(answer.content.decode())
        assert not AdverseEvent.objects.exists()

    def test_what_somebody_writes_is_shown_as_text(self, running: Running, browser: Client):
        self.report(browser, text="<script>alert(1)</script>")
        page = browser.get(reverse("portal:reaction", args=[AdverseEvent.objects.get().pk])).content.decode()
        assert escape("<script>alert(1)</script>") in page


@pytest.mark.parametrize("name", PAGES)
def test_no_page_promises_anything(name: str, running: Running, browser: Client):
    page = shown(browser, name).lower()
    assert [word for word in BANNED if word in page] == []


@pytest.mark.parametrize(
    ("name", "most"), [("home", 22), ("visits", 11), ("messages", 9), ("documents", 24), ("sheet", 16)]
)
def test_a_page_asks_as_often_for_many_visits_as_for_few(
    name: str,
    most: int,
    patient: Patient,
    clinic: Location,
    practitioner: User,
    browser_of: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
):
    few, browser, page = (
        running_course(patient, clinic, practitioner),
        browser_of(patient.user),
        reverse(f"portal:{name}"),
    )
    browser.get(page)  # the rules are read anew after they were changed, and kept
    with django_assert_max_num_queries(most) as first:
        browser.get(page)
    Session.objects.filter(course=few.course).update(course=None, status="entered_in_error")
    Booking.objects.update(active=False)
    running_course(patient, clinic, practitioner, more=12)
    with django_assert_max_num_queries(most) as second:
        browser.get(page)
    assert len(second) == len(first)


class TestSigningIn:
    """A code by mail, read from the folder in which the demonstration keeps its letters."""

    @pytest.fixture
    def letters(self, tmp_path: Path, settings: object) -> Path:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path
        return tmp_path

    def ask(self, guest: Client, address: str) -> object:
        answer = guest.post(reverse("account_request_login_code"), {"email": address}, follow=True)
        send_codes(now=NOW)
        return answer

    def test_the_code_in_the_letter_opens_the_patients_page(self, patient: Patient, letters: Path, browser_of: Browser):
        guest = browser_of(None)
        answer = self.ask(guest, "ana@example.test")
        assert "Enter the code" in answer.content.decode()
        (letter,) = letters.glob("*.log")
        code = re.search(r"^\s{4}(\S+)$", letter.read_text(), re.MULTILINE)[1]
        answer = guest.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("portal:home")
        assert "Ana" in answer.content.decode()

    def test_the_subject_says_nothing_about_the_person(self, patient: Patient, letters: Path, browser_of: Browser):
        self.ask(browser_of(None), "ana@example.test")
        (letter,) = letters.glob("*.log")
        subject = re.search(r"^Subject: (.+)$", letter.read_text(), re.MULTILINE)[1]
        assert subject == "Your sign-in code"

    def test_a_wrong_code_opens_nothing(self, patient: Patient, letters: Path, browser_of: Browser):
        guest = browser_of(None)
        self.ask(guest, "ana@example.test")
        guest.post(reverse("account_confirm_login_code"), {"code": "WRONG-CODE"})
        assert guest.get(reverse("portal:home")).status_code == 302

    def test_an_unknown_address_looks_the_same_on_the_screen(
        self, patient: Patient, letters: Path, browser_of: Browser
    ):
        known, unknown = self.ask(browser_of(None), "ana@example.test"), self.ask(browser_of(None), "no@example.test")
        assert known.status_code == unknown.status_code
        assert known.redirect_chain == unknown.redirect_chain
        clean = [
            re.sub(r"(ana|no)@example\.test|[A-Za-z0-9]{64}", "", answer.content.decode())
            for answer in (known, unknown)
        ]
        assert clean[0] == clean[1]

    def test_the_letter_to_an_unknown_address_invites_nobody_to_sign_up(self, letters: Path, browser_of: Browser):
        self.ask(browser_of(None), "no@example.test")
        (letter,) = letters.glob("*.log")
        assert "Subject: About signing in\n" in letter.read_text()
        assert "signup" not in letter.read_text()


class TestWhatTheStaffSeesOfIt:
    def test_a_confirmation_stands_in_the_history_of_the_visit(
        self, running: Running, browser: Client, desk: User, browser_of: Browser
    ):
        browser.post(reverse("portal:visit_confirm", args=[running.following.pk]))
        page = browser_of(desk).get(reverse("desk:visit", args=[running.following.pk])).content.decode()
        assert "Confirmed by the patient" in page

    def test_a_slip_after_it_can_still_be_taken_back(
        self, patient: Patient, practitioner: User, desk: User, browser: Client
    ):
        visit = a_visit(patient, at(10), practitioner, desk)
        browser.post(reverse("portal:visit_confirm", args=[visit.pk]))
        later = NOW + timedelta(minutes=1)
        move_session(session=visit, start=at(15), by=desk, now=later)
        undo_visit(session=visit, act=last_act(visit, desk), by=desk, now=later + timedelta(minutes=1))
        assert Booking.objects.get(session=visit, active=True).start == at(10)
