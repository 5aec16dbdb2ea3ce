"""Infections that share where they may come from: lot, device, room or practitioner, within 29 weeks (D53, F341)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from django.utils.translation import gettext as _

from clinic.base import scope
from scheduling.models import AdverseEvent, Booking

WITHIN = timedelta(weeks=29)
INFECTIONS = ("infection", "mycobacterial_skin_infection")
Trait = tuple[str, int | str]  # what it is, and which one


@dataclass(frozen=True, slots=True)
class Cluster:
    """Infections after different sessions that share something; `names` say what, as the clinic calls it."""

    events: tuple[AdverseEvent, ...]
    names: tuple[str, ...]


@scope.whole()  # what two places share is seen at neither alone
def clusters(now: datetime) -> list[Cluster]:
    """What a director is told: pairs of infections of which the later began in the last 29 weeks. Three queries."""
    events = infections(now)
    traits = traits_of(events)
    found = []
    for one, other in combinations(events, 2):
        shared = traits[one.pk].keys() & traits[other.pk].keys()
        if shared and one.session_id != other.session_id and abs(one.onset_at - other.onset_at) <= WITHIN:
            found.append(Cluster((one, other), tuple(sorted(traits[one.pk][each] for each in shared))))
    return [each for each in found if max(event.onset_at for event in each.events) >= now - WITHIN]


def infections(now: datetime) -> list[AdverseEvent]:
    rows = AdverseEvent.objects.filter(reaction__code__in=INFECTIONS, onset_at__gte=now - 2 * WITHIN)
    known = rows.exclude(session=None).select_related("patient", "reaction", "session__performed_by", "session__record")
    return list(known.prefetch_related("session__drawn_up").order_by("onset_at", "id"))


def traits_of(events: Iterable[AdverseEvent]) -> dict[int, dict[Trait, str]]:
    """Event -> what its session had part in, each with its name."""
    sessions = {event.session_id for event in events}
    places: dict[int, dict[Trait, str]] = {}
    for booking in Booking.objects.filter(session__in=sessions, active=True).select_related("room", "device"):
        if booking.session_id is not None:
            places[booking.session_id] = dict(of_place(booking))
    return {
        event.pk: dict(of_session(event)) | (places.get(event.session_id, {}) if event.session_id else {})
        for event in events
    }


def of_place(booking: Booking) -> Iterator[tuple[Trait, str]]:
    if booking.room is not None:
        yield ("room", booking.room.pk), _("room %(name)s") % {"name": booking.room}
    if booking.device is not None:
        yield ("device", booking.device.pk), _("device %(name)s") % {"name": booking.device}


def of_session(event: AdverseEvent) -> Iterator[tuple[Trait, str]]:
    session = event.session
    if session is None:
        return
    if session.performed_by is not None:
        yield ("practitioner", session.performed_by.pk), _("practitioner %(name)s") % {"name": session.performed_by}
    record = getattr(session, "record", None)
    written = {str(row.get("lot") or "").strip() for row in record.substances} if record else set()
    for lot in (written | {each.number for each in session.drawn_up.all()}) - {""}:
        yield ("lot", lot), _("lot %(name)s") % {"name": lot}
