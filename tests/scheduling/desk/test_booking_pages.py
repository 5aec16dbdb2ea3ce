"""Somebody is on the phone: found or registered, a time chosen, booked, in a few clicks and without a script."""

import html
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import Location, Post, User
from patients.models import Patient
from scheduling.models import Booking, PublicHoliday, Session, WorkingHours
from tests.factories import NOW, TODAY, LocationFactory, PatientFactory
from tests.scheduling.visits import TOMORROW, a_visit, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_ten")]

Browser = Callable[[User | None], Client]
HERE = "/book/"


@pytest.fixture
def browser(desk: User, browser_of: Browser) -> Client:
    return browser_of(desk)


def places(answer: object) -> list[str]:
    return [str(offer.place) for _day, offers in answer.context["days"] for offer in offers]


def panel(target: str = "panel") -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}


def test_a_patient_is_found_by_a_part_of_the_name_or_the_number(browser: Client, patient: Patient):
    for words in (patient.family_name[:4], patient.phone[-4:]):
        found = browser.get(HERE, {"q": words}, headers=panel("people"))
        assert str(patient) in found.content.decode()
        assert "<html" not in found.content.decode()


def test_nobody_is_listed_before_anything_is_typed(browser: Client, patient: Patient):
    assert str(patient) not in browser.get(HERE).content.decode()


def test_the_soonest_time_is_marked_and_booked_with_one_press(browser: Client, patient: Patient, practitioner: User):
    page = browser.get(HERE, {"patient": patient.pk})
    first = places(page)[0]
    answer = browser.post(f"{HERE}?patient={patient.pk}", {"kind": "consultation", "place": first})
    session = Session.objects.get(patient=patient)
    assert answer.headers["Location"] == reverse("desk:visit", args=[session.pk])
    booking = Booking.objects.get(session=session)
    assert (session.kind, booking.start, booking.practitioner) == ("consultation", NOW, practitioner.staff.practitioner)


def test_who_stands_at_the_counter_can_be_seen_at_once(browser: Client, patient: Patient, practitioner: User):
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        browser.get(HERE)  # whoever works stays signed in
    with time_machine.travel(NOW + timedelta(minutes=22), tick=False):
        page = browser.get(HERE, {"patient": patient.pk})
        starts = [offer.start for _day, offered in page.context["days"] for offer in offered]
        assert starts[:2] == [NOW + timedelta(minutes=25), NOW + timedelta(minutes=30)]
        assert "now" in page.content.decode()
        browser.post(f"{HERE}?patient={patient.pk}", {"kind": "consultation", "place": places(page)[0]})
    assert Booking.objects.get(patient=patient).start == NOW + timedelta(minutes=25)


def test_a_consultation_is_offered_with_prescribers_only(
    browser: Client, patient: Patient, practitioner: User, colleague: User
):
    def people(kind: str) -> set[str]:
        return {place.split("|")[1] for place in places(browser.get(HERE, {"patient": patient.pk, "kind": kind}))}

    prescriber, other = (str(user.staff.practitioner.pk) for user in (practitioner, colleague))
    assert people("consultation") == {prescriber}
    assert people("review") == {prescriber, other}


def test_the_spot_clicked_on_the_board_comes_first_in_its_room(
    browser: Client, patient: Patient, clinic: Location, practitioner: User
):
    room = clinic.rooms.get(name="Room 2")
    slot = reverse("desk:board_slot", args=[clinic.pk])
    clicked = browser.get(slot, {"start": "2026-05-06T14:30", "resource": room.pk, "by": "room"}, follow=True)
    address = clicked.redirect_chain[-1][0]
    page = browser.get(f"{address}&patient={patient.pk}")
    assert places(page)[0].split("|")[2] == str(room.pk)
    browser.post(f"{address}&patient={patient.pk}", {"kind": "consultation", "place": places(page)[0]})
    booking = Booking.objects.get(patient=patient)
    assert (booking.start, booking.room) == (at(14, 30), room)


class TestWhyNot:
    """The rule that stops a clicked time, its end, and the next time that works."""

    def said(self, browser: Client, patient: Patient, day: date, hour: int, minute: int = 0, **spot: int) -> Any:
        start = f"{day.isoformat()}T{hour:02d}:{minute:02d}"
        page = browser.get(HERE, {"patient": patient.pk, "start": start, "kind": "review", **spot})
        why = page.context["why"]
        if why:
            assert why.sentence in html.unescape(page.content.decode())
        return why

    def test_a_closing_day(self, browser: Client, patient: Patient, clinic: Location):
        PublicHoliday.objects.create(location=clinic, date=TOMORROW, name="Fair")
        why = self.said(browser, patient, TOMORROW, 10)
        assert (why.sentence, why.next) == (
            "The clinic is closed on Wednesday 6 May: Fair.", at(9, 5, day=TOMORROW + timedelta(days=1)))  # fmt: skip

    def test_a_lunch_break(self, browser: Client, patient: Patient, practitioner: User):
        person = practitioner.staff.practitioner
        WorkingHours.objects.filter(practitioner=person).update(end=time(13))
        for row in WorkingHours.objects.filter(practitioner=person):
            row.pk, row.start, row.end = None, time(14), time(18)
            row.save()
        why = self.said(browser, patient, TOMORROW, 13, 15, practitioner=person.pk)
        assert why.sentence == "Dr Bianchi works 09:00–13:00, 14:00–18:00 that day."
        assert why.next == at(14, 5)

    def test_a_taken_room_and_a_person_who_is_taken(
        self, browser: Client, patient: Patient, other_patient: Patient, practitioner: User, desk: User
    ):
        visit = a_visit(other_patient, at(15), practitioner, desk)
        booking = Booking.objects.get(session=visit)
        ends = booking.occupied_end.astimezone(at(15).tzinfo)
        room = self.said(browser, patient, TOMORROW, 15, room=booking.room_id)
        assert room.sentence == f"{booking.room.name} is taken until {ends:%H:%M}."
        person = self.said(browser, patient, TOMORROW, 15, practitioner=booking.practitioner_id)
        assert (person.sentence, person.next) == (
            f"Dr Bianchi is taken until {ends:%H:%M}.",
            ends + timedelta(minutes=5),
        )
        assert str(other_patient) not in room.sentence + person.sentence

    def test_a_time_that_is_free_needs_no_reason(self, browser: Client, patient: Patient):
        assert self.said(browser, patient, TOMORROW, 10) is None


