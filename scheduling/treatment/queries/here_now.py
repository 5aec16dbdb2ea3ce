"""The patient is here at another time than the visit's: what is free now, else next."""

from dataclasses import replace
from datetime import datetime, timedelta

from scheduling.calendar.queries.offers import Offer, offers
from scheduling.calendar.queries.places import current_booking
from scheduling.calendar.queries.search import Search
from scheduling.models import Session

SOON = timedelta(minutes=15)  # a patient at the counter waits so long


def is_now(offer: Offer, now: datetime) -> bool:
    return offer.start <= now + SOON


def free_from_now(session: Session, now: datetime) -> Offer | None:
    """The first free time inside the window: with whoever has the visit when they are free at once, else with anybody
    who may do it. None when there is none."""
    search, booking = Search.for_session(session, now=now, limit=1), current_booking(session)
    theirs = offers(replace(search, practitioner_id=booking.practitioner_id), now=now) if booking else []
    anybody = offers(search, now=now)
    at_once = [each for each in (*theirs, *anybody) if is_now(each, now)]
    return next(iter((*at_once, *anybody)), None)
