"""Another address for a patient who signs in: both mailboxes are asked, and nothing opens before they said yes."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError
from django.test import Client
from rest_framework.test import APIClient

from clinic.base.tokens import issue_token
from clinic.models import User
from patients.actions.register import update_patient
from patients.models import AddressChange, Patient
from scheduling.calendar.actions.feeds import make_feed
from scheduling.messages.actions.codes import send_codes
from tests.factories import NOW, UserFactory
from tests.steps import take_intake

OLD, NEW = "ana@example.test", "new@example.test"
Browsers = Callable[[User | None], Client]

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def at_noon() -> object:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def ask(patient: Patient, api_of: Callable[[User], APIClient], django_capture_on_commit_callbacks: object) -> Callable:
    def asking(by: User, address: str = NEW) -> dict[str, str]:
        """Somebody changes the address; the links that were mailed, by mailbox."""
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            answer = api_of(by).patch(f"/api/v1/patients/{patient.pk}/", {"email": address})
        assert answer.status_code == 200, answer.content
        return {letter.to[0]: re.search(r"/address/\S+", letter.body)[0] for letter in mail.outbox}

    return asking


def say(link: str, answer: str = "yes") -> str:
    browser = Client()
    assert browser.get(link).status_code == 200
    return browser.post(link, {"answer": answer}).content.decode()


def code_for(address: str) -> str:
    """What a sign-in code asked for this address is mailed as; empty when the clinic does not know it."""
    mail.outbox.clear()
    Client().post("/accounts/login/code/", {"email": address})
    send_codes(now=NOW)
    return next((word for letter in mail.outbox for word in re.findall(r"\n    (\S+)\n", letter.body)), "")


def test_the_new_address_opens_nothing_before_it_is_confirmed(patient: Patient, practitioner: User, ask: Callable):
    links = ask(practitioner)
    assert set(links) == {OLD, NEW}, "the old one is told"
    assert code_for(NEW) == ""
    assert code_for(OLD) != ""
    assert "no longer" not in say(links[NEW])
    assert code_for(NEW) != ""
    assert code_for(OLD) == ""
    patient.refresh_from_db()
    assert (patient.email, patient.user.email) == (NEW, NEW)


def test_the_desk_never_becomes_the_patient(patient: Patient, desk: User, ask: Callable):
    links = ask(desk, "private@desk.test")
    say(links["private@desk.test"])
    assert code_for("private@desk.test") == ""
    patient.refresh_from_db()
    assert patient.email == OLD
    say(links[OLD])
    assert code_for("private@desk.test") != "", "the patient agreed"


def test_a_first_address_from_the_desk_opens_no_answers(patient: Patient, desk: User, practitioner: User):
    Patient.objects.filter(pk=patient.pk).update(user=None, email="")
    take_intake(patient, by=practitioner, now=NOW)
    update_patient(patient=patient, changes={"email": "private@desk.test"}, by=desk, now=NOW)
    assert code_for("private@desk.test") == ""
    update_patient(patient=patient, changes={"email": "private@desk.test"}, by=practitioner, now=NOW)
    assert code_for("private@desk.test") != "", "whoever may read the answers opened it"


def test_a_no_from_the_old_mailbox_stops_it(patient: Patient, desk: User, ask: Callable):
    links = ask(desk)
    say(links[OLD], "no")
    assert Client().get(links[NEW]).status_code == 404
    assert Client().post(links[NEW], {"answer": "yes"}).status_code == 409
    patient.refresh_from_db()
    assert patient.email == OLD


def test_opening_the_link_alone_changes_nothing(patient: Patient, practitioner: User, ask: Callable):
    links = ask(practitioner)
    Client().get(links[NEW])
    patient.refresh_from_db()
    assert patient.email == OLD


def test_sessions_tokens_and_calendar_close_with_the_change(
    patient: Patient,
    practitioner: User,
    ask: Callable,
    browser_of: Browsers,
    django_capture_on_commit_callbacks: Callable,
):
    browser, feed = browser_of(patient.user), make_feed(owner=patient, by=patient.user)
    headers = {"Authorization": f"Token {issue_token(user=patient.user)}"}
    assert browser.get("/me/").status_code == Client().get(f"/calendar/{feed}.ics").status_code == 200
    links = ask(practitioner)
    assert browser.get("/me/").status_code == 200, "not yet"
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        say(links[NEW])
    assert browser.get("/me/").status_code == 302
    assert Client().get(f"/calendar/{feed}.ics").status_code == 404
    assert Client().get("/api/v1/patients/", headers=headers).status_code == 401
    assert [letter.to for letter in mail.outbox] == [[OLD]], "the old mailbox hears that it happened"


def test_it_is_in_the_trail(patient: Patient, practitioner: User, ask: Callable):
    say(ask(practitioner)[NEW])
    labels = [(row.pgh_label, row.address, row.asked_by_id) for row in AddressChange.pgh_event_model.objects.all()]
    assert labels == [("insert", NEW, practitioner.pk), ("update", NEW, practitioner.pk)]


def test_a_link_works_for_a_week_and_the_last_asked_for_alone(
    patient: Patient, practitioner: User, ask: Callable, at_noon: object
):
    first, second = ask(practitioner), ask(practitioner, "second@example.test")
    assert Client().get(first[NEW]).status_code == 404
    at_noon.shift(timedelta(days=7, seconds=1))
    assert Client().get(second["second@example.test"]).status_code == 404


def test_an_address_somebody_took_meanwhile_is_refused(patient: Patient, practitioner: User, ask: Callable):
    links = ask(practitioner)
    UserFactory(email=NEW)
    assert Client().post(links[NEW], {"answer": "yes"}).status_code == 400
    patient.refresh_from_db()
    assert patient.email == OLD


def test_the_page_says_that_the_mailboxes_are_asked(patient: Patient, desk: User, browser_of: Browsers):
    form = {"given_name": "Ana", "family_name": "Rossi", "phone": patient.phone, "email": NEW, "version": 1}
    page = browser_of(desk).post(f"/patients/{patient.pk}/edit/", form, follow=True).content.decode()
    assert "Both have mail now." in page


def row(patient: Patient, number: int, **given: object) -> AddressChange:
    start = {"patient": patient, "address": NEW, "asked_by": patient.user, "asked_at": NOW, "needs_old": True}
    return AddressChange.objects.create(**start, new_digest=f"n{number}", old_digest=f"o{number}", **given)


def test_two_open_changes_are_refused_by_the_database(patient: Patient):
    row(patient, 1)
    with pytest.raises(IntegrityError, match="address_change_one_open_per_patient"):
        row(patient, 2)


def test_a_change_nobody_confirmed_is_refused_by_the_database(patient: Patient):
    with pytest.raises(IntegrityError, match="address_change_applied_was_confirmed"):
        row(patient, 1, applied_at=NOW, new_said_yes_at=NOW)
