"""Reads that a page asks for more than once are done once, for as long as the page is being made.

@reads_once            # the view: only GET and HEAD, which write nothing that these reads would miss
def detail(request): …

@once                  # the read: its arguments are its key; whoever gets the answer does not change it
def completed_responses(patient): …

Outside such a view, in an action, a task or a POST, every call reads afresh.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

Given = ParamSpec("Given")
Found = TypeVar("Found")
Kept = dict[tuple[Any, ...], Any]

KEPT: ContextVar[Kept | None] = ContextVar("kept", default=None)
SAFE = frozenset({"GET", "HEAD"})


def once(read: Callable[Given, Found]) -> Callable[Given, Found]:
    """A read whose answer is kept by its arguments while a page of `reads_once` is made."""

    @wraps(read)
    def asked(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        kept = KEPT.get()
        if kept is None:
            return read(*args, **kwargs)
        key = (read, args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = read(*args, **kwargs)
        found: Found = kept[key]
        return found

    return asked


def reads_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose safe requests keep what `once` has read."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE:
            return view(request, *args, **kwargs)
        with keeping():
            return view(request, *args, **kwargs)

    return shown


@contextmanager
def keeping() -> Iterator[None]:
    token = KEPT.set({})
    try:
        yield
    finally:
        KEPT.reset(token)
