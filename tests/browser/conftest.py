"""A real browser before the whole clinic. Every test of this folder runs in one worker."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.browser.clinic import People, open_clinic
from tests.browser.visitor import Visitor
from tests.databases import new_database
from tests.own_clinic import PARTS
from tests.sizes import size
from tests.stack import Stack

PATIENTS = size(4, in_proof=15)  # of the demonstration
HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def demonstration(django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demonstration clinic, small, with nobody at work in it: the tests copy its database and its folder."""
    with new_database(f"demonstration_{os.getpid()}", server=os.environ["DATABASE_URL"]) as address:
        folder = tmp_path_factory.mktemp("demonstration")
        clinic = Stack(folder, database=address, redis=other_number(), blocker=django_db_blocker)
        clinic.prepare()
        clinic.parts.run("demo", "demo", "--patients", str(PATIENTS))
        yield clinic


def other_number() -> str:
    """A database of Valkey that no worker of the run has taken: two clinics at once would take each other's tasks."""
    server, _slash, number = os.environ["REDIS_URL"].rpartition("/")
    return f"{server}/{(int(number) + 8) % 16}"


@pytest.fixture(scope="package")
def stack(django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker and beat over a database of their own: the catalogue and nobody in it yet."""
    with new_database(f"browser_{os.getpid()}", server=os.environ["DATABASE_URL"]) as address:
        folder = tmp_path_factory.mktemp("clinic")
        clinic = Stack(folder, database=address, redis=os.environ["REDIS_URL"], blocker=django_db_blocker)
        try:
            clinic.prepare()
            clinic.start(*PARTS)
            yield clinic
        finally:
            clinic.close()


@pytest.fixture(scope="package")
def people(stack: Stack) -> People:
    """The staff of the clinic, who all have one password."""
    with stack.records():
        return open_clinic()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser. While it runs, Django sees its event loop and must be told that we do not use it."""
    path = os.environ.get("CHROME") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing = "No Chromium or Chrome found: install one, or set CHROME to its path."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            yield playwright.chromium.launch(executable_path=path, args=FLAGS)
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visitor(stack: Stack, browser: Browser, people: People) -> Iterator[Callable[..., Visitor]]:
    """`visitor()` is somebody new at the door; whatever their browser complained about fails the test."""
    came: list[Visitor] = []

    def comes(url: str = stack.url, **how: dict[str, int]) -> Visitor:
        came.append(Visitor(browser, url, **how))
        return came[-1]

    yield comes
    complaints = [problem for each in came for problem in each.problems]
    for each in came:
        each.leaves()
    assert not complaints, complaints
