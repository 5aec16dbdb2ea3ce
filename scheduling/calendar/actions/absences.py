"""Somebody or something is not there: the time is blocked and the visits it hits are displaced, in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.base import clock, scope
from clinic.base.refusals import BadInput, Busy, Conflict
from clinic.base.retry import with_retry
from clinic.models import User
from scheduling.calendar.actions.booking import Slot, book_slots
from scheduling.calendar.actions.checks import need_reason
from scheduling.calendar.actions.leaving_calendar import leave_calendar
from scheduling.calendar.actions.placing import lock_sessions
from scheduling.messages import duetimes
from scheduling.models import Absence, Booking, Device, Practitioner, Room, Session
from scheduling.models.booking import LONGEST

Stretch = tuple[datetime, datetime]
LONGEST_ABSENCE = timedelta(days=731)
ROUNDS = 8  # how often somebody may book in between before we give up


@dataclass(frozen=True, slots=True)
class Absent:
    """What an absence did: the visits that need a new time, soonest first."""

    absence: Absence
    displaced: list[Session]


@scope.whole()
@with_retry
@transaction.atomic
def report_absence(
    *,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    device: Device | None = None,
    start: datetime,
    end: datetime,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> Absent:
    """Block exactly one of practitioner, room and device from `start` to `end`.

    Booked visits in that time are displaced and their patients told; who has arrived stays. BadInput at the fields.
    """
    now = now or clock.now()
    if [practitioner, room, device].count(None) != 2:
        raise BadInput.at("practitioner", _("Name one practitioner, one room or one device."), "required")
    check_span(start, end)
    absence = Absence.objects.create(
        practitioner=practitioner,
        room=room,
        device=device,
        start=start,
        end=end,
        reason=need_reason(reason)[:200],
        created_by=by,
    )
    displaced: list[Session] = []
    for _round in range(ROUNDS):
        displaced += make_way(absence, by=by, now=now)
        if block_out(absence, by=by):
            return Absent(absence, displaced)
    raise Busy(_("Others keep booking this time. Nothing was saved; please try again."))


def check_span(start: datetime, end: datetime) -> None:
    if end <= start or end - start > LONGEST_ABSENCE:
        raise BadInput.at("end", _("The end lies after the start, two years later at most."))


@scope.whole()
@with_retry
@transaction.atomic
def cancel_absence(*, absence: Absence, by: User, now: datetime | None = None) -> Absence:
    """Cancel an absence; what others cover stays blocked, displaced visits stay on their list. Conflict (409) twice."""
    row = Absence.objects.select_for_update().get(pk=absence.pk)
    if row.cancelled_at is not None:
        raise Conflict(_("This absence is cancelled already."), extra={"state": "cancelled"})
    row.cancelled_at = now or clock.now()
    row.save(update_fields=["cancelled_at"])
    Booking.objects.filter(absence=row, active=True).update(active=False)
    others = Absence.objects.filter(**whose(row), cancelled_at=None, start__lt=row.end, end__gt=row.start)
    for other in others:
        block_out(other, by=by)
    return row


def whose(absence: Absence) -> dict[str, int]:
    """The resource that is away, as a filter."""
    names = ("practitioner_id", "room_id", "device_id")
    return {name: getattr(absence, name) for name in names if getattr(absence, name) is not None}


def in_the_way(absence: Absence) -> list[Booking]:
    """Active bookings of the resource that touch the absence."""
    rows = Booking.objects.filter(
        **whose(absence),
        active=True,
        occupied_start__gt=absence.start - LONGEST,
        occupied_start__lt=absence.end,
        occupied_end__gt=absence.start,
    )
    return list(rows.select_related("session").order_by("occupied_start"))


def make_way(absence: Absence, *, by: User, now: datetime) -> list[Session]:
    """Take the visits that are only booked, and what is held, out of the absence."""
    hit = in_the_way(absence)
    holds = [row.pk for row in hit if row.kind == Booking.Kind.HOLD]
    Booking.objects.filter(pk__in=holds).update(active=False)
    starts = {row.session_id: row.start for row in hit if row.session and row.session.status == "booked"}
    sessions = [session for session in lock_sessions(pk for pk in starts if pk) if session.status == "booked"]
    if not sessions:
        return []
    kept = {each.pk: {"absence": absence.pk, "start": starts[each.pk].isoformat()} for each in sessions}
    leave_calendar(sessions=sessions, verb="displace", by=by, now=now, reason=_("Absence"), rebook=True, details=kept)
    return sorted(sessions, key=lambda session: starts[session.pk])


def block_out(absence: Absence, *, by: User) -> bool:
    """Block what nothing that stays takes; False when somebody booked into it a moment ago."""
    taken = [(row.occupied_start, row.occupied_end) for row in in_the_way(absence) if stays(row)]
    free = without((absence.start, absence.end), taken)
    blocks = [block(absence, stretch) for piece in free for stretch in by_day(piece, zone_of(absence))]
    try:
        with transaction.atomic():
            book_slots(slots=blocks, by=by)
    except Conflict:
        return False
    return True


def stays(row: Booking) -> bool:
    """Another block, or a visit that has begun. A visit only booked does not, however late we came to know of it."""
    return row.kind == Booking.Kind.BLOCK or (row.session is not None and row.session.status != "booked")


def block(absence: Absence, stretch: Stretch) -> Slot:
    start, end = stretch
    return Slot(
        kind=Booking.Kind.BLOCK.value,
        absence_id=absence.pk,
        practitioner_id=absence.practitioner_id,
        room_id=absence.room_id,
        device_id=absence.device_id,
        start=start,
        end=end,
        occupied_start=start,
        occupied_end=end,
    )


def without(stretch: Stretch, taken: Sequence[Stretch]) -> Iterator[Stretch]:
    """The parts of `stretch` that none of `taken`, sorted by start, covers."""
    start, end = stretch
    for first, last in taken:
        if first > start:
            yield start, min(first, end)
        start = max(start, last)
        if start >= end:
            return
    yield start, end


def by_day(stretch: Stretch, zone: str) -> Iterator[Stretch]:
    """Cut at local midnights, so that no row is longer than a day."""
    start, end = stretch
    while start < end:
        tomorrow = start.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        midnight = duetimes.at_wall(tomorrow, datetime.min.time(), zone)
        yield start, min(midnight, end)
        start = midnight


def zone_of(absence: Absence) -> str:
    places: Iterable[Room | Device | None] = (absence.room, absence.device)
    place = next((thing.location for thing in places if thing is not None), None)
    if place is None and absence.practitioner is not None:
        place = absence.practitioner.staff.location
    return place.timezone if place else "UTC"
