"""The tests connect as the owner of the tables, whom no row policy binds; every request they make is served with the
rights of the application, as in a clinic. Put first into MIDDLEWARE by tests/servers.py."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse


class AsApp:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with connection.execute_wrapper(SteppedDown()):
            try:
                return self.get_response(request)
            finally:
                if connection.connection is not None:
                    with suppress(psycopg.Error):  # a lost connection, or a transaction that is broken anyway
                        connection.connection.execute("RESET ROLE")


class SteppedDown:
    """Before the first statement, and again where a transaction or savepoint ended that may have taken it back; counted
    by no test."""

    def __init__(self) -> None:
        self.depth: int | None = None  # of the transactions in which the role was set; None before

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if str(sql).startswith("ROLLBACK"):
            self.depth = None
            return execute(sql, params, many, context)
        depth = len(connection.savepoint_ids) + connection.in_atomic_block
        if (self.depth is None or depth < self.depth) and not connection.needs_rollback:
            with suppress(psycopg.errors.InFailedSqlTransaction):
                connection.connection.execute("SET ROLE app")
                self.depth = depth
        return execute(sql, params, many, context)
