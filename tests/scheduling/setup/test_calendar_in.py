"""Visits of another system move in from a calendar file: times with zones, whose they are as far as that is sure."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Booking, Import, MovedVisit, Session
from tests.factories import PatientFactory
from tests.scheduling.setup.test_moving_in import check, press
from tests.scheduling.visits import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def browser(director: User, browser_of: Callable[..., Client]) -> Client:
    return browser_of(director)


@pytest.fixture
def anna(clinic: Location) -> Patient:
    return PatientFactory(given_name="Anna", family_name="Müller", birth_date="1987-04-13", email="anna@old.test")


def event(*lines: str, uid: str = "1", start: str = "DTSTART:20260506T120000Z", summary: str = "Anna Müller") -> str:
    said = [start, f"UID:{uid}", f"SUMMARY:{summary}", *lines]
    return "\r\n".join(["BEGIN:VEVENT", *[each for each in said if each], "END:VEVENT", ""])


def sent(browser: Client, *events: str) -> Any:
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Old//EN", "".join(events) + "END:VCALENDAR", ""])
    file = SimpleUploadedFile("book.ics", text.encode(), "text/calendar")
    place = Location.objects.earliest("pk").pk
    return browser.post(reverse("settings:moving"), {"do": "in", "location": place, "file": file}, follow=True)


def taken_over(browser: Client, *events: str, who: str = "practitioner@example.test") -> Import:
    sent(browser, *events)
    whose = User.objects.get(email=who).staff.practitioner.pk
    row = check(browser, practitioner=str(whose))
    press(browser, row, "write")
    return row


def reasons(row: Import) -> list[str]:
    return [line.reasons[0]["message"] for line in row.lines.filter(outcome="rejected")]


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART:20260506T120000Z",
        "DTSTART;TZID=Europe/Rome:20260506T140000",
        "DTSTART;TZID=W. Europe Standard Time:20260506T140000",
        "DTSTART;TZID=America/New_York:20260506T080000",
        "DTSTART:20260506T140000",
    ],
)
def test_an_event_is_booked_at_its_instant_whatever_its_zone(browser: Client, anna: Patient, start: str):
    row = taken_over(browser, event("DURATION:PT45M", start=start))
    assert (row.what, row.counts) == ("visits", {"new": 1, "ahead": 1})
    booked = Booking.objects.get(active=True)
    assert (booked.start, booked.end, booked.patient) == (at(14), at(14, 45), anna)
    assert booked.session.history.get().reason == "Moved in from book.ics, line 2: Anna Müller"


def test_folded_lines_and_an_alarm_are_no_trouble(browser: Client, anna: Patient):
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\nEND:VALARM"
    taken_over(browser, event("DTEND:20260506T12", " 3000Z", alarm, summary="Kontrolle\\, Mül\r\n ler Anna"))
    booked = Booking.objects.get(active=True)
    assert (booked.end, booked.session.kind) == (at(14, 30), "review")


def test_what_is_no_single_visit_is_left_out_and_what_is_cancelled_skipped(browser: Client, anna: Patient):
    row = taken_over(
        browser,
        event(uid="1", start="DTSTART;VALUE=DATE:20260506"),
        event("RRULE:FREQ=WEEKLY", uid="2"),
        event("RECURRENCE-ID:20260513T120000Z", uid="2"),
        event(uid="3", start="DTSTART;TZID=Moon/Base:20260506T140000"),
        event("DTEND;TZID=Moon/Base:20260506T143000", uid="31"),
        event(uid="4", start="DTSTART:20261301T140000Z"),
        event("DTSTART:20260506T130000Z", uid="41"),
        event("DTEND;VALUE=DATE:20260507", uid="42"),
        event(uid="5", start=""),
        event("STATUS:CANCELLED", "RRULE:FREQ=WEEKLY", uid="6"),
        "BEGIN:VEVENT\r\nnonsense\r\nEND:VEVENT\r\n",
    )
    assert reasons(row) == [
        "It lasts all day: there is no time to book.",
        "It repeats. Enter each visit by itself.",
        "It repeats. Enter each visit by itself.",
        "The time zone “Moon/Base” is not known.",
        "The time zone “Moon/Base” is not known.",
        "This event cannot be read.",
        "This event cannot be read.",
        "This event cannot be read.",
        "This event has no time.",
        "This event has no time.",
    ]
    assert row.counts == {"rejected": 10, "skipped": 1}
    assert not Session.objects.exists()


def test_whom_the_file_does_not_name_for_sure_is_left_out(browser: Client, anna: Patient):
    PatientFactory(given_name="Ida", family_name="Rosa")
    PatientFactory(given_name="Ida", family_name="Rosa")
    PatientFactory(given_name="Leo", family_name="Oro", email="family@old.test")
    row = taken_over(
        browser,
        event(uid="1", summary="Ida Rosa"),
        event(uid="2", summary="Anna"),
        event("ATTENDEE:mailto:family@old.test", uid="3", summary="Lia Oro"),
        event("ATTENDEE:mailto:anna@old.test", uid="4", summary="Ida Rosa"),
        event("ATTENDEE:mailto:nobody@old.test", uid="5", summary="Somebody"),
    )
    assert reasons(row) == [
        "Several patients here may be meant.",
        *["Nobody here is known by this. Move the patients in first."] * 2,
        *reasons(row)[3:],
    ]
    assert row.counts == {"rejected": 5}


def test_an_address_and_a_name_together_say_who_it_is(browser: Client, anna: Patient):
    PatientFactory(given_name="Anna", family_name="Müller", email="other@old.test")
    row = taken_over(
        browser,
        event("ATTENDEE;CN=Dr Bianchi:mailto:doctor@old.test", "ATTENDEE:MAILTO:Anna@old.test"),
        event(
            'ATTENDEE;CN="Müller, Anna":mailto:anna@old.test',
            uid="2",
            start="DTSTART:20260401T120000Z",
            summary="Botox",
        ),
    )
    assert row.counts == {"new": 2, "ahead": 1, "past": 1}
    assert Session.objects.get().patient == anna
    assert MovedVisit.objects.get(session=None).patient == anna


def test_the_same_events_in_a_newer_export_come_in_once(browser: Client, anna: Patient):
    taken_over(browser, event())
    again = taken_over(browser, event("DESCRIPTION:seen"), event(uid="2", start="DTSTART:20260507T120000Z"))
    assert again.counts == {"same": 1, "new": 1, "ahead": 1}
    assert Session.objects.count() == 2


def test_a_calendar_without_events_is_refused(browser: Client):
    answer = sent(browser, "")
    assert answer.status_code == 422
    assert "no line below the names of the columns" in answer.content.decode()
