"""Which rows a transaction locks, in which order: every test of the suite holds the order of docs/locks.md.

    python -m tests.locks       lists the places that lock, as docs/locks.md has them

What is watched says so itself: SELECT … FOR UPDATE and advisory locks. Inserts and updates lock rows too, after those.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import Atomic

ROOT = Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "locks.md"
APPS = ("clinic", "protocols", "patients", "scheduling")
ADVISORY = "advisory"
ASPIRIN = "aspirin"  # an advisory lock too, by the name it hashes
LOCKING = re.compile(r" FOR (?:NO KEY )?UPDATE(?: OF ([\w\", ]+?))?( SKIP LOCKED)?\s*$")
TABLES = re.compile(r'(?:FROM|JOIN) "(\w+)"')
LISTED = re.compile(r"^\d+\. `(\w+)`", re.MULTILINE)


def order() -> list[str]:
    """The tables in the order in which a transaction locks them."""
    return LISTED.findall(DOC.read_text())


def locked_by(sql: str) -> tuple[list[str], bool]:
    """The tables whose rows a statement locks, and whether it waits for them."""
    if "pg_advisory_xact_lock" in sql:
        return [ASPIRIN if f"'{ASPIRIN}'" in sql else ADVISORY], True
    found = LOCKING.search(sql)
    if not found:
        return [], False
    outer = sql.split(" WHERE ", maxsplit=1)[0]
    return (re.findall(r'"(\w+)"', found[1]) if found[1] else TABLES.findall(outer)), not found[2]


def inside() -> bool:
    """Whether a transaction of the product is open; the one that pytest-django puts around a test is not."""
    return any(not block._from_testcase for block in connection.atomic_blocks)


class Watch:
    """What the running transaction holds, and what was taken too late."""

    def __init__(self, tables: Sequence[str]) -> None:
        self.place = {table: number for number, table in enumerate(tables)}
        self.held: list[str] = []
        self.faults: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if isinstance(sql, str) and inside():
            self.note(*locked_by(sql))
        return execute(sql, params, many, context)

    def note(self, tables: Sequence[str], waits: bool) -> None:
        """A lock that is held already is not waited for, and one that skips what is locked never is."""
        for table in tables:
            if table in self.held:
                continue
            if table not in self.place:
                self.faults.append(f"{table} is not in docs/{DOC.name}")
            elif waits and (later := [each for each in self.held if self.place.get(each, -1) > self.place[table]]):
                self.faults.append(f"{table} was locked after {', '.join(later)}")
            self.held.append(table)


@contextmanager
def watched(tables: Sequence[str]) -> Iterator[Watch]:
    """Watch every statement on this thread's connection."""
    watch, enter = Watch(tables), Atomic.__enter__

    def entering(self: Atomic) -> None:
        if not inside():
            watch.held = []
        enter(self)

    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(watch):
        patch.setattr(Atomic, "__enter__", entering)
        yield watch


@pytest.fixture(scope="session", autouse=True)
def lock_watch() -> Iterator[Watch]:
    with watched(order()) as watch:
        yield watch


@pytest.fixture(autouse=True)
def locks_in_order(lock_watch: Watch) -> Iterator[None]:
    """No transaction of this test took a lock too late."""
    lock_watch.faults.clear()
    yield
    assert not lock_watch.faults, f"against the order of docs/locks.md: {sorted(set(lock_watch.faults))}"


def places() -> list[str]:
    """Every function that locks, as `file: function`."""
    files = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)
    return [f"{path.relative_to(ROOT)}: {name}" for path in files for name in locking(path)]


def locking(path: Path) -> Iterator[str]:
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = ast.get_source_segment(text, node) or ""
            if ".select_for_update(" in body or "advisory" in body.replace("advisory_unlock", ""):
                yield node.name


if __name__ == "__main__":
    print("\n".join(f"- `{place}`" for place in places()))
