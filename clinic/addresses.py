"""Where the servers of this checkout are: kept in a file while `manage.py up` runs them, for every other command.

`VAR_DIR`/servers.env holds NAME='value' lines and is readable by its owner alone, since one of them is a password.
After a power cut the file stays behind; whoever reads it then is told in one line that nobody answers (manage.py).
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

NAMES = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SITE_URL")
VAR_DIR = Path(os.environ.get("VAR_DIR", Path(__file__).resolve().parent.parent / "var"))
FILE = "servers.env"


def read(var_dir: Path) -> dict[str, str]:
    """The addresses by the name of their variable; {} when no servers run for this folder."""
    try:
        lines = shlex.split((var_dir / FILE).read_text())
    except FileNotFoundError:
        return {}
    return {name: value for name, _, value in (line.partition("=") for line in lines) if name in NAMES}


@contextmanager
def written(var_dir: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """The addresses among `environment` are in the file until the block ends."""
    path, unfinished = var_dir / FILE, var_dir / f"{FILE}.unfinished"
    lines = [f"{name}={shlex.quote(environment[name])}\n" for name in NAMES if name in environment]
    unfinished.touch(mode=0o600)
    unfinished.write_text("".join(lines))
    unfinished.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def nobody(var_dir: Path) -> str:
    """The database of a folder for which no servers run: nobody answers, and no other server is mistaken for ours."""
    return f"postgres://app@{quote(str(var_dir.resolve()), safe='')}/mesoplan"


def explain(reason: str, var_dir: Path, *, found: bool, given: bool) -> str:
    """One line about a database that does not answer: its address was `found` in the file, or `given` by DATABASE_URL.

    `reason` is libpq's, which names host and role and never a password.
    """
    if given:
        return f"The database of DATABASE_URL does not answer: {' '.join(reason.split())}"
    if found:
        return f"The servers of {var_dir / FILE} do not answer: start `make run` again, or set DATABASE_URL."
    return f"No servers run for {var_dir}: start `make run` in another terminal, or set DATABASE_URL."
