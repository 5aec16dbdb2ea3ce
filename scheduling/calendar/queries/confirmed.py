"""Which visits the patient has confirmed, as they are now."""

from django.db.models import Exists, IntegerField, OuterRef
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from scheduling.models import Session, SessionEvent

CONFIRM = "confirm"


def is_confirmed(session: Session) -> bool:
    """Whether the patient said so since the visit got its present time, place and person."""
    said = SessionEvent.objects.filter(session=session, verb=CONFIRM, detail__revision=session.revision)
    return said.exists()


def confirmed(session: str) -> Exists:
    """The same as a condition on many rows; `session` is the way to the session, "" on sessions themselves."""
    path = f"{session}__" if session else ""
    said = SessionEvent.objects.filter(session=OuterRef(f"{path}pk"), verb=CONFIRM)
    of_now = said.annotate(revision=Cast(KT("detail__revision"), IntegerField()))
    return Exists(of_now.filter(revision=OuterRef(f"{path}revision")))
