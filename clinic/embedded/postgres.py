"""PostgreSQL on a socket in a private folder, with the two roles of the clinic."""

import hashlib
import locale
import shutil
import signal
import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from clinic.embedded.account import Account
from clinic.embedded.binaries import Binaries
from clinic.embedded.process import Server, ServerError

DATABASE = "mesoplan"
SOCKETS = Path("/tmp")  # noqa: S108 - a socket's path has about a hundred bytes; our folder in it is 0700

# Every database is copied from template1, those of the tests included, and so has the extensions and the rights.
# `owner` makes databases (tests, a template of the browser tests) and may step down to `app`.
ROLES = (
    "CREATE ROLE owner LOGIN CREATEDB",
    "CREATE ROLE app LOGIN",
    "GRANT app TO owner",
)
RIGHTS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO app",
)
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # What broke, never with the row or the statement that holds somebody's name.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "max_connections": "200",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "1h"}


class Postgres(Server):
    name = "postgres"
    gentle = signal.SIGINT  # "fast": open transactions are rolled back

    def __init__(self, account: Account, home: Path, binaries: Binaries, *, durable: bool) -> None:
        super().__init__(account, home)
        self.binaries = binaries
        self.durable = durable
        self.data = home / "postgres"
        self.sockets = SOCKETS / f"mesoplan-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}@{quote(str(self.sockets), safe='')}/{database}"

    def start(self) -> None:
        super().start()
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            _provision(connection, self.url("postgres", "template1"))

    def prepare(self) -> None:
        _private_sockets(self.sockets, self.account)
        if not self.data.exists():
            self._initialise()
        # We hold the lock, so no server uses this data, whatever process has the number in the file by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def command(self) -> tuple[list[str | Path], str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)} | ({} if self.durable else NOT_DURABLE)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.binaries.postgres, "-D", self.data, *options], ""

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        if row is None or Path(row[0]).resolve() != self.data.resolve():
            raise self.failure(f"found another server behind {self.sockets}")
        return True

    def clean(self) -> None:
        with suppress(OSError):
            shutil.rmtree(self.sockets)

    def _initialise(self) -> None:
        """Make the cluster aside and rename it, so that an interrupted first start leaves none that is half made."""
        unfinished = self.data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        command: list[str | Path] = [self.binaries.initdb, "-D", unfinished, "-U", "postgres", "--auth=trust"]
        command += ["--encoding=UTF8", f"--locale={_unicode_locale()}", "--no-instructions"]
        command += [] if self.durable else ["--no-sync"]
        with self.log.open("wb") as log:
            done = subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=self.home, check=False, **self.account.identity
            )
        if done.returncode:
            raise self.failure("could not make its data folder")
        unfinished.rename(self.data)


def _unicode_locale() -> str:
    """A locale of this machine that knows the letters of every language: case and pg_trgm go by it."""
    for name in ("C.UTF-8", "en_US.UTF-8"):
        with suppress(locale.Error):
            before = locale.setlocale(locale.LC_CTYPE)
            locale.setlocale(locale.LC_CTYPE, name)
            locale.setlocale(locale.LC_CTYPE, before)
            return name
    return "C"


def _private_sockets(path: Path, account: Account) -> None:
    """Make the socket folder again. Its name can be foreseen, so one that somebody else made is refused."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        if found.st_uid != account.uid or not stat.S_ISDIR(found.st_mode):
            raise ServerError(f"{path} belongs to somebody else; remove it.")
        shutil.rmtree(path)
    path.mkdir(mode=0o700)
    account.own(path)


def _provision(connection: psycopg.Connection, template: str) -> None:
    """Roles, rights and, last, the database: where it exists, all else does."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return
    existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for statement in ROLES:
        if statement.split()[2] not in existing:
            connection.execute(statement.encode())
    with psycopg.connect(template) as inside:
        for statement in RIGHTS:
            inside.execute(statement.encode())
    connection.execute(f"CREATE DATABASE {DATABASE} OWNER owner".encode())
