"""What a clinician or a director still has to stand for: records without a signature, serious deviations (D39, D41)."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from clinic.models import Location, User
from scheduling.models import Deviation, SessionStatus, TreatmentRecord

ESCALATED_AFTER = timedelta(hours=24)


def unsigned(location: Location, now: datetime, *, by: User, everybody: bool) -> QuerySet[TreatmentRecord]:
    """Records that are done and not signed, oldest first: one's own, and for prescribers those older than a day."""
    rows = TreatmentRecord.objects.filter(session__location=location, ended_at__isnull=False, signed_at=None)
    rows = rows.exclude(session__status=SessionStatus.ERROR)
    seen = Q(by=by) | Q(ended_at__lte=now - ESCALATED_AFTER) if everybody else Q(by=by)
    return rows.filter(seen).select_related("session__patient", "by").order_by("ended_at", "id")


def untold(location: Location) -> QuerySet[Deviation]:
    """Serious deviations that no director has acknowledged, the oldest first."""
    rows = Deviation.objects.filter(session__location=location, serious=True, acknowledged_at=None)
    return rows.select_related("session__patient", "by").order_by("at", "id")
