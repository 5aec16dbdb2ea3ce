"""The last look before the needle: allergies, the last reaction, how long ago the last session was (D38), the kit."""

from dataclasses import dataclass
from datetime import date, datetime

from clinic.base.clock import local_date
from clinic.models import Location
from patients.queries.alerts import Alerts, alerts_of
from scheduling.models import NEEDLE_KINDS, AdverseEvent, Session
from scheduling.treatment.queries.readiness import TREATED, reactions_of

NOT_STARTED = frozenset({"planned", "booked", "displaced", "checked_in", "no_show"})


@dataclass(frozen=True, slots=True)
class LastLook:
    """`days` since the last treatment of the patient, None before the first; `late_days` beyond the window."""

    alerts: Alerts
    reaction: AdverseEvent | None
    days: int | None
    late_days: int

    @property
    def allergic(self) -> bool:
        return bool(self.alerts.confirmed or self.alerts.suspected)


def last_look(session: Session, now: datetime) -> LastLook:
    """Two queries beside those of the alerts."""
    patient, today = session.patient, local_date(now, session.location.timezone)
    before = Session.objects.filter(patient=patient, kind__in=TREATED, status="completed").exclude(pk=session.pk)
    at = before.order_by("-performed_at").values_list("performed_at", flat=True).first()
    return LastLook(
        alerts=alerts_of(patient, now),
        reaction=AdverseEvent.objects.filter(patient=patient).select_related("reaction").order_by("-onset_at").first(),
        days=(today - local_date(at, session.location.timezone)).days if at else None,
        late_days=max((today - session.latest).days, 0) if session.latest else 0,
    )


def kit_of(location: Location, today: date) -> dict[str, bool]:
    """The state of the emergency kit of the place (D54)."""
    at, expires = location.kit_checked_at, location.adrenaline_expires_on
    return {
        "checked": at is not None and local_date(at, location.timezone) == today,
        "expired": expires is not None and expires < today,
    }


def waits_for_needle(session: Session) -> bool:
    return session.status in NOT_STARTED and session.kind in NEEDLE_KINDS


def early_days(session: Session, now: datetime) -> int:
    """How many days are missing to its window (D39)."""
    today = local_date(now, session.location.timezone)
    return max((session.floor - today).days, 0) if session.floor else 0


def open_reactions(session: Session, now: datetime) -> list[AdverseEvent]:
    """Shown before the needle (D38)."""
    if not waits_for_needle(session):
        return []
    return [event for event in reactions_of([session.patient_id], now)[session.patient_id] if event.closed_at is None]
