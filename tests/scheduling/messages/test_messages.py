"""The ledger: what is said to whom, when, over which channel, and what is never said."""

import json
import socket
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

import pytest
from django.core import mail
from django.db import OperationalError

from clinic.base.outgoing import MOST_ATTEMPTS
from patients.models import AllergyTest, AllergyTestReading, ContactPreference
from protocols.models import Formulation
from scheduling.courses.actions.sessions import book_session, cancel_session, displace_session, move_session
from scheduling.management.commands import dispatch as command
from scheduling.messages.actions import claims, dispatch
from scheduling.messages.actions.desk import record_call, send_again
from scheduling.messages.actions.due import arm_due, arm_reading
from scheduling.messages.actions.said import arm_performed, supersede_course
from scheduling.messages.senders import line_for
from scheduling.messages.texts import WRITERS, text_of
from scheduling.models import Course, Message, Session
from tests.factories import NOW, TODAY, FormulationFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_session, a_visit, at, who

pytestmark = pytest.mark.django_db

IN_A_MONTH = TODAY + timedelta(days=30)  # a Thursday
BANNED = ("painless", "toxin", "melts fat", "lose inches", "no risk", "guarantee")


@pytest.fixture(autouse=True)
def mailbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SMS_URL = ""
    settings.MESSAGE_UNKNOWN_POLICY = "resend"
    return mail


@pytest.fixture
def visit(patient, practitioner, desk):
    """A visit of Ana, who has an e-mail address, in thirty days at ten."""
    return a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)


@pytest.fixture
def course(patient, clinic, practitioner, director):
    return make_course(patient, clinic, director, start_on=IN_A_MONTH, status="active", practitioner=who(practitioner))


def a_treatment(course: Course, number: int, start: datetime, practitioner, by, now=NOW) -> Session:
    session = a_session(course.patient, course.location, course=course, kind="treatment", sequence=number, phase=1)
    return book_session(session=session, start=start, practitioner=who(practitioner), by=by, now=now)


def kinds(session, channel="email", **given) -> dict[str, datetime]:
    rows = Message.objects.filter(session=session, channel=channel, **given)
    return {row.kind: row.due_at for row in rows}


class TestABooking:
    def test_it_is_confirmed_reminded_of_and_asked_about_on_the_day(self, visit):
        assert kinds(visit) == {
            "confirmation": NOW + timedelta(minutes=2),
            "reminder": at(10, day=IN_A_MONTH - timedelta(days=2)),
            "same_day": at(8, day=IN_A_MONTH),
        }

    def test_the_page_shows_the_confirmation_at_once(self, visit):
        assert kinds(visit, "portal")["confirmation"] == NOW

    def test_each_row_names_its_revision_and_is_unique(self, visit, patient):
        row = Message.objects.get(session=visit, kind="reminder", channel="email")
        assert row.dedupe_key == f"session-{visit.pk}:1:reminder:email:p{patient.pk}"
        assert row.expires_at == at(10, day=IN_A_MONTH)

    def test_tomorrows_visit_has_no_reminder_two_days_before(self, patient, practitioner, desk):
        assert set(kinds(a_visit(patient, at(10), practitioner, desk))) == {"confirmation", "same_day"}

    def test_a_walk_in_is_told_nothing(self, patient, practitioner, desk):
        assert kinds(a_visit(patient, at(10), practitioner, desk, now=at(10))) == {}

    def test_the_wall_clock_counts_across_the_autumn_change(self, patient, practitioner, desk):
        """Monday 26 October 2026, ten o'clock: the reminder comes on Saturday at ten, 49 hours before."""
        start = at(10, day=date(2026, 10, 26))
        visit = a_visit(patient, start, practitioner, desk, now=datetime(2026, 10, 1, 9, tzinfo=UTC))
        due = kinds(visit)["reminder"]
        assert due == at(10, day=date(2026, 10, 24))
        assert start.astimezone(UTC) - due == timedelta(hours=49)

    def test_nothing_is_sent_in_the_quiet_hours(self, patient, practitioner, desk):
        late = datetime(2026, 5, 5, 21, 30, tzinfo=UTC)
        visit = a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk, now=late)
        assert kinds(visit)["confirmation"] == at(8)
        assert kinds(visit, "portal")["confirmation"] == late

    def test_booked_at_night_for_before_they_end_it_stands_on_the_page_at_least(self, patient, practitioner, desk):
        night, practitioner.staff.location.quiet_until = at(1, 35), time(9, 30)
        visit = a_visit(patient, at(9, 10), practitioner, desk, now=night)
        assert "confirmation" not in kinds(visit)
        assert kinds(visit, "portal")["confirmation"] == night

    def test_an_early_visit_is_asked_about_the_evening_before(self, clinic, patient, practitioner, desk):
        clinic.quiet_until = "10:00"
        clinic.save()
        visit = a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        assert kinds(visit)["same_day"] == at(19, 30, day=IN_A_MONTH - timedelta(days=1))


