"""The letters of the demonstration: what Django's file backend wrote, one file a connection, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

BETWEEN = b"-" * 79 + b"\n"  # what the file backend puts after each letter
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    sent_at: datetime
    to: str
    subject: str
    body: str


def letters(folder: Path, limit: int = SHOWN) -> list[Letter]:
    """The newest letters of `folder`; none when nothing was ever sent."""
    return list(islice(read(folder), limit))


def letter(folder: Path, wanted: str) -> Letter | None:
    return next((each for each in read(folder) if each.id == wanted), None)


def read(folder: Path) -> Iterator[Letter]:
    for path in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        sent_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        parts = [part for part in path.read_bytes().split(BETWEEN) if part.strip()]
        for number, part in reversed(list(enumerate(parts))):
            yield parsed(f"{path.stem}-{number}", sent_at, message_from_bytes(part, policy=policy.default))


def parsed(name: str, sent_at: datetime, message: EmailMessage) -> Letter:
    body = message.get_body(preferencelist=("plain", "html"))
    text = body.get_content() if body else ""
    return Letter(name, sent_at, str(message["To"] or ""), str(message["Subject"] or ""), text)
