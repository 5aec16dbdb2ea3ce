"""The doorbell never holds a request up: a dead or silent broker is noticed once, then left alone for a while."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from clinic.base import doorbell
from clinic.celery import app


class SilentBroker:
    """Takes every connection and never says a word."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self.listener.accept()[0])
            except OSError:  # closed at the end of the test
                return

    def close(self) -> None:
        for each in [self.listener, *self.taken]:
            each.close()


@pytest.fixture
def silent_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentBroker]:
    broker = SilentBroker()
    monkeypatch.setattr(app.conf, "broker_url", broker.address)
    yield broker
    broker.close()


@pytest.fixture(autouse=True)
def _rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell.Breaker, "quiet_until", 0.0)


def ring(capture: Callable[..., Any], *args: int | str) -> None:
    with capture(execute=True), transaction.atomic():
        doorbell.ring("clinic.heartbeat", *args)


def test_a_silent_broker_is_tried_once_and_then_left_alone(
    db: None, silent_broker: SilentBroker, django_capture_on_commit_callbacks: Callable[..., Any], caplog: Any
):
    for _ in range(3):
        ring(django_capture_on_commit_callbacks)
    assert len(silent_broker.taken) == 1
    assert "the sweep will pick it up" in caplog.text


def test_after_a_rest_the_broker_is_tried_again(
    db: None, silent_broker: SilentBroker, django_capture_on_commit_callbacks: Callable[..., Any], monkeypatch: Any
):
    ring(django_capture_on_commit_callbacks)
    later = doorbell.time.monotonic() + doorbell.BREAK_SECONDS
    monkeypatch.setattr(doorbell.time, "monotonic", lambda: later)
    ring(django_capture_on_commit_callbacks)
    assert len(silent_broker.taken) == 2


def test_nobody_rings_before_the_commit(db: None, monkeypatch: pytest.MonkeyPatch):
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "_ring_now", lambda task, _args: rung.append(task))
    with transaction.atomic():
        doorbell.ring("clinic.heartbeat")
        assert rung == []


def test_what_is_rolled_back_never_rings(
    db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
):
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "_ring_now", lambda task, _args: rung.append(task))

    def fail() -> None:
        with transaction.atomic():
            doorbell.ring("clinic.heartbeat")
            raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        fail()
    assert rung == []


def test_a_working_broker_gets_the_task_with_ids_only(db: None, django_capture_on_commit_callbacks: Callable[..., Any]):
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue(app.conf.task_default_queue)
        queue.clear()
        ring(django_capture_on_commit_callbacks, 42)
        message = queue.get(timeout=5)
        message.ack()
    assert message.headers["task"] == "clinic.heartbeat"
    assert message.decode()[0] == [42]
