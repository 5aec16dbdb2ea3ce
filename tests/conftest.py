"""The fixed cast and the clinic they meet in. Every test may rely on these people and nothing else."""

import gc
import os
import time
from collections.abc import Callable

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from clinic.base.gate import ACTIVE, BEGAN
from clinic.models import Location, Role, User
from clinic.sessions import SessionStore
from patients.models import Patient
from protocols.actions.catalogue import load_catalogue
from tests.databases import LOADED_AT, have_catalogue
from tests.factories import ANA, AVENTINO, PatientFactory, StaffFactory, UserFactory, ana, aventino
from tests.locks import lock_watch, locks_in_order  # noqa: F401 - fixtures
from tests.own_clinic import house, own_servers, own_stack, staff  # noqa: F401 - fixtures
from tests.sizes import PROOF, size

# In the tests a property is tried with the same examples each time, however slow the machine; a proof draws new ones.
hypothesis.settings.register_profile(
    "sized", max_examples=size(40, in_proof=1000), derandomize=not PROOF, deadline=None
)
hypothesis.settings.load_profile("sized")

# A password is hashed as slowly as it should be in the clinic of the browser tests; within the tests, quickly.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is for the proofs alone is left out elsewhere."""
    left_out = [] if PROOF else [item for item in items if item.get_closest_marker("proof")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """TEST_DB names the database of this run, so that two runs may share one server; xdist adds its suffix to it."""
    if name := os.environ.get("TEST_DB"):
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    if worker:
        test = settings.DATABASES["default"].setdefault("TEST", {})
        test["NAME"] = f"{test.get('NAME') or 'test_mesoplan'}_{worker}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Every test starts with the real catalogue; those that empty the tables ask for `catalogue`."""
    with django_db_blocker.unblock():
        load_catalogue(now=LOADED_AT)


@pytest.fixture
def catalogue(db: None) -> None:
    """The real catalogue, also after a test with committed transactions has emptied the tables."""
    have_catalogue()


@pytest.fixture
def clinic(catalogue: None) -> Location:
    """A clinic in Rome: two practitioners Monday to Friday from nine to six, two rooms, a skin antisepsis protocol."""
    return Location.objects.filter(name=AVENTINO).first() or aventino()


@pytest.fixture
def practitioner(clinic: Location) -> User:
    """A practitioner who may prescribe."""
    return User.objects.get(email="practitioner@example.test")


@pytest.fixture
def colleague(clinic: Location) -> User:
    """A practitioner who may not prescribe."""
    return User.objects.get(email="colleague@example.test")


@pytest.fixture
def desk(clinic: Location) -> User:
    return StaffFactory(user__email="desk@example.test", user__name="Desk", location=clinic).user


@pytest.fixture
def director(clinic: Location) -> User:
    return StaffFactory(
        user__email="director@example.test", role=Role.DIRECTOR.value, location=clinic, prescriber=True
    ).user


@pytest.fixture
def administrator(clinic: Location) -> User:
    return StaffFactory(user__email="administrator@example.test", role=Role.ADMINISTRATOR.value, location=clinic).user


@pytest.fixture
def outsider(db: None) -> User:
    """Signed in, but neither staff nor patient: must see nothing."""
    return UserFactory(email="outsider@example.test")


@pytest.fixture
def patient(clinic: Location) -> Patient:
    """Somebody in care who signs in to the portal."""
    return Patient.objects.filter(email=ANA).first() or ana()


@pytest.fixture
def other_patient(clinic: Location) -> Patient:
    return PatientFactory(
        given_name="Lia", family_name="Marino", email="lia@example.test", user=UserFactory(email="lia@example.test")
    )


@pytest.fixture
def browser_of(client: Client) -> Callable[[User | None], Client]:
    """A signed-in test browser: `browser_of(desk).get(...)`; None is nobody."""

    def sign_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:  # what `login` leaves in the session, in one statement instead of eight
            session = SessionStore()
            session.update(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                    BEGAN: time.time(),
                    ACTIVE: time.time(),
                }
            )
            session.create()
            browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return browser

    return sign_in


@pytest.fixture
def api_of() -> Callable[[User | None], APIClient]:
    """A caller of the API: `api_of(desk).get("/api/v1/patients/")`; None is nobody."""

    def caller(user: User | None) -> APIClient:
        client = APIClient()
        client.default_format = "json"
        client.force_authenticate(user)
        return client

    return caller
