"""Loaded by `-p tests.servers`: one PostgreSQL and one Valkey for the whole run.

The first process starts them before pytest-django reads the settings; the workers of pytest-xdist inherit the addresses
and share the servers, each with a database of its own. DATABASE_URL and REDIS_URL, when both are given, are used
instead. Tests connect as the role that owns the tables, since they make databases; their requests are served as `app`
(tests/as_app.py), and one that asks what else the application may do says `SET ROLE app`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from clinic import embedded
from clinic.catalogs import compile_catalogs
from tests import template

ROOT = Path(__file__).resolve().parent.parent
GIVEN = {"DATABASE_URL", "REDIS_URL"}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = _own_number(os.environ["REDIS_URL"], worker)
    else:
        parts = ExitStack()
        early_config.add_cleanup(parts.close)
        parts.enter_context(_parts())
    return (yield)


def pytest_configure() -> None:
    """Every test database is copied from the migrated one, where there is one."""
    settings.MIDDLEWARE = ["tests.as_app.AsApp", *settings.MIDDLEWARE]
    if "TEST_TEMPLATE" in os.environ:
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = os.environ["TEST_TEMPLATE"]


@contextmanager
def _parts() -> Iterator[None]:
    compile_catalogs(ROOT / "locale")
    with _var_folder() as var_dir:
        os.environ.update(VAR_DIR=str(var_dir), SECRET_KEY="only-for-tests-" * 4, PLAIN_STATIC="1")
        os.environ.update(API_RATE_PER_ADDRESS="", API_RATE_PER_CALLER="")  # a test of the limits sets them
        if os.environ.keys() >= GIVEN:
            yield
            return
        template.lay(var_dir)
        with embedded.servers(var_dir, durable=False) as running:
            os.environ.update(running.urls.environment() | {"DATABASE_URL": running.urls.owner_database})
            os.environ["TEST_TEMPLATE"] = template.NAME
            yield


@contextmanager
def _var_folder() -> Iterator[Path]:
    """A folder for this run that the servers' account can pass through, and nothing left of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="mesoplan-tests-") as folder:
        var_dir = Path(folder)
        var_dir.chmod(0o711)
        try:
            yield var_dir
        finally:
            shutil.rmtree((var_dir / "servers").resolve(), ignore_errors=True)


def _own_number(redis_url: str, worker: str) -> str:
    """Worker gw3 takes database 4 of Valkey's sixteen, so that no worker hears another's doorbell."""
    number = int(worker.removeprefix("gw")) % 15 + 1
    return f"{redis_url.rpartition('/')[0]}/{number}"