def test_in_the_panel_the_board_is_told_and_the_panel_closes(browser: Client, patient: Patient):
    first = places(browser.get(HERE, {"patient": patient.pk}, headers=panel()))[0]
    answer = browser.post(f"{HERE}?patient={patient.pk}", {"kind": "consultation", "place": first}, headers=panel())
    assert (answer.status_code, answer.content) == (200, b"")
    assert "board:refresh" in answer.headers["HX-Trigger"]
    assert "Booked for Tue 5 May, 10:00" in answer.headers["HX-Trigger"]


def test_a_time_that_somebody_else_took_is_said_and_others_are_offered(
    browser: Client, patient: Patient, other_patient: Patient, practitioner: User, desk: User
):
    first = places(browser.get(HERE, {"patient": patient.pk}))[0]
    a_visit(other_patient, NOW, practitioner, desk)
    answer = browser.post(f"{HERE}?patient={patient.pk}", {"kind": "consultation", "place": first})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "not free at that time" in page
    assert str(other_patient) not in page
    assert first not in places(answer)
    assert not Session.objects.filter(patient=patient).exists()


@pytest.mark.parametrize("place", ["", "soon", "2026-05-05T10:00|1|1|", "2026-05-05T08:00:00+00:00|999999|1|"])
def test_a_time_nobody_offered_is_refused_at_its_field(browser: Client, patient: Patient, place: str):
    answer = browser.post(f"{HERE}?patient={patient.pk}", {"kind": "consultation", "place": place})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["place"])


def test_a_person_is_registered_with_a_name_and_a_number_and_goes_on_to_the_times(browser: Client, clinic: Location):
    new = {"given_name": "Nora", "family_name": "Neri", "phone": "+39 06 555 9911", "email": ""}
    answer = browser.post(reverse("desk:book_new_patient") + f"?location={clinic.pk}&start=2026-05-06T10:00", new)
    nora = Patient.objects.get(family_name="Neri")
    assert answer.headers["Location"] == f"/book/?location={clinic.pk}&start=2026-05-06T10%3A00&patient={nora.pk}"


def test_somebody_alike_is_shown_first_and_can_be_passed_over(browser: Client):
    PatientFactory(given_name="Nora", family_name="Neri", phone="+39065559911")
    new = {"given_name": "Nora", "family_name": "Neri", "phone": "+39 06 555 9911", "email": ""}
    shown = browser.post(reverse("desk:book_new_patient"), new)
    assert len(shown.context["new"].known.here) == 1
    assert Patient.objects.filter(family_name="Neri").count() == 1
    browser.post(reverse("desk:book_new_patient"), new | {"not_these": str(Patient.objects.get(family_name="Neri").pk)})
    assert Patient.objects.filter(family_name="Neri").count() == 2


def test_a_registration_that_cannot_be_is_named_at_its_field(browser: Client):
    new = {"given_name": "Nora", "family_name": ".", "phone": "no", "email": "nobody"}
    answer = browser.post(reverse("desk:book_new_patient"), new)
    assert sorted(answer.context["new"].errors) == ["email", "family_name", "phone"]


def test_visits_the_patient_has_already_are_in_sight(browser: Client, patient: Patient, practitioner: User, desk: User):
    a_visit(patient, at(15), practitioner, desk)
    assert "Wed 6 May, 15:00" in browser.get(HERE, {"patient": patient.pk}).content.decode()


def test_times_are_those_of_the_location(browser: Client, desk: User, patient: Patient, practitioner: User):
    lisbon = LocationFactory(name="Chiado", timezone="Europe/Lisbon")
    assert browser.get(HERE, {"location": lisbon.pk}).status_code == 404  # where the desk does not work
    Post.objects.create(staff=desk.staff, location=lisbon, role=desk.staff.role)
    page = browser.get(HERE, {"patient": patient.pk, "location": lisbon.pk})
    assert page.context["days"] == []
    assert browser.get(HERE, {"location": 999999}).status_code == 404
    assert browser.get(HERE, {"location": "x"}).status_code == 404
    assert TODAY.isoformat() == "2026-05-05"


def test_another_patients_record_is_opened_by_its_id_only(browser: Client):
    assert browser.get(HERE, {"patient": 999999}).status_code == 404
    assert browser.get(HERE, {"patient": "x"}).status_code == 404