class TestChannels:
    def book(self, patient, practitioner, desk, **contact):
        if contact:
            ContactPreference.objects.create(patient=patient, **contact)
        visit = a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        return {(row.kind, row.channel) for row in Message.objects.filter(session=visit)}

    def test_the_portal_always_shows_it(self, patient, practitioner, desk):
        rows = self.book(patient, practitioner, desk)
        assert {kind for kind, channel in rows if channel == "portal"} == {"confirmation", "reminder", "same_day"}

    def test_without_an_address_the_desk_calls_about_what_matters(self, patient, practitioner, desk):
        patient.email = ""
        patient.save()
        rows = self.book(patient, practitioner, desk)
        assert {kind for kind, channel in rows if channel == "call"} == {"reminder"}
        assert not any(channel == "email" for _kind, channel in rows)

    def test_without_a_text_message_service_the_desk_calls(self, patient, practitioner, desk):
        rows = self.book(patient, practitioner, desk, channel="sms")
        assert ("reminder", "call") in rows

    def test_text_messages_when_there_is_a_service(self, patient, practitioner, desk, settings):
        settings.SMS_URL = "json://127.0.0.1:9/{phone}"
        rows = self.book(patient, practitioner, desk, channel="sms")
        assert {kind for kind, channel in rows if channel == "sms"} == {"confirmation", "reminder", "same_day"}

    def test_who_opted_out_finds_it_on_the_page_only(self, patient, practitioner, desk):
        rows = self.book(patient, practitioner, desk, opted_out=["reminder"])
        assert {channel for kind, channel in rows if kind == "reminder"} == {"portal"}
        assert ("confirmation", "email") in rows


class TestAMove:
    def test_what_was_written_for_the_old_time_is_never_sent(self, visit, desk):
        move_session(session=visit, start=at(11, day=IN_A_MONTH), by=desk, now=NOW)
        old = Message.objects.filter(session=visit, revision=1)
        assert set(old.values_list("status", flat=True)) == {"superseded"}
        assert kinds(visit, revision=2)["reminder"] == at(11, day=IN_A_MONTH - timedelta(days=2))
        dispatch.dispatch_due(now=NOW + timedelta(minutes=3))
        [sent] = mail.outbox
        assert sent.subject == "Your visit has a new time"

    def test_moved_three_times_exactly_the_messages_of_the_last_revision_are_sent(self, visit, desk):
        for hour in (11, 12, 13):
            move_session(session=visit, start=at(hour, day=IN_A_MONTH), by=desk, now=NOW)
        for days in range(31):
            dispatch.dispatch_due(now=at(12, 30, day=TODAY + timedelta(days=days)))
        told = {(row.kind, row.revision) for row in Message.objects.filter(channel="email", status="sent")}
        assert told == {("confirmation", 4), ("reminder", 4), ("same_day", 4)}
        assert len(mail.outbox) == 3
        assert all("13:00" in sent.body for sent in mail.outbox)

    def test_a_cancelled_visit_says_so_and_nothing_else(self, visit, desk):
        cancel_session(session=visit, reason="moved away", by=desk, now=NOW)
        dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN)
        assert [sent.subject for sent in mail.outbox] == ["Your visit is cancelled"]
        assert "moved away" not in mail.outbox[0].body

    def test_a_time_given_back_promises_a_new_one(self, visit, desk):
        displace_session(session=visit, reason="ill", by=desk, now=NOW)
        dispatch.dispatch_due(now=NOW + timedelta(hours=1))
        assert [sent.subject for sent in mail.outbox] == ["Your visit needs a new time"]

    def test_booked_again_before_the_undo_delay_is_over_only_the_new_time_is_told(self, visit, practitioner, desk):
        displace_session(session=visit, reason="slip", by=desk, now=NOW)
        start = at(12, day=IN_A_MONTH)
        book_session(session=visit, start=start, practitioner=who(practitioner), by=desk, now=NOW)
        dispatch.dispatch_due(now=NOW + timedelta(hours=1))
        [sent] = mail.outbox
        assert "12:00" in sent.body


