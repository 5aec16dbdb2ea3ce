"""Sessions together with the place they hold in the calendar, in one further query however many."""

from django.db.models import Prefetch, QuerySet

from scheduling.models import Booking, Session


def with_places(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Sessions whose active booking is at hand for `current_booking`."""
    active = Booking.objects.filter(active=True).select_related("practitioner", "room", "device")
    return sessions.prefetch_related(Prefetch("bookings", queryset=active, to_attr="current_bookings"))


def current_booking(session: Session) -> Booking | None:
    """The session's active booking; no query after `with_places`."""
    held: list[Booking] | None = getattr(session, "current_bookings", None)
    if held is None:
        return session.bookings.filter(active=True).select_related("practitioner", "room", "device").first()
    return held[0] if held else None
