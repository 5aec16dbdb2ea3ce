"""What the front desk does."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

NOTHING = re.compile(r"^\s*(No|None|None of these)\s*$")


def registers(desk: Visitor, given: str, family: str, phone: str, **later: str) -> None:
    """Name and phone are enough; `later` fills other fields by their label. Ends on the patient's page."""
    page = desk.goes_to("/patients/register/")
    fills(desk, {"Given name": given, "Family name": family, "Phone": phone} | later)
    page.get_by_role("button", name="Register", exact=True).click()


def fills(person: Visitor, fields: dict[str, str]) -> None:
    """Each field by its label, whether it says that it is optional or not."""
    for label, value in fields.items():
        field = person.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s+optional)?\s*$"))
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def is_shown_somebody_alike(desk: Visitor, name: str) -> None:
    expect(desk.page.get_by_role("heading", name="Registered already")).to_be_visible()
    expect(desk.page.get_by_role("link", name=name)).to_be_visible()


def registers_anyway(desk: Visitor) -> None:
    desk.page.get_by_role("button", name="Somebody else: register anyway").click()


def books_a_consultation(desk: Visitor, name: str) -> None:
    """By phone: find the person, take the first time offered. Ends on the page of the visit."""
    page = desk.goes_to("/book/")
    page.get_by_label("Name or phone").press_sequentially(name[:8])
    page.locator("#people").get_by_role("link", name=name).click()
    expect(page.get_by_role("radio", name="Consultation")).to_be_checked()
    page.get_by_role("button", name="Book this time").click()
    page.wait_for_url("**/visits/*/")


def opens_today(desk: Visitor, name: str) -> None:
    desk.goes_to("/today/").locator(".agenda-item").get_by_role("link", name=name, exact=True).first.click()


def opens_check_in(desk: Visitor) -> None:
    desk.page.get_by_role("link", name="Check in").click()
    desk.page.wait_for_url("**/check-in/")


def checks_in(desk: Visitor) -> None:
    """The questions of the day, if there are any, raise nothing."""
    says_no_to_everything(desk)
    says_the_birthday(desk)
    desk.page.get_by_role("button", name="Check in").click()
    expect(desk.page.get_by_text("Checked in").first).to_be_visible()


def says_the_birthday(person: Visitor) -> None:
    """The patient of the walk was born on 14 March (steps of registration)."""
    fills(person, {"Day of birth": "14", "Month of birth": "3"})


def says_no_to_everything(person: Visitor) -> None:
    """Answer each question on the page with what raises nothing."""
    for question in person.page.locator("fieldset.choices").all():
        options = question.locator("label.choice")
        nothing = options.filter(has_text=NOTHING)
        (nothing if nothing.count() else options).first.click()
