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
        with connection.execute_wrapper(stepped_down):
            try:
                return self.get_response(request)
            finally:
                if connection.connection is not None:
                    with suppress(psycopg.Error):  # a lost connection, or a transaction that is broken anyway
                        connection.connection.execute("RESET ROLE")


def stepped_down(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Before each statement, since the end of a savepoint takes back what was set in it; counted by no test."""
    if not connection.needs_rollback and not str(sql).startswith("ROLLBACK"):
        with suppress(psycopg.errors.InFailedSqlTransaction):
            connection.connection.execute("SET ROLE app")
    return execute(sql, params, many, context)
