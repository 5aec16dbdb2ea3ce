"""Coming in."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from scheduling.messages.queries.mailbox import letters
from tests.browser.clinic import PASSWORD
from tests.browser.visitor import Visitor
from tests.stack import until

CODE = re.compile(r"\b[A-Z0-9]{3,}-[A-Z0-9]{3,}\b")


kept: dict[tuple[str, str], Any] = {}  # address of the clinic and of the person -> the cookies of their session


def signs_in(person: Visitor, email: str, password: str = PASSWORD) -> None:
    """On the first page, in the session they had before if it is still open: a password is slow to check."""
    if cookies := kept.get((person.url, email)):
        person.context.add_cookies(cookies)
        person.goes_to("/")
    if not cookies or "/accounts/" in person.path:
        gives_the_password(person, email, password)
        kept[person.url, email] = person.context.cookies()


def gives_the_password(person: Visitor, email: str, password: str = PASSWORD) -> None:
    page = person.goes_to("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def signs_in_by_code(person: Visitor, email: str, mail: Path) -> None:
    """As patients do: the code is in their mailbox, which here is a folder."""
    page = person.goes_to("/accounts/login/")
    page.get_by_role("link", name="Send me a code").click()
    page.get_by_label("Email").fill(email)
    before = codes_for(email, mail)  # a code that came earlier opens no door any more
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    [code] = until(lambda: codes_for(email, mail) - before, "the letter with the code has come")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/me/")


def codes_for(email: str, mail: Path) -> set[str]:
    """Every code in a letter to this address."""
    found = (CODE.search(letter.body) for letter in letters(mail) if letter.to == email)
    return {code.group() for code in found if code}
