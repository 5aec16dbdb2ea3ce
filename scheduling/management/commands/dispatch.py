"""Send what is due without a broker: once, or in a loop until told to stop. With --codes the letters of the sign-in."""

import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from clinic.health import alive
from scheduling.messages.actions.codes import AT_A_TIME, send_codes
from scheduling.messages.actions.dispatch import dispatch_due

logger = logging.getLogger(__name__)

SIGN_OF_LIFE_SECONDS = 15.0
Run = Callable[[], Mapping[str, int] | None]


class Command(BaseCommand):
    requires_system_checks = ()  # it needs no pages to send mail
    help = "Send the messages that are due. With --loop it goes on until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on for ever")
        parser.add_argument("--codes", action="store_true", help="the fast lane: letters of the sign-in, nothing else")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks (5)")
        parser.add_argument("--limit", type=int, default=50, help="messages a look (50)")

    def handle(self, *args: Any, **options: Any) -> None:
        run: Run = send_codes if options["codes"] else partial(dispatch_due, limit=options["limit"])
        enough = AT_A_TIME if options["codes"] else options["limit"]
        if not options["loop"]:
            self.stdout.write(str(dict(run() or {})))
            return
        stop, quiet_until = Event(), 0.0
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            more = look(run, enough)
            if options["codes"] and time.monotonic() >= quiet_until:
                look(partial(alive, "codes"), enough)
                quiet_until = time.monotonic() + SIGN_OF_LIFE_SECONDS
            if not more:
                stop.wait(options["every"])


def look(run: Run, enough: int) -> bool:
    """One look; whether there may be more to do at once. A database that is away is waited for."""
    try:
        close_old_connections()
        return sum((run() or {}).values()) >= enough
    except (DatabaseError, InterfaceError) as error:
        logger.warning("dispatch: %s; trying again", type(error).__name__)
        connection.close()
        return False
