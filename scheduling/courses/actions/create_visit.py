"""A visit without a course: a consultation by phone, a walk-in, or one that already took place."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock
from clinic.base.access import is_prescriber
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.base.retry import with_retry
from clinic.models import Location, User
from patients.actions.checks import recent
from patients.models import Patient
from scheduling.calendar.actions.transitions import say
from scheduling.calendar.queries import search as calendar
from scheduling.courses.actions.about import about_of
from scheduling.courses.actions.sessions import choosing_again, place_checked
from scheduling.models import PRESCRIBER_KINDS, Practitioner, Room, Session, SessionStatus

ALONE = frozenset({Session.Kind.CONSULTATION, Session.Kind.ALLERGY_TEST, Session.Kind.REVIEW, Session.Kind.MEASUREMENT})
TOLD = frozenset(
    {Session.Kind.CONSULTATION, Session.Kind.REVIEW, Session.Kind.MEASUREMENT}
)  # a test has its own record
SEARCHED = timedelta(days=30)


def create_visit(
    *,
    patient: Patient,
    kind: str,
    practitioner: Practitioner,
    start: datetime | None = None,
    room: Room | None = None,
    location: Location | None = None,
    minutes: int | None = None,
    performed_at: datetime | None = None,
    areas: Iterable[str] = (),
    indications: Iterable[str] = (),
    reason: str = "",
    by: User,
    now: datetime | None = None,
) -> Session:
    """Book a visit at `start`, or enter one that took place at `performed_at`, at most seven days back.

    `areas`, `indications`: codes of what a consultation is about; it counts for plans within them (D37).

    BadInput (400) at the field that is wrong, Forbidden for a consultation entered by somebody who may not hold one,
    Conflict (409) with `next` when the time is taken; then no session is left behind.
    """
    now = now or clock.now()
    if kind not in ALONE:
        raise BadInput.at("kind", _("A visit of this kind belongs to a course."), "invalid_choice")
    if (start is None) == (performed_at is None):
        raise BadInput.at("start", _("Give the time it is to begin, or the time it took place."), "required")
    place = location or (room.location if room else practitioner.staff.location)
    session = Session(patient=patient, kind=kind, location=place, chair_minutes=minutes or calendar.usual_minutes())
    session.talked_about = about_of(kind, areas, indications)
    if performed_at is not None:
        return enter(
            session=session, performed_at=performed_at, practitioner=practitioner, reason=reason, by=by, now=now
        )
    wanted = {"start": start, "practitioner": practitioner, "room": room, "device": None, "minutes": minutes}
    return book_new(session=session, wanted=wanted, reason=reason, by=by, now=now)


def book_new(*, session: Session, wanted: dict[str, Any], now: datetime, **rest: Any) -> Session:
    try:
        return save_and_place(session=session, wanted=wanted, now=now, **rest)
    except Conflict as conflict:
        after = max(wanted["start"], now)
        day = clock.local_date(after, session.location.timezone)
        search = calendar.Search.for_kind(
            session.location, session.kind, first=day, last=day + SEARCHED, patient_id=session.patient_id
        )
        conflict.next = calendar.next_start(search, after=after, now=now)
        raise


@choosing_again
@with_retry
@transaction.atomic
def save_and_place(*, session: Session, wanted: dict[str, Any], reason: str, by: User, now: datetime) -> Session:
    session.pk = None  # a second try begins again
    session.save(force_insert=True)
    place_checked(session, verb="book", wanted=wanted, reason=reason, by=by, now=now)
    return session


@transaction.atomic
def enter(
    *, session: Session, performed_at: datetime, practitioner: Practitioner, reason: str, by: User, now: datetime
) -> Session:
    """A visit that took place before anybody typed it in. It takes no time from the calendar.

    BadInput at `performed_at` or `practitioner`; Forbidden for who may not enter such a visit.
    """
    if session.kind not in TOLD:
        raise BadInput.at("performed_at", _("A test is entered with its mix and its site."), "invalid")
    if session.kind in PRESCRIBER_KINDS:
        check_prescribers(practitioner, by)
    session.performed_at = recent("performed_at", performed_at, now)
    session.performed_by, session.status = practitioner, SessionStatus.COMPLETED
    detail = {"performed_at": performed_at.isoformat(), "practitioner": practitioner.pk}
    say(verb="enter", at=now, by=by, reason=reason, details={"new": detail})
    session.save(force_insert=True)
    return session


def check_prescribers(practitioner: Practitioner, by: User) -> None:
    if not is_prescriber(by):
        raise Forbidden(_("Only a prescriber may enter a consultation that took place."))
    if not practitioner.staff.prescriber:
        text = _("%(name)s is not a prescriber. Choose one.") % {"name": practitioner.name}
        raise BadInput.at("practitioner", text, "not_a_prescriber")
