"""Send due messages without a broker: once, or in a loop until told to stop."""

import logging
import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from scheduling.messages.actions.dispatch import dispatch_due

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks = ()  # it needs no pages to send mail
    help = "Send the messages that are due. With --loop it goes on until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on for ever")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks (5)")
        parser.add_argument("--limit", type=int, default=50, help="messages a look (50)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self.stdout.write(str(dict(dispatch_due(limit=options["limit"]))))
            return
        stop = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            if not look(options["limit"]):
                stop.wait(options["every"])


def look(limit: int) -> bool:
    """One look; whether there may be more to do at once. A database that is away is waited for."""
    try:
        close_old_connections()
        return sum(dispatch_due(limit=limit).values()) >= limit
    except (DatabaseError, InterfaceError) as error:
        logger.warning("dispatch: %s; trying again", type(error).__name__)
        connection.close()
        return False
