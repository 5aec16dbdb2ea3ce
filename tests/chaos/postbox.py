"""A mail server that keeps what it takes and misbehaves on request."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from threading import Thread

from aiosmtpd.smtp import SMTP, Envelope, Session

REPLIES = {
    "421": ("MAIL", "421 4.3.2 shutting down"),
    "450": ("MAIL", "450 4.1.8 who are you"),
    "451": ("RCPT", "451 4.7.1 greylisted"),
    "452": ("DATA", "452 4.3.1 mailbox full"),
    "530": ("MAIL", "530 5.7.0 authentication required"),
    "550": ("RCPT", "550 5.1.1 no such mailbox"),
    "554": ("DATA", "554 5.7.1 refused"),
}


class Doorkeeper(SMTP):
    """Greets nobody while the door is closed; the name of the method is aiosmtpd's."""

    async def _handle_client(self) -> None:
        box = self.event_handler
        box.at_the_door += 1
        while box.closed:
            await asyncio.sleep(0.05)
        box.at_the_door -= 1
        await super()._handle_client()


class Postbox:
    """`mode` is ok, one of REPLIES, `hang` (takes the mail, answers too late), `drop` (takes it and hangs up) or
    `vanish` (hangs up before the letter). `only_for` ends the mode after so many; `unwanted` is refused for ever.

    The names of the methods are aiosmtpd's.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self.mode = "ok"
        self.pause = pause
        self.only_for: int | None = None
        self.unwanted = self.slow_for = ""  # addresses: refused for ever; answered after 40 s
        self.stalled = 0  # letters in the making for slow_for
        self.port = 0
        self.to: list[str] = []  # to whom it took mail, in order
        self.connections = 0
        self.ids: list[str] = []  # the Message-ID of every mail it took, in order
        self.closed = False
        self.at_the_door = 0  # who waits to be greeted

    @contextmanager
    def door_closed(self) -> Iterator[None]:
        """Inside the block nobody is greeted who comes."""
        self.closed = True
        try:
            yield
        finally:
            self.closed = False

    def reply(self, stage: str, usual: str) -> str:
        at, text = REPLIES.get(self.mode, ("", ""))
        return text if at == stage else usual

    async def handle_MAIL(self, server, session, envelope: Envelope, address: str, options) -> str:  # noqa: N802
        envelope.mail_from = address
        if self.mode == "vanish":
            server.transport.abort()
        return self.reply("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope: Envelope, address: str, options) -> str:  # noqa: N802
        if address == self.unwanted:
            return REPLIES["550"][1]
        envelope.rcpt_tos.append(address)
        return self.reply("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        refused = self.reply("DATA", "")
        if refused:
            return refused
        if self.slow_for in envelope.rcpt_tos:
            self.stalled += 1
            try:
                await asyncio.sleep(40)
            finally:
                self.stalled -= 1
        await asyncio.sleep(self.pause)
        self.to += envelope.rcpt_tos
        self.ids.append(str(message_from_bytes(envelope.content or b"")["Message-ID"]))
        mode = self.mode_now()
        if mode == "hang":
            await asyncio.sleep(3)
        if mode == "drop" and server.transport is not None:
            server.transport.abort()
        return "250 taken"

    def mode_now(self) -> str:
        if self.only_for is None:
            return self.mode
        self.only_for -= 1
        return self.mode if self.only_for >= 0 else "ok"

    def server(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        self.connections += 1
        return Doorkeeper(self, loop=loop)


@contextmanager
def postbox(pause: float = 0.0) -> Iterator[tuple[Postbox, int]]:
    """A running server on a free port: the box and the port."""
    box, loop = Postbox(pause), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: box.server(loop), "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        box.port = server.sockets[0].getsockname()[1]
        yield box, box.port
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()
