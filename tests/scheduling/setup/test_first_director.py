"""The first person comes into an empty clinic by a link that its terminal shows; it opens the door once."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from clinic.base.logs import SecretsMasked
from clinic.base.refusals import Conflict
from clinic.models import FirstLink, Location, Role, StaffMember, User
from scheduling.setup.actions.first_director import DAYS, issue_link, make_first_director
from tests.factories import NOW, StaffFactory

pytestmark = pytest.mark.django_db

GIVEN = {
    "director": "Dr. Alba Serra",
    "email": "Alba@Clinic.example",
    "password": "correct-horse-battery",
    "password_again": "correct-horse-battery",
    "name": "Studio Serra",
    "timezone": "Europe/Lisbon",
    "emergency_number": "112",
    "observation_minutes": "20",
}
OVER = "This link does not work any more"


def printed() -> str:
    """What `manage.py welcome` says, as `make run` does once the pages are served."""
    said = StringIO()
    call_command("welcome", stdout=said, no_color=True)
    return said.getvalue()


def link() -> str:
    found = re.search(r"http://127.0.0.1:8000(/first-director/\S+)", printed())
    assert found
    return found[1]


def test_an_empty_clinic_prints_a_link_that_makes_its_director(client: Client):
    address = link()
    page = client.get(address).content.decode()
    assert "Open the clinic" in page
    answer = client.post(address, GIVEN, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("account_login")
    assert "The clinic is yours" in answer.content.decode()
    person = StaffMember.objects.select_related("user", "location").get()
    assert (person.role, person.user.name, person.user.email) == (
        Role.DIRECTOR,
        "Dr. Alba Serra",
        "alba@clinic.example",
    )
    assert (person.location.name, person.location.timezone) == ("Studio Serra", "Europe/Lisbon")
    assert person.location.observation_minutes == 20


def test_the_director_signs_in_with_the_chosen_password_and_no_mail_was_needed(client: Client):
    client.post(link(), GIVEN)
    assert mail.outbox == []
    client.post(reverse("account_login"), {"login": "alba@clinic.example", "password": GIVEN["password"]})
    assert client.get(reverse("settings:home")).status_code == 200
    assert "Studio Serra" in client.get(reverse("settings:home")).content.decode()


def test_two_tabs_are_open_and_one_is_sent(client: Client):
    address = link()
    first, second = Client(), Client()
    assert first.get(address).status_code == second.get(address).status_code == 200
    first.post(address, GIVEN)
    late = second.post(address, {**GIVEN, "email": "other@clinic.example"})
    assert late.status_code == 410
    assert OVER in late.content.decode()
    assert StaffMember.objects.count() == 1


def test_a_used_link_says_so_and_leads_to_the_sign_in(client: Client):
    address = link()
    client.post(address, GIVEN)
    page = client.get(address)
    assert page.status_code == 410
    assert reverse("account_login") in page.content.decode()


def test_the_link_of_an_earlier_start_works_until_there_is_a_director_and_then_none_does(client: Client):
    earlier, later = link(), link()
    assert client.get(earlier).status_code == 200
    client.post(later, GIVEN)
    assert client.get(earlier).status_code == 410
    assert not FirstLink.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_with_two_links_at_the_same_moment_one_is_the_first(catalogue: None):
    together = Barrier(2)

    def opens(number: int) -> str:
        try:
            together.wait()
            make_first_director(
                secret=secrets[number],
                director=f"Director {number}",
                email=f"director{number}@clinic.example",
                password="correct-horse-battery",
                name=f"Place {number}",
                timezone="Europe/Rome",
                emergency_number="112",
                observation_minutes=15,
            )
        except Conflict:
            return "late"
        finally:
            connection.close()
        return "first"

    secrets = [issue_link() or "", issue_link() or ""]
    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(opens, range(2))) == ["first", "late"]
    assert StaffMember.objects.count() == User.objects.count() == Location.objects.count() == 1


@pytest.mark.parametrize("active", [True, False])
def test_where_a_director_was_made_otherwise_no_link_works_or_is_printed(client: Client, active: bool):
    """Also after the director's access has ended."""
    address = link()
    StaffFactory(role=Role.DIRECTOR.value, active=active)
    assert client.get(address).status_code == 410
    assert client.post(address, GIVEN).status_code == 410
    assert printed() == ""
    assert StaffMember.objects.count() == 1


def test_a_link_is_good_for_seven_days(client: Client, time_machine):
    time_machine.move_to(NOW)
    address = link()
    time_machine.move_to(NOW + timedelta(days=DAYS, seconds=-1))
    assert client.get(address).status_code == 200
    time_machine.move_to(NOW + timedelta(days=DAYS))
    assert client.get(address).status_code == 410
    assert client.post(address, GIVEN).status_code == 410
    assert not StaffMember.objects.exists()


def test_a_guessed_link_opens_nothing(client: Client):
    link()
    assert client.get("/first-director/guessed/").status_code == 410
    assert client.post("/first-director/guessed/", GIVEN).status_code == 410


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("password", "short", "too short"),
        ("password", "password123456", "too common"),
        ("password_again", "another-horse-battery", "not the same"),
        ("director", "", "required"),
        ("email", "no address", "valid"),
        ("timezone", "Europe/Atlantis", "valid choice"),
        ("observation_minutes", "", "required"),
        ("observation_minutes", "500", "Enter 120 or less"),
    ],
)
def test_a_slip_is_said_at_its_field_and_nobody_is_made(client: Client, field: str, value: str, says: str):
    both = {"password_again": value} if field == "password" else {}
    address = link()
    page = client.post(address, {**GIVEN, field: value, **both})
    assert page.status_code == 422
    assert says in str(page.context["form"].errors[field])
    assert GIVEN["password"] not in page.content.decode()
    assert not User.objects.exists()
    assert not Location.objects.exists()
    assert client.post(address, GIVEN).status_code == 302


def test_an_address_that_somebody_has_is_said(client: Client):
    address = link()
    User.objects.create_user(email="alba@clinic.example")
    page = client.post(address, GIVEN)
    assert "already" in str(page.context["form"].errors["email"])


def test_only_a_hash_of_the_secret_is_kept():
    secret = issue_link(now=NOW)
    row = FirstLink.objects.get()
    assert secret
    assert secret not in row.digest
    with pytest.raises(IntegrityError):
        FirstLink.objects.create(digest=row.digest, valid_until=NOW)


def test_a_log_line_shows_no_secret():
    for text in ("Gone: /first-director/s3cret-Word/", '"GET /first-director/s3cret-Word/ HTTP/1.1" 200'):
        record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "%s", (text,), None)
        SecretsMasked().filter(record)
        assert "/first-director/****/" in record.getMessage()
        assert "s3cret" not in record.getMessage()
