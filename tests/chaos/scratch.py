"""A copy of the test database that real processes may book, race and die in, away from every other test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def scratch_database() -> Iterator[str]:
    """The address of a fresh copy of the test database; gone afterwards, with whatever still holds on to it."""
    source = str(settings.DATABASES["default"]["NAME"])
    copy = f"{source}_scratch"
    connection.close()  # a database that somebody is connected to cannot be copied
    with psycopg.connect(address("postgres"), autocommit=True) as owner:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy))
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(source))
        owner.execute(drop)
        owner.execute(make)
        try:
            yield address(copy)
        finally:
            owner.execute(drop)


def address(name: str) -> str:
    """Another database on the server of the tests."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def run(module: str, *words: str, database: str, **environment: str) -> dict[str, Any]:
    """Run a module with these words on a scratch database; what it says is JSON in its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.with_django", module, *words],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "clinic.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # a busy machine is slow, not wrong
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