IN_A_MONTH_AT_TEN = at(9, 59, day=IN_A_MONTH)


class TestTheAspirinQuestion:
    """D30, D44: one for each stretch, in time, and never a word against a doctor's order."""

    def rows(self, course):
        return Message.objects.filter(course=course, session=None, kind="aspirin").exclude(status="superseded")

    def test_one_question_for_a_course_of_three_well_before_the_first(self, course, practitioner, desk):
        for number, days in enumerate((30, 44, 58), start=1):
            a_treatment(course, number, at(10, day=TODAY + timedelta(days=days + 1)), practitioner, desk)
        rows = self.rows(course)
        assert sorted(rows.values_list("channel", flat=True)) == ["email", "portal"]
        due = rows.get(channel="email").due_at
        first = at(10, day=TODAY + timedelta(days=31))
        assert timedelta(days=15) <= first - due <= timedelta(days=17)

    def test_within_fourteen_days_it_is_asked_at_booking(self, course, practitioner, desk):
        a_treatment(course, 1, at(10, day=TODAY + timedelta(days=7)), practitioner, desk)
        assert self.rows(course).get(channel="email").due_at == NOW

    def test_it_follows_the_first_treatment_until_it_is_sent(self, course, practitioner, desk):
        session = a_treatment(course, 1, at(10, day=TODAY + timedelta(days=42)), practitioner, desk)
        before = self.rows(course).get(channel="email")
        move_session(session=session, start=at(10, day=TODAY + timedelta(days=49)), by=desk, now=NOW)
        after = self.rows(course).get(channel="email")
        assert after.due_at == before.due_at + timedelta(days=7)

    def test_it_says_what_d30_says(self, course, practitioner, desk):
        a_treatment(course, 1, at(10, day=TODAY + timedelta(days=31)), practitioner, desk)
        a_treatment(course, 2, at(10, day=TODAY + timedelta(days=45)), practitioner, desk)
        full = " ".join(text_of(self.rows(course).get(channel="portal")).paragraphs)
        assert "since 22 May 2026" in full
        assert "keep taking it and call us" in full
        assert "last session on 19 June 2026" in full
        assert "pharmacist" in full

    def test_a_course_on_hold_is_asked_nothing(self, course, practitioner, desk):
        a_treatment(course, 1, at(10, day=TODAY + timedelta(days=31)), practitioner, desk)
        supersede_course(course=course)
        waiting = Message.objects.filter(course=course, status="scheduled")
        assert not waiting.exists()


