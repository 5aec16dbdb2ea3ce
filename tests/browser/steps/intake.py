"""Answering the intake, by the patient at home or by staff at the clinic."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.steps.clinician import answers_one_topic
from tests.browser.visitor import Visitor


def begins_at(person: Visitor, topic: str) -> None:
    """Opens one topic from the list of topics, which is in front of them."""
    person.page.get_by_role("link", name=topic, exact=True).click()
    expect(person.page.get_by_role("heading", name=topic)).to_be_visible()


def question(person: Visitor, text: str) -> Locator:
    return person.page.get_by_role("group", name=re.compile(rf"^\s*{re.escape(text)}"))


def says(person: Visitor, text: str, answer: str) -> None:
    """One answer, once the page has followed those before it; what it brings up is there before this returns."""
    follows(person)
    question(person, text).get_by_label(answer, exact=True).check()
    follows(person)
    expect(question(person, text).get_by_label(answer, exact=True)).to_be_checked()


def follows(person: Visitor) -> None:
    """The page asks the server after each answer which questions follow; wait until it has been told."""
    expect(person.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def goes_on(person: Visitor) -> None:
    person.page.get_by_role("button", name="Save and continue").click()


def comes_back_later(person: Visitor) -> None:
    person.page.get_by_role("button", name="Save and come back later").click()
    person.page.wait_for_url("**/intake/")


def answers_what_is_open(person: Visitor) -> None:
    """From the list of topics on, with answers that raise nothing, until no topic is open."""
    person.page.get_by_role("link", name="Continue").click()
    while not person.path.endswith("/intake/"):
        answers_one_topic(person)
