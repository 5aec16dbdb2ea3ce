"""`manage.py check --deploy`: what a clinic of its own must have before it opens."""

import os
from typing import Any

from django.core import checks
from django.db import OperationalError, connection

FREE = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""
OTHERS = 4  # the sender of codes, the sweep, the nightly process, and somebody with a console


def wanted() -> int:
    """Database connections of one host: one a web thread, one a process of a worker, and the others."""
    counts = {"WEB_WORKERS": 2, "WEB_THREADS": 8, "WORKERS": 2, "MAIL_WORKERS": 1}
    set_to = {name: int(os.environ.get(name, usual)) for name, usual in counts.items()}
    return set_to["WEB_WORKERS"] * set_to["WEB_THREADS"] + set_to["WORKERS"] + set_to["MAIL_WORKERS"] + OTHERS


def enough_connections(**_given: Any) -> list[checks.CheckMessage]:
    """Each thread keeps a connection of its own, since no pooler may stand between (ADR 0008); without a database in
    reach nothing is said."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(FREE)
            [there] = cursor.fetchone()
    except OperationalError:
        return []
    if wanted() <= there:
        return []
    text = f"Web threads and workers want {wanted()} database connections, the server has {there}."
    hint = "Raise max_connections, or lower WEB_WORKERS, WEB_THREADS, WORKERS or MAIL_WORKERS."
    return [checks.Warning(text, hint=hint, id="clinic.W001")]
