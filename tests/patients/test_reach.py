"""Reaching people who have no phone, must not be phoned, or let somebody else speak for them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.base.refusals import BadInput, Conflict
from clinic.models import Location, User
from patients.actions.addresses import apply
from patients.actions.contacts import add_contact_person, remove_contact_person
from patients.actions.register import register_patient, update_patient
from patients.models import AddressChange, ContactPerson, ContactPreference, Patient
from scheduling.desk.queries import worklists
from scheduling.messages.actions import ledger
from scheduling.messages.actions.desk import record_call
from scheduling.messages.actions.ledger import Entry, Subject
from scheduling.messages.actions.preferences import set_contact
from scheduling.models import Message
from tests.factories import NOW, TODAY, PatientFactory

Browsers = Callable[[User | None], Client]
Kind = Message.Kind
ENOUGH = {"given_name": "Eva", "family_name": "Conti"}


def say(patient: Patient, clinic: Location, *kinds: str) -> dict[str, str]:
    """{kind: channel beside the patient's page} of messages due now."""
    subject = Subject(key=f"test-{patient.pk}", revision=0, patient=patient, location=clinic)
    ledger.write(ledger.rows(subject, [Entry(kind=kind, due=NOW) for kind in kinds]))
    rows = Message.objects.filter(patient=patient, kind__in=kinds).exclude(channel="portal")
    return {row.kind: row.channel for row in rows}


def names_on(rows: object) -> list[str]:
    return [str(row.patient) for row in rows]  # type: ignore[attr-defined]


def test_without_phone_and_mail_somebody_is_reached_by_letter_in_person_or_a_helper(desk: User, clinic: Location):
    with pytest.raises(BadInput) as refused:
        register_patient(**ENOUGH, reached_by="letter", by=desk, now=NOW)
    assert refused.value.errors[0].field == "address"
    with pytest.raises(BadInput):
        register_patient(**ENOUGH, reached_by="helper", helper={"phone": "06 555 0101"}, by=desk, now=NOW)
    posted = register_patient(**ENOUGH, reached_by="letter", address="Via Roma 1", by=desk, now=NOW)
    told = register_patient(**ENOUGH, reached_by="in_person", by=desk, now=NOW)
    sister = {"name": "Ada", "phone": "06 555 0103", "relationship": "sister"}
    helped = register_patient(**ENOUGH, reached_by="helper", helper=sister, by=desk, now=NOW)
    assert say(posted, clinic, Kind.CANCELLATION, Kind.ASPIRIN) == {"cancellation": "letter", "aspirin": "letter"}
    assert say(told, clinic, Kind.CANCELLATION) == {"cancellation": "in_person"}
    assert say(helped, clinic, Kind.CANCELLATION, Kind.ASPIRIN) == {"cancellation": "call", "aspirin": "in_person"}
    assert names_on(worklists.calls(clinic, NOW, TODAY)) == ["Eva Conti"], "the sister's, and about times alone"
    assert worklists.letters(clinic, NOW, TODAY).count() == 4


def test_do_not_phone_never_stands_on_the_call_list(desk: User, clinic: Location, browser_of: Browsers):
    deaf = PatientFactory(given_name="Ugo", needs=["hearing"], address="Via Roma 1")
    set_contact(patient=deaf, channel="letter", no_calls=True, by=desk, now=NOW)
    assert say(deaf, clinic, Kind.REMINDER, Kind.CHECK_24H) == {"reminder": "letter", "check_24h": "letter"}
    Patient.objects.filter(pk=deaf.pk).update(address="")
    deaf = Patient.objects.get(pk=deaf.pk)
    assert say(deaf, clinic, Kind.READING_DUE) == {"reading_due": "in_person"}
    assert not worklists.calls(clinic, NOW, TODAY)
    page = browser_of(desk).get(reverse("desk:worklists"), {"tab": "letters"}).content.decode()
    assert "Ugo Rossi" in page
    with pytest.raises(BadInput, match="cannot reach you"):
        set_contact(patient=deaf, channel="call", by=desk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactPreference.objects.filter(patient=deaf).update(channel="call")
    letter = worklists.letters(clinic, NOW, TODAY)[0]
    assert record_call(message=letter, reached=True, by=desk, now=NOW).status == "sent"


def test_an_address_given_later_is_asked_about_and_what_waits_is_readdressed(
    desk: User, clinic: Location, browser_of: Browsers
):
    patient = register_patient(**ENOUGH, phone="06 555 0101", by=desk, now=NOW)
    subject = Subject(key="later", revision=0, patient=patient, location=clinic)
    ledger.write(ledger.rows(subject, [Entry(kind=Kind.REMINDER, due=NOW + timedelta(days=999))]))
    browser, reach = browser_of(desk), reverse("patients:reach", args=[patient.pk])
    given = ENOUGH | {"phone": "06 555 0101", "email": "eva@example.test", "version": "1"}
    answer = browser.post(reverse("patients:edit", args=[patient.pk]), given)
    assert answer.headers["Location"] == reach
    assert "Shall messages go to eva@example.test?" in browser.get(reach).content.decode()
    browser.post(reach, {"channel": "email", "version": "1", "wanted": ["reminder"]})
    waiting = Message.objects.exclude(channel="portal").get(patient=patient)
    assert (waiting.channel, waiting.status) == ("email", "scheduled")
    assert "reminder" not in ContactPreference.objects.get(patient=patient).opted_out


def test_a_contact_person_hears_times_only_with_the_patients_yes(desk: User, patient: Patient, browser_of: Browsers):
    browser, here = browser_of(desk), reverse("patients:reach", args=[patient.pk])
    new = {"name": "Acme Ltd", "relationship": "employer", "pays": "on", "phone": "06 5550 1 / 06 5550 2"}
    refused = browser.post(reverse("patients:contact_new", args=[patient.pk]), new)
    assert list(refused.context["person"].errors) == ["phone"]
    browser.post(reverse("patients:contact_new", args=[patient.pk]), new | {"phone": ""})
    company = ContactPerson.objects.get()
    assert (company.pays, company.hears_times) == (True, False)
    assert "Hears nothing" in browser.get(here).content.decode()
    with pytest.raises(BadInput):
        set_contact(patient=patient, channel="helper", by=desk, now=NOW)
    sister = add_contact_person(patient=patient, name="Ada", hears_times=True, by=desk, now=NOW)
    assert (sister.patient_agreed_at, sister.agreement_noted_by) == (NOW, desk)
    patient = Patient.objects.get(pk=patient.pk)
    set_contact(patient=patient, channel="helper", by=desk, now=NOW)
    with pytest.raises(Conflict):
        remove_contact_person(person=sister)
    browser.post(reverse("patients:contact_remove", args=[company.pk]))
    assert list(ContactPerson.objects.all()) == [sister]


def test_what_somebody_needs_is_seen_by_whoever_books_greets_and_prints(
    desk: User, patient: Patient, browser_of: Browsers
):
    update_patient(patient=patient, changes={"needs": ["lift", "hearing"], "needs_note": "Sign language"}, by=desk)
    patient.refresh_from_db()
    assert patient.needs_shown == ["Deaf or hard of hearing", "Lift, no stairs", "Sign language"]
    browser = browser_of(desk)
    book = browser.get(reverse("desk:book"), {"patient": patient.pk}).content.decode()
    sheet = browser.get(reverse("patients:sheet", args=[patient.pk])).content.decode()
    assert "Lift, no stairs" in book
    assert "We prepare for: Deaf or hard of hearing, Lift, no stairs, Sign language" in sheet
    with pytest.raises(BadInput) as refused:
        update_patient(patient=patient, changes={"needs": ["piano"]}, by=desk)
    assert refused.value.errors[0].field == "needs"


def test_nobody_is_left_without_a_way(desk: User):
    patient = register_patient(**ENOUGH, phone="06 555 0101", by=desk, now=NOW)
    with pytest.raises(BadInput):
        update_patient(patient=patient, changes={"phone": ""}, by=desk, now=NOW)


def test_the_same_over_the_api(desk: User, api_of: Callable[[User | None], APIClient]):
    helper = {"name": "Ada", "phone": "+39065550103", "relationship": "sister"}
    given = {"given_name": "Björk", "reached_by": "helper", "helper": helper, "needs": ["lift"]}
    answer = api_of(desk).post("/api/v1/patients/", given)
    assert (answer.status_code, answer.json()["needs"]) == (201, ["lift"])
    assert ContactPerson.objects.get().relationship == "sister"
    assert api_of(desk).post("/api/v1/patients/", {"given_name": "Björk"}).status_code == 422


def test_who_noted_a_yes_is_kept_with_it(patient: Patient):
    with pytest.raises(IntegrityError, match="contact_person_yes_by_name"), transaction.atomic():
        ContactPerson.objects.create(patient=patient, name="Ada", patient_agreed_at=NOW)
    with pytest.raises(IntegrityError, match="patient_needs_known"), transaction.atomic():
        PatientFactory(needs=["piano"])
    with pytest.raises(IntegrityError, match="contact_person_has_name"), transaction.atomic():
        ContactPerson.objects.create(patient=patient, name="")
    with pytest.raises(IntegrityError, match="contact_phone_dials"), transaction.atomic():
        ContactPerson.objects.create(patient=patient, name="Ada", phone="12")


# --- a family with one mailbox -----------------------------------------------------------------------------------


def test_a_family_with_one_mailbox_says_whose_pages_it_wants(desk: User, clinic: Location, browser_of: Browsers):
    home = {"email": "home@example.test", "phone": "06 555 0101", "by": desk, "now": NOW}
    carla = register_patient(given_name="Carla", family_name="Conti", **home)
    ugo = register_patient(given_name="Ugo", family_name="Conti", **home)
    family, portal, choose = browser_of(carla.user), reverse("portal:home"), reverse("portal:whose")
    assert ugo.user == carla.user
    assert family.get(portal).headers["Location"] == choose
    assert "Ugo Conti" in family.get(choose).content.decode()
    for each in (ugo, carla):
        family.post(choose, {"record": str(each.pk)})
        page = family.get(portal)
        assert (page.context["patient"], page.context["family"]) == (each, True)
    stranger = PatientFactory(given_name="Lia")
    assert family.post(choose, {"record": str(stranger.pk)}).status_code == 404


def test_who_leaves_the_shared_mailbox_leaves_it_to_the_others(desk: User, practitioner: User):
    home = {"email": "home@example.test", "phone": "06 555 0101", "by": desk, "now": NOW}
    carla = register_patient(given_name="Carla", family_name="Conti", **home)
    ugo = register_patient(given_name="Ugo", family_name="Conti", **home)
    change = AddressChange(
        patient=ugo, address="ugo@example.test", asked_by=practitioner, asked_at=NOW, needs_old=False
    )
    change.new_said_yes_at = NOW
    apply(change, NOW)
    carla.refresh_from_db()
    ugo.refresh_from_db()
    assert (carla.user.email, ugo.user.email) == ("home@example.test", "ugo@example.test")
    assert carla.user != ugo.user
    assert register_patient(given_name="Eva", phone="06 555 0101", email=desk.email, by=desk, now=NOW).user is None
