"""While the demonstration is filled the sign-in page counts its patients; a filling that was killed starts over."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.urls import reverse

from clinic.base import demonstration
from clinic.models import Demonstration, Location, StaffMember, User
from tests.factories import NOW

LOOKS_AGAIN = '<noscript><meta http-equiv="refresh" content="2"></noscript>'


def sign_in_page(client: Client) -> str:
    answer = client.get(reverse("account_login"))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
class TestTheSignInPage:
    def test_counts_the_patients_and_looks_again_with_and_without_scripts(self, client: Client):
        Demonstration.objects.create(patients=300, done=120)
        page = sign_in_page(client)
        assert "The demonstration is being filled" in page
        assert "120 of 300" in page
        assert '<progress class="progress-native" value="120" max="300"' in page
        assert LOOKS_AGAIN in page
        assert f'hx-get="{reverse("account_login")}" hx-trigger="every 1s"' in page
        assert 'name="password"' not in page

    def test_asks_for_e_mail_and_password_afterwards(self, client: Client):
        demonstration.filled(patients=300, now=NOW)
        page = sign_in_page(client)
        assert 'name="password"' in page
        assert LOOKS_AGAIN not in page

    def test_takes_the_place_of_the_count_as_soon_as_it_is_filled(self, client: Client):
        demonstration.filled(patients=300, now=NOW)
        answer = client.get(reverse("account_login"), headers={"HX-Request": "true", "HX-Target": "filling"})
        assert answer["HX-Refresh"] == "true"

    @pytest.mark.parametrize("path", ["/", "/today/", "/patients/", "/me/", "/settings/"])
    def test_is_where_every_other_page_leads_meanwhile(self, client: Client, path: str):
        Demonstration.objects.create(patients=300, done=120)
        answer = client.get(path, follow=True)
        assert "120 of 300" in answer.content.decode()

    def test_is_the_usual_one_in_a_clinic_of_ones_own(self, client: Client, clinic: Location):
        assert 'name="password"' in sign_in_page(client)


@pytest.mark.django_db
class TestPreparing:
    @pytest.fixture(autouse=True)
    def quiet(self, catalogue: None, capsys: pytest.CaptureFixture[str]) -> None:
        pass

    def prepare(self, settings, *, demo: bool) -> Demonstration | None:
        settings.DEMO = demo
        call_command("prepare", "content")
        return Demonstration.objects.first()

    def test_an_empty_database_is_going_to_be_filled(self, settings):
        found = self.prepare(settings, demo=True)
        assert found is not None
        assert demonstration.being_filled() == found
        assert not demonstration.is_here()

    def test_what_a_killed_filling_left_starts_over(self, settings):
        Demonstration.objects.create(patients=300, done=120)
        found = self.prepare(settings, demo=True)
        assert found is not None
        assert (found.patients, found.done) == (0, 0)

    def test_what_a_killed_filling_left_is_forgotten_when_nobody_wants_it_any_more(self, settings):
        Demonstration.objects.create(patients=300, done=120)
        assert self.prepare(settings, demo=False) is None

    def test_a_clinic_where_somebody_works_is_never_filled(self, settings, clinic: Location):
        assert self.prepare(settings, demo=True) is None

    def test_a_demonstration_that_is_here_stays(self, settings, clinic: Location):
        demonstration.filled(patients=300, now=NOW)
        found = self.prepare(settings, demo=True)
        assert found is not None
        assert found.filled_at == NOW
        assert demonstration.is_here()


@pytest.mark.django_db
def test_there_is_only_one():
    with pytest.raises(IntegrityError, match="demonstration_only_one"):
        Demonstration.objects.create(pk=2)


@pytest.fixture
def stranger(transactional_db: None) -> Iterator[object]:
    """Somebody else who looks into the same database."""
    other = connections.create_connection("default")
    yield other
    other.close()


@pytest.mark.slow
def test_the_count_is_seen_from_outside_and_nothing_else_until_all_is_there(
    stranger: object, catalogue: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    Demonstration.objects.create()
    seen = []

    def build(**_options: object) -> Iterator[int]:
        for number in (1, 2):
            User.objects.create_user(email=f"person{number}@demo.test")
            yield number
            seen.append(looked(stranger))

    monkeypatch.setattr("scheduling.management.commands.demo.build", build)
    call_command("demo", "--patients", "2")
    assert seen == [(1, 2, None, 0), (2, 2, None, 0)]
    done, patients, filled_at, users = looked(stranger)
    assert (done, patients, users) == (2, 2, 2)
    assert filled_at is not None


@pytest.mark.slow
def test_a_filling_that_ends_in_the_middle_leaves_nobody(
    stranger: object, catalogue: None, monkeypatch: pytest.MonkeyPatch
):
    Demonstration.objects.create()

    def build(**_options: object) -> Iterator[int]:
        User.objects.create_user(email="person@demo.test")
        yield 1
        raise KeyboardInterrupt

    monkeypatch.setattr("scheduling.management.commands.demo.build", build)
    with pytest.raises(KeyboardInterrupt):
        call_command("demo", "--patients", "2")
    assert not connection.in_atomic_block
    assert looked(stranger) == (1, 2, None, 0)
    assert not StaffMember.objects.exists()


def looked(stranger) -> tuple[object, ...]:
    with stranger.cursor() as cursor:
        cursor.execute("SELECT done, patients, filled_at FROM clinic_demonstration")
        row = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM clinic_user")
        return (*row, *cursor.fetchone())
