"""Two people of one name on one day: they are flagged wherever their visits stand (D51)."""

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

from clinic.base.clock import local_date
from clinic.base.zones import day_bounds
from clinic.models import Location
from scheduling.models import Booking, Session


def namesakes_on(location: Location, day: date) -> frozenset[int]:
    """Ids of the patients who share given and family name with somebody else of that local day here. One query."""
    first, last = day_bounds(day, ZoneInfo(location.timezone))
    rows = Booking.objects.filter(active=True, session__location=location, start__gte=first, start__lt=last)
    called: dict[tuple[str, str], set[int]] = defaultdict(set)
    for patient, given, family in rows.values_list(
        "session__patient", "session__patient__given_name", "session__patient__family_name"
    ):
        called[given.casefold().strip(), family.casefold().strip()].add(patient)
    return frozenset(patient for patients in called.values() if len(patients) > 1 for patient in patients)


def has_namesake(session: Session, booking: Booking | None) -> bool:
    """Somebody else of that name has a visit here on the same day (D51)."""
    if booking is None:
        return False
    return session.patient_id in namesakes_on(session.location, local_date(booking.start, session.location.timezone))
