"""People are invited, given a role, and lose their access; nobody locks themselves out."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Location, Role, StaffMember, User
from scheduling.models import Booking, Practitioner
from tests.factories import PatientFactory

Browser = Callable[[User | None], Client]


@pytest.fixture
def browser(director: User, browser_of: Browser) -> Client:
    return browser_of(director)


def person(clinic: Location, **changes: object) -> dict[str, object]:
    return {
        "email": "New.Doctor@Example.test",
        "name": "Dr Nora Neri",
        "role": Role.PRACTITIONER.value,
        "location": clinic.pk,
        "prescriber": "on",
        "treats": "on",
        "trained_on": "2025-03-01",
        **changes,
    }


def test_an_invited_practitioner_gets_a_column_and_a_letter(browser: Client, clinic: Location):
    browser.post(reverse("settings:invite"), person(clinic))
    staff = StaffMember.objects.get(user__email="new.doctor@example.test")
    assert (staff.role, staff.prescriber, staff.practitioner.trained_on) == ("practitioner", True, date(2025, 3, 1))
    assert not staff.user.has_usable_password()
    (letter,) = mail.outbox
    assert letter.to == ["new.doctor@example.test"]
    assert "Neri" not in letter.subject


def test_the_link_in_the_letter_lets_them_choose_a_password(browser: Client, clinic: Location, browser_of: Browser):
    browser.post(reverse("settings:invite"), person(clinic))
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    guest = browser_of(None)
    form = guest.get(link[1], follow=True)
    guest.post(form.redirect_chain[-1][0], {"password1": "quiet-harbour-92", "password2": "quiet-harbour-92"})
    assert User.objects.get(email="new.doctor@example.test").check_password("quiet-harbour-92")


def test_a_mail_server_that_is_down_does_not_undo_the_invitation(browser: Client, clinic: Location):
    with mock.patch("scheduling.setup.actions.staff.EmailMessage.send", side_effect=ConnectionRefusedError):
        answer = browser.post(reverse("settings:invite"), person(clinic), follow=True)
    assert StaffMember.objects.filter(user__email="new.doctor@example.test").exists()
    assert "did not take the invitation" in answer.content.decode()
    staff = StaffMember.objects.get(user__email="new.doctor@example.test")
    browser.post(reverse("settings:invite_again", args=[staff.pk]))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "desk@example.test"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"role": "front_desk", "treats": ""}, "prescriber"),
        ({"role": "front_desk", "prescriber": ""}, "treats"),
        ({"trained_on": ""}, "trained_on"),
        ({"role": "patient"}, "role"),
        ({"name": " "}, "name"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(
    browser: Client, clinic: Location, desk: User, changes: dict[str, str], field: str
):
    answer = browser.post(reverse("settings:invite"), person(clinic, **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not User.objects.filter(email="new.doctor@example.test").exists()


class TestChange:
    def change(self, browser: Client, clinic: Location, user: User, **changes: object):
        given = person(clinic, **{"active": "on", "role": user.staff.role, **changes})
        return browser.post(reverse("settings:staff_member", args=[user.staff.pk]), given)

    def test_access_ends_at_once(self, browser: Client, clinic: Location, desk: User, browser_of: Browser):
        theirs = browser_of(desk)
        given = {"role": "front_desk", "prescriber": "", "treats": "", "active": ""}
        assert self.change(browser, clinic, desk, **given).status_code == 302
        assert theirs.get(reverse("desk:today")).status_code == 302

    def test_nobody_changes_their_own_role_or_access(self, browser: Client, clinic: Location, director: User):
        assert self.change(browser, clinic, director, active="").status_code == 422
        assert self.change(browser, clinic, director, role="practitioner").status_code == 422
        director.staff.refresh_from_db()
        assert (director.staff.role, director.staff.active) == ("medical_director", True)

    def test_who_has_visits_ahead_does_not_stop_treating(self, browser: Client, clinic: Location, practitioner: User):
        treating = practitioner.staff.practitioner
        visit_with(treating, clinic)
        answer = self.change(browser, clinic, practitioner, treats="")
        assert answer.status_code == 422
        assert "visits are booked" in str(answer.context["form"].non_field_errors())
        assert Practitioner.objects.get(pk=treating.pk).active


def visit_with(treating: Practitioner, clinic: Location) -> None:
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    end = start + timedelta(minutes=30)
    patient = PatientFactory()
    session = patient.sessions.create(location=clinic, kind="consultation", status="booked")
    Booking.objects.create(
        kind="session",
        session=session,
        patient=patient,
        practitioner=treating,
        room=clinic.rooms.first(),
        start=start,
        end=end,
        occupied_start=start,
        occupied_end=end,
    )
