"""What patients have asked and nobody has answered."""

from django.db.models import Exists, OuterRef, QuerySet

from scheduling.models import Booking, VisitRequest


def unanswered(rows: QuerySet[VisitRequest]) -> QuerySet[VisitRequest]:
    """Also answered is one whose visit has got a time since."""
    since = Booking.objects.filter(session=OuterRef("session"), active=True, created_at__gt=OuterRef("asked_at"))
    open_ones = rows.filter(~Exists(since), closed_at=None)
    return open_ones.select_related("patient", "session", "location")