class TestAfterTheVisit:
    @pytest.fixture
    def done(self, course, practitioner, desk):
        session = a_treatment(course, 1, at(10), practitioner, desk)
        session.status, session.performed_at, session.review_due = "completed", at(10), True
        session.save()
        arm_performed(session=session, now=at(10, 30))
        return session

    def test_aftercare_at_once_check_ins_after_a_day_and_three(self, done):
        after = kinds(done, kind__in=["aftercare", "check_24h", "check_72h", "review_due"])
        assert after == {
            "aftercare": at(10, 30),
            "check_24h": at(10) + timedelta(hours=24),
            "check_72h": at(10) + timedelta(hours=72),
            "review_due": at(10) + timedelta(days=3),
        }

    def test_they_go_out_although_the_course_was_closed(self, done, course):
        supersede_course(course=course)
        Course.objects.filter(pk=course.pk).update(status="revoked", status_reason="consent withdrawn")
        for hours in (1, 25, 73):
            dispatch.dispatch_due(now=at(10) + timedelta(hours=hours))
        assert len(mail.outbox) == 3  # not the review

    @pytest.mark.parametrize("kind", ["aftercare", "check_24h", "check_72h", "reading_due"])
    def test_whoever_asks_how_somebody_is_names_the_emergency_number(self, kind, patient, clinic):
        row = Message(patient=patient, location=clinic, kind=kind, channel="portal", context={"start": NOW.isoformat()})
        full = " ".join(text_of(row).paragraphs)
        assert "not monitored at night" in full
        assert "call 112 now" in full

    def test_the_reading_is_due_24_elapsed_hours_after_the_test(self, patient, practitioner, clinic):
        test = a_test(patient, practitioner, at(10))
        clinic.refresh_from_db()
        arm_reading(test=test, location=clinic)
        row = Message.objects.get(kind="reading_due", channel="email")
        assert row.due_at == at(10) + timedelta(hours=24)
        AllergyTestReading.objects.create(
            test=test, read_at=row.due_at, result="negative", read_by=practitioner, signed_by=practitioner
        )
        dispatch.dispatch_due(now=row.due_at)
        assert mail.outbox == []

    def test_the_sweep_finds_a_test_that_nobody_announced(self, patient, practitioner):
        a_test(patient, practitioner, NOW - timedelta(hours=1))
        assert arm_due(now=NOW) == 2
        assert arm_due(now=NOW) == 0

    def test_upkeep_is_announced_three_weeks_ahead_until_it_is_booked(self, course, patient, clinic):
        days = {
            "floor": TODAY + timedelta(days=21),
            "ideal": TODAY + timedelta(days=21),
            "latest": TODAY + timedelta(days=35),
        }
        session = a_session(patient, clinic, course=course, kind="maintenance", **days)
        assert arm_due(now=NOW - timedelta(days=1)) == 0
        assert arm_due(now=NOW) == 2
        Session.objects.filter(pk=session.pk).update(status="booked")
        dispatch.dispatch_due(now=NOW)
        assert mail.outbox == []


def a_test(patient, practitioner, when) -> AllergyTest:
    return AllergyTest.objects.create(
        patient=patient,
        formulation=Formulation.objects.first() or FormulationFactory(),
        administered_at=when,
        injections=1,
        site="forearm",
        emergency_kit=True,
        administered_by=practitioner,
    )


