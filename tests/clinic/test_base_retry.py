"""What the database broke off to help itself is tried again; everything else is told at once."""

import psycopg.errors
import pytest
from django.db import IntegrityError, OperationalError

from clinic.base import retry
from clinic.base.refusals import Busy
from clinic.base.retry import with_retry


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(retry, "PAUSE_SECONDS", 0)


def failing(cause: Exception, times: int, kind=OperationalError):
    """An action that fails so often before it works, and the list of its calls."""
    calls: list[int] = []

    @with_retry
    def act(word: str) -> str:
        calls.append(1)
        if len(calls) <= times:
            raise kind(str(cause)) from cause
        return word

    return act, calls


@pytest.mark.parametrize(
    "cause",
    [psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure(), psycopg.errors.LockNotAvailable()],
)
def test_a_deadlock_a_serialisation_failure_and_a_lock_are_tried_three_times_more(cause):
    act, calls = failing(cause, times=3)
    assert act("done") == "done"
    assert len(calls) == 4


def test_then_the_caller_hears_that_it_is_busy():
    act, calls = failing(psycopg.errors.DeadlockDetected(), times=4)
    with pytest.raises(Busy) as refused:
        act("done")
    assert refused.value.status == 503
    assert len(calls) == 4


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (psycopg.errors.QueryCanceled(), OperationalError),
        (psycopg.errors.AdminShutdown(), OperationalError),
        (psycopg.errors.ExclusionViolation(), IntegrityError),
    ],
)
def test_nothing_else_is_tried_again(cause, kind):
    act, calls = failing(cause, times=1, kind=kind)
    with pytest.raises(kind):
        act("done")
    assert len(calls) == 1
