"""Roles by place: nobody opens, by any address and with any method, what belongs to another location or patient."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, reverse
from rest_framework.test import APIClient

from clinic import middleware
from clinic.base import access as base_access
from clinic.base import scope
from clinic.models import User
from patients import access as patients_access
from patients.models import Patient
from scheduling import access as scheduling_access
from tests.access_matrix import API, OF_A_PLACE, PUBLIC, ROUTES, SHARED
from tests.elsewhere import NAME, Lisboa, open_lisboa
from tests.factories import NOW
from tests.test_access_matrix import CALLS, PAGES


@pytest.fixture(autouse=True)
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lisboa(clinic: Any, patient: Patient) -> Lisboa:
    return open_lisboa()


@pytest.fixture
def roma(patient: Patient, desk: User, practitioner: User, director: User) -> dict[str, User]:
    return {"front_desk": desk, "practitioner": practitioner, "medical_director": director, "patient": patient.user}


def named(pattern: URLPattern) -> set[str]:
    return set(pattern.pattern.converters)


def address(name: str, pattern: URLPattern, ids: dict[str, Any]) -> str:
    given = {key: ids.get(key, SHARED.get(key)) for key in named(pattern)}
    if name in {"desk:visit_undo", "courses:undo"}:
        given["act"] = 1  # a line of the history, not the act of a consent
    return reverse(name, kwargs=given)


def addresses_of_a_place(table: dict[Any, URLPattern]) -> Iterator[tuple[Any, URLPattern]]:
    return ((key, pattern) for key, pattern in table.items() if named(pattern) & OF_A_PLACE)


def test_every_parameter_of_an_address_has_its_row():
    asked = {key for pattern in [*PAGES.values(), *CALLS.values()] for key in named(pattern)}
    assert asked == OF_A_PLACE | set(SHARED)


def test_every_row_has_its_object(lisboa: Lisboa):
    assert set(lisboa.ids) == OF_A_PLACE


def test_a_page_about_another_location_is_not_there(
    roma: dict[str, User], lisboa: Lisboa, browser_of: Callable[..., Client]
):
    opened = []
    for role, user in roma.items():
        browser = browser_of(user)
        for name, pattern in addresses_of_a_place(PAGES):
            if role in ROUTES[name]:
                where = address(name, pattern, lisboa.ids)
                opened += [
                    (name, role, answer.status_code)
                    for answer in (browser.get(where), browser.post(where))
                    if answer.status_code not in {404, 405} or NAME.encode() in answer.content
                ]
    assert opened == []


def test_a_call_about_another_location_finds_nothing(
    roma: dict[str, User], lisboa: Lisboa, api_of: Callable[..., APIClient]
):
    opened = []
    for role, user in roma.items():
        caller = api_of(user)
        for (method, name), pattern in addresses_of_a_place(CALLS):
            if role in API[method, name]:
                answer = caller.generic(method, address(name, pattern, lisboa.ids), "{}", "application/json")
                if answer.status_code != 404 or NAME.encode() in answer.content:
                    opened.append((method, name, role, answer.status_code))
    assert opened == []


def test_no_list_names_the_patient_of_another_location(
    roma: dict[str, User], lisboa: Lisboa, browser_of: Callable[..., Client], api_of: Callable[..., APIClient]
):
    told = []
    for role, user in roma.items():
        browser, caller = browser_of(user), api_of(user)
        for name, pattern in PAGES.items():
            open_to = not named(pattern) and {role, PUBLIC} & ROUTES[name]
            if open_to and NAME.encode() in browser.get(reverse(name)).content:
                told.append((name, role))
        for (method, name), pattern in CALLS.items():
            open_to = not named(pattern) and method == "GET" and role in API[method, name]
            if open_to and NAME.encode() in caller.get(reverse(name)).content:
                told.append((name, role))
    assert told == []


@pytest.mark.proof
def test_the_people_of_the_location_open_all_of_it(
    lisboa: Lisboa, browser_of: Callable[..., Client], api_of: Callable[..., APIClient]
):
    """Otherwise the tests above would prove nothing."""
    own = {"front_desk": lisboa.desk, "practitioner": lisboa.practitioner, "medical_director": lisboa.director}
    closed = []
    for role, user in own.items():
        browser, caller = browser_of(user), api_of(user)
        for name, pattern in addresses_of_a_place(PAGES):
            read = (
                role in ROUTES[name]
                and name != "courses:edit"
                and named(pattern) <= OF_A_PLACE - {"photo_id"} | {"topic"}
            )  # no file is there
            if read and browser.get(address(name, pattern, lisboa.ids)).status_code in {403, 404}:
                closed.append((name, role))
        for (method, name), pattern in addresses_of_a_place(CALLS):
            read = method == "GET" and role in API[method, name]
            if read and caller.get(address(name, pattern, lisboa.ids)).status_code != 200:
                closed.append((name, role))
    assert closed == []
    assert NAME.encode() in browser_of(lisboa.desk).get(reverse("patients:list")).content


# --- with the filters of the application removed ---------------------------------------------------------------------


def everything(user: Any, rows: Any, *names: str, **paths: str) -> Any:
    """A filter that forgets whom it filters for."""
    return rows


FILTERS = {
    f"{module.__name__}.{name}": (module, name)
    for module in (base_access, patients_access, scheduling_access)
    for name, each in vars(module).items()
    if inspect.isfunction(each)
    and not name.startswith("_")
    and list(inspect.signature(each).parameters)[:2] == ["user", "rows"]
}


def test_a_program_finds_the_filters():
    assert {name for _module, name in FILTERS.values()} == {"of_patients", "of_visits", "own_rows", "at_places_of"}


@pytest.mark.proof
@pytest.mark.parametrize("gone", FILTERS)
def test_without_one_filter_no_list_and_no_page_names_the_patient_of_another_location(
    gone: str, roma: dict[str, User], lisboa: Lisboa, browser_of: Callable[..., Client],
    api_of: Callable[..., APIClient], monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    """The database's policies are what is left; every page and every read, as each role."""
    monkeypatch.setattr(*FILTERS[gone], everything)
    told = []
    for role, user in roma.items():
        browser, caller = browser_of(user), api_of(user)
        for name, pattern in PAGES.items():
            if {role, PUBLIC} & ROUTES[name] and NAME.encode() in browser.get(
                address(name, pattern, lisboa.ids)
            ).content:
                told.append((name, role))
        for (method, name), pattern in CALLS.items():
            if method == "GET" and role in API[method, name]:
                answer = caller.get(address(name, pattern, lisboa.ids))
                told += [(name, role)] if NAME.encode() in answer.content else []
    assert told == []


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them at once, wherever they were imported to."""
    for module, name in FILTERS.values():
        monkeypatch.setattr(module, name, everything)


def opened_by_the_desk(desk: User, lisboa: Lisboa, browser_of: Callable[..., Client]) -> list[str]:
    """The pages that show the desk of Rome the patient of Lisboa."""
    browser, found = browser_of(desk), []
    for name, pattern in PAGES.items():
        if "front_desk" in ROUTES[name] and named(pattern) <= {"patient_id", "session_id", "course_id"}:
            answer = browser.get(address(name, pattern, lisboa.ids))
            found += [name] if NAME.encode() in answer.content else []
    return found


def test_without_any_filter_the_database_still_shows_no_patient_of_another_location(
    unfiltered: None, desk: User, lisboa: Lisboa, browser_of: Callable[..., Client]
):
    assert opened_by_the_desk(desk, lisboa, browser_of) == []


def test_without_filter_and_policies_it_would(
    unfiltered: None, desk: User, lisboa: Lisboa, browser_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
):
    """Otherwise the test above would prove nothing."""
    monkeypatch.setattr(middleware, "scope_of", lambda _user: scope.WHOLE)
    assert {"patients:list", "patients:detail", "desk:visit"} <= set(opened_by_the_desk(desk, lisboa, browser_of))