class TestDispatch:
    def test_a_mail_names_time_and_place_and_carries_its_own_id(self, visit, clinic):
        clinic.address = "Via Marmorata 4, Roma"
        clinic.save()
        assert dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN)["sent"] == 3 + 3  # page and mail
        reminder = next(sent for sent in mail.outbox if sent.subject == "Reminder of your visit")
        assert reminder.to == ["ana@example.test"]
        assert "Thursday 4 June 2026, 10:00" in reminder.body
        assert "Via Marmorata 4, Roma" in reminder.body
        assert reminder.extra_headers["Message-ID"].endswith("@127.0.0.1>")
        assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 3

    def test_nothing_is_sent_twice_and_nothing_early(self, visit):
        assert dispatch.dispatch_due(now=NOW)["sent"] == 1  # the page
        for _look in range(3):
            dispatch.dispatch_due(now=NOW + timedelta(minutes=2))
        assert len(mail.outbox) == 1

    def test_what_is_too_late_expires(self, visit):
        tally = dispatch.dispatch_due(now=at(10, 1, day=IN_A_MONTH))
        assert tally["expired"] == 6
        assert mail.outbox == []

    def test_a_visit_changed_behind_the_ledgers_back_is_not_announced(self, visit):
        """Even if nobody superseded the row: it is checked again when it is its turn."""
        Session.objects.filter(pk=visit.pk).update(revision=7)
        tally = dispatch.dispatch_due(now=NOW + timedelta(minutes=3))
        assert tally["superseded"] == 2
        assert mail.outbox == []

    def test_a_visit_cancelled_between_the_claim_and_the_sending_is_not_announced(self, visit, desk):
        moment = NOW + timedelta(minutes=2)
        [claimed] = dispatch.claim("email", 10, dispatch.Moment(moment))
        cancel_session(session=visit, reason="ill", by=desk, now=moment)
        with line_for("email") as line:
            assert dispatch.deliver(claimed, line, dispatch.Moment(moment)) == ("superseded", None)
        assert mail.outbox == []

    def test_the_demonstration_writes_its_mail_to_files(self, visit, settings, tmp_path):
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path
        dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN)
        letters = "".join(path.read_text() for path in tmp_path.iterdir())  # two of one moment may share a file
        assert letters.count("Message-ID: <") == letters.count("To: ana@example.test") == 3

    def test_a_performed_visit_is_not_reminded_of(self, visit):
        Session.objects.filter(pk=visit.pk).update(status="completed", performed_at=NOW)
        dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN)
        assert mail.outbox == []

    def test_a_limit_is_a_limit(self, visit):
        dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN, limit=1)
        assert len(mail.outbox) == 1

    def test_time_over_the_rest_goes_back_without_counting(self, visit):
        dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN, seconds=0)
        rows = Message.objects.filter(session=visit, channel="email")
        assert set(rows.values_list("status", "attempts")) == {("retry", 0)}
        assert dispatch.dispatch_due(now=IN_A_MONTH_AT_TEN)["sent"] == 3

    def test_a_crash_before_the_hand_over_is_repaired_when_the_lease_ends(self, visit):
        moment = NOW + timedelta(minutes=2)
        dispatch.claim("email", 10, dispatch.Moment(moment))
        assert dispatch.dispatch_due(now=moment)["sent"] == 1  # the page; the mail is leased
        assert dispatch.dispatch_due(now=moment + dispatch.LEASE)["sent"] == 1
        assert Message.objects.get(kind="confirmation", channel="email").attempts == 2

    def test_whoever_lost_the_lease_sends_nothing(self, visit):
        moment = NOW + timedelta(minutes=2)
        [slow] = dispatch.claim("email", 10, dispatch.Moment(moment))
        dispatch.dispatch_due(now=moment + dispatch.LEASE)
        with line_for("email") as line:
            assert dispatch.deliver(slow, line, dispatch.Moment(moment + dispatch.LEASE)) == ("lost", None)
        assert len(mail.outbox) == 1

    @pytest.mark.parametrize(("policy", "status", "sent"), [("resend", "sent", 1), ("hold", "unknown", 0)])
    def test_a_crash_after_the_hand_over_is_sent_again_or_held(self, policy, status, sent, visit, settings):
        settings.MESSAGE_UNKNOWN_POLICY = policy
        moment = NOW + timedelta(minutes=2)
        dispatch.claim("email", 10, dispatch.Moment(moment))
        Message.objects.filter(status="sending").update(status="handed_off")
        dispatch.dispatch_due(now=moment + dispatch.LEASE)
        assert Message.objects.get(kind="confirmation", channel="email").status == status
        assert len(mail.outbox) == sent

    def test_a_message_that_kills_its_sender_stops_at_last(self, visit):
        """Attempts are counted in the database, before anything is sent."""
        row = Message.objects.get(kind="confirmation", channel="email")
        moment = NOW + timedelta(minutes=2)
        for _attempt in range(MOST_ATTEMPTS + 3):
            dispatch.claim("email", 10, dispatch.Moment(moment))
            moment += dispatch.LEASE
        dispatch.dispatch_due(now=moment)
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("failed", MOST_ATTEMPTS)

    def test_pauses_grow_to_an_hour(self):
        """Up to a quarter less, so that many that failed together do not come back together."""
        drawn = [[claims.pause(attempt).total_seconds() / 60 for _draw in range(20)] for attempt in range(1, 9)]
        for longest, minutes in zip([1, 2, 4, 8, 16, 32, 60, 60], drawn, strict=True):
            assert longest * 0.75 <= min(minutes) < max(minutes) <= longest

    def test_the_databases_clock_is_used_when_none_is_given(self, visit):
        Message.objects.update(due_at=datetime(2020, 1, 1, tzinfo=UTC), expires_at=None)
        assert dispatch.dispatch_due()["sent"] == 6


