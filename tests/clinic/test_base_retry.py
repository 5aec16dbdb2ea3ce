"""What the database broke off to help itself is tried again; everything else is told at once."""

import time

import psycopg.errors
import pytest
from django.db import IntegrityError, OperationalError

from clinic.base import budget, retry
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


def test_whoever_has_no_time_for_another_wait_hears_it_at_once():
    """One budget a request: a lock that was waited for in vain costs as much again, a deadlock next to nothing."""
    with budget.limited(retry.LOCK_SECONDS):
        waited, waits = failing(psycopg.errors.LockNotAvailable(), times=1)
        with pytest.raises(Busy):
            waited("done")
        struck, strikes = failing(psycopg.errors.DeadlockDetected(), times=1)
        assert struck("done") == "done"
    assert (len(waits), len(strikes)) == (1, 2)


def test_an_inner_budget_is_never_longer_than_the_outer():
    with budget.limited(1), budget.limited(60):
        assert 0 < budget.remaining() <= 1
    assert budget.remaining() is None


def test_a_request_that_waited_for_a_thread_has_less_time_left():
    budget.arrived(time.monotonic() - 4)
    with budget.request(5):
        assert budget.remaining() <= 1
    with budget.request(5):  # the next one of this thread
        assert budget.remaining() > 4


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
