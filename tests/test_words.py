"""What people read is in plain words: none of the phrases below is left in a page, a message or a label."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import Location, User
from clinic.templatetags.look import phone
from patients.models import Patient
from scheduling.courses.queries.course_pages import table_of, visits_of
from scheduling.models import Session
from tests.scheduling.running import accepted

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("clinic", "patients", "protocols", "scheduling")

# Phrases of earlier versions that readers had to guess at, as regular expressions.
RIDDLES = (
    r"ideal day",
    r"wished practitioner",
    r"suit the wishes",
    r"finds no place",
    r"days in all",
    r"Allow these later dates",
    r"waits? for a time",
    r"possible until",
    r"may decide otherwise",
    r"may stand",
    r"is none\.",
    r"this course early",
    r"End this course",
    r"given back",
    r"The course is now",
    r"skin answered",
    r"departs from the plan",
    r"treated all the same",
    r"Not for this plan",
    r"lost (its|their) time",
    r"loses? (its|their) time",
    r"take a day off\. Call us",
    r"taken? back",
    r"What waits",
    r"call(ed)? off",
    r"visits are in the course",
    r"fits inside every window",
    r"stays as it is",
    r"New times for everybody",
    r"their new times",
    r"without an amount",
    r"Ensure this value",
    r"Go on with this course",
    r"screened again",
    r"speaks against",
    r"Decide on \{\{",
    r"Successfully signed in",
    r"has no time free",
    r"calendar-day",  # an icon with the letters FRI on it
)
RIDDLE = re.compile("|".join(f"(?:{each})" for each in RIDDLES), re.IGNORECASE)
TRANSLATED = re.compile(r"""\b(?:_|_lazy|p?gettext\w*|ngettext\w*)\(\s*((?:"[^"]*"(?:\s*,\s*)?\s*)+)""")
DOCUMENTATION = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}|/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)


def sentences() -> Iterator[tuple[Path, str]]:
    """Everything a person may read, with its file: templates, scripts, translated strings, the catalogue."""
    for file in [*(ROOT / "templates").rglob("*.*"), *(ROOT / "static" / "js").rglob("*.js")]:
        yield file, DOCUMENTATION.sub("", file.read_text())
    for folder in SOURCES:
        for file in (ROOT / folder).rglob("*.py"):
            if "migrations" not in file.parts:
                yield from ((file, found[1]) for found in TRANSLATED.finditer(file.read_text()))
    for file in (ROOT / "protocols" / "catalogue").glob("*.yaml"):
        yield file, "\n".join(line for line in file.read_text().splitlines() if not line.startswith("#"))


def test_no_phrase_that_a_reader_has_to_guess_at_is_left() -> None:
    left = [f"{file.relative_to(ROOT)}: {found[0]}" for file, text in sentences() for found in RIDDLE.finditer(text)]
    assert left == []


@pytest.mark.django_db
class TestOnPages:
    """The pages of a running course, as the desk and a practitioner see them."""

    @pytest.fixture
    def course(self, clinic: Location, patient: Patient, practitioner: User):
        return accepted(patient, clinic, practitioner)

    def test_the_pages_of_a_course_and_its_visits(self, course, desk: User, practitioner: User, browser_of):
        visit = course.sessions.get(sequence=2)
        addresses = [
            reverse("desk:today"),
            reverse("desk:worklists"),
            reverse("courses:list"),
            reverse("courses:detail", args=[course.pk]),
            reverse("courses:stop", args=[course.pk, "hold"]),
            reverse("courses:stop", args=[course.pk, "revoke"]),
            reverse("desk:visit", args=[visit.pk]),
            reverse("desk:visit_move", args=[visit.pk]),
            reverse("desk:visit_cancel", args=[visit.pk]),
            reverse("desk:visit_unwell", args=[visit.pk]),
            reverse("patients:detail", args=[course.patient_id]),
            reverse("patients:list"),
        ]
        for who in (desk, practitioner):
            browser: Client = browser_of(who)
            for address in addresses:
                page = browser.get(address)
                assert page.status_code == 200, address
                assert not RIDDLE.search(page.content.decode()), address

    def test_the_menu_says_how_a_course_can_be_paused_or_ended(self, course, practitioner: User, browser_of):
        page = browser_of(practitioner).get(reverse("courses:detail", args=[course.pk])).content.decode()
        assert all(words in page for words in ("Pause or end", "Pause", "Finish: goal reached", "Stop for good"))

    def test_pausing_says_how_many_booked_times_are_freed(self, course, desk: User, browser_of):
        booked = course.sessions.filter(status="booked").count()
        page = reverse("courses:stop", args=[course.pk, "hold"])
        shown = browser_of(desk).get(page).content.decode()
        assert f"{booked} booked times are freed; messages stop." in shown
        after = browser_of(desk).post(page, {"reason": "Travelling", "unknown": "on"}, follow=True).content.decode()
        assert "Paused." in after

    def test_who_was_asked_for_is_named_but_not_on_a_visit_that_took_place(self, course):
        why = [{"code": "wished_practitioner", "params": {"amount": 1}}]
        Session.objects.filter(course=course).update(why=why)
        course.sessions.filter(sequence=1).update(status="completed", performed_at=course.created_at)
        told = {row.session.sequence: row.why for row in table_of(visits_of(course))}
        assert f"{course.practitioner.name} was asked for." == told[2]
        assert "asked for" not in told[1]

    def test_the_icon_of_today_shows_todays_number(self, desk: User, browser_of):
        with time_machine.travel(datetime(2026, 11, 30, 9, tzinfo=UTC), tick=False):
            assert 'data-day="30"' in browser_of(desk).get(reverse("desk:today")).content.decode()

    def test_a_phone_number_is_shown_in_groups(self, patient: Patient, desk: User, browser_of):
        Patient.objects.filter(pk=patient.pk).update(phone="+393205550022")
        page = browser_of(desk).get(reverse("patients:detail", args=[patient.pk])).content.decode()
        assert "+39 320 555 0022" in page
        assert 'href="tel:+393205550022"' in page


def test_a_number_that_no_country_has_stays_as_it_is() -> None:
    assert [phone(each) for each in ("+393205550022", "067770000", "")] == ["+39 320 555 0022", "067770000", ""]
