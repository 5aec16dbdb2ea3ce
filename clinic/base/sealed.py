"""What must be kept for a while and must not be readable in a copy of the database: encrypted with the clinic's key."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotOpenError(Exception):
    """It was sealed with another key, or is no sealed text at all."""


def seal(content: Mapping[str, Any], *, use: str) -> str:
    """`use` names what it is for: sealed for one use, it opens for no other."""
    return box(use).encrypt(json.dumps(content).encode()).decode()


def unseal(text: bytes | str, *, use: str) -> dict[str, Any]:
    """The content again. Raises CannotOpenError."""
    try:
        content: dict[str, Any] = json.loads(box(use).decrypt(text))
    except InvalidToken as error:
        raise CannotOpenError from error
    return content


def box(use: str) -> MultiFernet:
    """The present key seals; the former ones (SECRET_KEY_FALLBACKS) still open."""
    return MultiFernet(
        [Fernet(key(str(secret), use)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def key(secret: str, use: str) -> bytes:
    return urlsafe_b64encode(hashlib.sha256(f"{use}\0{secret}".encode()).digest())
