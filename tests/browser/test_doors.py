"""Who comes in, and how: staff with a password, patients with a code from their mailbox."""

from collections.abc import Callable

from tests.browser.clinic import People
from tests.browser.steps.doors import gives_the_password
from tests.browser.visitor import Visitor


def test_the_sign_in_page_is_clean(visitor: Callable[..., Visitor]):
    guest = visitor()
    guest.goes_to("/")
    guest.looks_at("sign-in")


def test_staff_come_in_with_their_password(visitor: Callable[..., Visitor], people: People):
    desk = visitor()
    gives_the_password(desk, people.desk)
    assert desk.path == "/today/"
    desk.looks_at("today-empty")
