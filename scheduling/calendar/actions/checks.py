"""What a time must satisfy before anybody tries to take it. Each `check_x` raises the refusal that says why."""

from datetime import UTC, date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.access import CLINICAL, role_of
from clinic.base.clock import local_date
from clinic.base.refusals import BadInput, Conflict, FieldError, Reason, Refusal
from clinic.models import Location, User
from scheduling.calendar.queries.free_resources import FreeResources, device_kind
from scheduling.calendar.queries.search import last_day_of_age
from scheduling.models import PRESCRIBER_KINDS, AdverseEvent, Device, Practitioner, Room, Session
from scheduling.planner.engine.daygrid import STEP, to_minutes

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 240


def check_start(start: datetime, now: datetime) -> datetime:
    """The start in UTC. BadInput when it has passed or lies between the five-minute marks."""
    if start.second or start.microsecond or to_minutes(start) % STEP:
        raise BadInput.at("start", _("A visit begins on a full five minutes."), "off_grid")
    if start < now - timedelta(minutes=STEP):
        raise BadInput.at("start", _("This time has passed."), "past")
    return start.astimezone(UTC)


def check_minutes(minutes: int | None) -> None:
    if minutes is not None and not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise BadInput.at("minutes", _("A visit takes between 5 and 240 minutes."))


def check_horizon(location: Location, start: datetime, now: datetime) -> None:
    last = local_date(now, location.timezone) + timedelta(days=location.horizon_days)
    if local_date(start, location.timezone) > last:
        text = _("The calendar is open until %(day)s.") % {"day": last}
        raise BadInput.at("start", text, "beyond_horizon")


def check_not_on_hold(patient: int) -> None:
    """After a severe or named reaction no visit with a needle is booked until a prescriber has decided (D38)."""
    if AdverseEvent.objects.filter(patient=patient, stops=True, decided_at=None).exists():
        text = _("On hold, the practitioner will call.")
        raise Refusal(text, reasons=[Reason("hold", text, cites=("D38",))])


def check_window(session: Session, start: datetime, *, by: User | None, reason: str) -> None:
    """D01: floor to latest for everyone, and as far beyond as a practitioner approved for this visit; a clinician may
    go down to the early limit or beyond latest with a reason."""
    if session.not_before and start < session.not_before:
        text = _("24 hours must pass after the allergy test.")
        why = Reason("elapsed_hours", text, session.not_before, ("F220", "D22"))
        raise Refusal(text, reasons=[why], next=session.not_before)
    floor, latest = session.first_day, session.last_day
    if floor is None or latest is None:
        return
    day = local_date(start, session.location.timezone)
    if floor <= day <= latest:
        return
    early = day < floor
    possible = not early or (session.early_limit is not None and day >= session.early_limit)
    if possible and reason and role_of(by) in CLINICAL:
        return
    raise outside_window(floor, latest, early=early, possible=possible)


def check_age(session: Session, start: datetime) -> None:
    """Nothing with a needle is put on the birthday from which the upper age rules it out, nor after it (D10, D48)."""
    last = last_day_of_age(session)
    if last and local_date(start, session.location.timezone) > last:
        raise outside_window(last, last, early=False, possible=False)


def outside_window(floor: date, latest: date, *, early: bool, possible: bool) -> Refusal:
    days = {"floor": date_format(floor, "D j F"), "latest": date_format(latest, "D j F")}
    if early:
        text = _("Too soon after the visit before it. First day: %(floor)s.") % days
    else:
        text = _("Last day: %(latest)s.") % days
    if possible:
        text += " " + (_("A practitioner can allow sooner.") if early else _("A practitioner can allow later."))
    code = "before_floor" if early else "after_latest"
    return Refusal(
        text, reasons=[Reason(code, text, floor if early else None, ("D01",))], next=floor if early else None
    )


def check_practitioner(
    session: Session, practitioner: Practitioner, free: FreeResources, *, prescribes: bool | None = None
) -> None:
    """BadInput when this person may not do it, or does not work here then. `prescribes`: whether it takes a prescriber,
    where its place in a course decides and not its kind alone."""
    if not practitioner.active or not practitioner.staff.active:
        raise BadInput.at("practitioner", _("%(name)s does not work here any more.") % {"name": practitioner.name})
    needed = session.kind in PRESCRIBER_KINDS if prescribes is None else prescribes
    if needed and not practitioner.staff.prescriber:
        text = _("%(name)s is not a prescriber. Choose one.") % {"name": practitioner.name}
        raise BadInput.at("practitioner", text, "not_a_prescriber")
    if not free.works:
        text = _("%(name)s does not work at %(place)s at that time.") % {
            "name": practitioner.name,
            "place": session.location.name,
        }
        raise BadInput.at("practitioner", text, "not_working")


def choose_room(session: Session, room: Room | None, free: FreeResources) -> int:
    """The id of the room asked for, else of the first that is free; Conflict when none is."""
    if room is not None:
        if not room.active or room.location_id != session.location_id:
            raise BadInput.at("room", _("This room is not at %(place)s.") % {"place": session.location.name})
        return room.pk
    if free.room is None:
        raise nothing_free("room", _("No room is free at that time."))
    return free.room


def choose_device(session: Session, device: Device | None, free: FreeResources) -> int | None:
    """The id of the device asked for, or of the first free one of the course's kind; None where none is owned."""
    kind = device_kind(session)
    if device is not None:
        if not device.active or device.location_id != session.location_id:
            raise BadInput.at("device", _("This device is not at %(place)s.") % {"place": session.location.name})
        if kind is not None and device.kind_id != kind:
            raise BadInput.at("device", _("The course was planned with another kind of device."))
        return device.pk
    if free.device is None and kind is not None and owned(session.location, kind):
        raise nothing_free("device", _("No device is free at that time."))
    return free.device


def owned(location: Location, kind: int) -> bool:
    return Device.objects.filter(location=location, active=True, kind=kind).exists()


def nothing_free(name: str, text: str) -> Conflict:
    return Conflict(text, errors=[FieldError(name, "taken", text)], extra={"conflicts": [{"taken": [name]}]})


def need_reason(reason: str) -> str:
    if not reason.strip():
        raise BadInput.at("reason", _("Please say why."), "required")
    return reason.strip()
