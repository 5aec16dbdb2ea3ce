"""Keeps personal data and the secrets in addresses out of the logs."""

import logging
import re
from collections.abc import Iterator
from traceback import format_tb
from types import TracebackType
from typing import Any

SECRET_ADDRESS = re.compile(r"(/calendar/|/address/|/first-director/|/password/reset/key/)[^/\s\"']+?(\.ics|/)")
MASKED = r"\1****\2"
MAIL_ADDRESS = re.compile(r"[^\s@<>\"'(),:;=]+@[^\s@<>\"'(),:;=]+")

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class SecretsMasked(logging.Filter):
    """Masks secret and mail addresses and the words of an exception, whichever logger wrote them. It drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = MAIL_ADDRESS.sub("****", SECRET_ADDRESS.sub(MASKED, without_words(text, record)))
        if masked != text:
            record.msg, record.args = masked, ()
        return True


class NamelessFormatter(logging.Formatter):
    """A traceback says what broke and where, never with which values: those are somebody's name or address.

    Of each exception its type is written, of one that the database raised the SQLSTATE and the constraint too.
    """

    def formatException(self, ei: ErrorInfo) -> str:  # noqa: N802  # logging's name
        error = ei[1]
        return "" if error is None else "\nwhich led to\n".join(reversed([*map(said, causes(error))]))


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from, newest first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def said(error: BaseException) -> str:
    return "".join(format_tb(error.__traceback__)) + f"{name_of(error)}{database_fault(error)}"


def name_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def database_fault(error: BaseException) -> str:
    """What the database says of a fault without the row: the SQLSTATE and the constraint."""
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    parts = [str(part) for part in (getattr(error, "sqlstate", None), constraint) if part]
    return f" ({', '.join(parts)})" if parts else ""


def without_words(text: str, record: logging.LogRecord) -> str:
    """The message without what an exception says, when some logger wrote that into it."""
    error: Any = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    for each in causes(error) if error is not None else ():
        for words in (repr(each), str(each)):
            if words:
                text = text.replace(words, name_of(each))
    return text
