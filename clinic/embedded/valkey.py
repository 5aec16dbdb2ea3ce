"""Valkey, which speaks Redis' protocol, on a free port of the loopback and behind a password of this start."""

import secrets
import signal
import socket
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from clinic.embedded.account import Account
from clinic.embedded.binaries import Binaries
from clinic.embedded.process import Server, ServerError

PORT_TRIES = 5


class Valkey(Server):
    name = "valkey"
    gentle = signal.SIGTERM

    def __init__(self, account: Account, home: Path, binaries: Binaries) -> None:
        super().__init__(account, home)
        self.binaries = binaries
        self.data = home / "valkey"
        self.password = secrets.token_urlsafe(24)
        self.port = 0

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Another process may take a port between our look and the server's: then try the next one."""
        if self.port:
            return super().start()
        for _ in range(PORT_TRIES - 1):
            self.port = _free_port()
            with suppress(ServerError):
                return super().start()
        self.port = _free_port()
        return super().start()

    def prepare(self) -> None:
        self.account.folder(self.data)

    def command(self) -> tuple[list[str | Path], str]:
        """The settings go through standard input: other accounts can read a command line."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "dir": "valkey",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "notice",
        }
        return [self.binaries.valkey, "-"], "".join(f"{name} {value}\n" for name, value in settings.items())

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
                found = client.info("server")["process_id"]
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        except redis.AuthenticationError as error:
            raise self.failure("found another server on its port") from error
        return self.process is not None and found == self.process.pid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
