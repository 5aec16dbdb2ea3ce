"""Send what is due without a broker: once, or in a loop until told to stop. With --codes the letters of the sign-in."""

import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from clinic.base import scope
from clinic.health import alive
from scheduling.messages.actions.codes import letters_wait, send_codes
from scheduling.messages.actions.dispatch import dispatch_due

logger = logging.getLogger(__name__)

SIGN_OF_LIFE_SECONDS = 15.0
SIDE_BY_SIDE = 4  # senders of codes: so many letters may stand before a mail server that does not answer
Run = Callable[[], Mapping[str, int]]


class Command(BaseCommand):
    requires_system_checks = ()  # it needs no pages to send mail
    help = "Send the messages that are due. With --loop it goes on until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on for ever")
        parser.add_argument("--codes", action="store_true", help="the fast lane: letters of the sign-in, nothing else")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks (5)")
        parser.add_argument("--limit", type=int, default=50, help="messages a look (50)")

    @scope.whole()
    def handle(self, *args: Any, **options: Any) -> None:
        run: Run = send_codes if options["codes"] else partial(dispatch_due, limit=options["limit"])
        if not options["loop"]:
            self.stdout.write(str(dict(run())))
            return
        stop = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        if options["codes"]:
            side_by_side(stop, options["every"])
        while not stop.is_set():
            if not full(run, options["limit"]):
                stop.wait(options["every"])


def full(run: Run, limit: int) -> bool:
    """One run; whether there may be more to do at once."""
    met: Mapping[str, int] = look(run) or {}
    return sum(met.values()) >= limit


def side_by_side(stop: Event, every: float) -> None:
    """Letters of the sign-in, for each of which somebody waits: while one sender is held up, another takes the next."""
    senders: list[Future[Any]] = []
    signs = 0.0
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while not stop.is_set():
            for done in [each for each in senders if each.done()]:
                senders.remove(done)
                done.result()  # raises what ended it
            if len(senders) < SIDE_BY_SIDE:
                if time.monotonic() >= signs:
                    look(partial(alive, "codes"))
                    signs = time.monotonic() + SIGN_OF_LIFE_SECONDS
                if look(letters_wait):
                    senders.append(pool.submit(look, send_codes))
            stop.wait(every)


@scope.whole()
def look(act: Callable[[], Any]) -> Any:
    """What `act` says. A database that is away is waited for: None."""
    try:
        close_old_connections()
        return act()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("dispatch: %s; trying again", type(error).__name__)
        connection.close()
        return None
