"""Nobody may call what the access matrix does not give them, and no address is missing from it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient

from clinic.base.permissions import roles_for, scope_for
from clinic.models import User
from patients.models import Patient
from tests.access_matrix import API, BOOKING, EVERYONE, PUBLIC, ROUTES

SIGN_IN = ("account_", "mfa_")  # allauth's own pages, open by nature or behind its own checks
VERBS = ("get", "post", "put", "patch", "delete")


def routes(patterns: list[Any] | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every (view name, pattern) of the product, namespaces included."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from routes(entry.url_patterns, inner)
        else:
            yield f"{space}{entry.name}", entry


def is_api(pattern: URLPattern) -> bool:
    return hasattr(pattern.callback, "cls")


def declared(pattern: URLPattern) -> frozenset[str]:
    """The roles a page's view declares; the two pages of the API's documentation are open."""
    if is_api(pattern):
        return frozenset({PUBLIC}) if AllowAny in pattern.callback.cls.permission_classes else frozenset()
    return getattr(pattern.callback, "allowed_roles", frozenset())


PAGES = {name: each for name, each in routes() if not name.startswith(("api:", *SIGN_IN))}
CALLS = {
    (verb.upper(), name): each
    for name, each in routes()
    if name.startswith("api:")
    for verb in VERBS
    if hasattr(each.callback.cls, verb)
}


def test_every_route_has_a_name():
    assert [str(each.pattern) for name, each in routes() if name.endswith("None")] == []


def test_every_page_has_its_row_and_every_row_its_page():
    assert set(PAGES) == set(ROUTES)


def test_every_api_call_has_its_row_and_every_row_its_call():
    assert set(CALLS) == set(API)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_declares_the_roles_of_its_row(name: str):
    assert declared(PAGES[name]) == ROUTES[name]


@pytest.mark.parametrize(("method", "name"), sorted(CALLS))
def test_an_api_call_declares_the_roles_of_its_row(method: str, name: str):
    assert roles_for(CALLS[method, name].callback.cls, method) == API[method, name]


@pytest.mark.parametrize(("method", "name"), sorted(CALLS))
def test_an_api_call_wants_a_token_made_for_it(method: str, name: str):
    wanted = "read" if method == "GET" else "book" if name in BOOKING else "clinical"
    assert scope_for(CALLS[method, name].callback.cls, method) == wanted


SAMPLES = {"IntConverter": 0, "StringConverter": "0", "SlugConverter": "none"}  # ids nobody has


def address(name: str, pattern: URLPattern) -> str:
    converters = pattern.pattern.converters
    return reverse(name, kwargs={key: SAMPLES[type(each).__name__] for key, each in converters.items()})


@pytest.fixture
def people(patient: Patient, desk: User, practitioner: User, director: User, administrator: User) -> dict[str, User]:
    return {
        "patient": patient.user,
        "front_desk": desk,
        "practitioner": practitioner,
        "medical_director": director,
        "administrator": administrator,
    }


def test_a_page_refuses_every_role_outside_its_row(people: dict[str, User], browser_of: Callable[..., Client]):
    for role in EVERYONE:
        browser = browser_of(people[role])
        for name, pattern in PAGES.items():
            if not {PUBLIC, role} & ROUTES[name]:
                assert browser.get(address(name, pattern)).status_code == 403, (name, role)


def test_a_page_sends_somebody_who_is_not_signed_in_to_the_sign_in(browser_of: Callable[..., Client], db: None):
    browser = browser_of(None)
    for name, pattern in PAGES.items():
        if PUBLIC not in ROUTES[name]:
            answer = browser.get(address(name, pattern))
            assert (answer.status_code, "login" in answer.get("Location", "")) == (302, True), name


def test_an_outsider_sees_no_page(outsider: User, browser_of: Callable[..., Client]):
    browser = browser_of(outsider)
    for name, pattern in PAGES.items():
        if PUBLIC not in ROUTES[name]:
            assert browser.get(address(name, pattern)).status_code == 403, name


def test_an_api_call_refuses_every_role_outside_its_row(people: dict[str, User], api_of: Callable[..., APIClient]):
    for role in EVERYONE:
        caller = api_of(people[role])
        for (method, name), pattern in CALLS.items():
            if not {PUBLIC, role} & API[method, name]:
                assert caller.generic(method, address(name, pattern)).status_code == 403, (method, name, role)


def test_an_api_call_without_sign_in_is_401(api_of: Callable[..., APIClient], db: None):
    caller = api_of(None)
    for (method, name), pattern in CALLS.items():
        if PUBLIC not in API[method, name]:
            assert caller.generic(method, address(name, pattern)).status_code == 401, (method, name)
