"""Whatever is put into an address, a query or a form: a clear refusal, never a fault of ours (5xx).

Every route of the product is called, pages and API, as somebody who may open it.
"""

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic.models import Location, User
from patients.models import Patient
from scheduling.models import Import, Replan
from tests.access_matrix import API, ROUTES
from tests.factories import NOW
from tests.sizes import size

PROBLEM = "application/problem+json"

NASTY = (
    "0001-01-01", "9999-12-31", "²", "\x00", "9" * 25, "0001-01-01T00:00", "9999-12-31T23:59", "-1", "0", "",
    "9" * 5000, "9" * 18, "practitioner:²", "٣", "NaN", "2026-03-29T02:30", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00", "ä" * 300, "null", "1e9", "2026-13-01", "😀\u202e", "'\"%s{{7*7}}",
    "../../etc/passwd",
)  # fmt: skip

# What pages and API read from a query or a form, wherever it is read.
PARAMETERS = (
    "page", "q", "state", "status", "date", "view", "by", "start", "end", "resource", "kind", "practitioner",
    "since", "until", "from", "to", "session", "version", "tab", "who", "with", "first", "last", "act", "mix",
    "more", "again", "codes", "area", "areas", "indication", "field", "source", "topic", "effect", "origin",
    "formulation", "delivery_device", "technique", "on", "occasion", "limit", "protocol", "course", "room",
    "device", "cursor", "page_size", "arrives", "start_on", "weekdays", "format", "preview", "reason", "birth_date",
    "phone", "given_name", "family_name", "email", "away", "first_day", "last_day", "day", "weekday", "sex",
    "language", "location", "patient",
)  # fmt: skip
SHIFTS = (2, 0, 5)[: size(1, in_proof=3)]  # each parameter meets so many values, beside other neighbours each time
VALUES = size(1, in_proof=len(NASTY))  # how many of them stand in each address

CONVERTERS = {"IntConverter": "int", "StringConverter": "str", "SlugConverter": "slug"}


def addresses(patterns: list[Any] | None = None, before: str = "/", space: str = "") -> Iterator[tuple[str, str, Any]]:
    """Name, address with its placeholders, and pattern of every route."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry.url_patterns, before + str(entry.pattern), inner)
        elif "^" not in str(entry.pattern):
            yield f"{space}{entry.name}", before + str(entry.pattern), entry


def filled(address: str, pattern: URLPattern, value: str) -> str:
    """The address with `value` in each of its placeholders."""
    for name, converter in pattern.pattern.converters.items():
        address = address.replace(f"<{CONVERTERS[type(converter).__name__]}:{name}>", quote(value, safe=""))
    return address


ALL = list(addresses())


@pytest.fixture(autouse=True)
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def opener(
    patient: Patient, practitioner: User, director: User, browser_of: Callable[[User | None], Client]
) -> Callable[[str], Client]:
    """A browser of somebody who may open the route of this name."""
    people = {"practitioner": practitioner, "medical_director": director, "patient": patient.user}
    browsers = {role: browser_of(user) for role, user in people.items()}
    for each in browsers.values():
        each.raise_request_exception = False
    roles: dict[str, set[str]] = ROUTES | {name: allowed for (_method, name), allowed in API.items()}

    def browser(name: str) -> Client:
        return browsers[next((role for role in people if role in roles.get(name, ())), "practitioner")]

    return browser


def check(answer: Any, *said: object) -> None:
    assert answer.status_code < 500, said
    if answer.status_code >= 400 and answer.request["PATH_INFO"].startswith("/api/"):
        assert answer["Content-Type"] == PROBLEM, said


@pytest.mark.slow
def test_no_address_breaks_whatever_stands_in_it(opener: Callable[[str], Client]) -> None:
    """In the tests the values take turns, so that each stands in some of the addresses; in the proof each in all."""
    turns = cycle(NASTY)
    for name, address, pattern in ALL:
        if pattern.pattern.converters:
            for nasty in islice(turns, VALUES):
                url = filled(address, pattern, nasty)
                check(opener(name).get(url), url)


@pytest.mark.slow
@pytest.mark.parametrize("shift", SHIFTS)
def test_no_query_and_no_form_breaks_whatever_stands_in_it(
    shift: int, opener: Callable[[str], Client], patient: Patient, clinic: Location
) -> None:
    given = {name: NASTY[(index + shift) % len(NASTY)] for index, name in enumerate(PARAMETERS)}
    known = given | {"location": str(clinic.pk), "patient": str(patient.pk)}
    known = {name: value.replace("\x00", "") for name, value in known.items()}
    for name, address, pattern in ALL[:: size(2, in_proof=1)]:
        url, browser = filled(address, pattern, str(patient.pk)), opener(name)
        check(browser.get(url, known), url, known)
        if not address.startswith("/accounts/"):
            check(browser.post(url, given), url, given)
            check(browser.post(url, known), url, known)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("/today/?date=0001-01-01", 400),
        ("/today/?date=9999-12-31", 400),
        ("/board/?date=9999-12-31", 400),
        ("/today/?date=²", 200),
        ("/today/?location=²", 404),
        ("/courses/?page=" + "9" * 5000, 200),
        ("/patients/" + "9" * 25 + "/", 404),
        ("/patients/" + "9" * 5000 + "/", 404),
        ("/protocols/" + "a" * 300 + "/", 404),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_page_says_what_it_cannot_show(page: str, status: int, desk: User, browser_of: Callable[..., Client]) -> None:
    assert browser_of(desk).get(page).status_code == status


def test_a_number_too_long_to_read_is_no_number(
    director: User, patient: Patient, clinic: Location, browser_of: Callable[..., Client], api_of: Callable[..., Any]
) -> None:
    long, asked = "9" * 5000, {"location": clinic, "requested_by": director, "requested_at": NOW}
    file = Import.objects.create(name="a.csv", fingerprint="1", separator=";", status="open", step="check", **asked)
    batch, browser = Replan.objects.create(**asked), browser_of(director)
    for name, key in (("settings:import_step", file.pk), ("desk:batch_apply", batch.pk)):
        sent = {"step": "given_up", "version": long}
        assert browser.post(reverse(name, args=[key]), sent).status_code in {302, 409}
    course = {"patient": patient.pk, "location": clinic.pk, "protocol": "P07", "counts": {long: 3}}
    assert api_of(director).post("/api/v1/courses/", course, format="json").status_code in {400, 422}
    assert browser.get(f"/patients/{'0' * 5000}/").status_code == 404
