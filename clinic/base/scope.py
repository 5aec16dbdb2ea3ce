"""Whose rows the database shows now: one scope for each request, task and command, read by the row policies.

    with scope.whole():
        ...

Without one the database shows no row of any patient. Before each statement the connection makes sure that its session
has the scope of this thread (clinic/postgres/base.py); the block ends the scope however it is left. `clinic_sees_all`,
`clinic_places` and `patients_seen` of the database read the texts below (docs/adr/0013-rows.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NOBODY, WHOLE = "", "whole"

_scope: ContextVar[str] = ContextVar("scope", default=NOBODY)


def current() -> str:
    return _scope.get()


@contextmanager
def of(wanted: str) -> Iterator[None]:
    """Inside the block this scope; `take` changes it there, and the end of the block brings the one before back."""
    token = _scope.set(wanted)
    try:
        yield
    finally:
        _scope.reset(token)


def take(wanted: str) -> None:
    """From now on this scope, until the block ends in which we are: who asks is known."""
    _scope.set(wanted)


@contextmanager
def whole() -> Iterator[None]:
    """Every row of every place: what the clock does, and the acts of people that reach beyond their place by nature."""
    with of(WHOLE):
        yield


def person(user_id: int) -> str:
    """The records that open with this sign-in."""
    return f"person:{user_id}"


def staff(user_id: int, role: str) -> str:
    """The patients of the places where this member of staff has this role, and those they opened in an emergency."""
    return f"staff:{user_id}:{role}"
