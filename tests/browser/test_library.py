"""Staff compare protocols and follow a number to its source; the director drafts, publishes, and looks before changing
a rule."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.clinic import People
from tests.browser.steps.doors import signs_in
from tests.browser.visitor import Visitor


def test_protocols_are_picked_and_stand_side_by_side(visitor: Callable[..., Visitor], people: People):
    reader = visitor()
    signs_in(reader, people.practitioner)
    page = reader.goes_to("/protocols/")
    page.get_by_label("Find a protocol").fill("weekly")
    expect(page.locator(".protocol-card")).to_have_count(3)  # found while typing, P02 by its caveat
    reader.looks_at("library")
    page.get_by_label("Compare P03").check()
    page.get_by_label("Compare P05").check()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Compare P03")).to_be_checked()  # leaving the search box searches no second time
    page.get_by_role("button", name="Compare the chosen").click()
    expect(page.get_by_role("heading", name="On one scale")).to_be_visible()
    expect(page.get_by_role("row", name="Sessions 6–10 sessions 10 sessions")).to_be_visible()
    reader.looks_at("library-compare")


def test_a_number_is_followed_to_its_source(visitor: Callable[..., Visitor], people: People):
    reader = visitor()
    signs_in(reader, people.desk)
    page = reader.goes_to("/protocols/P08/")
    reader.looks_at("protocol")
    page.get_by_role("link", name="F157").first.click()
    expect(page.get_by_role("heading", name="Fact F157")).to_be_visible()
    expect(page.get_by_role("link", name="004 Facial mesotherapy")).to_be_visible()
    reader.looks_at("fact")


@pytest.mark.proof
def test_the_next_version_is_drafted_corrected_and_published(visitor: Callable[..., Visitor], people: People):
    director = visitor()
    signs_in(director, people.director)
    page = director.goes_to("/protocols/P03/")
    page.get_by_role("button", name="Draft the next version").click()
    page.get_by_label("Most sessions").fill("5")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Most sessions: The most cannot be fewer than the fewest.").click()
    expect(page.get_by_label("Most sessions")).to_be_focused()
    director.looks_at("draft-mistake")
    page.get_by_label("Most sessions").fill("12")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("row", name="Sessions 6–10 sessions 6–12 sessions")).to_be_visible()
    director.looks_at("draft")
    page.get_by_role("link", name="Publish").click()
    page.get_by_label("Reason").fill("Large areas need more.")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("6–12 sessions, 1 week apart.")).to_be_visible()
    expect(page.get_by_text("Large areas need more.")).to_be_visible()


@pytest.mark.proof
def test_a_rule_is_looked_at_before_it_is_tightened(visitor: Callable[..., Visitor], people: People):
    director = visitor()
    signs_in(director, people.director)
    page = director.goes_to("/protocols/rules/?q=aspirin")
    director.looks_at("rules")
    by_the_question = page.locator("li", has_text="On which day did you last take aspirin")  # another goes by the list
    by_the_question.get_by_role("link", name="Not within two weeks of aspirin").click()
    page.get_by_role("link", name="Tighten").click()
    page.get_by_label("Days that must lie between").fill("13")
    page.get_by_label("Reason").fill("A try.")
    page.get_by_role("button", name="Look at the effect").click()
    expect(page.get_by_text("This would loosen the rule").last).to_be_visible()
    page.get_by_label("Days that must lie between").fill("21")
    page.get_by_role("button", name="Look at the effect").click()
    expect(page.get_by_role("heading", name="Running courses")).to_be_visible()
    director.looks_at("rule-effect")
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.get_by_role("heading", name="Not within two weeks of aspirin")).to_be_visible()


@pytest.mark.proof
def test_what_no_source_states_is_set_by_the_clinic(visitor: Callable[..., Visitor], people: People):
    director = visitor()
    signs_in(director, people.director)
    page = director.goes_to("/protocols/policies/")
    director.looks_at("policies")
    page.get_by_role("link", name="Set Hours without sauna").click()
    page.get_by_label("Hours without sauna").fill("48")
    page.get_by_label("Reason").fill("Two days, as we always said.")
    page.get_by_role("button", name="Look at the effect").click()
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_text("48 hours")).to_be_visible()
    expect(page.get_by_text("Two days, as we always said.")).to_be_visible()
