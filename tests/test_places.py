"""Rights by place: who sees whom at which location, how a patient comes to one, and the way in an emergency."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, time, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.refusals import BadInput, Conflict
from clinic.models import Location, Post, Role, SignInMail, StaffMember, User
from patients.access import patients_for
from patients.actions.emergencies import open_in_emergency, see_emergency
from patients.actions.register import register_patient
from patients.models import EmergencyAccess, Patient, PatientLocation
from scheduling.access import courses_for, messages_for, sessions_for
from scheduling.courses.actions.create_visit import create_visit
from scheduling.messages.actions.codes import send_codes
from scheduling.models import Room, Session
from scheduling.setup.actions.hours import Stretch, set_week
from tests.elsewhere import NAME, Lisboa, open_lisboa
from tests.factories import NOW, PatientFactory, RoomFactory, StaffFactory
from tests.scheduling.visits import a_session, a_visit, at, who

Browsers = Callable[..., Client]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lisboa(clinic: Location, patient: Patient) -> Lisboa:
    return open_lisboa()


def again(user: User) -> User:
    """The person as the next request reads them."""
    return User.objects.get(pk=user.pk)


def places_of(patient: Patient) -> set[str]:
    return set(patient.places.values_list("location__name", flat=True))


# --- who sees whom --------------------------------------------------------------------------------------------------


def test_staff_see_the_patients_visits_and_letters_of_their_own_places(
    lisboa: Lisboa, patient: Patient, desk: User, practitioner: User, director: User
):
    here = a_visit(patient, at(14), practitioner, desk)
    for user in (desk, practitioner, director):
        assert set(patients_for(user)) == {patient}
        assert set(sessions_for(user)) == {here}
        assert not courses_for(user).exists()
        assert {row.patient for row in messages_for(user)} == {patient}
    for user in (lisboa.desk, lisboa.practitioner, lisboa.director):
        assert set(patients_for(user)) == {lisboa.patient}


def test_a_practitioner_completes_no_visit_of_another_place(
    lisboa: Lisboa, practitioner: User, api_of: Callable[..., APIClient]
):
    Session.objects.filter(pk=lisboa.ids["session_id"]).update(status="in_progress")
    where = reverse("api:session-complete", args=[lisboa.ids["session_id"]])
    assert api_of(practitioner).post(where, {}).status_code == 404
    assert api_of(lisboa.practitioner).post(where, {}).status_code != 404


def test_a_patient_of_two_places_is_seen_at_both_each_with_its_own_visits(
    lisboa: Lisboa, patient: Patient, desk: User, practitioner: User
):
    here = a_visit(patient, at(14), practitioner, desk)
    PatientLocation.objects.get_or_create(patient=patient, location=lisboa.location)
    there = a_visit(patient, at(11, zone="Europe/Lisbon"), lisboa.practitioner, lisboa.desk)
    assert (set(sessions_for(desk)), set(sessions_for(lisboa.desk).filter(patient=patient))) == ({here}, {there})
    assert set(patients_for(lisboa.desk)) == {patient, lisboa.patient}


def test_a_post_opens_one_more_place_and_its_end_closes_it_at_once(
    lisboa: Lisboa, patient: Patient, practitioner: User
):
    post = Post.objects.create(staff=practitioner.staff, location=lisboa.location, role=Role.PRACTITIONER)
    assert set(patients_for(again(practitioner))) == {patient, lisboa.patient}
    post.delete()
    assert set(patients_for(again(practitioner))) == {patient}


def test_a_director_of_the_organisation_sees_every_place(lisboa: Lisboa, patient: Patient, director: User):
    StaffMember.objects.filter(user=director).update(everywhere=True)
    assert set(patients_for(again(director))) == {patient, lisboa.patient}


def test_another_role_at_another_place_is_acted_in_one_at_a_time(
    lisboa: Lisboa, patient: Patient, desk: User, browser_of: Browsers
):
    Post.objects.create(staff=desk.staff, location=lisboa.location, role=Role.PRACTITIONER)
    browser = browser_of(desk)
    ours, theirs = (reverse("patients:intake", args=[each.pk]) for each in (patient, lisboa.patient))
    assert [browser.get(page).status_code for page in (ours, theirs)] == [403, 403]  # the desk reads no intake
    browser.post(reverse("role"), {"role": Role.PRACTITIONER})
    assert [browser.get(page).status_code for page in (ours, theirs)] == [404, 200]
    browser.post(reverse("role"), {"role": Role.DIRECTOR})  # which they are nowhere
    assert [browser.get(page).status_code for page in (ours, theirs)] == [403, 403]


# --- how a patient comes to a place ---------------------------------------------------------------------------------


def test_a_patient_belongs_to_where_they_are_registered_and_where_a_visit_is_booked(
    lisboa: Lisboa, desk: User, practitioner: User
):
    ana = register_patient(given_name="Ana", family_name="Neri", phone="+39065550999", by=desk)
    assert places_of(ana) == {"Aventino"}
    booked = {"patient": ana, "kind": "consultation", "practitioner": who(lisboa.practitioner), "by": desk}
    with pytest.raises(Conflict):
        create_visit(**booked, start=at(10, zone="Europe/Lisbon"), now=NOW)  # Eva's time
    assert places_of(ana) == {"Aventino"}
    create_visit(**booked, start=at(12, zone="Europe/Lisbon"), now=NOW)
    assert places_of(ana) == {"Aventino", "Lisboa"}


def test_a_visit_makes_the_patient_one_of_its_place_whoever_writes_it(lisboa: Lisboa, clinic: Location):
    ana = PatientFactory(at=[])
    visit = a_session(ana, clinic)
    assert places_of(ana) == {"Aventino"}
    Session.objects.filter(pk=visit.pk).update(location=lisboa.location)
    assert places_of(ana) == {"Aventino", "Lisboa"}


TWIN = {"given_name": "Eva", "family_name": NAME, "phone": "+39 06 999 1234", "sex": "unknown", "language": "en-gb"}


def key_of(user: User, browser: Client) -> str:
    known = browser.post(reverse("patients:register"), TWIN).context["form"].known
    assert known.here == []
    return str(known.elsewhere[0].key)


def test_somebody_known_at_another_place_is_added_with_one_press_and_their_yes(
    lisboa: Lisboa, desk: User, browser_of: Browsers
):
    browser = browser_of(desk)
    page = browser.post(reverse("patients:register"), TWIN | {"family_name": "Zagallo"}).content.decode()
    assert "Known at another location" in page
    assert NAME not in page
    assert lisboa.patient.phone not in page
    assert reverse("patients:detail", args=[lisboa.patient.pk]) not in page
    key = key_of(desk, browser)
    refused = browser.post(reverse("patients:location_add"), {"key": key})
    assert (refused.status_code, places_of(lisboa.patient)) == (422, {"Lisboa"})
    added = browser.post(reverse("patients:location_add"), {"key": key, "agreed": "on"}, follow=True)
    assert NAME in added.content.decode()
    row = PatientLocation.objects.get(patient=lisboa.patient, location=desk.staff.location)
    assert (row.asked, row.added_by) == (True, desk)


def test_the_key_to_add_a_place_is_one_persons_and_for_an_hour(
    lisboa: Lisboa, desk: User, practitioner: User, browser_of: Browsers
):
    key = key_of(desk, browser_of(desk))
    where, sent = reverse("patients:location_add"), {"key": key, "agreed": "on"}
    assert browser_of(practitioner).post(where, sent).status_code == 404
    assert browser_of(desk).post(where, sent | {"key": "made up"}).status_code == 404
    with time_machine.travel(NOW + HOUR + timedelta(minutes=1), tick=False):
        assert browser_of(desk).post(where, sent).status_code == 404
    assert places_of(lisboa.patient) == {"Lisboa"}


def test_over_the_api_another_place_is_named_and_nothing_else(
    lisboa: Lisboa, desk: User, api_of: Callable[..., APIClient]
):
    sent = {name: TWIN[name] for name in ("given_name", "family_name", "phone")}
    answer = api_of(desk).post(reverse("api:patients"), sent)
    assert answer.json()["warnings"] == [{"code": "known_at_another_location", "same": ["name"]}]


def test_a_patient_busy_elsewhere_is_said_to_be_just_that(
    lisboa: Lisboa, clinic: Location, practitioner: User, desk: User
):
    PatientLocation.objects.create(patient=lisboa.patient, location=clinic)
    with pytest.raises(Conflict) as refused:
        a_visit(lisboa.patient, at(11), practitioner, desk)  # ten o'clock in Lisboa
    assert "The patient is busy at another location at that time." in str(refused.value.detail)


# --- in an emergency ------------------------------------------------------------------------------------------------


def test_an_emergency_opens_the_record_with_a_reason_and_ends_by_itself(
    lisboa: Lisboa, practitioner: User, browser_of: Browsers
):
    now = time_machine.escape_hatch.datetime.datetime.now(UTC)  # the database goes by its own clock
    with time_machine.travel(now, tick=False):
        browser, page = browser_of(practitioner), reverse("patients:detail", args=[lisboa.patient.pk])
        key = key_of(practitioner, browser)
        assert browser.post(reverse("patients:emergency"), {"key": key}).status_code == 200  # the form
        assert browser.post(reverse("patients:emergency"), {"key": key, "reason": " ", "hours": 1}).status_code == 422
        assert browser.get(page).status_code == 404
        browser.post(reverse("patients:emergency"), {"key": key, "reason": "Collapsed", "hours": 1})
        assert browser.get(page).status_code == 200
        assert browser.get(reverse("desk:visit", args=[lisboa.ids["session_id"]])).status_code == 200
    with time_machine.travel(now + HOUR, tick=False):
        assert not patients_for(practitioner).filter(pk=lisboa.patient.pk).exists()
        assert not sessions_for(practitioner).filter(patient=lisboa.patient).exists()


def test_the_directors_of_the_patients_places_are_told_without_a_name_until_one_acknowledges(
    lisboa: Lisboa, practitioner: User, director: User, browser_of: Browsers
):
    opened = open_in_emergency(patient=lisboa.patient, reason="Collapsed", hours=4, by=practitioner)
    letter = SignInMail.objects.get(kind="emergency_opened")
    assert letter.recipient == lisboa.director
    send_codes(now=NOW)
    text = f"{mail.outbox[-1].subject} {mail.outbox[-1].body}"
    assert practitioner.name in text
    assert not {NAME, "Eva", "Collapsed"} & set(text.split())
    today = browser_of(lisboa.director).get(reverse("desk:today")).content.decode()
    assert "Collapsed" in today
    assert practitioner.name in today
    seen = reverse("desk:emergency_seen", args=[opened.pk])
    assert browser_of(director).post(seen).status_code == 404  # of another place
    browser_of(lisboa.director).post(seen)
    opened.refresh_from_db()
    assert (opened.seen_by, opened.seen_at) == (lisboa.director, NOW)
    assert "Collapsed" not in browser_of(lisboa.director).get(reverse("desk:today")).content.decode()
    see_emergency(emergency=opened, by=director)
    opened.refresh_from_db()
    assert opened.seen_by == lisboa.director  # the first is kept


def test_an_emergency_is_for_clinicians_and_twelve_hours_at_most(lisboa: Lisboa, desk: User, practitioner: User):
    for hours in (0, 13):
        with pytest.raises(BadInput):
            open_in_emergency(patient=lisboa.patient, reason="Collapsed", hours=hours, by=practitioner)
    EmergencyAccess.objects.create(patient=lisboa.patient, by=desk, reason="Collapsed", opened_at=NOW, until=NOW + HOUR)
    assert lisboa.patient not in patients_for(desk)


# --- what the database holds ----------------------------------------------------------------------------------------


def breaks(make: Callable[[], Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make()


def test_constraints(lisboa: Lisboa, desk: User):
    post = {"staff": desk.staff, "location": lisboa.location}
    Post.objects.create(**post, role=Role.DESK)
    breaks(lambda: Post.objects.create(**post, role=Role.DESK), "post_once_a_location")
    breaks(lambda: Post.objects.update(role="guest"), "post_role_known")
    belongs = {"patient": lisboa.patient, "location": lisboa.location}
    breaks(lambda: PatientLocation.objects.create(**belongs), "patient_belongs_once_to_a_location")
    opened = {"patient": lisboa.patient, "by": desk, "opened_at": NOW}
    wrong = {
        "emergency_has_reason": {"reason": "", "until": NOW + HOUR},
        "emergency_ends": {"reason": "Faint", "until": NOW + 13 * HOUR},
        "emergency_seen_by_name": {"reason": "Faint", "until": NOW + HOUR, "seen_at": NOW},
    }
    for name, given in wrong.items():
        breaks(lambda given=given: EmergencyAccess.objects.create(**opened, **given), name)


def test_what_was_there_before_places_keeps_working(
    lisboa: Lisboa, patient: Patient, desk: User, practitioner: User, director: User
):
    """The migration: patients belong to where their visits are, those without to where they were registered."""
    a_visit(patient, at(14), practitioner, desk)
    new = register_patient(given_name="Ugo", family_name="Neri", phone="+39065550999", by=lisboa.desk)
    unknown = Patient.objects.create(given_name="Ada", family_name="Neri", phone="+39065550998")
    PatientLocation.objects.all().delete()
    who(practitioner).hours.filter(weekday=0).update(location=lisboa.location)
    keep = import_module("scheduling.migrations.0029_patients_belong_to_places").keep_everybodys_places
    with connection.schema_editor() as editor:
        keep(apps, editor)
    assert [places_of(each) for each in (patient, lisboa.patient, new)] == [{"Aventino"}, {"Lisboa"}, {"Lisboa"}]
    assert places_of(unknown) == {"Aventino", "Lisboa"}
    assert Post.objects.get().staff == practitioner.staff
    assert StaffMember.objects.get(user=director).everywhere


# --- who manages what -----------------------------------------------------------------------------------------------

INVITED = {"email": "new@example.test", "name": "New", "role": Role.DESK.value}


def test_a_director_of_one_place_manages_that_place(
    lisboa: Lisboa, clinic: Location, director: User, administrator: User, browser_of: Browsers
):
    invite = reverse("settings:invite")
    elsewhere = INVITED | {"location": lisboa.location.pk, "everywhere": "on"}
    assert browser_of(director).post(invite, elsewhere).status_code == 422
    assert not StaffMember.objects.filter(user__email="new@example.test").exists()
    browser_of(director).post(invite, elsewhere | {"location": clinic.pk})
    assert not StaffMember.objects.get(user__email="new@example.test").everywhere
    changed = INVITED | {"location": clinic.pk, "active": "on", f"post_{lisboa.location.pk}": Role.PRACTITIONER.value}
    person = StaffMember.objects.get(user__email="new@example.test")
    browser_of(administrator).post(reverse("settings:staff_member", args=[person.pk]), changed)
    assert list(person.posts.values_list("location__name", "role")) == [("Lisboa", "practitioner")]
    boss = StaffFactory(role=Role.DIRECTOR.value, location=clinic, everywhere=True)
    assert browser_of(director).get(reverse("settings:staff_member", args=[boss.pk])).status_code == 404


def test_nobody_gives_themselves_another_place(lisboa: Lisboa, administrator: User, browser_of: Browsers):
    own = {
        "name": "Adm",
        "role": Role.ADMINISTRATOR.value,
        "location": administrator.staff.location_id,
        "active": "on",
        f"post_{lisboa.location.pk}": Role.DIRECTOR.value,
    }
    browser_of(administrator).post(reverse("settings:staff_member", args=[administrator.staff.pk]), own)
    assert not administrator.staff.posts.exists()


def test_who_opens_a_location_or_gets_hours_there_works_there(lisboa: Lisboa, director: User, practitioner: User):
    set_week(
        practitioner=who(practitioner),
        location=lisboa.location,
        week=[Stretch(5, time(9), time(12))],
        valid_from=date(2026, 6, 1),
        by=director,
    )
    assert list(practitioner.staff.posts.values_list("location__name", "role")) == [("Lisboa", "practitioner")]


def test_a_wish_names_nothing_of_another_place(
    lisboa: Lisboa, patient: Patient, desk: User, api_of: Callable[..., APIClient]
):
    room: Room = RoomFactory(location=lisboa.location)
    session = a_session(patient, desk.staff.location)
    sent = {"start": at(12).isoformat(), "practitioner": str(who(lisboa.practitioner).pk), "room": str(room.pk)}
    answer = api_of(desk).post(reverse("api:session-book", args=[session.pk]), sent)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"practitioner", "room"}
