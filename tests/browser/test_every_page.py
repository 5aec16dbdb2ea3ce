"""Every page that a role can reach, found by following the links of the demonstration clinic, on a desk and on a phone.

axe-core finds nothing on it, the browser complains about nothing, and no page of the access matrix is out of reach.
A role follows the links without a window. In the proof every role opens every page, which differs in what it may do
there, at both widths, and a picture is kept of each. In the tests the director, who may do most, opens a tenth of the
pages, drawn by the seed, one page on a desk and the next on a phone.
"""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from itertools import cycle
from urllib.parse import urldefrag, urljoin, urlsplit
from zlib import crc32

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.urls import Resolver404, resolve
from playwright.sync_api import APIResponse

from clinic.models import User
from scheduling.demo.clinic import PASSWORD
from tests.access_matrix import ADMINISTRATOR, DESK, DIRECTOR, PATIENT, PRACTITIONER, PUBLIC, ROUTES
from tests.browser.rare import rare_pages
from tests.browser.steps.doors import signs_in, signs_in_by_code
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.sizes import PROOF, SEED, size
from tests.stack import Stack
from tests.test_access_matrix import PAGES
from tests.test_access_matrix import address as some_address

METHOD_NOT_ALLOWED = 405
KNOWN = size(2, in_proof=12)  # how many addresses of one page are followed
LOOKED_AT = {"desk:visit": 5, "courses:detail": 2, "courses:proposal": 3, "patients:detail": 2, "portal:visit": 2}
PEOPLE = {
    DIRECTOR: "director@demo.test",
    PATIENT: "patient@demo.test",
    ADMINISTRATOR: "admin@demo.test",
    PRACTITIONER: "practitioner@demo.test",
    DESK: "desk@demo.test",
}


@pytest.fixture(scope="module")
def demo(demonstration: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demonstration clinic and its web server."""
    with demonstration.copied(f"every_page_{os.getpid()}", tmp_path_factory.getbasetemp() / "every-page") as clinic:
        letters = EmailBackend(file_path=str(clinic.mail))
        EmailMessage("A letter", "Good morning.", to=[PEOPLE[DESK]], connection=letters).send()
        clinic.start("web", "codes")
        yield clinic


# Pieces of a page, files and data: looked at where they are used.
PARTS = {
    "desk:board_events", "desk:board_resources", "desk:board_queue", "desk:board_slot", "portal:visit_calendar",
    "patients:photo", "patients:consent_file", "patients:sheet_file", "portal:sheet_file",
    "settings:import_left_out",
}  # fmt: skip
HREF = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')


@pytest.fixture(scope="module")
def rare(demo: Stack) -> list[str]:
    with demo.records():
        return rare_pages(User.objects.get(email=PEOPLE[DIRECTOR]))


class Walker:
    """Follows links without a window first, then looks at a few addresses of each page."""

    def __init__(self, person: Visitor, role: str) -> None:
        self.person, self.role = person, role
        self.known: dict[str, list[str]] = {}
        self.found: list[str] = []

    def explores(self, start: list[str]) -> None:
        """Find the addresses of every page that links lead to; every link is one that this role may follow."""
        waiting, seen = deque(start), set()
        while waiting:
            address = waiting.popleft()
            name = view_of(address)
            if name is None or address in seen:
                continue
            seen.add(address)
            if not ROUTES[name] & {self.role, PUBLIC}:
                self.found.append(f"{address} is not for this role")
            if len(self.known.get(name, ())) >= max(KNOWN, LOOKED_AT.get(name, 1)):
                continue
            answer = self.person.context.request.get(address)
            if answer.status >= 400:
                self.found.append(f"{address}: {answer.status}")
            elif is_page(answer):
                self.known.setdefault(name, []).append(address)
                waiting.extend(links(answer.text(), address))

    def misses(self) -> set[str]:
        """Pages of the matrix that no link led to; what answers no GET changes something and leads to a page."""
        names = {name for name, roles in ROUTES.items() if self.role in roles} - PARTS - set(self.known)
        request = self.person.context.request
        return {name for name in names if request.get(some_address(name, PAGES[name])).status != METHOD_NOT_ALLOWED}

    def looks(self) -> None:
        names = [name for name in self.known if PROOF or drawn(name)]
        windows = cycle((DESKTOP, PHONE))
        for name in names:
            for place in self.known[name][: LOOKED_AT.get(name, 1)]:
                self.opens(place, name, (DESKTOP, PHONE) if PROOF else (next(windows),))

    def opens(self, place: str, name: str, windows: tuple[dict[str, int], ...]) -> None:
        self.person.page.set_viewport_size(windows[0])
        answer = self.person.page.goto(place)
        if answer and answer.status >= 400:
            self.found.append(f"{place}: {answer.status}")
        for window in windows:
            self.person.page.set_viewport_size(window)
            if PROOF:
                self.person.picture(f"every-{name.replace(':', '-')}", window)
            if problems := self.person.judged():
                self.found.append(f"{place} at {window['width']}: {problems}")


def drawn(name: str) -> bool:
    """Whether a page is of the tenth that the tests open."""
    return crc32(f"{SEED} {name}".encode()) % 10 == 0


def links(page: str, address: str) -> list[str]:
    """Where the links of a page lead, without what only scrolls it."""
    return [urldefrag(urljoin(address, unescape(href))).url for href in HREF.findall(page)]


@cache
def view_of(address: str) -> str | None:
    """The name of the page of the matrix at an address; None for what is none."""
    try:
        name = resolve(urlsplit(address).path).view_name
    except Resolver404:
        return None
    return name if name in ROUTES else None


def is_page(answer: APIResponse) -> bool:
    return "text/html" in answer.headers.get("content-type", "") and "attachment" not in str(answer.headers)


def comes_in(visitor: Callable[..., Visitor], demo: Stack, role: str) -> Visitor:
    person = visitor(demo.url)
    if role == PATIENT:
        signs_in_by_code(person, PEOPLE[role], demo.mail)
    else:
        signs_in(person, PEOPLE[role], PASSWORD)
    return person


@pytest.mark.parametrize("role", list(PEOPLE)[: size(1, in_proof=len(PEOPLE))])
def test_every_page_of_a_role_is_reached_and_clean(
    role: str, visitor: Callable[..., Visitor], demo: Stack, rare: list[str]
) -> None:
    walker = Walker(comes_in(visitor, demo, role), role)
    walker.explores([walker.person.path, *(address for address in rare if role in ROUTES[view_of(address) or ""])])
    missing = walker.misses()
    assert not missing, f"no link leads to {', '.join(sorted(missing))}"
    walker.looks()
    assert not walker.found, "\n".join(walker.found)
