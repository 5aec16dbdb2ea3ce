"""Try again what the database gave up on to end a deadlock, a serialisation failure or a wait for a lock."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError
from django.utils.translation import gettext as _

from clinic.base.refusals import Busy

RETRIED = {"40P01", "40001", "55P03"}
TRIES = 4  # the first and three more
PAUSE_SECONDS = 0.02

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of the driver's error behind one of Django's; None when there is none."""
    return getattr(error.__cause__, "sqlstate", None)


def with_retry(action: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Decorator, to stand outside `transaction.atomic`: three more tries with growing jitter, then Busy (503).

    Inside an outer transaction each try is a savepoint, whose end also frees the locks it took.
    """

    @wraps(action)
    def retried(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        for attempt in range(1, TRIES):
            try:
                return action(*args, **kwargs)
            except OperationalError as error:
                if sqlstate(error) not in RETRIED:
                    raise
            time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311  # jitter, not a secret
        return last_try(action, *args, **kwargs)

    return retried


def last_try(action: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Answer:
    try:
        return action(*args, **kwargs)
    except OperationalError as error:
        if sqlstate(error) in RETRIED:
            raise Busy(_("Too many people changed this at once. Nothing was saved; please try again.")) from error
        raise
