"""The patient is here on another day than the visit's, or at another place: what is possible now."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.refusals import Refusal
from clinic.models import Location, User
from scheduling.calendar.actions.checks import check_window
from scheduling.calendar.queries.offers import Offer
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.models import Practitioner, Room, Session
from scheduling.treatment.actions.visits import moves_along
from scheduling.treatment.queries.here_now import free_from_now, is_now


@dataclass(frozen=True, slots=True)
class HereNow:
    """A patient who is here on another day than the visit's, or at another `place`: the first free time, if it is now,
    how many other visits of the course a move to it changes, and why it may not be moved to now. `missed`: its time in
    a course is over, so it is noted first that nobody came then."""

    offer: Offer | None
    is_now: bool = False
    others: int = 0
    refused: str = ""
    missed: bool = False
    place: Location | None = None

    @property
    def at_once(self) -> bool:
        """One press moves the visit and checks in."""
        return self.is_now and not self.others and not self.refused

    @property
    def who(self) -> str:
        return str(self.offer.place.practitioner_id) if self.offer else ""


def here_now(session: Session, home: Location, *, by: User) -> HereNow | None:
    """What is possible now at `home`, the place where the patient is; None on the visit's own day at its own place."""
    booking, now, zone = current_booking(session), clock.now(), home.timezone
    place = home if home != session.location else None
    if session.status != "booked" or booking is None:
        return None
    if place is None and local_date(booking.start, zone) == local_date(now, zone):
        return None
    if session.course_id and booking.end <= now:
        return HereNow(None, missed=True, place=place)
    here = copy(session)
    here.location = home
    offer = free_from_now(here, now)
    ahead = place is None and booking.start > now
    if ahead and offer and local_date(offer.start, zone) >= local_date(booking.start, zone):
        offer = None  # no sooner than it is booked anyway
    try:
        check_window(here, now, by=by, reason="")
        if offer is None or not is_now(offer, now):
            return HereNow(offer, place=place)
        how: dict[str, Any] = {"start": offer.start, "here": place, "by": by, "preview": True}
        if place:
            how |= where(offer)
        moved = place_session(session=session, **how) if session.course_id else None
    except Refusal as refusal:
        later = offer if offer and not is_now(offer, now) else None
        return HereNow(later, refused=str(refusal.detail), place=place)
    return HereNow(offer, is_now=True, others=moves_along(moved, session) if moved else 0, place=place)


def where(offer: Offer) -> dict[str, Any]:
    doctor = Practitioner.objects.select_related("staff").get(pk=offer.place.practitioner_id)
    return {"start": offer.start, "practitioner": doctor, "room": Room.objects.get(pk=offer.place.room_id)}