class TestTheDesk:
    @pytest.fixture
    def call(self, patient, practitioner, desk):
        patient.email = ""
        patient.save()
        visit = a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        return Message.objects.get(session=visit, channel="call")

    def test_calls_wait_for_the_desk(self, call, desk):
        dispatch.dispatch_due(now=call.due_at)
        call.refresh_from_db()
        assert call.status == "scheduled"
        record_call(message=call, reached=True, by=desk, now=call.due_at)
        call.refresh_from_db()
        assert (call.status, call.sent_by) == ("sent", f"user:{desk.pk}")

    def test_who_was_not_reached_is_called_again(self, call, desk):
        row = record_call(message=call, reached=False, note="busy", by=desk, now=call.due_at)
        assert (row.status, row.due_at, row.attempts) == ("scheduled", call.due_at + timedelta(hours=2), 1)

    def test_a_failed_message_can_be_sent_again(self, visit, desk):
        Message.objects.filter(kind="confirmation", channel="email").update(status="failed", attempts=12)
        row = Message.objects.get(kind="confirmation", channel="email")
        send_again(message=row, by=desk, now=NOW + timedelta(minutes=5))
        dispatch.dispatch_due(now=NOW + timedelta(minutes=5))
        assert len(mail.outbox) == 1


class TestTheWords:
    @pytest.fixture(params=sorted(WRITERS))
    def text(self, request, patient, clinic):
        moments = {name: NOW.isoformat() for name in ("start", "since", "last")}
        context = {**moments, "from": "2026-05-05", "until": "2026-05-19"}
        row = Message(
            patient=patient, location=clinic, session_id=1, kind=request.param, channel="email", context=context
        )
        return text_of(row)

    def test_every_kind_has_words(self):
        assert set(WRITERS) == set(Message.Kind.values)

    def test_no_text_promises_anything(self, text):
        everything = " ".join([text.subject, *text.paragraphs, *text.mail]).lower()
        assert not any(word in everything for word in BANNED)
        assert "%(" not in everything

    def test_a_mail_carries_no_name_and_no_word_of_treatment(self, text):
        everything = " ".join([text.subject, *text.mail]).lower()
        for word in ("ana", "rossi", "treat", "aspirin", "allergy", "inject", "skin", "course", "session"):
            assert word not in everything.split(), word
        assert "mesotherapy" not in everything


