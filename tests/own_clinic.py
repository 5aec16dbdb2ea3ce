"""A clinic with servers of its own: every part of it, PostgreSQL and Valkey included, may be stopped and killed.

Tests that use it belong to the group "own clinic", so that one worker runs them one after another.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pytest_django import DjangoDbBlocker

from clinic import embedded
from clinic.models import Location
from tests import template
from tests.browser.clinic import People, open_clinic
from tests.databases import new_database
from tests.stack import Stack, until

PARTS = ("web", "plan", "mail", "codes", "sweep", "beat")
LONG = 800  # days: every visit of the longest course gets a time


@pytest.fixture(scope="session")
def own_servers() -> Iterator[embedded.Servers]:
    with tempfile.TemporaryDirectory(prefix="mesoplan-own-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the servers' account passes through
        template.lay(folder)
        # Durable: what was answered stands, however a process ends. What it wrote is with the kernel, which no test
        # kills; waiting for the disk makes a recovery last 14 seconds on a busy machine instead of one.
        with (folder / "servers" / "postgres" / "postgresql.conf").open("a") as settings:
            settings.write("fsync = off\n")
        with embedded.servers(folder) as running:
            yield running
        shutil.rmtree((folder / "servers").resolve(), ignore_errors=True)


@pytest.fixture(scope="session")
def own_stack(
    own_servers: embedded.Servers, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    server = own_servers.urls.owner_database
    with new_database("own_clinic", server=server, template=template.NAME) as address:
        folder = tmp_path_factory.mktemp("own")
        clinic = Stack(folder, database=address, redis=own_servers.urls.redis, blocker=django_db_blocker)
        try:
            clinic.prepare()
            yield clinic
        finally:
            clinic.close()
            start_servers(own_servers)


@pytest.fixture(scope="session")
def staff(own_stack: Stack) -> People:
    with own_stack.records():
        people = open_clinic()
        Location.objects.update(horizon_days=LONG)
    return people


@pytest.fixture
def house(own_stack: Stack, own_servers: embedded.Servers, staff: People) -> Stack:
    """The clinic with every part running, whatever the test before did to it."""
    start_servers(own_servers)
    for name in PARTS:
        if name in own_stack.parts.children and own_stack.parts.children[name].poll() is not None:
            own_stack.stop(name)
        if name not in own_stack.parts.children:
            own_stack.start(name)
    until(lambda: own_stack.get("/readyz")[0] == 200, "it is ready", own_stack)
    return own_stack


def start_servers(servers: embedded.Servers) -> None:
    for server in servers.all:
        if server.process is None or server.process.poll() is not None:
            server.start()


def queue(stack: Stack) -> "redis.Redis":
    """The broker as somebody who looks into it."""
    return redis.Redis.from_url(stack.redis, decode_responses=True)
