"""Somebody without an address on the first day is invited by a link or QR code that is handed over."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.base.refusals import BadInput, Conflict
from clinic.models import Location, StaffLink, StaffMember, User
from scheduling.setup.actions.staff_link import DAYS, invite_by_link, join
from tests.factories import NOW, LocationFactory, StaffFactory

Browsers = Callable[[User | None], Client]
NEW = {"email": "mara@example.test", "password": "a long word and more", "password_again": "a long word and more"}


def test_a_link_that_was_handed_over_makes_one_staff_member(director: User, clinic: Location, browser_of: Browsers):
    given = {"name": "Mara", "role": "practitioner", "location": clinic.pk, "treats": "on", "trained_on": "2024-01-01"}
    page = browser_of(director).post(reverse("settings:invite"), given)
    assert "<svg" in page.content.decode(), "a code that a phone reads"
    secret = re.search(r"/join/([^/]+)/", page.context["link"])[1]
    assert secret not in str(StaffLink.objects.values().get())
    mara, there = browser_of(None), reverse("desk:join", args=[secret])
    assert "invites you to Aventino" in mara.get(there).content.decode()
    weak = mara.post(there, NEW | {"password": "short", "password_again": "short"})
    assert (weak.status_code, list(weak.context["form"].errors)) == (422, ["password"])
    assert mara.post(there, NEW).headers["Location"] == reverse("account_login")
    staff = StaffMember.objects.get(user__email="mara@example.test")
    assert (staff.user.name, staff.role, staff.location, staff.practitioner.active) == (
        "Mara",
        "practitioner",
        clinic,
        True,
    )
    assert mara.get(there).status_code == 410, "once"


def test_a_link_ends_after_a_week_and_is_used_once(director: User, clinic: Location):
    def new() -> str:
        return invite_by_link(name="Mara", role="front_desk", location=clinic, by=director, now=NOW)

    old, used = new(), new()
    with pytest.raises(Conflict):
        join(secret=old, email="a@example.test", password=NEW["password"], now=NOW + timedelta(days=DAYS))
    with pytest.raises(BadInput, match="Somebody signs in"):
        join(secret=used, email=director.email.upper(), password=NEW["password"], now=NOW)
    join(secret=used, email="a@example.test", password=NEW["password"], now=NOW)
    with pytest.raises(Conflict):
        join(secret=used, email="b@example.test", password=NEW["password"], now=NOW)
    with pytest.raises(BadInput):
        invite_by_link(name="Mara", role="front_desk", location=clinic, prescriber=True, by=director, now=NOW)


def test_a_link_that_went_astray_is_seen_among_the_people_and_taken_back(
    director: User, clinic: Location, browser_of: Browsers
):
    browser = browser_of(director)
    given = {"name": "Mara", "role": "medical_director", "location": clinic.pk, "prescriber": "on"}
    there = browser.post(reverse("settings:invite"), given).context["link"].partition("//")[2].partition("/")[2]
    assert "Mara" in browser.get(reverse("settings:staff")).content.decode()
    back = reverse("settings:link_take_back", args=[StaffLink.objects.get().pk])
    assert "Mara" not in browser.post(back, follow=True).content.decode()
    assert browser_of(None).get(f"/{there}").status_code == 410


def test_a_link_that_was_used_is_not_taken_back_as_if_nobody_had_come_in(
    director: User, clinic: Location, browser_of: Browsers
):
    secret = invite_by_link(name="Mara", role="front_desk", location=clinic, by=director)
    join(secret=secret, email="mara@example.test", password=NEW["password"])
    back = reverse("settings:link_take_back", args=[StaffLink.objects.get().pk])
    assert "This link was used already" in browser_of(director).post(back).content.decode()


def test_a_director_of_another_place_finds_no_link(director: User, clinic: Location, browser_of: Browsers):
    elsewhere = StaffFactory(role="medical_director", location=LocationFactory()).user
    secret = invite_by_link(name="Mara", role="front_desk", location=clinic, by=director)
    back = reverse("settings:link_take_back", args=[StaffLink.objects.get().pk])
    assert browser_of(elsewhere).post(back).status_code == 404
    assert browser_of(None).get(reverse("desk:join", args=[secret])).status_code == 200
