"""Databases on a server of the tests, for processes that need one to themselves."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import dj_database_url
import psycopg
from django.db import connection, transaction
from psycopg import sql
from pytest_django import DjangoDbBlocker

from protocols.actions.catalogue import load_catalogue
from protocols.models import Protocol

LOADED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def new_database(name: str, *, server: str, template: str = "") -> Iterator[str]:
    """The address of a new database on `server`: a copy of `template`, else of the migrated one of this run, if any.

    Gone afterwards, with whoever is still connected to it.
    """
    template = template or os.environ.get("TEST_TEMPLATE", "template1")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    tell(server, drop, make)
    try:
        yield database_on(server, name)
    finally:
        tell(server, drop)


@contextmanager
def connected(address: str, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Inside the block the models of this process read and write the database at this address."""
    places = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    before = {name: connection.settings_dict[name] for name in places}
    connection.close()
    connection.settings_dict.update({name: dj_database_url.parse(address)[name] for name in places})
    try:
        with blocker.unblock():
            yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def tell(server: str, *statements: sql.Composed) -> None:
    """On a line of its own: the server may have been restarted meanwhile."""
    with psycopg.connect(database_on(server, "postgres"), autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)


def database_on(server: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def have_catalogue() -> None:
    """The real catalogue, also after a test with committed transactions has emptied the tables."""
    if not Protocol.objects.exists():
        load_catalogue(now=LOADED_AT)


@contextmanager
def shared_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """For a fixture of a module that is too slow to make for each test: each finds its rows as they were made.

    Mark the module with an `xdist_group` of its own, so that one worker runs it without others between.
    """
    block = transaction.atomic()
    block._from_testcase = True  # as Django marks the transaction it puts around a test
    with blocker.unblock(), block:
        have_catalogue()
        yield
        transaction.set_rollback(True)