class TestTextMessages:
    @pytest.fixture
    def texts(self, settings):
        """A service on this machine that takes text messages as JSON, and what it took."""
        taken: list[dict] = []

        class Service(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name http.server looks for
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))) | {"path": self.path})
                if "drops" in self.path:
                    return
                if "late" in self.path:
                    sleep(1)
                self.send_response(500 if "refuses" in self.path else 200)
                self.end_headers()

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        Thread(target=server.serve_forever, daemon=True).start()
        settings.SMS_URL = f"json://127.0.0.1:{server.server_port}/{{phone}}"
        yield taken
        server.shutdown()
        server.server_close()

    def test_one_short_message_to_the_patients_phone(self, texts, patient, practitioner, desk):
        ContactPreference.objects.create(patient=patient, channel="sms")
        visit = a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        dispatch.dispatch_due(now=NOW + timedelta(minutes=2))
        [taken] = texts
        assert taken["path"] == "/" + patient.phone.replace(" ", "")
        assert "4 June 2026, 10:00" in taken["message"]
        assert "Rossi" not in taken["message"]
        assert Message.objects.get(session=visit, kind="confirmation", channel="sms").status == "sent"

    def test_without_a_service_any_more_the_desk_sees_it(self, texts, patient, practitioner, desk, settings):
        ContactPreference.objects.create(patient=patient, channel="sms")
        a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        settings.SMS_URL = ""
        dispatch.dispatch_due(now=NOW + timedelta(minutes=2))
        assert Message.objects.get(kind="confirmation", channel="sms").status == "failed"

    @pytest.mark.parametrize(
        ("path", "status", "error"),
        [
            ("refuses", "retry", "the text-message service refused"),
            ("", "failed", "the address of the text-message service cannot be read"),
        ],
    )
    def test_a_service_that_does_not_take_it_is_named_without_number_or_text(
        self, texts, patient, practitioner, desk, settings, path, status, error
    ):
        settings.SMS_URL = settings.SMS_URL.replace("{phone}", "refuses/{phone}") if path else "no address"
        ContactPreference.objects.create(patient=patient, channel="sms")
        a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        dispatch.dispatch_due(now=NOW + timedelta(minutes=2))
        row = Message.objects.get(kind="confirmation", channel="sms")
        assert (row.status, row.error) == (status, error)

    @pytest.mark.parametrize("where", ["late", "drops"])
    def test_a_service_that_takes_it_and_does_not_answer_gets_it_twice_and_the_desk_hears(
        self, where, texts, patient, practitioner, desk, settings, monkeypatch
    ):
        """A text has no Message-ID: each copy rings on somebody's phone. Answering late and hanging up are the same."""
        monkeypatch.setattr("scheduling.messages.senders.ANSWER_SECONDS", 0.3)
        settings.SMS_URL = settings.SMS_URL.replace("{phone}", f"{where}/{{phone}}")
        ContactPreference.objects.create(patient=patient, channel="sms")
        a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        confirmation = Message.objects.filter(kind="confirmation", channel="sms")
        Message.objects.exclude(pk__in=confirmation).delete()
        for hours in range(4):
            dispatch.dispatch_due(now=NOW + timedelta(minutes=2, hours=hours))
        row = confirmation.get()
        assert (row.status, row.error) == ("unknown", "the text-message service did not answer")
        assert len(texts) == 2

    @pytest.mark.parametrize("hangs_up", [False, True])
    def test_what_never_left_is_tried_again_and_counts_as_no_doubt(
        self, hangs_up, patient, practitioner, desk, settings
    ):
        """Nobody listens, or somebody hangs up while the line is being secured."""
        ContactPreference.objects.create(patient=patient, channel="sms")
        with socket.create_server(("127.0.0.1", 0)) as door:
            settings.SMS_URL = f"jsons://127.0.0.1:{door.getsockname()[1]}/{{phone}}"
            a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
            if not hangs_up:
                door.close()
            else:
                Thread(target=closing, args=[door], daemon=True).start()
            dispatch.dispatch_due(now=NOW + timedelta(minutes=2))
        row = Message.objects.get(kind="confirmation", channel="sms")
        assert (row.status, row.doubts) == ("retry", 0)
        assert row.error == "the text-message service cannot be reached"

    def test_a_service_of_which_nothing_can_be_seen_is_doubted(
        self, patient, practitioner, desk, settings, monkeypatch
    ):
        """One that speaks something else than HTTP."""
        settings.SMS_URL = "json://127.0.0.1:9/{phone}"
        monkeypatch.setattr("apprise.Apprise.notify", lambda *_given, **_named: False)
        ContactPreference.objects.create(patient=patient, channel="sms")
        a_visit(patient, at(10, day=IN_A_MONTH), practitioner, desk)
        dispatch.dispatch_due(now=NOW + timedelta(minutes=2))
        assert Message.objects.get(kind="confirmation", channel="sms").doubts == 1


def closing(door: socket.socket) -> None:
    """Whoever comes finds the line closed."""
    door.accept()[0].close()


class TestTheLoop:
    def test_a_database_that_is_away_is_waited_for(self, db):
        def away(**given: object) -> None:
            raise OperationalError

        assert command.full(away, 10) is False

    def test_there_may_be_more_when_the_limit_was_reached(self, visit, monkeypatch):
        monkeypatch.setattr(command, "close_old_connections", lambda: None)
        Message.objects.update(due_at=NOW - timedelta(days=365), expires_at=None)
        three = partial(dispatch.dispatch_due, limit=3)
        assert command.full(three, 3) is True
        assert command.full(three, 3) is False
