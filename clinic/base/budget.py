"""How long a request may wait in all: one budget, whatever it waits for and however often it tries again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_arrived: ContextVar[float | None] = ContextVar("arrived", default=None)


def arrived(at: float) -> None:
    """The web server took the request at this reading of the monotonic clock, although nobody was free for it yet."""
    _arrived.set(at)


@contextmanager
def request(seconds: float) -> Iterator[None]:
    """The budget of the request that this thread serves, counted from its arrival."""
    since = _arrived.get()
    _arrived.set(None)
    with _until((time.monotonic() if since is None else since) + seconds):
        yield


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Inside the block no more than this, and never more than what was left before."""
    wanted, before = time.monotonic() + seconds, _deadline.get()
    with _until(wanted if before is None else min(wanted, before)):
        yield


def remaining() -> float | None:
    """Seconds left, 0 when it is used up; None where nobody waits (workers, commands)."""
    deadline = _deadline.get()
    return None if deadline is None else max(0.0, deadline - time.monotonic())


@contextmanager
def _until(deadline: float) -> Iterator[None]:
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)
