"""The first day of a new clinic: nine steps in any order, each read from what is there."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from clinic.models import Location, SignInMail, StaffMember, User
from patients.actions.intake import save_answers
from patients.models import Patient
from scheduling.models import Course
from tests.factories import NOW, LocationFactory, StaffFactory

Browsers = Callable[[User | None], Client]


def open_steps(browser: Client) -> list[str]:
    steps = browser.get(reverse("settings:first_day")).context["steps"]
    assert len(steps) == 9
    return [str(step.title) for step in steps if not step.done]


def test_an_empty_place_lacks_everything_but_the_account(db: None, browser_of: Browsers):
    place = LocationFactory(antisepsis_protocol="")
    director = StaffFactory(role="medical_director", location=place).user
    page = browser_of(director).get(reverse("settings:first_day")).content.decode()
    assert len(open_steps(browser_of(director))) == 8
    assert "Without a room nothing can be booked." in page
    assert sum(step.minutes for step in browser_of(director).get(reverse("settings:first_day")).context["steps"]) <= 20


def test_each_step_is_done_by_what_it_makes_and_a_colleague_goes_on(
    clinic: Location, director: User, administrator: User, patient: Patient, practitioner: User, browser_of: Browsers
):
    before = open_steps(browser_of(director))
    assert "Rooms and devices" not in before
    Location.objects.filter(pk=clinic.pk).update(address="Via Roma 1", phone="+39065550100")
    save_answers(patient=patient, occasion="plan", answers={"stroke": False}, by=practitioner, now=NOW)
    after = open_steps(browser_of(administrator))
    assert len(before) - len(after) == 2
    assert StaffMember.objects.filter(prescriber=True).exists()


def test_a_test_mail_goes_the_way_of_the_codes_and_counts_once_it_went(director: User, browser_of: Browsers):
    browser = browser_of(director)
    browser.post(reverse("settings:test_mail"))
    assert [title for title in open_steps(browser) if "test mail" in title]
    SignInMail.objects.filter(kind="test_mail").update(status="sent", sent_at=NOW)
    assert not [title for title in open_steps(browser) if "test mail" in title]


def test_a_test_mail_that_reaches_nobody_is_no_step_done(director: User, browser_of: Browsers, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    browser = browser_of(director)
    said = browser.post(reverse("settings:test_mail"), follow=True).content.decode()
    assert "No mail server is set up." in said
    assert "on its way" not in said
    SignInMail.objects.filter(kind="test_mail").update(status="sent", sent_at=NOW)
    assert [title for title in open_steps(browser) if "test mail" in title]


def test_today_leads_whoever_directs_an_empty_clinic_to_the_steps(director: User, browser_of: Browsers):
    page = browser_of(director).get(reverse("desk:today")).content.decode()
    assert "steps are open until the first course can be booked" in page
    assert reverse("settings:first_day") in page


def test_today_is_silent_about_them_once_a_course_is_there(course: Course, director: User, browser_of: Browsers):
    page = browser_of(director).get(reverse("desk:today"), {"date": "2026-01-03"}).content.decode()
    assert reverse("settings:first_day") not in page


def test_a_step_is_a_link_for_those_alone_who_may_take_it(
    clinic: Location, director: User, administrator: User, browser_of: Browsers
):
    """An administrator reads who does it instead, and nothing on the page refuses them."""
    care = ["Front desk, Practitioner, Medical director", "Practitioner, Medical director"]
    for user, links, others in ((director, 8, []), (administrator, 6, care)):
        browser = browser_of(user)
        page = browser.get(reverse("settings:first_day")).content.decode()
        paths = re.findall(r'class="row-link" href="([^"]+)"', page)
        assert [browser.get(path, follow=True).status_code for path in paths] == [200] * links
        assert re.findall(r"For: ([^<]+)", page) == others
