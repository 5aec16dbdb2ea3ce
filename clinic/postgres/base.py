"""Django's PostgreSQL backend whose connections wait no longer than the request has left (see clinic/base/budget.py)
and show the rows of the scope they are asked in (see clinic/base/scope.py).

The server's own limits cannot help when the server itself stands still: then its machine still confirms every packet,
and only our side can end the wait.
"""

import time
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg.waiting import Ready, Wait

from clinic.base import budget, scope

Value = TypeVar("Value")
LOOK_SECONDS = 1.0
AT_LEAST = 1.0  # seconds that a statement gets, so that a request that computed for long may still say what it found


class OutOfTime(psycopg.OperationalError):
    """Nothing came within the budget. The connection is closed: what the server makes of the statement is unknown."""


class Connection(psycopg.Connection[Any]):
    def wait(
        self, gen: Generator[Wait, Ready | int, Value], interval: float = 0.1, timeout: float | None = None
    ) -> Value:
        left = budget.remaining()
        if left is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(bounded(gen, time.monotonic() + max(left, AT_LEAST)), interval, timeout)
        except OutOfTime:
            self.close()
            raise


def bounded(waits: Generator[Wait, Ready | int, Value], deadline: float) -> Generator[Wait, Ready | int, Value]:
    """The same waits, given up when nothing is ready at the deadline."""
    try:
        wanted = next(waits)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() >= deadline:
                raise OutOfTime("the database does not answer in time")
            wanted = waits.send(ready)
    except StopIteration as end:
        value: Value = end.value
        return value


class DatabaseWrapper(base.DatabaseWrapper):
    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": Connection.connect})
    told: str | None = None  # the scope that the server's session has; None where a rollback may have changed it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self.in_scope)

    def in_scope(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Before each statement: one more to the server where the scope is not the one it was told last."""
        wanted = scope.current()
        if self.told != wanted and not self.needs_rollback:
            with self.wrap_database_errors:
                self.connection.execute("SELECT set_config('clinic.scope', %s, false)", [wanted])
            self.told = wanted
        return execute(sql, params, many, context)

    def rollback(self) -> None:
        self.told = None
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        self.told = scope.current()  # a broken transaction takes no other statement than this one
        try:
            super().savepoint_rollback(sid)
        finally:
            self.told = None

    def connect(self) -> None:
        self.told = None
        super().connect()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        left = budget.remaining()
        if left is None:
            return super().get_new_connection(conn_params)
        if left < AT_LEAST:
            raise OutOfTime("no time is left to look for the database")
        return super().get_new_connection(conn_params | {"connect_timeout": max(1, int(left))})

    def is_usable(self) -> bool:
        """A look at a connection that was left open; a database that stands still must not use up the budget here."""
        with budget.limited(LOOK_SECONDS):
            return bool(super().is_usable())
