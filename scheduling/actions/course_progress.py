"""What a visit that took place, or never will, means for the course it belongs to."""

from datetime import datetime

from clinic.models import User
from scheduling.models import Session


def session_performed(*, session: Session, by: User, now: datetime) -> None:
    """The windows after it count from what really happened (D03)."""


def session_cancelled(*, session: Session, by: User, now: datetime) -> None:
    """The visits after it count from the last one performed."""
