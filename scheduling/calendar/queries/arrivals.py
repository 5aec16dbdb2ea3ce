"""For which visits the patient comes once."""

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, Subquery

from scheduling.models import Booking, Session, arrivals

NEAR = timedelta(hours=12)


def arrival_of(session: Session) -> tuple[Booking, ...]:
    """The bookings of the arrival of this visit, in order of time; empty for one without a time. One query."""
    start = Subquery(Booking.objects.filter(session=session, active=True).values("start"))
    first, last = (ExpressionWrapper(start + apart, output_field=DateTimeField()) for apart in (-NEAR, NEAR))
    near = Booking.objects.filter(patient=session.patient_id, active=True, session__isnull=False)
    rows = near.filter(start__gt=first, start__lt=last).select_related(
        "practitioner", "room", "session__location", "session__patient", "session__course"
    )
    return next((each for each in arrivals(rows) if any(row.session_id == session.pk for row in each)), ())


def together(session: Session) -> list[Session]:
    """The other visits of its arrival."""
    return [row.visit for row in arrival_of(session) if row.session_id != session.pk]
