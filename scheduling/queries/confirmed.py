"""Which visits the patient has confirmed, as they stand now."""

from scheduling.models import Session, SessionEvent

CONFIRM = "confirm"


def is_confirmed(session: Session) -> bool:
    """Whether the patient said so since the visit got its present time, place and person."""
    said = SessionEvent.objects.filter(session=session, verb=CONFIRM, detail__revision=session.revision)
    return said.exists()
