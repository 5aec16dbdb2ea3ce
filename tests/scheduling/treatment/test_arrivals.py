"""Two courses of one patient, two areas, one visit: the patient comes once (D06)."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from rest_framework.test import APIClient

from clinic.base.refusals import Refusal
from clinic.models import Location, User
from patients.models import IntakeResponse, Patient
from protocols.eligibility.drawn_up import Drawn, DrawnLine, DrawnProduct, mismatches
from scheduling.calendar.actions.feeds import make_feed
from scheduling.calendar.queries.arrivals import together
from scheduling.calendar.queries.confirmed import is_confirmed
from scheduling.courses.actions.sessions import cancel_session, displace_session, move_session, no_show
from scheduling.courses.changing.actions.along import begin_later
from scheduling.courses.changing.actions.course_states import revoke_course
from scheduling.courses.changing.actions.undo_visit import undo_visit
from scheduling.courses.changing.queries.acts import slip_of
from scheduling.messages.actions.dispatch import dispatch_due
from scheduling.messages.texts import text_of
from scheduling.models import Course, Message, Session
from scheduling.treatment.actions.reactions import report_reaction
from scheduling.treatment.actions.record import Record
from scheduling.treatment.actions.signing import enter_in_error
from scheduling.treatment.actions.visits import check_in, complete_session, start_session
from scheduling.treatment.forms.record import RecordForm
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import MIX, make_course
from tests.scheduling.visits import a_visit, at, who
from tests.steps import BEGIN, BORN, SAID, SENT, a_record, clear_answers, make_ready
from tests.stock import a_product, as_form, drawn_for, uses_of

pytestmark = pytest.mark.django_db

Browser = Callable[[User | None], Client]
DAY = TODAY + timedelta(days=6)  # a Monday, near enough that the test still serves
ARRIVAL, START = at(9, 55, day=DAY), at(10, day=DAY)
FIRST, SECOND = at(10, day=DAY), at(10, 40, day=DAY)  # 30 minutes each, with 5 after and 5 before


@pytest.fixture
def courses(patient: Patient, clinic: Location, practitioner: User) -> list[Course]:
    """Thigh and abdomen, with one mix."""
    mix = FormulationFactory(substances=MIX)
    with time_machine.travel(NOW, tick=False):
        make_ready(patient, mix, by=practitioner, location=clinic, now=NOW)
        chosen = {"formulation": mix, "status": "active", "practitioner": who(practitioner)}
        return [make_course(patient, clinic, practitioner, areas=(area,), **chosen) for area in ("thigh", "abdomen")]


def a_treatment(course: Course, start: datetime, practitioner: User, by: User, number: int = 1) -> Session:
    day = start.date()
    window = {"early_limit": day, "floor": day, "ideal": day, "latest": day + timedelta(days=14)}
    given = {"course": course, "kind": "treatment", "phase": 1, "sequence": number, **window}
    return a_visit(course.patient, start, practitioner, by, **given)


@pytest.fixture
def both(courses: list[Course], practitioner: User, desk: User) -> list[Session]:
    """Thigh at ten, and abdomen right after it with the same practitioner."""
    starts = (FIRST, SECOND)
    return [a_treatment(course, start, practitioner, desk) for course, start in zip(courses, starts, strict=True)]


def states(both: list[Session]) -> list[str]:
    return [Session.objects.get(pk=each.pk).status for each in both]


def come(session: Session, by: User, **answers: object) -> Session:
    given = clear_answers("same_day", **answers)
    return check_in(session=session, answers=given, born=BORN, by=by, now=ARRIVAL)


def begin(session: Session, by: User, now: datetime = START) -> Session:
    syringe = drawn_for(session, by)
    return start_session(session=session, **BEGIN, syringe=syringe, by=by, now=now)


class TestToday:
    def rows(self, browser: Client, day: date = DAY) -> list[dict]:
        rows: list[dict] = browser.get("/today/", {"date": day.isoformat()}).context["rows"]
        return rows

    def test_is_one_row_with_both_and_one_press_for_both(
        self, both: list[Session], practitioner: User, browser_of: Browser, django_assert_max_num_queries
    ):
        with time_machine.travel(ARRIVAL, tick=False):
            browser = browser_of(practitioner)
            (row,) = self.rows(browser)
            entry = row["entry"]
            assert (entry.start, entry.end) == (FIRST, SECOND + timedelta(minutes=30))
            assert [each.session for each in entry.acts] == both
            page = browser.get("/today/").content.decode()
            assert page.count("Check in<") == 1
            assert "Thigh" in page
            assert "Abdomen" in page

    def test_what_lies_apart_or_is_with_somebody_else_is_two(
        self, both: list[Session], practitioner: User, colleague: User, desk: User, browser_of: Browser
    ):
        browser = browser_of(desk)
        move_session(session=both[1], start=at(10, 45, day=DAY), by=desk, now=NOW)
        assert len(self.rows(browser)) == 2
        move_session(session=both[1], start=SECOND, practitioner=who(colleague), by=desk, now=NOW)
        assert len(self.rows(browser)) == 2
        assert together(both[0]) == []

    def test_two_visits_of_one_course_are_two_as_well(self, courses: list[Course], practitioner: User, desk: User):
        first, second = (a_treatment(courses[0], at, practitioner, desk, n) for n, at in ((1, FIRST), (2, SECOND)))
        assert together(first) == together(second) == []


class TestCheckIn:
    def test_one_press_and_one_set_of_questions_let_both_in(self, both: list[Session], desk: User, browser_of: Browser):
        with time_machine.travel(ARRIVAL, tick=False):
            browser = browser_of(desk)
            address = reverse("desk:visit_check_in", args=[both[1].pk])
            page = browser.get(address)
            assert "Checked in together" in page.content.decode()
            asked = [f"q-{name}" for name in page.context["form"].questions]
            assert len(asked) == len(set(asked))
            sent = {"none_of_these": "on", "q-health_changed": "no", **SAID}
            assert browser.post(address, sent).status_code == 302
        assert states(both) == ["checked_in", "checked_in"]
        assert IntakeResponse.objects.filter(patient=both[0].patient, occasion="same_day").count() == 1

    def test_over_http_each_names_the_other_and_one_call_lets_both_in(
        self, both: list[Session], desk: User, api_of: Callable[[User], APIClient]
    ):
        with time_machine.travel(ARRIVAL, tick=False):
            address = f"/api/v1/sessions/{both[0].pk}/"
            assert api_of(desk).get(address).json()["together"] == [str(both[1].pk)]
            sent = {"answers": clear_answers("same_day"), **SAID}
            answer = api_of(desk).post(f"{address}check-in/", sent, format="json")
            assert answer.status_code == 200, answer.content
        assert states(both) == ["checked_in", "checked_in"]

    def test_who_is_ill_gets_another_day_for_both(self, both: list[Session], desk: User):
        with pytest.raises(Refusal):
            come(both[0], desk, cough=True)
        assert states(both) == ["displaced", "displaced"]

    def test_an_open_question_lets_neither_in(self, both: list[Session], desk: User):
        answers = clear_answers("same_day")
        del answers["flu"]
        with pytest.raises(Refusal) as refused:
            check_in(session=both[0], answers=answers, born=BORN, by=desk, now=ARRIVAL)
        assert [each.field for each in refused.value.errors] == ["answers.flu"]
        assert states(both) == ["booked", "booked"]

    def test_a_slip_is_taken_back_for_both_and_twice_is_refused(self, both: list[Session], desk: User):
        come(both[0], desk)
        undo_visit(session=both[1], act=slip_of(both[1], ARRIVAL), by=desk, now=ARRIVAL)
        assert states(both) == ["booked", "booked"]
        assert slip_of(both[0], ARRIVAL) is None

    def test_who_does_not_come_does_not_come_to_both(self, both: list[Session], desk: User):
        late = FIRST + timedelta(minutes=20)
        no_show(session=both[1], by=desk, now=late)
        assert states(both) == ["no_show", "no_show"]
        undo_visit(session=both[0], act=slip_of(both[0], late), by=desk, now=late)
        assert states(both) == ["booked", "booked"]

    def test_who_is_late_begins_both_later(
        self, both: list[Session], practitioner: User, desk: User, other_patient: Patient, browser_of: Browser
    ):
        with time_machine.travel(FIRST + timedelta(minutes=18), tick=False):
            browser, address = browser_of(desk), reverse("desk:visit_late", args=[both[0].pk])
            page = browser.get(address)
            assert page.context["together"] == [at(10, 20, day=DAY), at(11, day=DAY)]
            assert not page.context["options"].fits
            assert browser.post(address, {"arrives": "2026-05-11T10:18", "together": "1"}).status_code == 302
            assert [each.bookings.get(active=True).start for each in both] == [at(10, 20, day=DAY), at(11, day=DAY)]
            assert len(together(both[0])) == 1
            a_visit(other_patient, at(11, 45, day=DAY), practitioner, desk, now=NOW)
            assert browser.get(address, {"arrives": "2026-05-11T10:40"}).context["together"] == []

    def test_who_rings_up_to_be_late_and_is_in_time_after_all(self, both: list[Session], desk: User):
        with time_machine.travel(FIRST - timedelta(minutes=15), tick=False) as clock:
            begin_later(session=both[0], start=at(10, 20, day=DAY), reason="Late", by=desk)
            clock.shift(60)
            undo_visit(session=both[1], act=both[1].history.latest("pk").pk, by=desk)
        assert [each.bookings.get(active=True).start for each in both] == [FIRST, SECOND]

    def test_who_is_not_well_hears_once_that_both_need_another_time(self, both: list[Session], desk: User):
        displace_session(session=both[0], reason="Fever", by=desk, now=ARRIVAL)
        assert states(both) == ["displaced", "displaced"]
        assert Message.objects.filter(kind="cancellation", channel="email").count() == 1

    def test_not_well_by_mistake_is_taken_back_for_both_and_nobody_hears_of_it(
        self, both: list[Session], desk: User, browser_of: Browser
    ):
        Message.objects.filter(kind="confirmation").update(status="sent", attempts=1, sent_at=NOW)
        before = [each.bookings.get(active=True).start for each in both]
        with time_machine.travel(ARRIVAL, tick=False):
            browser = browser_of(desk)
            sent = {"version": Session.objects.get(pk=both[0].pk).version, "reason": "Not well"}
            done = browser.post(reverse("desk:visit_unwell", args=[both[0].pk]), sent, follow=True)
            assert states(both) == ["displaced", "displaced"]
            old_page = browser.get(reverse("desk:visit_check_in", args=[both[1].pk]))
            assert old_page.url == reverse("desk:visit", args=[both[1].pk])
            undo = re.search(r'action="([^"]*/undo/[^"]*)"', done.content.decode())
            assert undo
            assert browser.post(undo[1]).status_code == 302
        assert states(both) == ["booked", "booked"]
        assert [each.bookings.get(active=True).start for each in both] == before
        assert not Message.objects.filter(kind__in=["confirmation", "cancellation"], status="scheduled").exists()

    def test_pressed_twice_or_for_the_other_one_leads_to_the_visit(
        self, both: list[Session], desk: User, browser_of: Browser
    ):
        with time_machine.travel(ARRIVAL, tick=False):
            browser, sent = browser_of(desk), {"none_of_these": "on", "q-health_changed": "no", **SAID}
            for each in (both[0], both[0], both[1]):
                again = browser.post(reverse("desk:visit_check_in", args=[each.pk]), sent)
                assert (again.status_code, again.url) == (302, reverse("desk:visit", args=[each.pk]))
        assert [each.history.filter(verb="check_in").count() for each in both] == [1, 1]


class TestBothCount:
    def test_each_course_has_its_session(self, both: list[Session], desk: User, practitioner: User):
        come(both[0], desk)
        for number, session in enumerate(both):
            now = START + timedelta(minutes=number)
            begin(session, practitioner, now)
            complete_session(session=session, record=of_its_area(session), by=practitioner, now=now)
        assert states(both) == ["completed", "completed"]

    def test_one_that_is_called_off_leaves_the_other(self, both: list[Session], desk: User):
        cancel_session(session=both[0], reason="Not that one", by=desk, now=NOW)
        assert states(both) == ["cancelled", "booked"]
        assert come(both[1], desk).status == "checked_in"

    def test_a_course_that_ends_leaves_the_other(self, both: list[Session], practitioner: User):
        revoke_course(course=both[1].course, reason="Enough", by=practitioner, now=NOW)
        assert states(both) == ["booked", "cancelled"]

    def test_a_limit_of_one_visit_holds_for_both(self):
        """D52: two areas are not two maxima, neither of a product nor of a local anaesthetic."""
        product = DrawnProduct(key=1, name="Mix", ingredients=frozenset({"x"}), most=5, anaesthetic_mg=20)
        line = DrawnLine(product=product, amount=3)
        alone = Drawn(lines=(line,), on=TODAY, weight_kg=30)
        beside = Drawn(lines=(line,), beside=(line,), on=TODAY, weight_kg=30)
        limits = {"over_maximum", "over_anaesthetic"}
        assert limits.isdisjoint(each.code for each in mismatches(alone))
        assert limits <= {each.code for each in mismatches(beside)}

    def test_what_the_first_took_counts_when_the_second_begins(
        self, both: list[Session], desk: User, colleague: User, practitioner: User
    ):
        product = a_product("vitamins")
        product.most_per_session = 3
        product.save()
        come(both[0], desk)
        begin(both[0], practitioner)
        with pytest.raises(Refusal) as refused:
            begin(both[1], practitioner)
        assert [each.code for each in refused.value.errors] == ["over_maximum"]


class TestMessages:
    def told(self, kind: str = "same_day") -> dict[int, str]:
        return dict(Message.objects.filter(kind=kind, channel="email").values_list("session", "status"))

    def test_one_reminder_says_both_and_when_they_end(self, both: list[Session]):
        assert self.told() == self.told("reminder") == {both[0].pk: "scheduled", both[1].pk: "superseded"}
        letter = text_of(Message.objects.get(kind="reminder", channel="email", session=both[0]))
        assert "10:00" in letter.mail[0]
        assert letter.mail[1] == "These are 2 visits, one after the other, until about 11:10. You come once."
        for text in (letter.subject, *letter.mail):
            assert "thigh" not in text.lower()

    def test_one_arrives_in_the_mailbox_and_one_on_the_page(self, both: list[Session], settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        dispatch_due(now=FIRST - timedelta(hours=1))
        sent = Message.objects.filter(kind="same_day", status="sent")
        assert sorted(sent.values_list("channel", flat=True)) == ["email", "portal"]

    @pytest.mark.parametrize("first", [0, 1])
    def test_when_one_goes_the_other_is_reminded_of_alone(self, first: int, both: list[Session], desk: User):
        cancel_session(session=both[first], reason="No", by=desk, now=NOW)
        other = both[1 - first]
        row = Message.objects.get(session=other, kind="reminder", channel="email")
        assert (row.status, "ends" in row.context) == ("scheduled", False)

    def test_a_visit_that_joins_later_is_told_with_the_first(self, both: list[Session], desk: User, practitioner: User):
        move_session(session=both[1], start=at(15, day=DAY), by=desk, now=NOW)
        assert self.told()[both[0].pk] == "scheduled"
        assert Message.objects.filter(session=both[1], kind="same_day", status="scheduled").exists()
        move_session(session=both[1], start=SECOND, by=desk, now=NOW)
        assert not Message.objects.filter(session=both[1], kind="same_day", status="scheduled").exists()
        assert "ends" in Message.objects.get(session=both[0], kind="same_day", channel="email").context

    def test_one_reminded_of_already_is_followed_by_that_of_the_other(self, both: list[Session], desk: User):
        cancel_session(session=both[1], reason="No", by=desk, now=NOW)
        Message.objects.filter(session=both[0], kind="reminder").update(status="sent", attempts=1, sent_at=NOW)
        joined = a_treatment(both[1].course, SECOND, both[0].bookings.get().practitioner.staff.user, desk, number=2)
        assert Message.objects.get(session=joined, kind="reminder", channel="email").status == "scheduled"


class TestCalendar:
    def events(self, secret: str) -> list:
        return list(Calendar.from_ical(Client().get(f"/calendar/{secret}.ics").content).events)

    def test_holds_one_appointment_of_the_whole_length(self, both: list[Session], desk: User, browser_of: Browser):
        patient = both[0].patient
        with time_machine.travel(NOW, tick=False):
            secret = make_feed(owner=patient, by=patient.user)
            (event,) = self.events(secret)
            assert (event.start, event.end) == (FIRST, SECOND + timedelta(minutes=30))
            file = browser_of(patient.user).get(reverse("portal:visit_calendar", args=[both[1].pk]))
            (same,) = Calendar.from_ical(file.content).events
            assert (same["uid"], same.start, same.end) == (event["uid"], event.start, event.end)
            move_session(session=both[1], start=at(15, day=DAY), by=desk, now=NOW + timedelta(hours=1))
            first, second = self.events(secret)
            assert (first.start, first.end) == (FIRST, FIRST + timedelta(minutes=30))
            assert first["uid"] == event["uid"]
            assert first["sequence"] > event["sequence"]
            assert second.start == at(15, day=DAY)


class TestAfterwards:
    def test_what_to_do_is_said_once_and_asked_once(
        self, both: list[Session], desk: User, practitioner: User, director: User
    ):
        come(both[0], desk)
        for session in both:
            begin(session, practitioner)
            complete_session(session=session, record=of_its_area(session), by=practitioner, now=START)
        waits = Message.objects.filter(channel="email", status="scheduled", kind__in=("aftercare", "check_24h"))
        assert list(waits.order_by("kind").values_list("session", "kind")) == [
            (both[1].pk, "aftercare"),
            (both[1].pk, "check_24h"),
        ]
        enter_in_error(session=both[1], reason="Another patient's", by=director, now=START)
        assert Message.objects.get(session=both[0], kind="check_24h", channel="email").status == "scheduled"


class TestThePatient:
    def test_reads_one_appointment_and_confirms_it_once(self, both: list[Session], browser_of: Browser):
        with time_machine.travel(NOW, tick=False):
            browser = browser_of(both[0].patient.user)
            home = " ".join(browser.get(reverse("portal:home")).content.decode().split())
            assert "Session 1 of 1 + Session 1 of 1 · until about 11:10" in home
            assert len(browser.get(reverse("portal:visits")).context["coming"]) == 1
            browser.post(reverse("portal:visit_confirm", args=[both[0].pk]))
        assert all(is_confirmed(each) for each in both)

    def test_who_cannot_come_frees_both_as_the_page_says(self, both: list[Session], browser_of: Browser, desk: User):
        with time_machine.travel(NOW, tick=False):
            browser, page = browser_of(both[0].patient.user), reverse("portal:cannot_come", args=[both[0].pk])
            assert "until about 11:10" in browser.get(page).content.decode()
            for _press in range(2):
                version = Session.objects.get(pk=both[0].pk).version
                assert browser.post(page, {"version": version}).status_code == 302
        assert states(both) == ["displaced", "displaced"]
        assert both[1].history.filter(verb="displace").count() == 1
        assert Message.objects.filter(kind="cancellation", channel="email").count() == 1

    def test_takes_home_a_sheet_with_one_line_for_both(self, both: list[Session], browser_of: Browser, desk: User):
        with time_machine.travel(NOW, tick=False):
            browser = browser_of(both[0].patient.user)
            page = browser.get(reverse("portal:sheet"))
            assert len(page.context["sheet"].coming) == 1
            assert "until about 11:10" in page.content.decode()
            assert browser.get(reverse("portal:sheet_file")).status_code == 200
            cancel_session(session=both[0], reason="No", by=desk, now=NOW)
            page = browser.get(reverse("portal:sheet"))
            assert [each.session for each in page.context["sheet"].coming] == [both[1]]
            assert "until about" not in page.content.decode()


class TestTheChair:
    """One last look and one press begin both; both records stand on one page."""

    def start(self, both: list[Session], practitioner: User, *, chosen: bool = True, lot: str = "") -> dict[str, str]:
        ticks = {name: "on" for name in SENT if name not in SAID}
        sent = as_form(drawn_for(both[0], practitioner), **ticks, **SAID)
        beside = as_form(drawn_for(both[1], practitioner))
        sent |= {
            name.replace("drawn-", f"drawn-{both[1].pk}-"): lot if "-lot" in name and lot else value
            for name, value in beside.items()
            if name.startswith("drawn-")
        }
        return sent | ({f"starts-{both[1].pk}": "on"} if chosen else {})

    @pytest.fixture
    def here(self, both: list[Session], desk: User) -> list[Session]:
        come(both[0], desk)
        return both

    @pytest.fixture
    def doctor(self, practitioner: User, browser_of: Browser) -> Client:
        return browser_of(practitioner)

    def chair(self, session: Session) -> str:
        return reverse("desk:visit_chair", args=[session.pk])

    def test_the_one_press_begins_both(self, here: list[Session], practitioner: User, doctor: Client):
        with time_machine.travel(START, tick=False):
            page = doctor.get(self.chair(here[0])).content.decode()
            assert page.count('name="place_confirmed"') == page.count('name="birth_day"') == 1
            assert f'name="drawn-{here[1].pk}-0-lot"' in page
            assert "Begin this one too" in page
            assert doctor.post(self.chair(here[0]), self.start(here, practitioner)).status_code == 302
            assert states(here) == ["in_progress", "in_progress"]
            assert doctor.post(self.chair(here[0]), self.start(here, practitioner)).status_code in (409, 422)

    def test_what_lacks_something_holds_both_until_it_is_unticked(
        self, here: list[Session], practitioner: User, doctor: Client
    ):
        with time_machine.travel(START, tick=False):
            answer = doctor.post(self.chair(here[0]), self.start(here, practitioner, lot="NEVER-SEEN"))
            assert answer.status_code == 422
            assert states(here) == ["checked_in", "checked_in"]
            assert "The other visit cannot start yet" in answer.content.decode()
            (part,) = answer.context["beside"]
            assert part["form"].line_problems
            sent = self.start(here, practitioner, chosen=False, lot="NEVER-SEEN")
            assert doctor.post(self.chair(here[0]), sent).status_code == 302
            assert states(here) == ["in_progress", "checked_in"]

    def test_a_reaction_that_holds_the_patient_holds_both(
        self, here: list[Session], practitioner: User, doctor: Client
    ):
        with time_machine.travel(START, tick=False):
            told = {"text": "Swollen face", "severity": "severe", "onset_at": ARRIVAL, "by": practitioner}
            report_reaction(patient=here[0].patient, session=here[0], now=ARRIVAL, **told)
            assert doctor.post(self.chair(here[0]), self.start(here, practitioner)).status_code == 422
        assert states(here) == ["checked_in", "checked_in"]

    def test_four_hours_after_the_check_in_neither_begins(
        self, here: list[Session], practitioner: User, doctor: Client
    ):
        with time_machine.travel(ARRIVAL + timedelta(hours=4, minutes=1), tick=False):
            assert doctor.post(self.chair(here[0]), self.start(here, practitioner)).status_code == 422
        assert states(here) == ["checked_in", "checked_in"]

    def test_the_page_of_a_visit_leads_to_the_other(self, both: list[Session], doctor: Client):
        with time_machine.travel(ARRIVAL, tick=False):
            page = doctor.get(reverse("desk:visit", args=[both[0].pk])).content.decode()
        assert "In the same visit" in page
        assert f'href="{reverse("desk:visit", args=[both[1].pk])}"' in page

    def test_a_lot_that_is_chosen_once_serves_both(self, here: list[Session], practitioner: User, doctor: Client):
        with time_machine.travel(START, tick=False):
            sent = self.start(here, practitioner, lot=" ")
            assert doctor.post(self.chair(here[0]), sent).status_code == 302
        assert uses_of(here[0]) == uses_of(here[1]) != []

    def test_both_charts_stand_on_one_page_and_each_is_signed_by_itself(
        self, here: list[Session], practitioner: User, doctor: Client
    ):
        with time_machine.travel(START, tick=False):
            doctor.post(self.chair(here[0]), self.start(here, practitioner))
            page = doctor.get(self.chair(here[0])).content.decode()
            assert page.count("data-record") == page.count('name="points"') == 2
            ids = re.findall(r'\sid="([^"]+)"', page)
            assert [each for each, count in Counter(ids).items() if count > 1] == []
            complete_session(session=here[1], record=of_its_area(here[1]), by=practitioner, now=START)
            page = doctor.get(self.chair(here[0])).content.decode()
            assert page.count("data-record") == 1
        assert states(here) == ["in_progress", "completed"]

    def test_after_the_first_record_the_other_is_next(self, here: list[Session], practitioner: User, doctor: Client):
        with time_machine.travel(START, tick=False):
            doctor.post(self.chair(here[0]), self.start(here, practitioner))
            sent = recorded(doctor.get(self.chair(here[0])).context["form"])
            answer = doctor.post(self.chair(here[0]), sent)
            assert answer.url == self.chair(here[1])
        assert states(here) == ["completed", "in_progress"]


def of_its_area(session: Session) -> Record:
    return a_record(areas=tuple(session.course.areas.values_list("code", flat=True)))


def recorded(form: RecordForm) -> dict[str, object]:
    """The record as its page shows it, with the antisepsis answered."""
    names = ("areas", "technique", "delivery_device", "version")
    sent = {name: form[name].value() or "" for name in names}
    sent |= {f"used-{name}": form.used.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for line in form.used:
        sent |= {line.add_prefix(name): line[name].value() or "" for name in line.fields}
    yes = {f"antisepsis_{when}": "yes" for when in ("before", "during", "after")}
    return sent | yes | {"antisepsis_before_note": "chlorhexidine"}
