"""A freed time is offered to whom it suits: to one patient at a time, the nearest last day first, kept for them until
they answer or their time is over. Swept each minute; any number of workers, and the database decides between them."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.clock import local_date
from clinic.base.doorbell import ring
from clinic.base.refusals import Conflict, Refusal
from clinic.base.retry import with_retry
from clinic.models import Location, User
from protocols.queries import policies
from scheduling.calendar.actions.booking import Slot, book_slots
from scheduling.calendar.actions.placing import lock_session
from scheduling.calendar.queries.opening import next_open
from scheduling.calendar.queries.places import current_booking
from scheduling.courses.changing.actions.cascade import place_session
from scheduling.courses.changing.actions.cascade_moves import Move
from scheduling.courses.changing.actions.cascade_run import CourseChange, compute
from scheduling.courses.changing.actions.cascade_steps import Cascade
from scheduling.courses.changing.actions.horizon import may_go_on
from scheduling.courses.changing.queries.slot_offers import LEAD, freed, open_offers, standing, suited
from scheduling.messages.actions.ledger import SENT, Channel, Entry, Kind, Subject, channels_for, quiet_of, rows, write
from scheduling.messages.actions.said import OPEN
from scheduling.models import Booking, Message, Session, SlotOffer

logger = logging.getLogger(__name__)

Answer, OVER = SlotOffer.Answer, "over"
SHORTEST = timedelta(minutes=15)  # less is no time to think
LOOKS = 40  # how many visits are thought about in one run for one location


def sweep_offers(*, now: datetime | None = None) -> int:
    """End what is over, and offer what is free; how many offers are new."""
    now = now or clock.now()
    for offer in SlotOffer.objects.filter(answer=Answer.OPEN).exclude(standing(now)).select_related("hold"):
        over = offer.hold.held_until and offer.hold.held_until <= now
        close(offer=offer, answer=Answer.LAPSED if over else Answer.WITHDRAWN, by=None, now=now)
    keeps = policies().offer_for
    return sum(offer_freed(place, keeps, now) for place in Location.objects.order_by("pk")) if keeps else 0


def offer_freed(location: Location, keeps: timedelta, now: datetime) -> int:
    """Offer each freed time of a location to the first whom it suits. Nothing in its quiet hours, in which no message
    goes out."""
    if quiet_of(location).holds(now):
        return 0
    is_open = next_open(location, now) == now
    made, looks = 0, LOOKS
    for time in freed(location, now):
        until = min(now + keeps, time.start - LEAD)
        if until - now < SHORTEST:
            continue
        for session in suited(time, location, now):
            if not reached(session, is_open) or not looks:
                continue
            looks -= 1
            if (slot := fitting(session, time, now)) and make_offer(session, slot, until, now):
                made += 1
                break
    return made


def reached(session: Session, is_open: bool) -> bool:
    """Whether word comes to the patient in time: by mail or text message, or by a call while somebody is there."""
    ways = channels_for(session.patient, Kind.SLOT_OFFER)
    return any(way in SENT or (way == Channel.CALL and is_open) for way in ways)


def fitting(session: Session, time: Booking, now: datetime) -> Slot | None:
    """Where the visit would be at a time and with its practitioner; None when anything is against it: a rule, the
    calendar, what the patient said, or that another visit of the course would have to move for it."""
    course, practitioner = session.course, time.practitioner
    if course is None or practitioner is None:
        return None
    zone = session.location.timezone
    if not all(may_go_on(course, local_date(moment, zone)) for moment in (now, time.start)):
        return None
    move = Move(
        session=session,
        start=time.start,
        practitioner=practitioner,
        room=None,
        device=None,
        reason="",
        by=None,
        version=None,
    )
    try:
        done = compute(CourseChange(course=course, change=move.change, check=move.check, by=None, now=now))
    except Refusal:
        return None
    changed = [each for each in done.diff.changes if each.before != each.after]
    if [each.visit.session for each in changed] != [str(session.pk)] or not (after := changed[0].after):
        return None
    return Slot.for_session(
        session,
        start=after.start,
        practitioner_id=int(after.practitioner),
        room_id=int(after.room),
        device_id=int(after.device) if after.device else None,
    )


def make_offer(session: Session, slot: Slot, until: datetime, now: datetime) -> bool:
    """Keep the time and tell the patient; False when somebody else was quicker."""
    kept = replace(slot, kind=Booking.Kind.HOLD.value, session_id=None, patient_id=None, held_until=until)
    try:
        with transaction.atomic():
            (hold,) = book_slots(slots=[kept], by=None)
            offer = SlotOffer.objects.create(session=session, hold_id=hold, revision=session.revision, offered_at=now)
            context = {"start": slot.start.isoformat(), "until": until.isoformat(), "offer": offer.pk}
            if booked := current_booking(session):
                context["from"] = booked.start.isoformat()
            entry = Entry(kind=Kind.SLOT_OFFER, due=now, expires=until, context=context)
            write(rows(replace(Subject.of_session(session), key=f"offer-{offer.pk}"), [entry]))
    except (Conflict, IntegrityError):
        return False
    logger.info("offer %s: made", offer.pk)
    return True


def accept_offer(*, offer: SlotOffer, by: User, now: datetime | None = None) -> Cascade:
    """The visit goes where it was offered. Conflict (409) when the offer was answered, is over, or its visit changed;
    Refusal (422) when the time suits no longer, and the offer ends."""
    now = now or clock.now()
    try:
        return take_offered(offer, by, now)
    except Refusal as refusal:
        if refusal.status in (Conflict.status, Refusal.status) and refusal.extra.get("state") != OVER:
            close(offer=offer, answer=Answer.WITHDRAWN, by=None, now=now)
        raise


@with_retry
@transaction.atomic
def take_offered(offer: SlotOffer, by: User, now: datetime) -> Cascade:
    session = lock_session(offer.session_id)
    offer = open_offers(SlotOffer.objects.filter(pk=offer.pk), now).first() or no_longer()
    close(offer=offer, answer=Answer.ACCEPTED, by=by, now=now)
    time = offer.hold
    if fitting(session, time, now) is None:
        raise Refusal(_("This time is not possible any more. Please choose another one, or call us."))
    return place_session(
        session=session,
        start=time.start,
        practitioner=time.practitioner,
        room=time.room,
        device=time.device,
        reason=_("An offered time was accepted"),
        by=by,
        now=now,
    )


def decline_offer(*, offer: SlotOffer, by: User, now: datetime | None = None) -> SlotOffer:
    """The patient does not want it, so the next one is asked. Conflict (409) when it was answered or is over."""
    close(offer=offer, answer=Answer.DECLINED, by=by, now=now or clock.now())
    ring("scheduling.sweep_offers")
    offer.refresh_from_db()
    return offer


def withdraw_offer(*, offer: SlotOffer, by: User, now: datetime | None = None) -> None:
    """The desk needs the time itself: it is free, and offered to nobody. Conflict (409) as above."""
    close(offer=offer, answer=Answer.WITHDRAWN, by=by, now=now or clock.now())


@transaction.atomic
def close(*, offer: SlotOffer, answer: str, by: User | None, now: datetime) -> None:
    """Write down how an open offer ended and free its time; of two at once the first counts. Conflict (409) for
    whoever is too late."""
    rows = SlotOffer.objects.filter(pk=offer.pk, answer=Answer.OPEN)
    if by is not None:
        rows = rows.filter(hold__held_until__gt=now)
    if not rows.update(answer=answer, answered_at=now, answered_by=by):
        if by is not None:
            no_longer()
        return
    Booking.objects.filter(pk=offer.hold_id).update(active=False)
    said = Message.objects.filter(session=offer.session_id, kind=Kind.SLOT_OFFER, context__offer=offer.pk)
    said.filter(status__in=OPEN).update(status=Message.Status.SUPERSEDED)
    logger.info("offer %s: %s", offer.pk, answer)


def no_longer() -> NoReturn:
    raise Conflict(_("This offer was answered already, or its time is over."), extra={"state": OVER})
