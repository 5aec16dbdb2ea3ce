"""Somebody who calls the API of a running clinic over real HTTP, and may lose the connection."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from clinic.base.tokens import issue_token
from clinic.models import User
from tests.stack import Stack

PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


class Caller:
    """`Caller.for_user(stack, email)("POST", "sessions/", {...})`."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token

    @classmethod
    def for_user(cls, stack: Stack, email: str) -> "Caller":
        with stack.records():
            return cls(stack.port, issue_token(user=User.objects.get(email=email)))

    def headers(self, key: str = "", seen: str = "") -> dict[str, str]:
        """`key` is an Idempotency-Key, `seen` the version that the caller saw."""
        given = {"Idempotency-Key": key, "If-Match": seen}
        own = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        return own | {name: value for name, value in given.items() if value}

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str = "", seen: str = "", timeout: float = PATIENCE
    ) -> Answer:
        """One call. Raises OSError or HTTPException when the connection breaks."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = None if body is None else json.dumps(body)
            line.request(method, f"/api/v1/{path}", sent, self.headers(key, seen))
            answer = line.getresponse()
            text = answer.read()
        finally:
            line.close()
        read = json.loads(text) if text.startswith((b"{", b"[")) else text.decode(errors="replace")
        return Answer(answer.status, read, dict(answer.headers))

    def until_answered(self, method: str, path: str, body: Any, *, key: str) -> tuple[Answer, int]:
        """What a careful client does: the same request with the same key until the clinic has said yes or no."""
        broken, deadline = 0, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = self(method, path, body, key=key)
                if answer.status != 503:
                    return answer, broken
            except (OSError, HTTPException):
                pass
            broken += 1
            time.sleep(0.2)
        raise AssertionError(f"no answer within {PATIENCE:.0f} s")
