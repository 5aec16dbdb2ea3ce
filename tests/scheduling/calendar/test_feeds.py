"""Calendar feeds: what a leaked address would tell, what a calendar needs, and when an address stops working."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from logging.config import DictConfigurator

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django.fixtures import DjangoAssertNumQueries

from clinic.base.logs import SecretsMasked
from clinic.base.refusals import Forbidden
from clinic.models import Location, StaffMember, User
from patients.models import Patient
from scheduling.calendar.actions.feeds import make_feed, revoke_feed
from scheduling.calendar.queries.feeds import appointments_of
from scheduling.calendar.views import FETCHES_AN_HOUR, counter_of
from scheduling.courses.actions.sessions import book_session, cancel_session, displace_session, move_session
from scheduling.models import Practitioner, Session
from tests.factories import NOW
from tests.scheduling.visits import a_visit, at, who

pytestmark = pytest.mark.django_db
Browser = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(patient: Patient, practitioner: User, desk: User) -> Session:
    """Tomorrow, Wednesday 6 May, at ten in Rome."""
    return a_visit(patient, at(10), practitioner, desk)


@pytest.fixture
def secret(patient: Patient) -> str:
    return make_feed(owner=patient, by=patient.user)


def fetch(secret: str) -> Calendar:
    """The feed as a calendar programme reads it."""
    answer = Client().get(f"/calendar/{secret}.ics")
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content)


def only_event(secret: str) -> object:
    (event,) = fetch(secret).events
    return event


class TestWhatItSays:
    def test_a_visit_with_its_local_time_and_its_zone(self, visit: Session, secret: str):
        calendar = fetch(secret)
        (event,) = calendar.events
        assert event.start == at(10)
        assert event["dtstart"].params["TZID"] == "Europe/Rome"
        assert event.end - event.start == timedelta(minutes=30)
        (zone,) = calendar.timezones
        assert zone["tzid"] == "Europe/Rome"
        assert {type(part).__name__ for part in zone.subcomponents} == {"TimezoneStandard", "TimezoneDaylight"}

    def test_appointment_and_the_time_and_nothing_else(self, visit: Session, secret: str, clinic: Location):
        Location.objects.update(address="Via Roma 12", name="Mesotherapy Aventino")
        text = Client().get(f"/calendar/{secret}.ics").content.decode()
        assert "SUMMARY:Appointment" in text
        assert "CLASS:PRIVATE" in text
        for word in ("Ana", "Rossi", "Bianchi", "Consult", "Via Roma", "Aventino", "LOCATION", "DESCRIPTION", "P07"):
            assert word not in text

    def test_lines_are_folded_and_end_as_they_must(self, visit: Session, secret: str):
        content = Client().get(f"/calendar/{secret}.ics").content
        assert content.count(b"\n") == content.count(b"\r\n")
        assert max(len(line) for line in content.split(b"\r\n")) <= 75

    def test_the_same_visit_keeps_its_uid_and_raises_its_sequence_when_it_moves(
        self, visit: Session, secret: str, desk: User
    ):
        before = only_event(secret)
        move_session(session=visit, start=at(15), by=desk, now=NOW + timedelta(hours=1))
        after = only_event(secret)
        assert after["uid"] == before["uid"]
        assert (before["sequence"], after["sequence"]) == (1, 2)
        assert after.start == at(15)
        assert after["dtstamp"].dt > before["dtstamp"].dt

    def test_a_cancelled_visit_is_struck_out_for_thirty_days_and_then_gone(
        self, visit: Session, secret: str, desk: User
    ):
        cancel_session(session=visit, reason="Holiday", by=desk, now=NOW)
        event = only_event(secret)
        assert (event["status"], event["sequence"], event.start) == ("CANCELLED", 2, at(10))
        with time_machine.travel(NOW + timedelta(days=29)):
            assert len(fetch(secret).events) == 1
        with time_machine.travel(NOW + timedelta(days=31)):
            assert fetch(secret).events == []

    def test_a_visit_that_lost_its_time_and_found_another_stands_once(
        self, visit: Session, secret: str, desk: User, practitioner: User
    ):
        displace_session(session=visit, reason="Ill", by=desk, now=NOW)
        assert only_event(secret)["status"] == "CANCELLED"
        move_session(session=visit, start=at(11), practitioner=who(practitioner), by=desk, now=NOW)
        event = only_event(secret)
        assert (event["status"], event.start, event["sequence"]) == ("CONFIRMED", at(11), 3)

    def test_what_was_entered_in_error_never_was(self, visit: Session, secret: str):
        Session.objects.filter(pk=visit.pk).update(status="entered_in_error")
        assert fetch(secret).events == []

    def test_visits_of_two_zones_bring_both_zones(self, visit: Session, secret: str, patient: Patient, desk: User):
        far = Location.objects.create(name="Far", timezone="America/New_York", observation_minutes=15)
        copy = Session.objects.create(patient=patient, location=far, kind="review", status="booked")
        booking = visit.bookings.get()
        booking.pk, booking.session = None, copy
        for name in ("start", "end", "occupied_start", "occupied_end"):
            setattr(booking, name, getattr(booking, name) + timedelta(hours=5))
        booking.save(force_insert=True)
        assert {zone["tzid"] for zone in fetch(secret).timezones} == {"Europe/Rome", "America/New_York"}

    def test_an_empty_calendar_is_a_calendar(self, secret: str):
        assert fetch(secret).events == []

    def test_a_practitioner_reads_the_time_and_no_name(
        self, visit: Session, practitioner: User, other_patient: Patient, colleague: User, desk: User
    ):
        a_visit(other_patient, at(12), colleague, desk, kind="review")
        address = make_feed(owner=who(practitioner), by=practitioner)
        assert only_event(address).start == at(10)
        text = Client().get(f"/calendar/{address}.ics").content.decode()
        assert "Ana" not in text
        assert "SUMMARY:Appointment" in text


class TestWhoMayOpenIt:
    def test_256_random_bits_of_which_only_a_digest_is_kept(self, secret: str, patient: Patient):
        assert len(secret) == 43  # 32 bytes in base64
        patient.refresh_from_db()
        assert re.fullmatch(r"[0-9a-f]{64}", patient.calendar_digest)
        assert secret not in patient.calendar_digest

    def test_a_new_address_closes_the_old_one(self, secret: str, patient: Patient):
        newer = make_feed(owner=patient, by=patient.user)
        assert Client().get(f"/calendar/{secret}.ics").status_code == 404
        assert Client().get(f"/calendar/{newer}.ics").status_code == 200

    def test_a_withdrawn_address_is_as_if_it_had_never_been(self, secret: str, patient: Patient):
        revoke_feed(owner=patient, by=patient.user)
        gone, never = Client().get(f"/calendar/{secret}.ics"), Client().get("/calendar/nothing.ics")
        assert gone.status_code == never.status_code == 404

    def test_no_digest_and_no_empty_secret_opens_anything(self, patient: Patient):
        """People without a feed have an empty digest: no secret leads there."""
        assert Client().get("/calendar/.ics").status_code == 404
        assert Client().get(f"/calendar/{patient.calendar_digest}.ics").status_code == 404

    def test_it_closes_with_the_access_of_its_owner(self, secret: str, patient: Patient):
        User.objects.filter(pk=patient.user_id).update(is_active=False)
        assert Client().get(f"/calendar/{secret}.ics").status_code == 404

    @pytest.mark.parametrize("change", ["user", "staff", "practitioner"])
    def test_a_practitioner_who_left_has_no_calendar(self, change: str, practitioner: User):
        address = make_feed(owner=who(practitioner), by=practitioner)
        assert Client().get(f"/calendar/{address}.ics").status_code == 200
        if change == "user":
            User.objects.filter(pk=practitioner.pk).update(is_active=False)
        elif change == "staff":
            StaffMember.objects.filter(user=practitioner).update(active=False)
        else:
            Practitioner.objects.filter(staff__user=practitioner).update(active=False)
        assert Client().get(f"/calendar/{address}.ics").status_code == 404

    def test_nobody_opens_somebody_elses_calendar(
        self, patient: Patient, other_patient: Patient, practitioner: User, desk: User
    ):
        for by in (other_patient.user, practitioner, desk):
            with pytest.raises(Forbidden):
                make_feed(owner=patient, by=by)
            with pytest.raises(Forbidden):
                revoke_feed(owner=patient, by=by)

    def test_it_is_only_read(self, secret: str):
        assert Client().post(f"/calendar/{secret}.ics").status_code == 405

    def test_nothing_on_the_way_keeps_it_or_passes_it_on(self, secret: str):
        answer = Client().get(f"/calendar/{secret}.ics")
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"

    def test_an_address_read_all_the_time_has_to_wait(self, secret: str):
        cache.set(counter_of(secret), FETCHES_AN_HOUR, 3600)
        answer = Client().get(f"/calendar/{secret}.ics")
        assert (answer.status_code, answer["Retry-After"]) == (429, "3600")


class TestThePages:
    def test_a_patient_makes_an_address_and_sees_it_once(self, patient: Patient, browser_of: Browser):
        browser, page = browser_of(patient.user), reverse("portal:calendar")
        made = browser.post(page, {"make": ""}).content.decode()
        secret = re.search(r"/calendar/([\w-]+)\.ics", made)[1]
        assert f'href="webcal://{settings.SITE_HOST}' in made
        assert Client().get(f"/calendar/{secret}.ics").status_code == 200
        assert secret not in browser.get(page).content.decode()
        browser.post(page, {"revoke": ""})
        assert Client().get(f"/calendar/{secret}.ics").status_code == 404

    def test_a_practitioner_has_a_page_of_their_own(self, practitioner: User, browser_of: Browser):
        made = browser_of(practitioner).post(reverse("calendar:mine"), {"make": ""}).content.decode()
        assert re.search(r"/calendar/[\w-]{43}\.ics", made)

    def test_a_director_who_treats_nobody_has_none(self, director: User, browser_of: Browser):
        assert browser_of(director).get(reverse("calendar:mine")).status_code == 404


class TestLogs:
    def record(self, message: str, *args: object) -> str:
        record = logging.LogRecord("any", logging.WARNING, "", 0, message, args, None)
        assert SecretsMasked().filter(record)
        return record.getMessage()

    def test_the_secret_in_an_address_is_masked_and_the_rest_stays(self):
        said = self.record("%s: %s", "Not Found", "/calendar/abcDEF-_123.ics")
        assert said == "Not Found: /calendar/****.ics"

    def test_also_in_the_line_of_a_web_server(self):
        line = '127.0.0.1 - - [05/May/2026:10:00:00 +0000] "GET /calendar/abcDEF-_123.ics HTTP/1.1" 200 1024'
        assert "abcDEF" not in self.record("%(line)s", {"line": line})

    def test_other_lines_stay_as_they_are(self):
        assert self.record("%s of %d", "4", 8) == "4 of 8"

    def test_what_django_writes_about_a_withdrawn_address_has_no_secret(self, capfd: pytest.CaptureFixture[str]):
        """The real configuration: the console handler as the settings make it."""
        DictConfigurator(settings.LOGGING).configure()
        Client().get("/calendar/secretsecretsecret.ics")
        said = capfd.readouterr().err
        assert "/calendar/****.ics" in said
        assert "secretsecret" not in said


def test_many_visits_cost_as_many_queries_as_one(
    patient: Patient,
    practitioner: User,
    desk: User,
    secret: str,
    django_assert_num_queries: DjangoAssertNumQueries,
):
    a_visit(patient, at(10), practitioner, desk)
    with django_assert_num_queries(2):
        assert len(appointments_of(patient, NOW)) == 1
    for hour in range(11, 16):
        a_visit(patient, at(hour), practitioner, desk)
    with django_assert_num_queries(2):
        assert len(appointments_of(patient, NOW)) == 6
    with django_assert_num_queries(1):
        appointments_of(who(practitioner), NOW)


def test_both_sides_of_the_clock_change_keep_their_wall_time(
    patient: Patient, practitioner: User, desk: User, secret: str, clinic: Location
):
    """Ten in Rome on 23 October (summer time) and on 26 October (winter time)."""
    Location.objects.update(horizon_days=300)
    for day in (23, 26):
        session = Session.objects.create(patient=patient, location=clinic, kind="review")
        session.refresh_from_db()
        start = at(10, day=datetime(2026, 10, day, tzinfo=UTC).date())
        book_session(session=session, start=start, practitioner=who(practitioner), by=desk, now=NOW)
    events = sorted(fetch(secret).events, key=lambda event: event.start)
    assert [event.start.hour for event in events] == [10, 10]
    assert [event.start.utcoffset() for event in events] == [timedelta(hours=2), timedelta(hours=1)]


class TestAFeedThatIsReadAgain:
    def read(self, secret: str, known: str = "") -> object:
        return Client().get(f"/calendar/{secret}.ics", headers={"If-None-Match": known} if known else {})

    def test_is_not_sent_again_until_something_changes(self, visit: Session, secret: str, desk: User):
        first = self.read(secret)
        again = self.read(secret, first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == first["Cache-Control"] == "no-store, private"
        move_session(session=visit, start=at(12), by=desk, now=NOW)
        changed = self.read(secret, first["ETag"])
        assert (changed.status_code, changed["ETag"] == first["ETag"]) == (200, False)

    def test_reaches_a_week_back_and_three_months_ahead_for_those_who_treat(
        self, practitioner: User, desk: User, patient: Patient, other_patient: Patient
    ):
        near, far = NOW.date() + timedelta(days=86), NOW.date() + timedelta(days=93)
        soon = a_visit(patient, at(10, day=near), practitioner, desk)
        a_visit(other_patient, at(10, day=far), practitioner, desk)
        assert [each.session_id for each in appointments_of(who(practitioner), NOW)] == [soon.pk]
        assert [each.session_id for each in appointments_of(who(practitioner), NOW + timedelta(days=86 + 6))][:1] == [
            soon.pk
        ]
        later = [each.session_id for each in appointments_of(who(practitioner), NOW + timedelta(days=86 + 9))]
        assert soon.pk not in later
