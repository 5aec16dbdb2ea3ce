"""The aspirin question of each stretch of treatment, as the patient reads it (D30, D44)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from protocols.actions.rules import make_change, tightening
from protocols.models import ScreeningRule
from scheduling.courses.actions.sessions import book_session, cancel_session, displace_session, move_session
from scheduling.messages.actions import dispatch
from scheduling.messages.actions.aspirin import arm_aspirin
from scheduling.messages.stretches import Act, stretches_of
from scheduling.messages.texts import text_of
from scheduling.models import Message, Session
from tests.factories import NOW, TODAY
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_session, a_visit, at, who

pytestmark = pytest.mark.django_db

FIRST = TODAY + timedelta(days=31)  # 5 June 2026


@pytest.fixture(autouse=True)
def mailbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def course(patient, clinic, practitioner, director):
    return make_course(patient, clinic, director, start_on=FIRST, status="active", practitioner=who(practitioner))


@pytest.fixture
def book(patient, course, practitioner, desk):
    """Books an act of Ana with a needle, a treatment of the course unless said otherwise."""

    def booked(day: date, kind: str = "treatment", *, now=NOW, **given) -> Session:
        given = {"course": course, "phase": 1, "sequence": day.toordinal() % 30000, "kind": kind} | given
        return a_visit(patient, at(10, day=day), practitioner, desk, now=now, **given)

    return booked


def questions(patient, channel: str = "portal") -> list[Message]:
    rows = Message.objects.filter(patient=patient, kind="aspirin", channel=channel).exclude(status="superseded")
    return list(rows.order_by("revision"))


def said(message: Message) -> str:
    return " ".join(text_of(message).paragraphs)


def days(message: Message) -> tuple[str, str]:
    return message.context["first"], message.context["last"]


class TestWhatAStretchIs:
    def test_twenty_seven_days_apart_is_one_question(self, patient, book):
        book(FIRST), book(FIRST + timedelta(days=27))
        [one] = questions(patient)
        assert "from 5 June 2026 to 2 July 2026" in said(one)

    def test_twenty_eight_days_apart_are_two(self, patient, book):
        book(FIRST), book(FIRST + timedelta(days=28))
        assert [days(each) for each in questions(patient)] == [
            ("2026-06-05", "2026-06-05"),
            ("2026-07-03", "2026-07-03"),
        ]

    def test_each_is_asked_sixteen_days_before_its_own_first_day(self, patient, book):
        book(FIRST), book(FIRST + timedelta(days=119))
        for question, first in zip(questions(patient), (FIRST, FIRST + timedelta(days=119)), strict=True):
            assert question.due_at == at(10, day=first - timedelta(days=16))

    def test_a_longer_wait_of_the_clinic_is_told(self, patient, book, director, browser_of):
        rule = ScreeningRule.objects.get(code="aspirin", active_until=None).definition
        longer = rule | {"when": rule["when"] | {"days": 30}}
        make_change(change=tightening(code="aspirin", definition=longer), reason="Ours.", by=director, now=NOW)
        book(FIRST)
        [question] = questions(patient)
        assert question.due_at == max(at(10, day=FIRST - timedelta(days=32)), NOW)
        assert "since 6 May 2026" in said(question)
        with time_machine.travel(NOW, tick=False):
            page = browser_of(patient.user).get(reverse("portal:visit", args=[question.context["acts"][0]]))
        assert "6 May" in page.content.decode()

    def test_an_upkeep_session_in_four_months_has_its_own(self, patient, book):
        book(FIRST), book(FIRST + timedelta(days=122), "maintenance")
        assert days(questions(patient)[-1]) == ("2026-10-05", "2026-10-05")
        assert "This is about your session on 5 October 2026." in said(questions(patient)[-1])

    def test_the_allergy_test_begins_the_stretch(self, patient, book):
        book(FIRST, "allergy_test", course=None), book(FIRST + timedelta(days=7))
        [one] = questions(patient)
        assert days(one) == ("2026-06-05", "2026-06-12")
        assert "since 22 May 2026" in said(one)

    def test_a_consultation_asks_nothing(self, patient, book):
        book(FIRST, "consultation", course=None)
        assert questions(patient) == []

    @pytest.mark.parametrize(("gap", "runs"), [(27, 1), (28, 2)])
    def test_days_are_counted_between_neighbours(self, gap, runs):
        acts = [Act(number, day, day) for number, day in enumerate((FIRST, FIRST + timedelta(days=gap)))]
        assert len(stretches_of(acts, timedelta(days=14))) == runs


class TestTheLastDay:
    def test_it_is_never_before_a_treatment_that_is_planned_and_has_no_time_yet(self, clinic, patient, course, book):
        window = {"floor": date(2026, 6, 12), "ideal": date(2026, 6, 12), "latest": date(2026, 6, 19)}
        a_session(patient, clinic, course=course, kind="treatment", sequence=9, phase=1, **window)
        book(FIRST)
        assert "your last session on 19 June 2026" in said(questions(patient)[0])

    def test_a_half_year_booked_bit_by_bit_never_names_a_day_before_the_last_booked(self, patient, book):
        """Told 18 March while a treatment stood on 22 April, somebody took aspirin again too early."""
        last = FIRST
        for number in range(13):
            last = FIRST + timedelta(days=14 * number)
            book(last, now=NOW + timedelta(days=14 * max(number - 2, 0)))
        assert days(questions(patient)[-1]) == ("2026-06-05", last.isoformat())

    def test_a_draft_counts_for_nothing(self, clinic, patient, director, practitioner, book):
        draft = make_course(patient, clinic, director, start_on=FIRST, practitioner=who(practitioner))
        window = dict.fromkeys(("floor", "ideal", "latest"), date(2026, 6, 12))
        a_session(patient, clinic, course=draft, kind="treatment", sequence=9, phase=1, **window)
        book(FIRST)
        assert days(questions(patient)[0]) == ("2026-06-05", "2026-06-05")


class TestARevision:
    """What was told and does not hold any more is followed by what holds."""

    TOLD = at(10, day=FIRST - timedelta(days=15))

    def test_a_treatment_booked_later_lengthens_what_was_told(self, patient, book):
        book(FIRST)
        dispatch.dispatch_due(now=self.TOLD)
        book(FIRST + timedelta(days=14), now=self.TOLD)
        first, second = questions(patient)
        assert days(second) == ("2026-06-05", "2026-06-19")
        assert second.revision > first.revision
        assert "The days have changed." in said(second)
        mail.outbox.clear()
        dispatch.dispatch_due(now=self.TOLD + timedelta(hours=1))
        assert "A question before your visit" in [sent.subject for sent in mail.outbox]

    def test_during_the_stretch_as_well(self, patient, book):
        book(FIRST), book(FIRST + timedelta(days=14))
        during = at(18, day=FIRST)
        dispatch.dispatch_due(now=during)
        book(FIRST + timedelta(days=28), now=during)
        assert days(questions(patient)[-1]) == ("2026-06-05", "2026-07-03")

    def test_the_patient_reads_it_on_the_page(self, patient, book, browser_of):
        book(TODAY + timedelta(days=7))
        dispatch.dispatch_due(now=NOW)
        book(TODAY + timedelta(days=14))
        page = browser_of(patient.user).get(reverse("portal:messages")).content.decode()
        assert "The days have changed." in page
        assert "19 May 2026" in page

    def test_a_treatment_moved_away_leaves_a_shorter_stretch_and_gets_its_own(self, patient, book, desk):
        book(FIRST)
        later = book(FIRST + timedelta(days=14))
        dispatch.dispatch_due(now=self.TOLD)
        move_session(session=later, start=at(10, day=FIRST + timedelta(days=60)), by=desk, now=self.TOLD)
        assert [days(each) for each in questions(patient)[1:]] == [
            ("2026-06-05", "2026-06-05"),
            ("2026-08-04", "2026-08-04"),
        ]
        assert not questions(patient)[-1].context["changed"]

    def test_a_treatment_cancelled_before_it_was_told_is_not_asked_about(self, patient, book, desk):
        cancel_session(session=book(FIRST), reason="moved away", by=desk, now=NOW)
        assert questions(patient) == []

    def test_put_back_where_it_was_nothing_more_is_said(self, patient, book, desk, practitioner):
        session = book(FIRST)
        dispatch.dispatch_due(now=self.TOLD)
        displace_session(session=session, reason="slip", by=desk, now=self.TOLD)
        book_session(session=session, start=at(10, day=FIRST), practitioner=who(practitioner), by=desk, now=self.TOLD)
        assert len(questions(patient)) == 1

    def test_another_hour_of_the_same_day_changes_nothing(self, patient, book, desk):
        session = book(FIRST)
        [before] = questions(patient)
        move_session(session=session, start=at(12, day=FIRST), by=desk, now=NOW)
        assert [each.pk for each in questions(patient)] == [before.pk]


def test_as_many_statements_for_one_stretch_as_for_five(patient, book):
    def statements(session: Session) -> int:
        with CaptureQueriesContext(connection) as taken, transaction.atomic():
            arm_aspirin(sessions=[session], now=NOW)
        return len(taken)

    session = book(FIRST)
    one = statements(session)
    for number in range(1, 5):
        book(FIRST + timedelta(days=28 * number))
    assert statements(session) == one
