"""The whole clinic from one command: servers, database, content, then web, workers and beat until Ctrl-C."""

import os
import socket
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import ExitStack
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic import addresses, embedded
from clinic.supervisor import PartError, StopRequested, Supervisor, read_procfile, stop_signals

PARTS = ("servers", "web", "plan", "mail", "codes", "sweep", "beat", "nightly")
OWNERS = frozenset({"nightly"})  # the only part that runs as the owner of the database
NO_STATEMENT_LIMIT = "-c lock_timeout=5s -c timezone=UTC"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only",
            nargs="+",
            choices=PARTS,
            default=PARTS,
            help="run these parts alone; without `servers`, against the servers that another terminal runs",
        )

    def handle(self, only: tuple[str, ...], **options: object) -> None:
        if "web" in only:
            _check_port()
        try:
            with stop_signals(), ExitStack() as stack:
                self.run(tuple(only), stack)
        except StopRequested:
            self.stdout.write("Stopped.")
        except (PartError, embedded.ServerError) as error:
            raise CommandError(f"The clinic stops: {error}") from error

    def run(self, only: tuple[str, ...], stack: ExitStack) -> None:
        var_dir = Path(settings.VAR_DIR).resolve()
        var_dir.mkdir(parents=True, exist_ok=True)
        environment = {"DEMO": "1", **os.environ, "VAR_DIR": str(var_dir)}
        servers: tuple[embedded.Server, ...] = ()
        if "servers" in only and "DATABASE_URL" not in os.environ:
            self.stdout.write("Starting PostgreSQL and Valkey…")
            running = stack.enter_context(embedded.servers(var_dir))
            servers = running.all
            environment |= {**running.urls.environment(), **_given(os.environ)}
            site = {"SITE_URL": settings.SITE_URL} if "web" in only else {}
            stack.enter_context(addresses.written(var_dir, environment | site))
        elif "DATABASE_URL" not in os.environ:
            environment |= _found(var_dir)
        supervisor = Supervisor(environment, say=self.stdout.write)
        stack.callback(self.stop, supervisor)
        if "servers" in only:
            self.prepare(supervisor)
        commands = read_procfile()
        for name in (part for part in only if part != "servers"):
            supervisor.start(name, commands[name], **(as_owner(environment) if name in OWNERS else {}))
        supervisor.watch(
            servers, _web_missing if "web" in only else _nothing_missing, lambda: self.announce(only, supervisor)
        )

    def prepare(self, supervisor: Supervisor) -> None:
        self.stdout.write("Preparing the database…")
        files = supervisor.begin("prepare files", "prepare", "files")
        supervisor.run("prepare schema", "prepare", "schema", **as_owner(supervisor.environment))
        supervisor.run("prepare content", "prepare", "content")
        supervisor.finish(files)

    def announce(self, only: tuple[str, ...], supervisor: Supervisor) -> None:
        if "web" in only:
            self.stdout.write(self.style.SUCCESS(f"\nMesoplan is ready: {settings.SITE_URL}"))
            supervisor.errand("welcome", "welcome")
        else:
            self.stdout.write(self.style.SUCCESS(f"Running: {', '.join(only)}"))
        self.stdout.write("Ctrl-C stops it.")

    def stop(self, supervisor: Supervisor) -> None:
        if supervisor.children:
            self.stdout.write(f"\nStopping {', '.join(supervisor.children)}…")
        supervisor.stop()


def as_owner(environment: Mapping[str, str]) -> dict[str, str]:
    """What a process needs that works as the owner of the database, and may take its time."""
    owner = environment.get("OWNER_DATABASE_URL", environment["DATABASE_URL"])
    return {"DATABASE_URL": owner, "PGOPTIONS": NO_STATEMENT_LIMIT}


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    """A broker of one's own may stand beside our database."""
    return {name: environment[name] for name in ("REDIS_URL",) if name in environment}


def _found(var_dir: Path) -> dict[str, str]:
    found = addresses.read(var_dir)
    if not found:
        raise CommandError("No servers run here: start `manage.py up --only servers`, or set DATABASE_URL.")
    return found


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((os.environ.get("HOST", "127.0.0.1"), int(settings.PORT)))
        except OSError as error:
            raise CommandError(f"Port {settings.PORT} is taken. Choose another: PORT=8001 make run") from error


def _web_missing() -> str:
    """What keeps the web server from being ready; nothing when it is."""
    connection = HTTPConnection("127.0.0.1", int(settings.PORT), timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.SITE_URL).netloc})
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except OSError as error:
        return f"the web server does not answer ({error})"
    finally:
        connection.close()
    return "" if answer.status == HTTPStatus.OK else f"the web server says {answer.status} {body}"


def _nothing_missing() -> str:
    return ""
