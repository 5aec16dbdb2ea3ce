"""Sessions in the database, sealed: while somebody signs in, theirs holds the code that was mailed to them."""

from typing import Any

from django.contrib.sessions.backends import db

from clinic.base.sealed import CannotOpenError, seal, unseal

USE = "session"


class SessionStore(db.SessionStore):
    """Django's own, but nobody can read a session, or make one, without the clinic's key."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal(session_dict, use=USE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What was sealed with another key is an empty session: its owner signs in again."""
        try:
            return unseal(session_data, use=USE)
        except CannotOpenError:
            return {}
