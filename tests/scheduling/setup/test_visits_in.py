"""Visits of another system move in from a table: those ahead are booked, those gone by are history and nothing more."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.base import scope
from clinic.base.refusals import Refusal
from clinic.models import Location, User
from patients.models import Consent, IntakeResponse, Patient
from scheduling.courses.actions.course_checks import check_spacing
from scheduling.courses.actions.sessions import cancel_session
from scheduling.models import Booking, Import, Message, MovedVisit, PublicHoliday, Session
from scheduling.setup.actions import importing, moving_in
from tests.factories import NOW, PatientFactory
from tests.scheduling.course_steps import make_course
from tests.scheduling.setup.test_moving_in import check, killed, press, why
from tests.scheduling.visits import a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

HEAD = "Termin-Nr;Patient-Nr;Name;Vorname;Geburtsdatum;Datum;Uhrzeit;Dauer;Behandler;Raum;Art;Status\n"
HEAD = HEAD.replace("Termin-Nr", "Terminnummer").replace("Patient-Nr", "Patientennummer")
CONSULT = "T1;;Müller;Anna;13.04.1987;06.05.2026;14:00;30;Dr. Bianchi;;Beratung;\n"  # a Wednesday
CONTROL = "T2;;Müller;Anna;13.04.1987;07.05.26;9.30;0:20;Conti;Room 2;Kontrolle;\n"
OVER = "T3;;Müller;Anna;13.04.1987;04.05.2026;10:00;30;Dr. Alt;;Mesotherapie;\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def browser(director: User, browser_of: Callable[..., Client]) -> Client:
    return browser_of(director)


@pytest.fixture
def anna(clinic: Location) -> Patient:
    return PatientFactory(given_name="Anna", family_name="Müller", birth_date="1987-04-13", email="anna@old.test")


def sent(browser: Client, text: str, name: str = "visits.csv") -> Any:
    place, file = Location.objects.earliest("pk").pk, SimpleUploadedFile(name, text.encode(), "text/csv")
    given = {"do": "in", "what": "visits", "location": place, "file": file}
    return browser.post(reverse("settings:moving"), given, follow=True)


def taken_over(browser: Client, text: str, **changes: str) -> Import:
    sent(browser, text)
    row = check(browser, **changes)
    press(browser, row, "write")
    return row


def reasons(row: Import) -> list[str]:
    return [line.reasons[0]["message"] for line in row.lines.filter(outcome="rejected")]


def test_visits_are_read_shown_checked_and_booked(browser: Client, anna: Patient, practitioner: User):
    page = sent(browser, HEAD + CONSULT + CONTROL + OVER).content.decode()
    assert "Nobody is told now. Reminders before a visit go out as for every booking." in page
    row = check(browser)
    assert row.counts == {"new": 3, "ahead": 2, "past": 1}
    assert not Session.objects.exists()
    assert not Booking.objects.exists()
    assert not Message.objects.exists()
    press(browser, row, "write")
    assert row.counts == {"new": 3, "ahead": 2, "past": 1}
    first, second = Booking.objects.filter(active=True).order_by("start")
    assert (first.start, first.end) == (at(14), at(14, 30))
    assert (first.practitioner, first.patient) == (practitioner.staff.practitioner, anna)
    assert (first.session.kind, first.session.course, first.session.status) == ("consultation", None, "booked")
    assert (second.start, second.end) == (at(9, 30) + timedelta(days=1), at(9, 50) + timedelta(days=1))
    assert (second.session.kind, second.room.name, second.practitioner.name) == ("review", "Room 2", "Dr Conti")
    assert first.session.history.get().reason == "Moved in from visits.csv, line 2: Beratung"
    assert "kept as history" in browser.get(reverse("settings:import", args=[row.pk])).content.decode()


def test_nobody_is_told_of_it_and_the_reminder_goes_as_for_every_booking(
    browser: Client, anna: Patient, practitioner: User, desk: User
):
    taken_over(browser, HEAD + CONSULT.replace("06.05", "13.05"))
    visit = Session.objects.get()
    kinds = {*Message.objects.filter(session=visit).values_list("kind", flat=True)}
    other = a_visit(PatientFactory(email="b@old.test"), at(16) + timedelta(days=7), practitioner, desk)
    usual = {*Message.objects.filter(session=other).values_list("kind", flat=True)}
    assert kinds == usual - {"confirmation"}
    assert "reminder" in kinds


def test_a_visit_gone_by_is_history_and_nothing_of_ours(
    browser: Client, anna: Patient, desk: User, browser_of: Callable[..., Client]
):
    taken_over(browser, HEAD + OVER)
    told = MovedVisit.objects.get()
    assert (told.patient, told.told, told.by, told.on_skin) == (anna, "Mesotherapie", "Dr. Alt", True)
    assert (told.start, told.session) == (datetime(2026, 5, 4, 8, tzinfo=UTC), None)
    for model in (Session, Consent, IntakeResponse, Message):
        assert not model.objects.filter(patient=anna).exists()
    page = browser.get(reverse("patients:detail", args=[anna.pk])).content.decode()
    assert "In the former system" in page
    assert "Mesotherapie" in page
    assert "moved in from visits.csv" not in page, "her record is our own, only the visit came"
    at_the_desk = browser_of(desk).get(reverse("patients:detail", args=[anna.pk])).content.decode()
    assert ("In the former system" in at_the_desk, "Mesotherapie" in at_the_desk) == (True, False)


@pytest.mark.parametrize(
    ("kind", "on_skin"),
    [("Beratung", False), ("Telefon", False), ("Kontrolle", False), ("", True), ("Botox", True), ("Session 3", True)],
)
def test_what_may_have_been_a_treatment_counts_as_one_for_the_days_between(
    browser: Client, anna: Patient, kind: str, on_skin: bool
):
    taken_over(browser, HEAD + OVER.replace("Mesotherapie", kind))
    assert MovedVisit.objects.get().on_skin is on_skin


def test_what_cannot_be_booked_is_left_out_with_the_reason_and_nothing_is_booked_twice(
    browser: Client, anna: Patient, practitioner: User, desk: User, clinic: Location
):
    PublicHoliday.objects.create(location=clinic, date="2026-05-08", name="Feast")
    a_visit(PatientFactory(), at(11), practitioner, desk)
    lines = [
        "1;;Müller;Anna;13.04.1987;06.05.2026;11:00;30;Bianchi;;;",
        "2;;Müller;Anna;13.04.1987;06.05.2026;20:00;30;Bianchi;;;",
        "3;;Müller;Anna;13.04.1987;08.05.2026;11:00;30;Bianchi;;;",
        "4;;Müller;Anna;13.04.1987;06.05.2026;12:03;30;Bianchi;;;",
        "5;;Müller;Anna;13.04.1987;06.05.2026;12:00;30;Conti;;Beratung;",
        "6;;Müller;Anna;13.04.1987;06.05.2026;12:00;30;Nobody;;;",
        "7;;Müller;Anna;13.04.1987;06.05.2026;12:00;30;Bianchi;Cellar;;",
        "8;;Müller;Anna;13.04.1987;06.05.2036;12:00;30;Bianchi;;;",
        "9;;Müller;Anna;13.04.1987;06.05.2026;12:00;900;Bianchi;;;",
        "10;;Müller;Anna;13.04.1986;06.05.2026;12:00;30;Bianchi;;;",
        "11;77;;;;06.05.2026;12:00;30;Bianchi;;;",
        "12;;Müller;Anna;13.04.1987;31.02.2026;12:00;30;Bianchi;;;",
        "13;;Müller;Anna;13.04.1987;06.05.2026;;30;Bianchi;;;",
        "14;;Müller;Anna;13.04.1987;06.05.2026;12:00;soon;Bianchi;;;",
        "15;;Müller;Anna;13.04.1987;06.05.2026;12:00;30;;;;",
    ]
    sent(browser, HEAD + "\n".join(lines))
    row = check(browser)
    told = reasons(row)
    assert told == [
        "The practitioner is not free at that time.",
        "Dr Bianchi does not work at Aventino at that time.",
        "Dr Bianchi does not work at Aventino at that time.",
        "A visit begins on a full five minutes.",
        "Dr Conti is not a prescriber. Choose one.",
        "“Nobody” is nobody who treats here.",
        "No room here is called “Cellar”.",
        told[7],
        "A visit takes between 5 and 240 minutes.",
        "Nobody here is known by this. Move the patients in first.",
        "Nobody here is known by this. Move the patients in first.",
        "“31.02.2026 12:00” is no day with a time, or may be two, as dates are written in this file.",
        "“06.05.2026” is no day with a time, or may be two, as dates are written in this file.",
        "“soon” is no number of minutes.",
        "Say who has the visits of which the file does not tell.",
    ]
    assert told[7].startswith("The calendar is open until")
    press(browser, row, "write")
    assert reasons(row) == told
    assert Booking.objects.filter(active=True).count() == 1
    body = b"".join(browser.get(reverse("settings:import_left_out", args=[row.pk])).streaming_content)
    table = list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
    assert len(table) == 16
    assert table[1][-1] == "Practitioner: The practitioner is not free at that time."
    assert table[10][-1].startswith("Family name: Nobody here")


def test_two_lines_for_one_time_are_told_in_the_check_already(browser: Client, anna: Patient):
    bea = PatientFactory(given_name="Bea", family_name="Blu", birth_date="1990-02-01")
    second = "T9;;Blu;Bea;01.02.1990;06.05.2026;14:15;30;Bianchi;;;\n"
    sent(browser, HEAD + CONSULT + second)
    row = check(browser)
    said = ["Line 2 takes this time of the same patient, practitioner or room."]
    assert reasons(row) == said
    press(browser, row, "write")
    assert reasons(row) == said
    assert not Session.objects.filter(patient=bea).exists()


def test_a_number_of_the_former_system_says_who_it_is(browser: Client, clinic: Location):
    people = SimpleUploadedFile("p.csv", b"Nr;Vorname;Nachname;Geburtsdatum;Telefon\n7;Ida;Rosa;01.02.1980;06 5550 1\n")
    browser.post(reverse("settings:moving"), {"do": "in", "location": clinic.pk, "file": people})
    press(browser, check(browser), "write")
    lines = "1;7;;;;06.05.2026;12:00;30;Bianchi;;;\n2;7;Verde;Ida;;06.05.2026;13:00;30;Bianchi;;;\n"
    row = taken_over(browser, HEAD + lines)
    assert Session.objects.get().patient == Patient.objects.get(given_name="Ida")
    assert why(row) == [(3, "external_id")]


def test_namesakes_of_one_day_are_left_for_a_person(browser: Client, anna: Patient):
    PatientFactory(given_name="Anna", family_name="Muller", birth_date="1987-04-13")
    assert reasons(taken_over(browser, HEAD + CONSULT)) == ["Several patients here may be meant."]


def test_cancelled_and_missed_visits_are_skipped(browser: Client, anna: Patient):
    row = taken_over(browser, HEAD + CONSULT.replace(";\n", ";storniert\n") + OVER.replace(";\n", ";No-Show\n"))
    assert row.counts == {"skipped": 2}
    assert not Session.objects.exists()
    assert not MovedVisit.objects.exists()


def test_the_same_visits_in_another_file_come_in_once(browser: Client, anna: Patient):
    taken_over(browser, HEAD + CONSULT + OVER)
    again = taken_over(browser, HEAD + OVER + CONSULT + CONTROL)
    assert again.counts == {"same": 2, "new": 1, "ahead": 1}
    moved = taken_over(browser, HEAD + CONSULT.replace("14:00", "15:00"))
    assert why(moved) == [(2, "number")]
    assert (Session.objects.count(), MovedVisit.objects.count()) == (2, 3)


def test_columns_and_the_practitioner_are_remembered(browser: Client, anna: Patient, practitioner: User):
    head = "Wer;Geb;Wann\n"
    sent(browser, head + "Müller Anna;13.04.1987;06.05.2026 14:00\n")
    who = str(practitioner.staff.practitioner.pk)
    columns = {"column_0": "family_name", "column_1": "birth_date", "column_2": "start", "practitioner": who}
    assert check(browser, **columns).counts == {"new": 1, "ahead": 1}
    sent(browser, head + "Müller Anna;13.04.1987;07.05.2026 14:00\n")
    assert check(browser).counts == {"new": 1, "ahead": 1}


def test_what_the_mapping_lacks_is_said(browser: Client):
    sent(browser, "A;B\n1;2\n")
    page = reverse("settings:import", args=[Import.objects.get().pk])
    form = {"encoding": "utf-8", "separator": ";", "date_order": "day", "version": 1, "check": "1"}
    answer = browser.post(page, form | {"column_0": "room"}).content.decode()
    assert "Say which column holds the beginning, or day and time." in answer
    assert "Say which column tells the patient: the number, or name and date of birth." in answer


@pytest.mark.parametrize(("told", "free"), [("Mesotherapie", date(2026, 5, 19)), ("Beratung", None)])
def test_a_course_keeps_its_distance_from_the_last_treatment_that_was_told(
    browser: Client, anna: Patient, clinic: Location, practitioner: User, told: str, free: date | None
):
    older = OVER.replace("T3", "T4").replace("04.05", "03.05")
    taken_over(browser, HEAD + OVER.replace("Mesotherapie", told) + older.replace("Mesotherapie", "Telefon"))
    course = make_course(anna, clinic, practitioner, start_on=date(2026, 5, 10))
    if free is None:
        check_spacing(course, NOW)
    else:
        with pytest.raises(Refusal, match="The former system tells of a treatment too close") as refused:
            check_spacing(course, NOW)
        assert refused.value.next == free


# --- kills, undo ----------------------------------------------------------------------------------------------------


def test_whoever_goes_on_after_a_kill_books_nothing_twice(
    browser: Client, anna: Patient, monkeypatch: pytest.MonkeyPatch
):
    past = "".join(
        f"P{n};;Müller;Anna;13.04.1987;0{n % 4 + 1}.05.2026;0{n // 4 % 10}:0{n // 40};;;;;\n" for n in range(70)
    )
    sent(browser, HEAD + past + CONSULT)
    row = check(browser)
    moving_in.go_on(of=row, step="write", by=row.requested_by)
    with scope.whole():
        importing.run_import(import_id=row.pk, seconds=0)
        monkeypatch.setattr(MovedVisit.objects, "bulk_create", killed)
        with pytest.raises(KeyboardInterrupt):
            importing.run_import(import_id=row.pk)
        monkeypatch.undo()
        assert (MovedVisit.objects.count(), Session.objects.count()) == (50, 0)
        Import.objects.update(lease_until=NOW - timedelta(seconds=1))
        importing.sweep_imports()
    row.refresh_from_db()
    assert (row.status, row.position, row.counts) == ("ready", 71, {"new": 71, "past": 70, "ahead": 1})
    assert (MovedVisit.objects.count(), Session.objects.count()) == (71, 1)


def test_undo_takes_all_of_it_away_and_tells_nobody(browser: Client, anna: Patient):
    row = taken_over(browser, HEAD + CONSULT + OVER)
    press(browser, row, "undo")
    assert row.counts == {"gone": 2}
    assert not MovedVisit.objects.exists()
    assert not Booking.objects.filter(active=True).exists()
    assert Session.objects.get().status == "entered_in_error"
    assert not Message.objects.exclude(status="superseded").exists()
    assert taken_over(browser, HEAD + CONSULT + OVER).counts == {"new": 2, "ahead": 1, "past": 1}


@pytest.mark.parametrize("act", ["cancelled", "told"])
def test_a_visit_on_which_somebody_acted_stays_and_is_listed(browser: Client, anna: Patient, act: str, desk: User):
    row = taken_over(browser, HEAD + CONSULT.replace("06.05", "13.05") + OVER)
    visit = Session.objects.get()
    if act == "told":
        Message.objects.filter(session=visit, kind="reminder").update(status="sent", sent_at=NOW)
    else:
        cancel_session(session=visit, reason="Ill", by=desk, now=NOW)
    before = visit.status if act == "told" else "cancelled"
    press(browser, row, "undo")
    visit.refresh_from_db()
    assert (row.counts, visit.status) == ({"gone": 1, "stayed": 1}, before)
    page = browser.get(reverse("settings:import", args=[row.pk])).content.decode()
    assert "These stay" in page
    assert reverse("patients:detail", args=[anna.pk]) in page
