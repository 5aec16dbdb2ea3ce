"""Whom the servers run as, and the folder that is that account's alone."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

SYSTEM_DATA = Path("/var/lib")


class Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """PostgreSQL refuses root, so root hands its servers to `nobody`; everybody else runs them as themselves."""

    uid: int
    gid: int
    is_other: bool

    @classmethod
    def choose(cls) -> "Account":
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), is_other=False)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid, is_other=True)

    @property
    def identity(self) -> Identity:
        """What makes a subprocess run as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def can(self, *command: str | Path) -> bool:
        """Whether a short command, reached through every folder above it, succeeds as this account."""
        with suppress(PermissionError):
            return subprocess.run(command, capture_output=True, check=False, cwd="/", **self.identity).returncode == 0
        return False

    def own(self, path: Path) -> Path:
        """Give a folder that we made, and what is in it, to this account."""
        if self.is_other:
            for folder, _, files in os.walk(path):
                for name in (".", *files):
                    os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)
        return path

    def folder(self, path: Path) -> Path:
        """A folder that only this account enters, made when it is missing."""
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True)
            self.own(path)
        return path


def private_home(var_dir: Path, account: Account) -> Path:
    """The folder of the servers' data: `var_dir`/servers, or where that link leads.

    It is a link when root works below a folder closed to others, /root say: the servers' account could not reach its
    data there, and opening somebody's folders is not ours to do.
    """
    link = var_dir.resolve() / "servers"
    if link.is_symlink() and not link.exists():
        link.unlink()
    home = account.folder(link).resolve()
    if account.can("/bin/sh", "-c", 'test -w "$0"', home):
        return home
    return _moved_out(link, account)


def _moved_out(link: Path, account: Account) -> Path:
    home = account.own(Path(tempfile.mkdtemp(prefix="mesoplan-", dir=SYSTEM_DATA)))
    shutil.rmtree(link)
    link.symlink_to(home)
    return home
