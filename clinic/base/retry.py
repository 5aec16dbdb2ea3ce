"""Try again what the database gave up on to end a deadlock, a serialisation failure or a wait for a lock."""

import random
import time
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import ParamSpec, TypeVar

from django.db import OperationalError
from django.utils.translation import gettext as _

from clinic.base import budget
from clinic.base.refusals import Busy

LOCKED = "55P03"
RETRIED = {"40P01", "40001", LOCKED}
LOCK_SECONDS = 2.2  # lock_timeout of clinic/settings.py, and a little
TRIES = 4  # the first and three more
PAUSE_SECONDS = 0.02

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of the driver's error behind one of Django's; None when there is none."""
    return getattr(error.__cause__, "sqlstate", None)


def with_retry(action: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Decorator, to be put outside `transaction.atomic`: three more tries with growing jitter, as long as the budget of
    the request lasts for another wait, then Busy (503).

    Inside an outer transaction each try is a savepoint, whose end also frees the locks it took.
    """

    @wraps(action)
    def retried(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        for attempt in count(1):
            try:
                return action(*args, **kwargs)
            except OperationalError as error:
                if sqlstate(error) not in RETRIED:
                    raise
                if attempt == TRIES or not time_for_another(sqlstate(error)):
                    raise Busy(
                        _("Too many people changed this at once. Nothing was saved; please try again.")
                    ) from error
            time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    return retried


def time_for_another(state: str | None) -> bool:
    """Whoever waited for a lock in vain will wait as long again."""
    left = budget.remaining()
    return left is None or left > (LOCK_SECONDS if state == LOCKED else PAUSE_SECONDS * 2**TRIES)
