"""From the choice of a protocol to a booked course."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

SECONDS_FOR_A_PLAN = 30_000


def chooses_a_course(clinician: Visitor, patient: int, *, area: str, reason: str, protocol: str, mix: str) -> None:
    """Where, why, which protocol, with what; the page follows every choice."""
    page = clinician.goes_to(f"/courses/new/?patient={patient}")
    page.get_by_label("Reason to treat").select_option(label=reason)
    page.locator(".area-list").get_by_label(area, exact=True).check()
    card = page.locator(".protocol-card", has_text=protocol)
    expect(card).to_be_visible()
    card.get_by_role("radio").check()
    option = page.get_by_label("Mix").locator("option", has_text=mix)
    page.get_by_label("Mix").select_option(value=option.get_attribute("value"))
    expect(page.get_by_role("heading", name="The windows this gives")).to_be_visible()


def generates(clinician: Visitor) -> int:
    """Asks for the schedule; the page of the proposal answers at once. Returns the proposal's id."""
    clinician.page.get_by_role("button", name="Generate schedule").click()
    clinician.page.wait_for_url("**/proposals/*/")
    return int(clinician.path.rstrip("/").rpartition("/")[2])


def sees_progress(clinician: Visitor) -> None:
    expect(clinician.page.get_by_role("progressbar").first).to_be_visible()
    expect(clinician.page.get_by_text("You may leave this page")).to_be_visible()


def sees_the_schedule(clinician: Visitor) -> None:
    """The page turns into the schedule by itself as soon as the worker is done."""
    expect(clinician.page.get_by_role("button", name="Accept and book")).to_be_visible(timeout=SECONDS_FOR_A_PLAN)
    expect(clinician.page.get_by_role("group", name="Proposed course")).to_be_visible()


def accepts(clinician: Visitor) -> int:
    """Books the whole course. Returns the course's id."""
    clinician.page.get_by_role("button", name="Accept and book").click()
    clinician.page.wait_for_url(re.compile(r"/courses/\d+/$"))
    return int(clinician.path.rstrip("/").rpartition("/")[2])
