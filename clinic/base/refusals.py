"""Every 'no' of the product: what was refused, at which field, by which rule, and what would pass instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that is in the way, in words a person can act on, with the facts or decisions it rests on."""

    code: str
    message: str
    until: date | datetime | None = None
    cites: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FieldError:
    field: str
    code: str
    message: str


@dataclass
class Refusal(Exception):  # noqa: N818  # the clinic's word: nothing broke, something was refused
    """Refused by a clinical rule (422). `next` is the date or slot that would pass, where one is known."""

    detail: str
    reasons: Sequence[Reason] = ()
    errors: Sequence[FieldError] = ()
    next: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    status = 422
    title = "Refused by a clinical rule"

    def __str__(self) -> str:
        return self.detail

    @classmethod
    def at(cls, name: str, message: str, code: str = "invalid") -> Self:
        """This refusal for one field."""
        return cls(detail=message, errors=[FieldError(name, code, message)])


class BadInput(Refusal):
    """The request itself is wrong (400); `errors` name the fields."""

    status = 400
    title = "The request is not valid"


class Malformed(BadInput):
    """Not what was asked for, in a way that the API's description cannot say: an answer that is not of its question's
    type, or without what belongs beside it (400)."""


class Unusable(Refusal):
    """Well formed, and still nothing that can be done (422): what it names is not there, or its parts contradict."""

    title = "The request cannot be carried out"


class NotSignedIn(Refusal):
    """Nobody is signed in, or the session has to be signed in to again (401)."""

    status = 401
    title = "Sign in first"


class Forbidden(Refusal):
    """Signed in, but this role may not do it (403)."""

    status = 403
    title = "Not allowed for your role"


class Conflict(Refusal):
    """It collides with a booking or with the state something is in (409)."""

    status = 409
    title = "Conflict with a booking or a state"


class Stale(Refusal):
    """Someone else changed it first (412)."""

    status = 412
    title = "Changed by someone else meanwhile"


class TooMany(Refusal):
    """Asked too often (429); it may be asked again after `RETRY_AFTER` seconds."""

    status = 429
    title = "Too many attempts"
    RETRY_AFTER = 300


class Busy(Refusal):
    """The database could not answer in time (503); the same request may be repeated."""

    status = 503
    title = "Busy, please try again"
