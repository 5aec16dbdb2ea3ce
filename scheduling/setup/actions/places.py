"""How a clinic is set up: its locations, rooms, devices and closing days."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TypeVar
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.base import clock
from clinic.base.access import role_of, staff_of, works_at
from clinic.base.phones import country_of
from clinic.base.refusals import BadInput, Conflict, Forbidden
from clinic.models import Location, Post, User
from protocols.models import DeliveryDevice
from scheduling.access import MANAGERS
from scheduling.models import Booking, Device, PublicHoliday, Room
from scheduling.setup import public_holidays
from scheduling.setup.actions.hours import end_hours, restore_hours

HORIZON_DAYS = range(1, 1501)
MINUTES_AROUND = range(121)

Row = TypeVar("Row", bound=Model)


@transaction.atomic
def save_location(
    *,
    location: Location | None = None,
    name: str,
    timezone: str,
    emergency_number: str,
    horizon_days: int,
    observation_minutes: int,
    preparation_minutes: int,
    turnover_minutes: int,
    quiet_from: time,
    quiet_until: time,
    address: str = "",
    phone: str = "",
    antisepsis_protocol: str = "",
    by: User,
) -> Location:
    """Add a location, or change one; minutes are whole, quiet hours are its own wall time (D33, F280).

    BadInput (400) at the field for an unknown zone, a figure out of range, a name that is taken. Conflict (409) when
    the zone of a location with visits in its calendar changes: all their wall times would shift.
    """
    minutes = {"observation_minutes": observation_minutes, "preparation_minutes": preparation_minutes}
    check_figures(horizon_days, minutes | {"turnover_minutes": turnover_minutes})
    row = Location() if location is None else Location.objects.select_for_update().get(pk=location.pk)
    check_zone(row, timezone)
    if country_of(row.timezone) != country_of(timezone):
        row.region = ""
    row.name, row.address, row.phone, row.timezone = name, address, phone, timezone
    row.emergency_number, row.horizon_days = emergency_number, horizon_days
    row.observation_minutes, row.preparation_minutes = observation_minutes, preparation_minutes
    row.turnover_minutes, row.quiet_from, row.quiet_until = turnover_minutes, quiet_from, quiet_until
    row.antisepsis_protocol = antisepsis_protocol.strip()
    saved = save_once(row, _("Another location has this name."))
    staff = staff_of(by)
    if location is None and staff and not works_at(by, saved.pk):
        Post.objects.create(staff=staff, location=saved, role=staff.acts_as)  # who opens a location works there
    return saved


def check_figures(horizon_days: int, minutes: dict[str, int]) -> None:
    if horizon_days not in HORIZON_DAYS:
        raise BadInput.at("horizon_days", _("Choose between 1 and 1500 days."))
    for name, value in minutes.items():
        if value not in MINUTES_AROUND:
            raise BadInput.at(name, _("Choose between 0 and 120 minutes."))


def check_zone(location: Location, zone: str) -> None:
    if zone not in available_timezones():
        raise BadInput.at("timezone", _("“%(zone)s” is not a time zone.") % {"zone": zone})
    if location.pk and location.timezone != zone and Booking.objects.filter(room__location=location).exists():
        raise Conflict(_("This location has visits in its calendar, so its time zone cannot change any more."))


@transaction.atomic
def save_room(*, room: Room | None = None, location: Location, name: str, active: bool = True, by: User) -> Room:
    """Add or rename a room, or take it out of use. Conflict (409) while visits are booked in it."""
    row = Room(location=location) if room is None else Room.objects.select_for_update().get(pk=room.pk)
    if row.pk and row.active and not active:
        check_unused(Booking.objects.filter(room=row), clock.now())
    row.name, row.active = name, active
    return save_once(row, _("Another room here has this name."))


@transaction.atomic
def save_device(
    *, device: Device | None = None, location: Location, kind: DeliveryDevice, name: str, active: bool = True, by: User
) -> Device:
    """Add or change a device, or take it out of use. Conflict (409) while visits are booked with it."""
    row = Device(location=location) if device is None else Device.objects.select_for_update().get(pk=device.pk)
    if row.pk and row.active and not (active and row.kind_id == kind.pk):
        check_unused(Booking.objects.filter(device=row), clock.now())
    row.name, row.active, row.kind = name, active, kind
    return save_once(row, _("Another device here has this name."))


def check_unused(bookings: "QuerySet[Booking]", now: datetime) -> None:
    """Conflict while visits ahead need the thing: they would be in a room that is not there."""
    ahead = bookings.filter(active=True, kind=Booking.Kind.SESSION, end__gt=now).count()
    if ahead:
        text = ngettext("%(count)s visit is booked with it.", "%(count)s visits are booked with it.", ahead)
        hint = _("Report an absence first, so that they get new times.")
        raise Conflict(f"{text % {'count': ahead}} {hint}")


@transaction.atomic
def close_on(*, location: Location, day: date, name: str, by: User) -> PublicHoliday:
    """A day on which nobody gets a slot. Visits that stand there keep their time until an absence moves them."""
    row = PublicHoliday(location=location, date=day, name=name)
    return save_once(row, _("This day is on the list already."), field="day")


@transaction.atomic
def close_on_holidays(*, location: Location, days: Iterable[date], by: User) -> list[PublicHoliday]:
    """Close on some of the public holidays that are ahead, by their names. BadInput for a day that is none of them, or
    that is on the list already; then none is closed."""
    named = public_holidays.coming(location, clock.local_date(clock.now(), location.timezone))
    chosen = list(days)
    if not set(chosen) <= set(named):
        raise BadInput.at("days", _("This is no public holiday here."), "unknown")
    return [close_on(location=location, day=day, name=named[day], by=by) for day in chosen]


@transaction.atomic
def save_region(*, location: Location, region: str, by: User) -> Location:
    """Whose public holidays the place has besides those of its country; empty for none. BadInput for an unknown one."""
    country = country_of(location.timezone)
    if region and not (country and region in dict(public_holidays.regions(country))):
        raise BadInput.at("region", _("This country has no such region."), "unknown")
    row = Location.objects.select_for_update().get(pk=location.pk)
    row.region = region
    row.save(update_fields=["region"])
    return row


@transaction.atomic
def open_on(*, holiday: PublicHoliday, by: User) -> None:
    """Take a closing day off the list."""
    PublicHoliday.objects.filter(pk=holiday.pk).delete()


@transaction.atomic
def close_place(*, location: Location, last_day: date, by: User, now: datetime | None = None) -> Location:
    """A location closes with `last_day`: nobody has hours there afterwards, so nothing is offered or booked. Visits
    that stand later keep their times until their courses go on elsewhere.

    Forbidden unless one manages the place; BadInput (400) at last_day for a day that is over.
    """
    if role_of(by) not in MANAGERS:
        raise Forbidden(_("Only who manages a location closes it."))
    if last_day < clock.local_date(now or clock.now(), location.timezone):
        raise BadInput.at("last_day", _("This day is over. Choose today or a later one."), "out_of_range")
    row = Location.objects.select_for_update().get(pk=location.pk)
    if row.last_day:
        open_again(row, row.last_day)
    row.last_day, row.ended_hours = last_day, end_hours(location=row, last_day=last_day)
    row.save(update_fields=["last_day", "ended_hours"])
    return row


@transaction.atomic
def stay_open(*, location: Location, by: User) -> None:
    """It does not close after all: the weekly hours are as they were. Courses that went elsewhere stay there.

    Forbidden unless one manages the place, Conflict (409) when it does not close.
    """
    if role_of(by) not in MANAGERS:
        raise Forbidden(_("Only who manages a location closes it."))
    row = Location.objects.select_for_update().get(pk=location.pk)
    if row.last_day is None:
        raise Conflict(_("There is nothing to undo."))
    open_again(row, row.last_day)


def open_again(location: Location, last_day: date) -> None:
    rows, location.last_day, location.ended_hours = location.ended_hours, None, []
    location.save(update_fields=["last_day", "ended_hours"])
    restore_hours(location=location, last_day=last_day, rows=rows)


def save_once(row: Row, taken: str, *, field: str = "name") -> Row:
    """Save, and say at `field` that it exists already when the database knows one like it."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise BadInput.at(field, taken, "taken") from error
    return row
